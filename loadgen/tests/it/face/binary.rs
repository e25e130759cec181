//! Runs the binary in a folder of its own, never for ever, and leaves nothing behind.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No command of these tests takes longer, on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder in which commands run.
pub struct Folder(TempDir);

impl Folder {
    /// A folder with one file in it.
    pub fn new(name: &str, text: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.write(name, text);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Starts a command. What it prints goes into files, so that it never waits for a reader.
    pub fn start(&self, args: &[&str]) -> Going {
        let printed = tempfile::tempdir().unwrap();
        let file = |name: &str| File::create(printed.path().join(name)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_loadgen"))
            .args(args)
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Going { child, printed, args: args.join(" ") }
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.start(args).end()
    }

    /// Starts a platform; gives it and where it listens.
    pub fn stage(&self, args: &[&str]) -> (Going, SocketAddr) {
        let mut stage = self.start(&[&["stage"], args].concat());
        let mut address = None;
        stage.until("the platform listens", |stage| {
            let url = stage.printed("stdout");
            address = url.strip_prefix("http://").and_then(|rest| rest.trim_end().parse().ok());
            address.is_some() && url.ends_with('\n')
        });
        (stage, address.unwrap())
    }
}

/// A command under way; it is killed where a test fails.
pub struct Going {
    child: Child,
    printed: TempDir,
    args: String,
}

impl Going {
    /// What it has printed so far on `stdout` or `stderr`.
    pub fn printed(&self, stream: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.printed.path().join(stream)).unwrap()).into_owned()
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it holds; fails when the command ends before, or when it never does.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&Going) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            let ended = self.child.try_wait().unwrap();
            let (stdout, stderr) = (self.printed("stdout"), self.printed("stderr"));
            assert_eq!(ended, None, "it ended before {what}:\n{stdout}\n{stderr}");
            assert!(begin.elapsed() < PATIENCE, "never came: {what}:\n{stdout}\n{stderr}");
            sleep(Duration::from_millis(10));
        }
    }

    /// What Ctrl-C does on a terminal: all of its process group hear of it.
    pub fn interrupt(&self) {
        send("-INT", &format!("-{}", self.process()));
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let (args, stderr) = (&self.args, self.printed("stderr"));
            assert!(begin.elapsed() < PATIENCE, "it never ended: loadgen {args}\n{stderr}");
            sleep(Duration::from_millis(10));
        };
        let (stdout, stderr) = (self.printed("stdout"), self.printed("stderr"));
        let ended = Ended { args: self.args.clone(), code: status.code(), stdout, stderr };
        // No message may leak a panic, and nobody colours a file.
        assert!(!ended.stderr.contains("panicked"), "{}", ended.shown());
        assert!(!ended.shown().contains('\x1b'), "{}", ended.shown());
        ended
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // It fails where the command has ended, and that is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process, or to a group of them.
pub fn send(signal: &str, process: &str) {
    let sent = Command::new("kill").args([signal, "--", process]).status().unwrap();
    assert!(sent.success(), "kill {signal} {process}");
}

/// A command that ended.
pub struct Ended {
    args: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// All of it, for a test that fails.
    pub fn shown(&self) -> String {
        let Ended { args, code, stdout, stderr } = self;
        format!(
            "loadgen {args}\n--- exit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }

    /// Its exit code, and texts that it must have printed.
    pub fn assert(&self, code: i32, stdout: &[&str], stderr: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        for (stream, found, expected) in
            [("stdout", &self.stdout, stdout), ("stderr", &self.stderr, stderr)]
        {
            for text in expected {
                assert!(found.contains(text), "{stream} lacks `{text}`: {}", self.shown());
            }
        }
    }
}

/// The names of the files in a folder, in order.
pub fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}
