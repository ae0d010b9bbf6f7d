//! `#[hookimpl]`: writes down which hooks an `impl Plugin for ...` contains.
//!
//! A trait can't tell whether a method is a default or the author's own, and the server must not call
//! hooks that nobody wrote. So this reads the names of the functions in the block; it looks at nothing
//! inside them, which is why it needs no parser for Rust.

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// Stands on `impl Plugin for MyPlugin` and records its hooks.
///
/// `#[hookimpl(tryfirst = [actor_from_request])]` asks for these hooks to be called before those of
/// other plugins, `trylast = [...]` after them; without a list (`#[hookimpl(trylast)]`) it means all.
#[proc_macro_attribute]
pub fn hookimpl(options: TokenStream, item: TokenStream) -> TokenStream {
    match describe(options, item.clone()) {
        Ok(description) => [item, description].into_iter().collect(),
        Err(message) => {
            let error: TokenStream =
                format!("::core::compile_error!({message:?});").parse().unwrap_or_default();
            [item, error].into_iter().collect()
        }
    }
}

fn describe(options: TokenStream, item: TokenStream) -> Result<TokenStream, String> {
    let block = Block::read(item)?;
    let order = Order::read(options, &block.hooks)?;
    let code = format!(
        "#[automatically_derived] impl ::datasette_plugin_api::HookSet for {} {{
            const HOOKS: &'static [&'static str] = &{:?};
            const TRY_FIRST: &'static [&'static str] = &{:?};
            const TRY_LAST: &'static [&'static str] = &{:?};
        }}",
        block.plugin, block.hooks, order.first, order.last
    );
    code.parse().map_err(|_| "#[hookimpl] did not understand the type behind `for`".to_owned())
}

/// `impl Plugin for <plugin> { <hooks> }`
struct Block {
    plugin: TokenStream,
    hooks: Vec<String>,
}

impl Block {
    fn read(item: TokenStream) -> Result<Self, String> {
        let mut plugin = TokenStream::new();
        let mut behind_for = false;
        for token in item {
            match token {
                TokenTree::Ident(word) if !behind_for && word.to_string() == "for" => behind_for = true,
                TokenTree::Group(body) if behind_for && body.delimiter() == Delimiter::Brace => {
                    return Ok(Self { plugin, hooks: functions(body.stream()) });
                }
                token if behind_for => plugin.extend([token]),
                _ => {}
            }
        }
        Err("#[hookimpl] belongs on `impl Plugin for YourType { ... }`".to_owned())
    }
}

/// Names of the functions directly in the block, without the constructor.
fn functions(body: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let names = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word.to_string() == "fn" => {
            Some(name.to_string())
        }
        _ => None,
    });
    names.filter(|name| name != "new").collect()
}

/// `tryfirst = [a, b], trylast = [c]`
#[derive(Default)]
struct Order {
    first: Vec<String>,
    last: Vec<String>,
}

impl Order {
    fn read(options: TokenStream, hooks: &[String]) -> Result<Self, String> {
        let mut order = Self::default();
        let mut tokens = options.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let word = token.to_string();
            if word == "," {
                continue;
            }
            let listed = if tokens.next_if(|t| t.to_string() == "=").is_some() {
                names(tokens.next(), hooks)?
            } else {
                hooks.to_vec()
            };
            match word.as_str() {
                "tryfirst" => order.first = listed,
                "trylast" => order.last = listed,
                _ => return Err(format!("#[hookimpl] knows `tryfirst` and `trylast`, not `{word}`")),
            }
        }
        Ok(order)
    }
}

fn names(list: Option<TokenTree>, hooks: &[String]) -> Result<Vec<String>, String> {
    let Some(TokenTree::Group(list)) = list else {
        return Err("#[hookimpl] wants a list, as in `trylast = [forbidden]`".to_owned());
    };
    let names = list.stream().into_iter().map(|token| token.to_string()).filter(|token| token != ",");
    names
        .map(|name| match hooks.contains(&name) {
            true => Ok(name),
            false => Err(format!("#[hookimpl] orders `{name}`, which this block does not implement")),
        })
        .collect()
}
