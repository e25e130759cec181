//! Where a body's bytes are, whatever its framing. It reads nothing itself: it is fed.
//!
//! ```text
//! chunked: Size -> Data -> AfterData -> Size ... -> (size 0) -> Trailer -> Done
//! ```

use super::head::{Framing, malformed};
use super::loss::Loss;
use sim::metrics::Cause;

/// The longest line of a chunk's size with its extensions, in bytes.
const SIZE_LINE_MAX: usize = 256;

/// The longest trailer, all lines together, in bytes.
const TRAILER_MAX: usize = 8 << 10;

/// A body that is being read.
#[derive(Debug)]
pub(super) struct Body {
    state: State,
    trailer: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes to come, and then it is over.
    Length(u64),
    /// Until the connection ends.
    UntilClose,
    /// The line with a chunk's size.
    Size,
    /// So many bytes of a chunk to come.
    Data(u64),
    /// The end of line behind a chunk.
    AfterData,
    /// Lines behind the last chunk.
    Trailer,
    /// All of it was there.
    Done,
}

impl Body {
    /// A body with this framing.
    pub fn new(framing: Framing) -> Body {
        let state = match framing {
            Framing::Empty => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
            Framing::UntilClose => State::UntilClose,
        };
        Body { state, trailer: 0 }
    }

    /// Whether all of it was there.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether it may end with the connection here.
    pub fn may_close(&self) -> bool {
        matches!(self.state, State::UntilClose | State::Done)
    }

    /// Takes from the input: how many bytes of it are used up, and those that belong to the body.
    /// None used up means that more must come first, or that the body is done.
    pub fn take<'a>(&mut self, input: &'a [u8]) -> Result<(usize, &'a [u8]), Loss> {
        match self.state {
            State::Length(left) | State::Data(left) => {
                let count = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - count as u64;
                self.state = match (self.state, left) {
                    (State::Length(_), 0) => State::Done,
                    (State::Length(_), left) => State::Length(left),
                    (_, 0) => State::AfterData,
                    (_, left) => State::Data(left),
                };
                Ok((count, &input[..count]))
            }
            State::UntilClose => Ok((input.len(), input)),
            State::Size => self.size(input).map(|used| (used, &input[..0])),
            State::AfterData => match input {
                [b'\r', b'\n', ..] => {
                    self.state = State::Size;
                    Ok((2, &input[..0]))
                }
                [] | [b'\r'] => Ok((0, &input[..0])),
                _ => Err(malformed("a chunk of the answer is longer than it says")),
            },
            State::Trailer => self.trailer(input).map(|used| (used, &input[..0])),
            State::Done => Ok((0, &input[..0])),
        }
    }

    /// The line with a chunk's size, in hexadecimal digits; its extensions mean nothing to us.
    fn size(&mut self, input: &[u8]) -> Result<usize, Loss> {
        let Some(line) = line(input) else {
            return match input.len() {
                0..=SIZE_LINE_MAX => Ok(0),
                _ => Err(malformed("a chunk's size in the answer has no end")),
            };
        };
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let rest = line[digits..].trim_ascii_start();
        if line.len() > SIZE_LINE_MAX
            || !(1..=15).contains(&digits)
            || !matches!(rest, [] | [b';', ..])
        {
            return Err(malformed("a chunk's size in the answer is no number"));
        }
        let text = str::from_utf8(&line[..digits]).expect("hexadecimal digits are ASCII");
        let size = u64::from_str_radix(text, 16).expect("15 hexadecimal digits fit into 64 bits");
        self.state = if size == 0 { State::Trailer } else { State::Data(size) };
        Ok(line.len() + 2)
    }

    /// A line behind the last chunk; an empty one is the end.
    fn trailer(&mut self, input: &[u8]) -> Result<usize, Loss> {
        let used = line(input).map(|line| line.len() + 2);
        if self.trailer + used.unwrap_or(input.len()) > TRAILER_MAX {
            return Err(Loss::new(Cause::TooLarge, "the answer's trailer is longer than 8 KiB"));
        }
        if used == Some(2) {
            self.state = State::Done;
        }
        self.trailer += used.unwrap_or(0);
        Ok(used.unwrap_or(0))
    }
}

/// The first line, without its end; nothing when it has none yet.
fn line(input: &[u8]) -> Option<&[u8]> {
    let at = input.windows(2).position(|pair| pair == b"\r\n")?;
    Some(&input[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a body in pieces of a length; what was read, and whether it was all, and what is left.
    fn read(framing: Framing, input: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize), Cause> {
        let (mut body, mut data, mut waiting) = (Body::new(framing), Vec::new(), Vec::new());
        for piece in input.chunks(step) {
            waiting.extend_from_slice(piece);
            loop {
                let (used, found) = body.take(&waiting).map_err(|loss| loss.cause)?;
                data.extend_from_slice(found);
                waiting.drain(..used);
                if used == 0 || waiting.is_empty() {
                    break;
                }
            }
        }
        Ok((data, body.is_done(), waiting.len()))
    }

    #[test]
    fn bodies_are_the_same_however_they_arrive() {
        for (framing, input, data, done, left) in [
            (Framing::Length(5), &b"hello+"[..], &b"hello"[..], true, 1),
            (Framing::Length(5), b"hel", b"hel", false, 0),
            (Framing::Empty, b"x", b"", true, 1),
            (Framing::UntilClose, b"hello", b"hello", false, 0),
            (Framing::Chunked, b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello", true, 0),
            (Framing::Chunked, b"A\r\n0123456789\r\n0\r\na: b\r\n\r\n+", b"0123456789", true, 1),
            (Framing::Chunked, b"5\r\nhel", b"hel", false, 0),
        ] {
            for step in 1..=input.len() {
                let expected = (data.to_vec(), done, left);
                assert_eq!(read(framing, input, step), Ok(expected), "{step} of {input:?}");
            }
        }
    }

    #[test]
    fn chunks_that_break_the_rules_are_refused() {
        for (input, cause) in [
            (b"x\r\n".to_vec(), Cause::Malformed),
            (b"\r\n".to_vec(), Cause::Malformed),
            (b"-1\r\n".to_vec(), Cause::Malformed),
            (b"1000000000000000\r\n".to_vec(), Cause::Malformed),
            (b"1\r\nab\r\n".to_vec(), Cause::Malformed),
            (b"1\nab".to_vec(), Cause::Malformed),
            (vec![b'0'; 300], Cause::Malformed),
            (format!("1;{}\r\n", "x".repeat(300)).into_bytes(), Cause::Malformed),
            (format!("0\r\n{}", "a: b\r\n".repeat(2000)).into_bytes(), Cause::TooLarge),
            (format!("0\r\n{}", "a".repeat(9000)).into_bytes(), Cause::TooLarge),
        ] {
            let mut long = input.clone();
            if input == b"1\nab" {
                // A bare line feed ends no line: the size goes on until it is too long.
                long.extend(vec![b'x'; 300]);
            }
            assert_eq!(read(Framing::Chunked, &long, 7), Err(cause), "{input:?}");
        }
    }
}
