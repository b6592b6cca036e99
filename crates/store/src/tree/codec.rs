//! A tree as one compact blob.
//!
//! ```text
//! blob    := version (1 byte = 1) · length of payload (varint) · zstd frame with checksum
//! payload := complete (1 byte) · nodes (varint) · eight columns, each with its length (varint) before it
//! ```
//! The columns, node after node in order of path:
//! 1. `shape`: per node two varints: how many parts of its path it keeps of the node before, how many follow;
//! 2. `parts`: per part that follows a varint: 0 an instance number (column 3), 1 a name of the device's own
//!    (column 4), else 2 + its id in [`Names`];
//! 3. `numbers`: varints; 4. `own names`: length and bytes;
//! 5. `flags`: 1 object, 2 writable, 4 has a value, 8 has an age, ≪4 the type;
//! 6. `notification`: 0 unknown, else 1 + notification;
//! 7. `ages`: zigzag varints, each the difference to the one before;
//! 8. `values`: the lengths of all of them, then their bytes.
//!
//! Instance numbers are not names, so that a table whose rows come and go does not grow the dictionary.

use super::names::NAMES_MAX;
use super::{Names, Node, Tree};
use model::Timestamp;
use model::tree::ValueType;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// The format this build writes.
pub const VERSION: u8 = 1;
/// Largest payload, and largest sum of all paths, that is written or read: 32 MiB.
pub const SIZE_MAX: usize = 32 << 20;
/// Level of zstd: 3 takes 0.1 ms for 800 parameters; higher ones gain next to nothing.
const LEVEL: i32 = 3;

const NUMBER: u64 = 0;
const OWN: u64 = 1;
const SHARED: u64 = 2;

const OBJECT: u8 = 1;
const WRITABLE: u8 = 2;
const VALUE: u8 = 4;
const AGE: u8 = 8;

/// Why a blob cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("format {0} is not known")]
    Version(u8),
    /// The dictionary that was given is older than the blob.
    #[error("name {0} is not in the dictionary")]
    UnknownName(u64),
    #[error("larger than {SIZE_MAX} bytes")]
    TooLarge,
    #[error("{0}")]
    Malformed(Cow<'static, str>),
}

fn malformed(reason: &'static str) -> CodecError {
    CodecError::Malformed(Cow::Borrowed(reason))
}

/// Names of the tree that the dictionary lacks and would take, each once, in order of path.
pub fn unknown_names<'a>(tree: &'a Tree, names: &Names) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let room = NAMES_MAX.saturating_sub(names.len());
    let parts = tree.nodes.keys().flat_map(|path| split(path).0);
    parts
        .filter(|part| number(part).is_none() && Names::takes(part) && names.id(part).is_none())
        .filter(|part| seen.insert(*part))
        .take(room)
        .collect()
}

/// Writes a tree. Names that the dictionary lacks are written into the blob.
pub fn encode(tree: &Tree, names: &Names) -> Result<Vec<u8>, CodecError> {
    let mut columns: [Vec<u8>; 8] = Default::default();
    let [shape, parts, numbers, own, flags, notifications, ages, lengths] = &mut columns;
    let mut values = Vec::new();
    let mut before: Vec<&str> = Vec::new();
    let mut paths = 0;
    let mut age = 0i64;
    for (path, node) in &tree.nodes {
        paths += path.len();
        let (split, object) = split(path);
        let current: Vec<&str> = split.collect();
        let kept = before.iter().zip(&current).take_while(|(a, b)| a == b).count();
        put(shape, kept as u64);
        put(shape, (current.len() - kept) as u64);
        for part in &current[kept..] {
            if let Some(instance) = number(part) {
                put(parts, NUMBER);
                put(numbers, instance.into());
            } else if let Some(id) = names.id(part) {
                put(parts, SHARED + u64::from(id));
            } else {
                put(parts, OWN);
                put(own, part.len() as u64);
                own.extend_from_slice(part.as_bytes());
            }
        }
        let mut flag = (node.value_type as u8) << 4;
        flag |= if object { OBJECT } else { 0 };
        flag |= if node.writable { WRITABLE } else { 0 };
        put(notifications, node.notification.map_or(0, |notification| u64::from(notification) + 1));
        if let Some(value) = &node.value {
            flag |= VALUE;
            put(lengths, value.len() as u64);
            values.extend_from_slice(value.as_bytes());
        }
        if let Some(read_at) = node.read_at {
            flag |= AGE;
            put(ages, zigzag(read_at.0.wrapping_sub(age)));
            age = read_at.0;
        }
        flags.push(flag);
        before = current;
    }
    lengths.extend_from_slice(&values);

    let mut payload = vec![u8::from(tree.complete)];
    put(&mut payload, tree.nodes.len() as u64);
    for column in &columns {
        put(&mut payload, column.len() as u64);
        payload.extend_from_slice(column);
    }
    if payload.len() > SIZE_MAX || paths > SIZE_MAX {
        return Err(CodecError::TooLarge);
    }
    let mut blob = vec![VERSION];
    put(&mut blob, payload.len() as u64);
    blob.extend(compress(&payload)?);
    Ok(blob)
}

