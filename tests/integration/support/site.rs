//! A server that serves for as long as the test needs it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::program::{PATIENCE, Program, Running};
use super::{Answer, Connection};

/// How a site is to be started.
pub(crate) struct Setup {
    folder: TempDir,
    args: Vec<String>,
    env: Vec<(String, PathBuf)>,
    file_limit: Option<&'static str>,
}

impl Setup {
    /// A folder and no databases.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        Self { folder, args: Vec::new(), env: Vec::new(), file_limit: None }
    }

    /// With `{script}.db`, made by `tests/fixtures/{script}.sql`.
    pub(crate) fn database(self, script: &str) -> Self {
        let path = self.path(&format!("{script}.db"));
        super::database(&path, script);
        self.args(&[&path.display().to_string()])
    }

    /// With that configuration.
    pub(crate) fn config(self, config: &serde_json::Value) -> Self {
        let path = self.write("datasette.json", config.to_string().as_bytes());
        self.args(&["--config", &path.display().to_string()])
    }

    /// With that library in its folder of plugins.
    pub(crate) fn plugin(self, file: &str, bytes: &[u8]) -> Self {
        let is_first = !self.path("plugins").exists();
        self.write(&format!("plugins/{file}"), bytes);
        if is_first { self.args(&["--plugins-dir", "$D/plugins"]) } else { self }
    }

    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        self.args.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<PathBuf>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// No file of it may become larger than so many of the shell's blocks.
    #[cfg(unix)]
    pub(crate) fn limit_files(mut self, blocks: &'static str) -> Self {
        self.file_limit = Some(blocks);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is below the folder")).expect("folders can be made");
        std::fs::write(&path, bytes).expect("files can be written");
        path
    }

    fn program(&self) -> Program {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.command(&args)
    }

    fn command(&self, words: &[&str]) -> Program {
        let program = match self.file_limit {
            Some(blocks) => Program::with_file_limit(self.folder.path(), blocks),
            None => Program::new(self.folder.path()),
        };
        let program = program.args(words);
        self.env.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Runs it to its end: it is not expected to serve.
    #[track_caller]
    pub(crate) fn run(&self, more: &[&str]) -> super::Finished {
        self.program().args(more).run()
    }

    /// Runs another command in its folder.
    #[track_caller]
    pub(crate) fn run_command(&self, words: &[&str]) -> super::Finished {
        self.command(words).run()
    }

    /// Starts another command, and kills it after that time.
    #[cfg(unix)]
    pub(crate) fn kill_command(&self, words: &[&str], after: Duration) {
        let running = self.command(words).start();
        std::thread::sleep(after);
        drop(running);
    }

    /// Starts it, on a port that is free.
    #[track_caller]
    pub(crate) fn start(self) -> Site {
        let running = self.program().args(&["-p", "0"]).start();
        let mut site = Site { running, port: 0, folder: self.folder };
        let url = site.wait_for_line("http");
        // `... http://127.0.0.1:8001/ (...)`
        let after = url.split("://").nth(1).and_then(|rest| rest.split(':').nth(1)).unwrap_or_default();
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        site.port = digits.parse().expect("the URL has a port");
        site
    }

    /// Starts it where the arguments say. There is no port to ask.
    #[track_caller]
    pub(crate) fn start_elsewhere(self) -> Site {
        let mut site = Site { running: self.program().start(), port: 0, folder: self.folder };
        site.wait_for_line("socket");
        site
    }
}

/// A server that runs. Ends with the test.
pub(crate) struct Site {
    running: Running,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Site {
    /// The usual one: the library of `tests/fixtures/library.sql`.
    #[track_caller]
    pub(crate) fn library() -> Self {
        Setup::new().database("library").start()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.port)
    }

    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.connect().request("GET", target, "connection: close\r\n", b"")
    }

    /// What it printed first.
    #[track_caller]
    pub(crate) fn first_output_line(&self) -> String {
        let started = Instant::now();
        loop {
            if let Some((line, _)) = self.running.out().split_once('\n') {
                return line.to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "it says nothing");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What it wrote to its log so far.
    pub(crate) fn log(&self) -> String {
        self.running.err()
    }

    /// Waits until the log says it.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, word: &str) -> String {
        let started = Instant::now();
        while !self.log().contains(word) {
            assert!(started.elapsed() < PATIENCE, "{word:?} is not in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.log()
    }

    /// Waits until the log says it so many times.
    #[track_caller]
    pub(crate) fn wait_for_log_times(&self, word: &str, times: usize) {
        let started = Instant::now();
        while self.log().matches(word).count() < times {
            assert!(started.elapsed() < PATIENCE, "{word:?} is not in the log {times} times: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to stop, and waits for its exit code.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn terminate(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let code = self.running.wait();
        (code, self.running.err())
    }

    /// As [`Self::terminate`], and then does something while its folder is still there.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn terminate_then<T>(mut self, then: impl FnOnce() -> T) -> (Option<i32>, T) {
        self.signal("TERM");
        let code = self.running.wait();
        (code, then())
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.running.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.expect("there is a kill command").success());
    }

    /// Sends bytes and hangs up without listening.
    pub(crate) fn send_and_leave(&self, bytes: &[u8]) {
        let mut stream =
            std::net::TcpStream::connect(("127.0.0.1", self.port)).expect("it takes connections");
        stream.write_all(bytes).expect("it reads");
        std::thread::sleep(Duration::from_millis(200));
    }

    #[track_caller]
    fn wait_for_line(&mut self, word: &str) -> String {
        let started = Instant::now();
        loop {
            // Only whole lines: a port may be cut in two.
            let said = self.running.err();
            let whole = said.rfind('\n').map_or("", |end| &said[..end]);
            if let Some(line) =
                whole.lines().find(|line| line.contains("is running on") && line.contains(word))
            {
                return line.to_owned();
            }
            let ended = self.running.has_ended();
            assert!(!ended && started.elapsed() < PATIENCE, "it did not start: {}", self.running.err());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
