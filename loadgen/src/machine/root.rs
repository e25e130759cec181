//! Where the system's files are read: the one place of this room that touches the disk.
//!
//! Readers elsewhere take text, so that a test can give them what another machine says. A file that
//! is not there, or not ours to read, is no error: what it would say is unknown.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory under which `/proc` and `/sys` are looked for.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// This machine.
    pub fn system() -> Root {
        Root(PathBuf::from("/"))
    }

    /// A copy of another machine's files.
    pub fn at(path: impl Into<PathBuf>) -> Root {
        Root(path.into())
    }

    /// What stands in a file, its path written from the root, as `/proc/stat`; nothing where it cannot
    /// be read.
    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.place(path)).ok()
    }

    /// The only number that stands in a file.
    pub fn number<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.text(path)?.trim().parse().ok()
    }

    /// The names in a directory, sorted; none where it cannot be read.
    pub fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.place(path)) else { return Vec::new() };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
        let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
        names.sort();
        names
    }

    /// Where a link leads; nothing where it cannot be read.
    pub fn link(&self, path: &str) -> Option<String> {
        fs::read_link(self.place(path)).ok()?.into_os_string().into_string().ok()
    }

    fn place(&self, path: &str) -> PathBuf {
        self.0.join(Path::new(path.trim_start_matches('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("proc/sys")).unwrap();
        fs::write(dir.path().join("proc/sys/somaxconn"), "4096\n").unwrap();
        fs::write(dir.path().join("proc/sys/words"), "4096 ports\n").unwrap();
        let root = Root::at(dir.path());
        assert_eq!(root.number("/proc/sys/somaxconn"), Some(4096_u64));
        assert_eq!(root.number::<u64>("/proc/sys/words"), None);
        assert_eq!(root.text("/proc/sys/missing"), None);
        assert_eq!(root.names("/proc/sys"), ["somaxconn", "words"]);
        assert!(root.names("/missing").is_empty());
    }
}
