//! Content codings of request bodies (rules 26, 27, 29).

use super::body::{Refused, Room, Whole, append};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use hyper::body::{Buf, Bytes};
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use std::io::Read;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Deflate,
}

impl Coding {
    /// `None`: one that we do not know, or several on top of each other.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        let Some(value) = values.next() else { return Some(Self::Identity) };
        if values.next().is_some() {
            return None;
        }
        match value.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }
}

/// Bodies whose packed form is larger than this are unpacked off the threads that serve everyone.
const INLINE: usize = 16 << 10;

/// Undoes the coding; at most `limit` bytes come out.
pub async fn decode(body: Whole, coding: Coding, limit: usize) -> Result<Whole, Refused> {
    if coding == Coding::Identity || body.bytes.is_empty() {
        return Ok(body);
    }
    if body.bytes.len() <= INLINE {
        // 16 KB can swell to 16 MB, which takes some milliseconds; what CPEs send swells tenfold.
        return unpack(body.bytes, coding, limit, body.room);
    }
    let unpacked = tokio::task::spawn_blocking(move || unpack(body.bytes, coding, limit, body.room)).await;
    unpacked.unwrap_or(Err(Refused::Garbled))
}

fn unpack(packed: Bytes, coding: Coding, limit: usize, mut room: Room) -> Result<Whole, Refused> {
    let zlib = is_zlib(&packed);
    let held = packed.len();
    let reader = packed.reader();
    let mut unpacked: Box<dyn Read> = match coding {
        Coding::Gzip => Box::new(GzDecoder::new(reader)),
        // The coding is called deflate and means zlib (RFC 9110 §8.4.1.2), but bare deflate is sent, too.
        Coding::Deflate if zlib => Box::new(ZlibDecoder::new(reader)),
        Coding::Deflate => Box::new(DeflateDecoder::new(reader)),
        Coding::Identity => Box::new(reader),
    };
    let mut bytes = Vec::with_capacity((held * 4).min(limit));
    let mut piece = vec![0; 32 << 10];
    loop {
        let count = unpacked.read(&mut piece).map_err(|_| Refused::Garbled)?;
        if count == 0 {
            return Ok(Whole { bytes: bytes.into(), room });
        }
        if bytes.len() + count > limit {
            return Err(Refused::TooLarge);
        }
        room.grow_to(held + bytes.len() + count)?;
        append(&mut bytes, &piece[..count], limit);
    }
}

/// RFC 1950: the method is 8 and the first two bytes are a multiple of 31.
fn is_zlib(packed: &[u8]) -> bool {
    packed.len() >= 2 && packed[0] & 0x0f == 8 && u16::from_be_bytes([packed[0], packed[1]]).is_multiple_of(31)
}

#[cfg(test)]
mod tests {
    use super::super::body::Budget;
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;
    use std::sync::Arc;

    fn whole(bytes: Vec<u8>) -> Whole {
        let budget = Arc::new(Budget::new(8 << 20));
        Whole { bytes: bytes.into(), room: Room::new(&budget) }
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn three_forms_are_unpacked() {
        let plain = b"<x>hello</x>".repeat(400);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(&plain).unwrap();
        for (coding, packed) in [
            (Coding::Gzip, gzip(&plain)),
            (Coding::Deflate, zlib.finish().unwrap()),
            (Coding::Deflate, bare.finish().unwrap()),
            (Coding::Identity, plain.clone()),
        ] {
            let unpacked = decode(whole(packed), coding, 1 << 20).await.ok().map(|body| body.bytes);
            assert_eq!(unpacked.as_deref(), Some(&plain[..]), "{coding:?}");
        }
    }

    #[tokio::test]
    async fn a_bomb_is_cut_at_the_limit() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100 << 10);
        assert_eq!(decode(whole(bomb), Coding::Gzip, 1 << 20).await.err(), Some(Refused::TooLarge));
    }

    #[tokio::test]
    async fn garbage_is_refused() {
        assert_eq!(decode(whole(b"not gzip".to_vec()), Coding::Gzip, 1 << 20).await.err(), Some(Refused::Garbled));
        let mut cut = gzip(b"hello hello hello");
        cut.truncate(cut.len() - 9);
        assert_eq!(decode(whole(cut), Coding::Gzip, 1 << 20).await.err(), Some(Refused::Garbled));
    }

    #[test]
    fn unknown_codings_are_known_to_be_unknown() {
        let of = |value: &'static str| Coding::of(&HeaderMap::from_iter([(CONTENT_ENCODING, value.parse().unwrap())]));
        assert_eq!(Coding::of(&HeaderMap::new()), Some(Coding::Identity));
        assert_eq!(of("GZIP"), Some(Coding::Gzip));
        assert_eq!(of("br"), None);
        assert_eq!(of("gzip, gzip"), None);
    }
}
