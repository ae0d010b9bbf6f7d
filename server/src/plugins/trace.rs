//! `DATASETTE_TRACE_PLUGINS`: every call of a hook, on stderr.

use std::fmt::Debug;
use std::io::Write;
use std::time::{Duration, Instant};

use datasette_plugin_api::server::Hook;

/// Whether and what to print.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trace {
    on: bool,
}

impl Trace {
    pub(super) fn from_env() -> Self {
        Self { on: std::env::var_os("DATASETTE_TRACE_PLUGINS").is_some_and(|value| !value.is_empty()) }
    }

    /// Whether somebody wants to know.
    #[inline]
    pub(super) fn is_on(self) -> bool {
        self.on
    }

    /// Notes a call of a hook, if anybody wants to know.
    pub(super) fn start(self, hook: Hook, args: &dyn Debug) -> Option<Call> {
        self.on.then(|| Call {
            hook,
            args: format!("{args:#?}"),
            started: Instant::now(),
            implementations: Vec::new(),
            results: Vec::new(),
        })
    }
}

/// A call of a hook, in all plugins that have it.
pub(super) struct Call {
    hook: Hook,
    args: String,
    started: Instant,
    implementations: Vec<String>,
    results: Vec<String>,
}

impl Call {
    pub(super) fn answered(&mut self, plugin: &str, took: Duration, result: String) {
        self.implementations.push(format!("{plugin} ({took:?})"));
        self.results.push(result);
    }

    fn text(&self) -> String {
        let mut text = format!("\n{}:\n{}\n", self.hook.name(), indented(&self.args));
        text.push_str("Hook implementations:\n");
        self.implementations.iter().for_each(|line| text.push_str(&format!("{}\n", indented(line))));
        text.push_str(&format!("Results ({:?}):\n", self.started.elapsed()));
        self.results.iter().for_each(|line| text.push_str(&format!("{}\n", indented(line))));
        text
    }
}

/// Printed in one piece: requests are answered by many threads.
impl Drop for Call {
    fn drop(&mut self) {
        let _ = std::io::stderr().lock().write_all(self.text().as_bytes());
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_shows_arguments_implementations_and_results() {
        let mut call = Trace { on: true }.start(Hook::MenuLinks, &"args").unwrap();
        call.answered("p", Duration::from_millis(1), "[]".to_owned());
        let text = call.text();
        assert!(
            text.starts_with("\nmenu_links:\n    \"args\"\nHook implementations:\n    p (1ms)\n"),
            "{text}"
        );
        assert!(text.ends_with("    []\n"), "{text}");
        assert!(Trace { on: false }.start(Hook::MenuLinks, &"").is_none());
    }
}
