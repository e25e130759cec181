//! A router that is a program: found, started in the foreground in a directory of its own, watched,
//! and ended with us, however we end.
//!
//! A shell stands between: it waits for the program, and for the end of a pipe that we hold. When we
//! end in any way, the pipe closes and the shell ends the program with all its workers. It has a
//! process group of its own, so that Ctrl-C reaches only us and the router serves until we stop it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::error::{Error, system};

/// Runs `"$@"` and ends it when the standard input does; `$0` is where its number is written. What the
/// program leaves behind is in the shell's process group and ends with it.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
echo $program >"$0"
{ read -r nothing <&3; kill $program; } 2>/dev/null &
exec 3<&-
wait $program
code=$?
trap "" TERM
kill 0
exit $code
"#;

/// How often a program is started when its ports were taken meanwhile.
const TRIES: u32 = 3;
/// How long a program may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a log is told, in bytes.
const LOG: u64 = 4096;
/// Where a program writes a line of one mark each time that it is asked for what it counted.
pub(super) const ASKED: &str = "asked.log";
/// The longest answer that a program gives about itself, in bytes.
const MOST_ANSWER: u64 = 4 << 20;

/// What a program is and how it is called.
#[derive(Debug)]
pub(super) struct Call {
    pub program: &'static str,
    pub install: &'static str,
    /// The configuration, given the directory and the port to listen on.
    pub configuration: String,
    /// The arguments, given the directory and the configuration's path.
    pub arguments: fn(&Path, &Path) -> Vec<OsString>,
    /// Where it is to listen.
    pub target: SocketAddr,
}

/// A program at work.
#[derive(Debug)]
pub(super) struct Program {
    name: &'static str,
    keeper: Mutex<Option<(Child, ChildStdin)>>,
    directory: TempDir,
}

impl Program {
    /// A directory for a program's files.
    pub fn directory() -> Result<TempDir, Error> {
        let made = tempfile::Builder::new().prefix("loadgen-stage-").tempdir();
        made.map_err(system("make a temporary directory"))
    }

    /// Starts the program and waits until it listens.
    pub fn start(directory: TempDir, call: &Call) -> Result<Program, Error> {
        let name = call.program;
        let Some(binary) = find(name) else {
            return Err(Error::Missing { program: name, install: call.install });
        };
        let path = directory.path().join(format!("{name}.conf"));
        fs::write(&path, &call.configuration).map_err(system("write a router's configuration"))?;
        let log = File::create(directory.path().join("router.log"));
        let log = log.map_err(system("write a router's log"))?;
        let again = log.try_clone().map_err(system("write a router's log"))?;
        let mut keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER])
            .arg(directory.path().join("router.pid"))
            .arg(binary)
            .args((call.arguments)(directory.path(), &path))
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(again)
            .process_group(0)
            .spawn()
            .map_err(system("start a shell"))?;
        let pipe = keeper.stdin.take().expect("the standard input is a pipe");
        let program = Program { name, keeper: Mutex::new(Some((keeper, pipe))), directory };
        program.wait_for(call.target)?;
        Ok(program)
    }

    fn wait_for(&self, target: SocketAddr) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Err(Error::Ended { program, status, log }) = self.check() {
                return Err(Error::Start { program, why: status, log });
            }
            if TcpStream::connect_timeout(&target, Duration::from_secs(1)).is_ok() {
                return Ok(());
            }
            if Instant::now() > until {
                let why = format!("it did not listen within {} s", PATIENCE.as_secs());
                return Err(Error::Start { program: self.name, why, log: self.log() });
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Fails when the program has ended.
    pub fn check(&self) -> Result<(), Error> {
        let mut keeper = self.lock();
        let status = match keeper.as_mut().map(|(keeper, _)| keeper.try_wait()) {
            Some(Ok(None)) => return Ok(()),
            Some(Ok(Some(status))) => status.to_string(),
            Some(Err(error)) => error.to_string(),
            None => "it was stopped".to_owned(),
        };
        Err(Error::Ended { program: self.name, status, log: self.log() })
    }

    /// The program's process.
    pub fn process(&self) -> Option<u32> {
        fs::read_to_string(self.directory.path().join("router.pid")).ok()?.trim().parse().ok()
    }

    /// How often it was asked for what it counted, as far as it writes that down.
    pub fn asked(&self) -> u64 {
        let marks = self.directory.path().join(ASKED).metadata();
        marks.map_or(0, |marks| marks.len() / 2)
    }

    /// The last of what it wrote.
    pub fn log(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(self.directory.path().join("router.log"))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG)))?;
            let mut bytes = Vec::new();
            file.take(LOG).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
        };
        read().unwrap_or_default()
    }

    /// Ends the program and waits for its end, by force if it takes too long.
    pub fn close(&self) {
        let process = self.process();
        let Some((mut keeper, pipe)) = self.lock().take() else { return };
        drop(pipe);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if !matches!(keeper.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        // It does not listen to reason. The keeper still waits for it, so the number is its own.
        if let Some(process) = process {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
        }
        let _ = keeper.kill();
        let _ = keeper.wait();
    }
    fn lock(&self) -> MutexGuard<'_, Option<(Child, ChildStdin)>> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.close();
    }
}

/// Where a program is: in the path, or where system programs are.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Ports on loopback that nobody has at present.
pub(super) fn free_ports<const N: usize>() -> Result<[SocketAddr; N], Error> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // All are held until all are known, so that they are different ones.
    let mut held = Vec::new();
    for _ in 0..N {
        held.push(TcpListener::bind(any).map_err(system("find a port on loopback"))?);
    }
    let mut ports = [any; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr().map_err(system("find a port on loopback"))?;
    }
    Ok(ports)
}

/// Asks a program about itself: the body of its answer.
pub(super) fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let patience = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MOST_ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    body(&answer).ok_or_else(|| io::Error::other("an answer that ends too early"))
}

/// The body of an answer, in chunks or whole: HAProxy sends chunks even to those who cannot know them.
fn body(answer: &str) -> Option<String> {
    let (head, mut rest) = answer.split_once("\r\n\r\n")?;
    if !head.to_lowercase().contains("transfer-encoding: chunked") {
        return Some(rest.to_owned());
    }
    let mut body = String::new();
    loop {
        let (length, chunk) = rest.split_once("\r\n")?;
        let length = usize::from_str_radix(length.trim(), 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.push_str(chunk.get(..length)?);
        rest = chunk.get(length..)?.trim_start_matches("\r\n");
    }
}

/// Starts a program on ports that were free, and on others when somebody else was faster.
pub(super) fn on_free_ports<T>(start: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let mut tried = 1;
    loop {
        match start() {
            Err(error) if port_taken(&error) && tried < TRIES => tried += 1,
            started => return started,
        }
    }
}

/// Whether a start failed because somebody else took the port first.
fn port_taken(error: &Error) -> bool {
    let Error::Start { log, .. } = error else { return false };
    let log = log.to_lowercase();
    log.contains("address already in use") || log.contains("cannot bind")
}

#[cfg(test)]
mod tests;
