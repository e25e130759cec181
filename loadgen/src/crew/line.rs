//! The line between the parent and a worker: messages one after the other, each whole.
//!
//! It is the worker's standard input, a socket that carries both ways, so that nothing a library
//! prints can come between. A message is its length in four bytes, the highest first, and then JSON.
//! A length beyond the bound is a broken line, and is never read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// The longest message in bytes: the ledger of a step with many intervals is some MiB.
const LONGEST: usize = 256 << 20;

/// Sends a message whole.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message).map_err(io::Error::other)?;
    let length = bytes.len() - 4;
    if length > LONGEST {
        return Err(io::Error::other(format!("a message of {length} bytes is too long")));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_be_bytes());
    to.write_all(&bytes)?;
    to.flush()
}

/// Waits for the next message; nothing when the other side has closed the line between two messages.
pub fn receive<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    let mut read = 0;
    while read < length.len() {
        match from.read(&mut length[read..]) {
            Ok(0) if read == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::Error::other(format!("a message of {length} bytes is announced")));
    }
    // Read as it comes: a length alone claims no memory.
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_whole_and_in_order() {
        let mut line = Vec::new();
        for message in ["one", "", "three"] {
            send(&mut line, &message).unwrap();
        }
        let mut line = line.as_slice();
        for message in ["one", "", "three"] {
            assert_eq!(receive::<String>(&mut line).unwrap().as_deref(), Some(message));
        }
        assert_eq!(receive::<String>(&mut line).unwrap(), None);
    }

    #[test]
    fn a_broken_line_is_an_error() {
        let mut whole = Vec::new();
        send(&mut whole, &"message").unwrap();
        for length in 1..whole.len() {
            assert!(receive::<String>(&mut &whole[..length]).is_err(), "{length}");
        }
        assert!(receive::<String>(&mut &[0xff; 100][..]).is_err());
        assert!(receive::<u64>(&mut whole.as_slice()).is_err());
    }
}
