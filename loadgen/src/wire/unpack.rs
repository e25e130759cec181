//! A body on its way in: unpacked as it comes, counted, bounded, and stored where it is wanted.

use super::head::malformed;
use super::loss::Loss;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;
use sim::metrics::Cause;
use std::io::{self, Write};

/// Where a body goes. Memory is bounded by the bound of the body and one window of the packing.
pub(super) struct Sink {
    packing: Packing,
    /// Whether anything came at all.
    fed: bool,
}

/// How a body is packed. Packings that we do not know (nobody asked for them, unless the scenario
/// did) are left as they are.
enum Packing {
    Plain(Out),
    Gzip(Box<MultiGzDecoder<Out>>),
    Deflate(Inflate),
}

/// Deflate, with or without zlib's frame: servers disagree, and the first byte tells.
struct Inflate {
    out: Out,
    decoder: Option<Box<Decompress>>,
    ended: bool,
}

/// What was unpacked.
struct Out {
    stored: Vec<u8>,
    wanted: bool,
    length: u64,
    most: u64,
    over: bool,
}

impl Sink {
    /// For a body with these headers, of at most `most` bytes unpacked.
    pub fn new(headers: &HeaderMap, wanted: bool, most: u64) -> Sink {
        let out = Out { stored: Vec::new(), wanted, length: 0, most, over: false };
        let packing = headers.get(CONTENT_ENCODING).map_or(&b""[..], |value| value.as_bytes());
        let packing =
            if packing.eq_ignore_ascii_case(b"gzip") || packing.eq_ignore_ascii_case(b"x-gzip") {
                Packing::Gzip(Box::new(MultiGzDecoder::new(out)))
            } else if packing.eq_ignore_ascii_case(b"deflate") {
                Packing::Deflate(Inflate { out, decoder: None, ended: false })
            } else {
                Packing::Plain(out)
            };
        Sink { packing, fed: false }
    }

    /// Takes what has come. An error when it is too long, or broken.
    pub fn take(&mut self, data: &[u8]) -> Result<(), Loss> {
        self.fed |= !data.is_empty();
        let written = match &mut self.packing {
            Packing::Plain(out) => out.write_all(data),
            Packing::Gzip(decoder) => decoder.write_all(data),
            Packing::Deflate(inflate) => inflate.take(data),
        };
        written.map_err(|_| self.lost())
    }

    /// The body and its length, when all of it has come.
    pub fn finish(mut self) -> Result<(Bytes, u64), Loss> {
        // A packed body of no bytes is what some servers send for an empty one.
        let is_whole = !self.fed
            || match &mut self.packing {
                Packing::Plain(_) => true,
                Packing::Gzip(decoder) => decoder.try_finish().is_ok(),
                Packing::Deflate(inflate) => inflate.ended,
            };
        if !is_whole {
            return Err(self.lost());
        }
        let out = self.out();
        let length = out.length;
        Ok((Bytes::from(std::mem::take(&mut out.stored)), length))
    }

    /// How much was unpacked so far, in bytes.
    pub fn length(&mut self) -> u64 {
        self.out().length
    }

    fn out(&mut self) -> &mut Out {
        match &mut self.packing {
            Packing::Plain(out) => out,
            Packing::Gzip(decoder) => decoder.get_mut(),
            Packing::Deflate(inflate) => &mut inflate.out,
        }
    }

    /// Why it went wrong.
    fn lost(&mut self) -> Loss {
        if self.out().over {
            return too_large();
        }
        malformed("the answer's body cannot be unpacked")
    }
}

/// A body above its bound.
pub(super) fn too_large() -> Loss {
    Loss::new(Cause::TooLarge, "the answer's body is longer than its bound")
}

impl Inflate {
    /// Unpacks through a buffer on the stack; what stands behind the end is passed over.
    fn take(&mut self, mut data: &[u8]) -> io::Result<()> {
        let Some(first) = data.first() else { return Ok(()) };
        // The low half of zlib's first byte names its method, 8; raw deflate does not begin so.
        let has_frame = first & 0x0f == 8;
        let decoder = self.decoder.get_or_insert_with(|| Box::new(Decompress::new(has_frame)));
        let mut room = [0; 4 << 10];
        while !self.ended {
            let (used, made) = (decoder.total_in(), decoder.total_out());
            let status = decoder.decompress(data, &mut room, FlushDecompress::None)?;
            let (used, made) = (decoder.total_in() - used, decoder.total_out() - made);
            // Both are at most as long as the slices just above.
            let (used, made) = (used as usize, made as usize);
            self.out.write_all(&room[..made])?;
            data = &data[used..];
            self.ended = status == Status::StreamEnd;
            if made < room.len() && (data.is_empty() || used == 0) {
                break;
            }
        }
        Ok(())
    }
}

impl Write for Out {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.length + data.len() as u64 > self.most {
            self.over = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.length += data.len() as u64;
        if self.wanted {
            self.stored.extend_from_slice(data);
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn unpack(packing: &str, data: &[u8], step: usize, most: u64) -> Result<(Bytes, u64), Cause> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, packing.parse().unwrap());
        let mut sink = Sink::new(&headers, true, most);
        for piece in data.chunks(step) {
            sink.take(piece).map_err(|loss| loss.cause)?;
        }
        sink.finish().map_err(|loss| loss.cause)
    }

    fn packed(data: &[u8]) -> [(&'static str, Vec<u8>); 4] {
        let (mut gzip, mut zlib, mut raw) = (
            GzEncoder::new(Vec::new(), Compression::best()),
            ZlibEncoder::new(Vec::new(), Compression::best()),
            DeflateEncoder::new(Vec::new(), Compression::best()),
        );
        gzip.write_all(data).unwrap();
        zlib.write_all(data).unwrap();
        raw.write_all(data).unwrap();
        let packings = [gzip.finish(), zlib.finish(), raw.finish()].map(Result::unwrap);
        let [gzip, zlib, raw] = packings;
        [("GZip", gzip), ("deflate", zlib), ("deflate", raw), ("identity", data.to_vec())]
    }

    #[test]
    fn every_packing_comes_out_the_same_in_any_pieces() {
        let text = "hello, hello, hello ".repeat(50);
        for (packing, data) in packed(text.as_bytes()) {
            for step in [1, 7, data.len()] {
                let (body, length) = unpack(packing, &data, step, 1000).unwrap();
                assert_eq!((&body[..], length), (text.as_bytes(), 1000), "{packing}");
            }
            assert_eq!(unpack(packing, &data, 7, 999), Err(Cause::TooLarge), "{packing}");
        }
    }

    #[test]
    fn broken_packings_are_malformed_and_unknown_ones_are_left() {
        for (packing, mut data) in packed(&b"hello ".repeat(100)).into_iter().take(3) {
            data.truncate(data.len() - 2);
            assert_eq!(unpack(packing, &data, 7, 1000), Err(Cause::Malformed), "{packing}");
        }
        assert_eq!(unpack("gzip", b"no gzip at all", 7, 1000), Err(Cause::Malformed));
        assert_eq!(unpack("gzip", &[0x1f, 0x8b], 7, 1000), Err(Cause::Malformed));
        assert_eq!(unpack("br", b"as it is", 3, 1000).unwrap().0, "as it is");
        assert_eq!(unpack("gzip", b"", 3, 1000).unwrap().0, "");
    }
}