/// Reads a tree. Any bytes give a tree or an error.
pub fn decode(blob: &[u8], names: &Names) -> Result<Tree, CodecError> {
    let mut input = Reader(blob);
    let version = input.byte()?;
    if version != VERSION {
        return Err(CodecError::Version(version));
    }
    let length = usize::try_from(input.varint()?).map_err(|_| CodecError::TooLarge)?;
    if length > SIZE_MAX {
        return Err(CodecError::TooLarge);
    }
    let payload = decompress(input.0, length)?;
    if payload.len() != length {
        return Err(malformed("the payload has another length than it says"));
    }
    let mut input = Reader(&payload);
    let complete = input.byte()? != 0;
    let count = input.varint()?;
    let mut columns = [Reader(&[]); 8];
    for column in &mut columns {
        *column = Reader(input.block()?);
    }
    let [mut shape, mut parts, mut numbers, mut own, mut flags, mut notifications, mut ages, mut lengths] = columns;
    if count != flags.0.len() as u64 {
        return Err(malformed("there are not as many flags as nodes"));
    }
    // Lengths come first in the column; the bytes begin after the last of them.
    let valued = flags.0.iter().filter(|flag| *flag & VALUE != 0).count();
    let mut values = lengths;
    for _ in 0..valued {
        values.varint()?;
    }

    let mut tree = Tree { complete, ..Tree::default() };
    let mut current: Vec<Cow<'_, str>> = Vec::new();
    let mut paths = 0;
    let mut age = 0i64;
    for _ in 0..count {
        let kept = usize::try_from(shape.varint()?).map_err(|_| malformed("a path keeps too much"))?;
        if kept > current.len() {
            return Err(malformed("a path keeps more than there is"));
        }
        current.truncate(kept);
        for _ in 0..shape.varint()? {
            current.push(match parts.varint()? {
                NUMBER => {
                    let number = u32::try_from(numbers.varint()?).map_err(|_| malformed("an instance number"))?;
                    Cow::Owned(number.to_string())
                }
                OWN => Cow::Borrowed(text(own.block()?)?),
                shared => {
                    let id = shared - SHARED;
                    let name = u32::try_from(id).ok().and_then(|id| names.name(id));
                    Cow::Borrowed(name.ok_or(CodecError::UnknownName(id))?)
                }
            });
        }
        let flag = flags.byte()?;
        let size = current.iter().map(|part| part.len() + 1).sum::<usize>();
        paths += size;
        if paths > 2 * SIZE_MAX {
            return Err(CodecError::TooLarge);
        }
        let mut path = String::with_capacity(size);
        for (index, part) in current.iter().enumerate() {
            if index > 0 {
                path.push('.');
            }
            path.push_str(part);
        }
        if flag & OBJECT != 0 {
            path.push('.');
        }
        let notification = match notifications.varint()? {
            0 => None,
            n => Some(u8::try_from(n - 1).map_err(|_| malformed("a notification"))?),
        };
        let value = if flag & VALUE != 0 {
            let length = lengths.varint()?;
            Some(text(values.take(length)?)?.into())
        } else {
            None
        };
        let read_at = if flag & AGE != 0 {
            age = age.wrapping_add(unzigzag(ages.varint()?));
            Some(Timestamp(age))
        } else {
            None
        };
        let value_type = ValueType::from_index(flag >> 4).ok_or_else(|| malformed("a type"))?;
        let writable = flag & WRITABLE != 0;
        tree.insert(path.into(), Node { value, value_type, writable, notification, read_at });
    }
    if tree.len() as u64 != count {
        return Err(malformed("a path comes twice"));
    }
    Ok(tree)
}

/// The parts of a path, and whether it is an object. Joining them with dots (and a final one) gives the path back.
fn split(path: &str) -> (std::str::Split<'_, char>, bool) {
    match path.strip_suffix('.') {
        Some(object) => (object.split('.'), true),
        None => (path.split('.'), false),
    }
}

/// An instance number as it is always written: no sign, no leading zero.
fn number(part: &str) -> Option<u32> {
    let canonical = part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    if canonical { part.parse().ok() } else { None }
}

fn text(bytes: &[u8]) -> Result<&str, CodecError> {
    std::str::from_utf8(bytes).map_err(|_| malformed("text that is not UTF-8"))
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// LEB128.
fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, CodecError> {
        let (first, rest) = self.0.split_first().ok_or_else(|| malformed("it ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn varint(&mut self) -> Result<u64, CodecError> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(malformed("a number without end"))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CodecError> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len());
        let (taken, rest) = self.0.split_at(length.ok_or_else(|| malformed("it ends too early"))?);
        self.0 = rest;
        Ok(taken)
    }

    fn block(&mut self) -> Result<&'a [u8], CodecError> {
        let length = self.varint()?;
        self.take(length)
    }
}

// Contexts of zstd cost more to make than a small tree to compress: one of each per thread.
thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn zstd_failed(error: std::io::Error) -> CodecError {
    CodecError::Malformed(Cow::Owned(error.to_string()))
}

fn compress(payload: &[u8]) -> Result<Vec<u8>, CodecError> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = if let Some(compressor) = slot {
            compressor
        } else {
            let mut new = Compressor::new(LEVEL).map_err(zstd_failed)?;
            new.set_parameter(CParameter::ChecksumFlag(true)).map_err(zstd_failed)?;
            slot.insert(new)
        };
        compressor.compress(payload).map_err(zstd_failed)
    })
}

fn decompress(frame: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(Decompressor::new().map_err(zstd_failed)?),
        };
        // Never more than the frame itself says it holds: a short blob cannot ask for 32 MiB.
        let capacity = Decompressor::upper_bound(frame).map_or(length, |bound| bound.min(length));
        decompressor.decompress(frame, capacity).map_err(zstd_failed)
    })
}
