//! Runs the built binary as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the workspace, where README.md and scenarios/ are.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the crate lies in the workspace")
}

/// What a run of the binary must give.
pub struct Expect<'e> {
    /// The exit code.
    pub code: i32,
    /// Texts that stdout must contain; with none, it must be empty.
    pub stdout: &'e [&'e str],
    /// Texts that stderr must contain; with none, it must be empty.
    pub stderr: &'e [&'e str],
}

/// The binary with these arguments, in the workspace's folder, without a terminal.
pub fn sim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("RAYON_NUM_THREADS");
    command
}

/// Runs the binary and compares; gives what it printed for further looks.
pub fn check(args: &[&str], expect: &Expect<'_>) -> Output {
    let output = sim(args).output().expect("the binary is built");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let shown = format!("sim {}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", args.join(" "));
    assert_eq!(output.status.code(), Some(expect.code), "{shown}");
    for (stream, found, expected) in
        [("stdout", &stdout, expect.stdout), ("stderr", &stderr, expect.stderr)]
    {
        if expected.is_empty() {
            assert!(found.is_empty(), "{stream} must be empty: {shown}");
        }
        for text in expected {
            assert!(found.contains(text), "{stream} must contain `{text}`: {shown}");
        }
    }
    // No message may leak a panic, and nobody colours a pipe.
    assert!(!stderr.contains("panicked"), "{shown}");
    assert!(!stderr.contains('\x1b') && !stdout.contains('\x1b'), "{shown}");
    output
}
