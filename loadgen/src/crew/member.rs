//! A worker as its parent sees it: a process, a line to it, and what it last printed.

use super::line;
use super::message::{Command, Word};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much of what a worker prints is kept for the error that it may come to: lines, and bytes of each.
const KEPT_LINES: usize = 20;
const KEPT_BYTES: u64 = 500;
/// How long a worker has to end when it was told to.
const LONGEST_END: Duration = Duration::from_secs(15);

/// What is heard of a worker.
pub(super) struct Heard {
    pub worker: usize,
    /// Nothing when the line is lost.
    pub word: Option<Word>,
}

/// A worker process; it is killed when this is dropped.
pub(super) struct Member {
    child: Child,
    line: UnixStream,
    printed: Arc<Mutex<VecDeque<String>>>,
    printer: Option<JoinHandle<()>>,
    /// Whether it can still be spoken to.
    pub lives: bool,
}

impl Member {
    /// Starts worker number `worker`; what it says is told to `heard`.
    pub fn start(program: &Path, worker: usize, heard: SyncSender<Heard>) -> io::Result<Member> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut child = process(program, theirs)?;
        let printed = Arc::new(Mutex::new(VecDeque::new()));
        let kept = printed.clone();
        let stderr = child.stderr.take();
        let printer = thread::spawn(move || {
            if let Some(stderr) = stderr {
                keep_last_lines(stderr, &kept);
            }
        });
        let hears = ours.try_clone()?;
        thread::spawn(move || hear(hears, worker, &heard));
        Ok(Member { child, line: ours, printed, printer: Some(printer), lives: true })
    }

    /// Says something; an error means that the line is lost, which is also heard.
    pub fn say(&mut self, command: &Command) -> io::Result<()> {
        line::send(&mut self.line, command)
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, where it still runs, and says how it ended.
    pub fn lost(&mut self) -> String {
        self.lives = false;
        // A line is lost a moment before its process ends by itself.
        let status = self.wait(Duration::from_secs(1)).or_else(|| {
            let _ = self.child.kill();
            self.wait(LONGEST_END)
        });
        let how = status.map_or_else(|| "does not end".to_string(), describe);
        let _ = self.printer.take().map(JoinHandle::join);
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        let last: String = printed.iter().map(|line| format!("\n  {line}")).collect();
        format!("{how}{last}")
    }

    /// Tells it to end and waits until it has.
    pub fn end(&mut self) {
        if self.lives {
            let _ = self.say(&Command::End);
        }
        self.lives = false;
        if self.wait(LONGEST_END).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn wait(&mut self, longest: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + longest;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The program again, as a worker, in a process group of its own: Ctrl-C is for the parent alone.
fn process(program: &Path, line: UnixStream) -> io::Result<Child> {
    std::process::Command::new(program)
        .arg("worker")
        .stdin(Stdio::from(OwnedFd::from(line)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn hear(mut line: UnixStream, worker: usize, heard: &SyncSender<Heard>) {
    loop {
        let word = line::receive(&mut line).ok().flatten();
        let lost = word.is_none();
        if heard.send(Heard { worker, word }).is_err() || lost {
            return;
        }
    }
}

fn keep_last_lines(from: impl Read, kept: &Mutex<VecDeque<String>>) {
    let mut from = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        match from.by_ref().take(KEPT_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(String::from_utf8_lossy(&line).trim_end().to_string());
        if kept.len() > KEPT_LINES {
            kept.pop_front();
        }
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".into(),
    }
}
