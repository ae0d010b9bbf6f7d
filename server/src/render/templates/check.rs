//! Compiling a template, with errors for what would otherwise only be found when a page is shown.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Template, TemplateErrorReason};

/// Where, and what is wrong there.
pub(super) type Problem = (Option<(usize, usize)>, String);

/// The template, if it can be used. `helpers` are all that it may call, as far as that is known.
pub(super) fn compile(name: &str, source: &str, helpers: Option<&[&str]>) -> Result<Template, Problem> {
    if let Some(position) = jinja(source) {
        let reason = "this is Jinja, but templates here are written in Handlebars; see docs/templates.md";
        return Err((Some(position), reason.to_owned()));
    }
    let compiled = Template::compile_with_name(source, name.to_owned());
    let mut template = compiled.map_err(|error| (error.pos(), explain(error.reason())))?;
    if let Some(helpers) = helpers {
        unknown_helper(&template, helpers)?;
    }
    name_blocks(&mut template, name);
    Ok(template)
}

/// The first Jinja tag: to Handlebars it would be plain text, and the page would show it.
fn jinja(source: &str) -> Option<(usize, usize)> {
    const TAGS: &[&str] = &["extends", "block", "endblock", "if", "for", "include", "import", "set", "macro"];
    source.lines().enumerate().find_map(|(line, text)| {
        let (before, tag) = text.split_once("{%")?;
        let word = tag.trim_start_matches('-').trim_start();
        let is_tag = TAGS.iter().any(|tag| word.strip_prefix(tag).is_some_and(|rest| rest.starts_with(' ')));
        (is_tag && word.contains("%}")).then(|| (line + 1, before.chars().count() + 1))
    })
}

fn explain(reason: &TemplateErrorReason) -> String {
    match reason {
        TemplateErrorReason::MismatchingClosedHelper(opened, closing) => mismatch(opened, closing),
        TemplateErrorReason::MismatchingClosedDecorator(opened, closing) => mismatch(opened, closing),
        // The engine would say which rules of its grammar it missed.
        TemplateErrorReason::InvalidSyntax(_) => {
            "this can't be read; check braces and quotes, and that every block is closed".to_owned()
        }
        other => other.to_string().trim().to_owned(),
    }
}

fn mismatch(opened: &str, closing: &str) -> String {
    format!("{{{{#{}}}}} is open, but {{{{/{}}}}} closes something else", short(opened), short(closing))
}

/// The engine names helpers by how it parsed them: `Name("if")`.
fn short(parsed: &str) -> &str {
    let name = parsed.split('"').nth(1).unwrap_or(parsed);
    name.trim_end_matches('\\')
}

/// Finds calls of helpers that nobody registered.
fn unknown_helper(template: &Template, helpers: &[&str]) -> Result<(), Problem> {
    for (index, element) in template.elements.iter().enumerate() {
        let position = template.mapping.get(index).map(|mapping| (mapping.0, mapping.1));
        let call = match element {
            TemplateElement::HelperBlock(call) => call,
            TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                let is_value = call.params.is_empty() && call.hash.is_empty();
                if is_value {
                    continue;
                }
                call
            }
            TemplateElement::PartialBlock(call) | TemplateElement::DecoratorBlock(call) => {
                call.template.iter().try_for_each(|body| unknown_helper(body, helpers))?;
                continue;
            }
            _ => continue,
        };
        check_call(call, helpers).map_err(|reason| (position, reason))?;
        for body in [&call.template, &call.inverse].into_iter().flatten() {
            unknown_helper(body, helpers)?;
        }
    }
    Ok(())
}

fn check_call(call: &HelperTemplate, helpers: &[&str]) -> Result<(), String> {
    match call.name.as_name() {
        Some(name) if !helpers.contains(&name) => {
            Err(format!("there is no helper called {name}; known are {}", helpers.join(", ")))
        }
        _ => Ok(()),
    }
}

/// Blocks are rendered by other templates; their errors have to name this one.
fn name_blocks(template: &mut Template, name: &str) {
    for element in &mut template.elements {
        let TemplateElement::HelperBlock(call) = element else { continue };
        let is_block = matches!(&call.name, Parameter::Name(helper) if helper == "block");
        for body in [&mut call.template, &mut call.inverse].into_iter().flatten() {
            name_blocks(body, name);
            if is_block {
                body.name = Some(name.to_owned());
            }
        }
    }
}
