//! The `datasette` program with a home of its own, so that neither the plugins nor the memory of whoever
//! runs the tests matter.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long a program may take to say something or to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A command line about to be run.
pub(crate) struct Program {
    command: Command,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `None`: a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// With `home` for everything that it remembers.
    pub(crate) fn new(home: &Path) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_datasette")), home)
    }

    /// Its files may not become larger than so many of the shell's blocks: as good as a full disk.
    pub(crate) fn with_file_limit(home: &Path, blocks: &str) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_datasette")]);
        Self::of(shell, home)
    }

    fn of(mut command: Command, home: &Path) -> Self {
        command.current_dir(home).stdin(Stdio::null());
        for variable in ["HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DATASETTE_PLUGINS_DIR"] {
            command.env(variable, home.join(variable));
        }
        for variable in std::env::vars().map(|(name, _)| name) {
            let is_ours = variable.starts_with("DATASETTE_") && variable != "DATASETTE_PLUGINS_DIR";
            if is_ours || variable == "RUST_LOG" || variable == "RUST_BACKTRACE" {
                command.env_remove(variable);
            }
        }
        Self { command }
    }

    /// Words; `$D` in them is the home.
    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        let home = self.command.get_current_dir().map(Path::to_owned).unwrap_or_default();
        self.command.args(words.iter().map(|word| word.replace("$D", &home.display().to_string())));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Finished {
        let mut running = self.start();
        let code = running.wait();
        Finished { code, out: running.out(), err: running.err() }
    }

    pub(super) fn start(mut self) -> Running {
        let child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program was built");
        let out = Heard::new(child.stdout.take().expect("it is piped"));
        let err = Heard::new(child.stderr.take().expect("it is piped"));
        Running { child, out, err }
    }
}

/// A program that runs. Ends with the test.
pub(super) struct Running {
    child: Child,
    out: Heard,
    err: Heard,
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn out(&self) -> String {
        self.out.text.lock().clone()
    }

    pub(super) fn err(&self) -> String {
        self.err.text.lock().clone()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    #[track_caller]
    pub(super) fn wait(&mut self) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                // What it said last may still be in the pipe.
                for heard in [&mut self.out, &mut self.err] {
                    let _ = heard.thread.take().map(JoinHandle::join);
                }
                return status.code();
            }
            assert!(started.elapsed() < PATIENCE, "it does not end; it said: {}", self.err());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Heard {
    text: Arc<Mutex<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Heard {
    fn new(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&text);
        let thread = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut bytes) {
                heard.lock().push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        Self { text, thread: Some(thread) }
    }
}

impl Finished {
    /// Everything that bad input owes the person who typed it: one sentence with these words, exit code 1
    /// or 2, and nothing of the machine's insides.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in: {}", self.err);
        }
        for word in ["panicked", "backtrace", "RUST_BACKTRACE", ".rs:", "Os {", "Custom {"] {
            assert!(!self.err.contains(word), "{word:?} is in: {}", self.err);
        }
        let errors: Vec<&str> = self.err.lines().filter(|line| line.starts_with("Error: ")).collect();
        assert_eq!(errors.len(), 1, "{}", self.err);
    }
}

/// The folder with the libraries that `cargo test` builds.
pub(super) fn libraries() -> PathBuf {
    let me = std::env::current_exe().expect("tests are programs");
    me.parent().expect("programs are in folders").to_owned()
}
