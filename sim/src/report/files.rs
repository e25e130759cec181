//! Writes files into a directory: all of them or none.
//!
//! Everything is written to a temporary directory first, and moved into place when it is complete:
//! one inside the target when that is there already, so that nothing but the target need be
//! writable, else one beside it.

use super::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes `files` into `directory`, which is created if it is missing, and removes those of the
/// `known` names that are not among them. Other files stay. Gives the paths in the order of `files`.
pub fn write(
    files: &[(String, Vec<u8>)],
    known: &[String],
    directory: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let room = if directory.is_dir() { directory } else { parent };
    fs::create_dir_all(room).map_err(Error::at(room))?;
    let temporary = tempfile::Builder::new().prefix(".report-").tempdir_in(room);
    let temporary = temporary.map_err(Error::at(room))?;
    // A directory of its own inside the temporary one, because the latter is closed to others.
    let complete = temporary.path().join("complete");
    fs::create_dir(&complete).map_err(Error::at(&complete))?;
    for (name, bytes) in files {
        let path = complete.join(name);
        fs::write(&path, bytes).map_err(Error::at(&path))?;
    }
    if !directory.exists() {
        fs::rename(&complete, directory).map_err(Error::at(directory))?;
        return Ok(files.iter().map(|(name, _)| directory.join(name)).collect());
    }
    let targets: Vec<PathBuf> = files.iter().map(|(name, _)| directory.join(name)).collect();
    if let Some(blocked) = targets.iter().find(|target| target.is_dir()) {
        return Err(Error::at(blocked)(std::io::ErrorKind::IsADirectory.into()));
    }
    for ((name, _), target) in files.iter().zip(&targets) {
        fs::rename(complete.join(name), target).map_err(Error::at(target))?;
    }
    for name in known.iter().filter(|name| files.iter().all(|(written, _)| written != *name)) {
        let stale = directory.join(name);
        if stale.is_file() {
            fs::remove_file(&stale).map_err(Error::at(&stale))?;
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
        names.iter().map(|name| (name.to_string(), name.as_bytes().to_vec())).collect()
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn stale_files_go_and_foreign_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("reports/cascade");
        let known = ["old.svg".to_string(), "new.svg".to_string()];
        write(&files(&["old.svg", "both.csv"]), &known, &target).unwrap();
        fs::write(target.join("notes.txt"), "mine").unwrap();
        let paths = write(&files(&["both.csv", "new.svg"]), &known, &target).unwrap();
        assert_eq!(names(&target), ["both.csv", "new.svg", "notes.txt"]);
        assert_eq!(paths, [target.join("both.csv"), target.join("new.svg")]);
        assert_eq!(names(&root.path().join("reports")), ["cascade"]);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "in the way").unwrap();
        for target in [file.clone(), file.join("deeper")] {
            let error = write(&files(&["a.csv"]), &[], &target).unwrap_err();
            assert!(error.to_string().starts_with("cannot write `"), "{error}");
        }
        assert_eq!(names(root.path()), ["file"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
    }

    #[test]
    fn a_blocked_file_stops_all_of_them() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("cascade");
        fs::create_dir_all(target.join("b.csv")).unwrap();
        write(&files(&["a.csv", "b.csv"]), &[], &target).unwrap_err();
        assert_eq!(names(&target), ["b.csv"]);
        assert_eq!(names(root.path()), ["cascade"]);
    }
}
