//! Where a scenario comes from: a file or the bundle, the arguments that change it, and the files
//! beside it that it names.

use super::{LoadError, bundled, toml};
use crate::config::nearest;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most bytes that a file named in a scenario may have.
const LARGEST_DATA: u64 = 256 << 20;

/// The world failed: a scenario could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file as it was named.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Neither a file nor a bundled scenario has this name.
    #[error("no file and no bundled scenario is called `{name}`\nhelp: {help}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest name, or how to list them.
        help: String,
    },
}

/// A text that settings come from.
pub(super) struct Source {
    /// The file's name; nothing for an argument.
    pub file: Option<String>,
    /// The text itself.
    pub text: String,
}

/// A scenario that was found.
pub(super) struct Found {
    /// Its name: the file's without the ending.
    pub name: String,
    /// What messages call it.
    pub shown: String,
    /// Its bytes; one more than allowed when it is too large.
    pub bytes: Vec<u8>,
    folder: Option<PathBuf>,
}

/// Finds the scenario that `file` names: a file, else one of the bundle.
pub(super) fn find(file: &str) -> Result<Found, LoadError> {
    let path = Path::new(file);
    let stem = path.file_stem().map_or(file.into(), |stem| stem.to_string_lossy().into_owned());
    match read(path, toml::LARGEST as u64 + 1) {
        Ok(bytes) => {
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            Ok(Found { name: stem, shown: file.into(), bytes, folder: Some(folder) })
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let bundled = bundled::SCENARIOS.iter().find(|(name, _)| *name == file);
            let Some((name, text)) = bundled else { return Err(LoadError::World(unknown(file))) };
            Ok(Found::text(name, text))
        }
        Err(source) => Err(LoadError::World(Error::Read { path: file.into(), source })),
    }
}

/// Nothing is called `name`.
fn unknown(name: &str) -> Error {
    let names = || bundled::SCENARIOS.iter().map(|(name, _)| *name);
    let stem = Path::new(name).file_stem().map_or(name.into(), |stem| stem.to_string_lossy());
    let help = match nearest(name, names()).or_else(|| nearest(&stem, names())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`sim list scenarios` names the bundled ones".into(),
    };
    Error::Unknown { name: name.into(), help }
}

impl Found {
    /// A scenario that is no file, but this text.
    pub fn text(name: &str, text: &str) -> Found {
        let (name, shown, bytes) = (name.into(), format!("{name}.toml"), text.as_bytes().to_vec());
        Found { name, shown, bytes, folder: None }
    }

    /// The bytes of a file that the scenario names, relative to the scenario's folder, or why they
    /// cannot be had.
    pub fn open(&self, name: &str) -> Result<Vec<u8>, String> {
        let Some(folder) = &self.folder else {
            let file = bundled::FILES.iter().find(|(file, _)| *file == name);
            let unknown = || format!("the bundle has no file `{name}`");
            return file.map(|(_, bytes)| bytes.to_vec()).ok_or_else(unknown);
        };
        let path = folder.join(name);
        let bytes = read(&path, LARGEST_DATA + 1).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
            io::ErrorKind::IsADirectory => format!("`{}` is a folder", path.display()),
            _ => error.to_string(),
        })?;
        if bytes.len() as u64 > LARGEST_DATA {
            return Err(format!("`{}` is larger than 256 MiB", path.display()));
        }
        Ok(bytes)
    }
}

/// The first `most` bytes of a file.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
