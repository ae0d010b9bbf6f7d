//! How pages are put together.
//!
//! `{{#extends "base.html"}}…{{/extends}}` renders `base.html` with the blocks that stand inside;
//! `{{#block "content"}}…{{/block}}` is the place for a block and holds what is shown if nobody brings
//! one. Extending goes as deep as one likes: the template that was asked for wins over what it extends.
//! `{{super "content"}}` shows, inside of a block, what the block replaces.
//! `{{include "_footer.html" name=value}}` renders another template in place.
//!
//! Handlebars' own partials work as well, but each use of one copies the whole context, rows included,
//! and the inner definition of a block wins over the outer one.

use handlebars::{
    BlockContext, BlockParamHolder, Context, Handlebars, Helper, HelperDef, HelperResult, Output,
    RenderContext, Renderable, Template,
};
use serde_json::Value;

use super::{fail, text_argument};

/// Marks the scope in which blocks are collected rather than shown.
const COLLECTING: &str = "collecting blocks";

pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.register_helper("extends", Box::new(Extends));
    registry.register_helper("block", Box::new(Block));
    registry.register_helper("super", Box::new(Super));
    registry.register_helper("include", Box::new(Include));
}

struct Extends;

impl HelperDef for Extends {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let parent = find(registry, text_argument(helper, "the name of a template")?)?;
        let mut scope = inner_scope(rc);
        scope.set_local_var(COLLECTING, Value::Bool(true));
        rc.push_block(scope);
        if let Some(body) = helper.template() {
            body.render(registry, ctx, rc, &mut Nowhere)?;
        }
        if let Some(scope) = rc.block_mut() {
            scope.set_local_var(COLLECTING, Value::Bool(false));
        }
        let result = parent.render(registry, ctx, rc, out);
        rc.pop_block();
        result
    }
}

struct Block;

impl HelperDef for Block {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = text_argument(helper, "the name of the block")?;
        let Some(own) = helper.template() else { return Ok(()) };
        if is_collecting(rc) {
            // The template that was asked for comes first and keeps level 0.
            let level = (0..).find(|level| rc.get_partial(&level_name(*level, name)).is_none());
            if let (Some(level), Some(scope)) = (level, rc.block_mut()) {
                scope.set_local_partial(level_name(level, name), own);
            }
            return Ok(());
        }
        let mut scope = inner_scope(rc);
        scope.set_local_partial(format!("default {name}"), own);
        let (shown, below) = match rc.get_partial(&level_name(0, name)) {
            Some(shown) => (shown, rc.get_partial(&level_name(1, name)).or(Some(own))),
            None => (own, None),
        };
        render_block(name, shown, below, scope, registry, ctx, rc, out)
    }
}

struct Super;

impl HelperDef for Super {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = text_argument(helper, "the name of the block")?;
        let shown = rc.get_partial(&format!("super {name}"));
        let shown =
            shown.ok_or_else(|| fail(format!("there is no block {name:?} here that replaces another")))?;
        let default = rc.get_partial(&format!("default {name}"));
        let level = (0..)
            .map_while(|level| rc.get_partial(&level_name(level, name)).map(|template| (level, template)))
            .find(|(_, template)| std::ptr::eq(*template, shown));
        let below = match level {
            Some((level, _)) => rc.get_partial(&level_name(level + 1, name)).or(default),
            None => None,
        };
        let scope = inner_scope(rc);
        render_block(name, shown, below, scope, registry, ctx, rc, out)
    }
}

/// Renders one level of a block; `below` is what `super` shows there.
#[allow(clippy::too_many_arguments)]
fn render_block<'reg: 'rc, 'rc>(
    name: &str,
    shown: &'rc Template,
    below: Option<&'rc Template>,
    mut scope: BlockContext<'rc>,
    registry: &'reg Handlebars<'reg>,
    ctx: &'rc Context,
    rc: &mut RenderContext<'reg, 'rc>,
    out: &mut dyn Output,
) -> HelperResult {
    if let Some(below) = below {
        scope.set_local_partial(format!("super {name}"), below);
    }
    let template_name = rc.get_current_template_name();
    rc.push_block(scope);
    let result = shown.render(registry, ctx, rc, out);
    rc.pop_block();
    rc.set_current_template_name(template_name);
    result
}

struct Include;

impl HelperDef for Include {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let template = find(registry, text_argument(helper, "the name of a template")?)?;
        let mut scope = inner_scope(rc);
        for (name, value) in helper.hash() {
            // A value of the context is referred to, not copied.
            let holder = match (value.context_path(), scope.base_path().is_empty()) {
                (Some(path), true) => BlockParamHolder::path(path.clone()),
                _ => BlockParamHolder::value(value.value().clone()),
            };
            scope.set_block_param(name, holder);
        }
        let template_name = rc.get_current_template_name();
        rc.push_block(scope);
        let result = template.render(registry, ctx, rc, out);
        rc.pop_block();
        rc.set_current_template_name(template_name);
        result
    }
}

fn level_name(level: usize, name: &str) -> String {
    format!("block {level} {name}")
}

fn is_collecting(rc: &RenderContext<'_, '_>) -> bool {
    rc.block().and_then(|scope| scope.get_local_var(COLLECTING)) == Some(&Value::Bool(true))
}

/// A scope inside of the current one, which looks at the same part of the context.
fn inner_scope<'rc>(rc: &RenderContext<'_, 'rc>) -> BlockContext<'rc> {
    let mut scope = BlockContext::new();
    if let Some(outer) = rc.block() {
        scope.base_path_mut().clone_from(outer.base_path());
        if let Some(value) = outer.base_value() {
            scope.set_base_value(value.clone());
        }
    }
    scope
}

fn find<'reg>(
    registry: &'reg Handlebars<'reg>,
    name: &str,
) -> Result<&'reg Template, handlebars::RenderError> {
    registry.get_template(name).ok_or_else(|| fail(format!("there is no template {name:?}")))
}

/// Output of what is rendered only for its blocks.
struct Nowhere;

impl Output for Nowhere {
    fn write(&mut self, _: &str) -> std::io::Result<()> {
        Ok(())
    }
}
