//! How a table is stored: one byte of format, then a zstd frame.
//!
//! Inside: the name, the texts, the rules as JSON, and the nodes in breadth-first order with their number of children.
//! Where children begin follows from that.

use super::{ALL_FLAGS, Node, OBJECT, Table};
use crate::{DataModelError, Result};
use model::knowledge::Rules;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

const FORMAT: u8 = 1;
/// zstd's own default is 3; a table is written once and read often.
const LEVEL: i32 = 12;
/// Largest table, before compression.
const MAX_SIZE: usize = 128 * 1024 * 1024;

impl Table {
    /// To be stored.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        put_text(&mut out, &self.name);
        put(&mut out, self.ends.len() as u64);
        let mut start = 0;
        for end in &self.ends {
            put(&mut out, u64::from(end - start));
            start = *end;
        }
        put_text(&mut out, &self.text);
        let rules = serde_json::to_string(&self.rules).map_err(|_| DataModelError::Corrupt("its rules"))?;
        put_text(&mut out, &rules);
        put(&mut out, self.nodes.len() as u64);
        for node in &self.nodes {
            for number in [node.name, node.count, node.about, node.rules, u32::from(node.flags)] {
                put(&mut out, u64::from(number));
            }
        }
        if out.len() > MAX_SIZE {
            return Err(DataModelError::Corrupt("it is too large to be stored"));
        }
        let failed = |_| DataModelError::Corrupt("it could not be compressed");
        let mut compressor = Compressor::new(LEVEL).map_err(failed)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true)).map_err(failed)?;
        let frame = compressor.compress(&out).map_err(failed)?;
        Ok([&[FORMAT], frame.as_slice()].concat())
    }

    /// What [`Self::encode`] wrote. Anything else is an error, never a panic.
    pub fn decode(stored: &[u8]) -> Result<Self> {
        let Some((format, frame)) = stored.split_first() else { return Err(DataModelError::Corrupt("it is empty")) };
        if *format != FORMAT {
            return Err(DataModelError::Format(*format));
        }
        let failed = |_| DataModelError::Corrupt("it could not be decompressed");
        let size = Decompressor::upper_bound(frame).filter(|size| *size <= MAX_SIZE);
        let size = size.ok_or(DataModelError::Corrupt("it says that it is too large"))?;
        let payload = Decompressor::new().and_then(|mut zstd| zstd.decompress(frame, size)).map_err(failed)?;
        read(&mut Input(&payload))
    }
}

fn read(input: &mut Input) -> Result<Table> {
    let name = input.text()?.to_owned();
    let count = input.count()?;
    let mut ends = Vec::with_capacity(count.min(input.0.len()));
    let mut end = 0u64;
    for _ in 0..count {
        end = end.saturating_add(input.number()?);
        ends.push(u32::try_from(end).map_err(|_| DataModelError::Corrupt("its texts are too long"))?);
    }
    let text = input.text()?.to_owned();
    let whole = ends.iter().all(|end| text.is_char_boundary(*end as usize));
    if ends.is_empty() || !whole {
        return Err(DataModelError::Corrupt("its texts"));
    }
    let rules: Vec<Rules> = serde_json::from_str(input.text()?).map_err(|_| DataModelError::Corrupt("its rules"))?;
    let count = input.count()?;
    let mut nodes: Vec<Node> = Vec::with_capacity(count.min(input.0.len()));
    let mut next = 1u32;
    for index in 0..count {
        let [name, count, about, rules_id, flags] = [input.id()?, input.id()?, input.id()?, input.id()?, input.id()?];
        let flags = u16::try_from(flags).ok().filter(|flags| flags & !ALL_FLAGS == 0);
        let flags = flags.ok_or(DataModelError::Corrupt("its flags"))?;
        let known = (name as usize) < ends.len() && (about as usize) < ends.len() && rules_id as usize <= rules.len();
        // Children stand behind their parent: there are no circles.
        if !known || (next as usize) <= index && count > 0 || (flags & OBJECT == 0 && count > 0) {
            return Err(DataModelError::Corrupt("its nodes"));
        }
        nodes.push(Node { name, first: next, count, about, rules: rules_id, flags });
        next = next.checked_add(count).ok_or(DataModelError::Corrupt("its nodes"))?;
    }
    if nodes.is_empty() || next as usize != nodes.len() || !input.0.is_empty() {
        return Err(DataModelError::Corrupt("its nodes"));
    }
    let table = Table { name, text, ends, rules, nodes };
    let sorted = (0..table.nodes.len()).all(|at| {
        let key = |node: &Node| (table.string(node.name), node.flags & OBJECT != 0);
        table.children(at).is_sorted_by(|a, b| key(a) < key(b))
    });
    if sorted { Ok(table) } else { Err(DataModelError::Corrupt("its order")) }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// LEB128.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

struct Input<'a>(&'a [u8]);

const CUT: DataModelError = DataModelError::Corrupt("it ends too early");

impl<'a> Input<'a> {
    fn number(&mut self) -> Result<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(CUT)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DataModelError::Corrupt("a number without end"))
    }

    fn id(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| DataModelError::Corrupt("a number that is too large"))
    }

    fn count(&mut self) -> Result<usize> {
        Ok(self.id()? as usize)
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.count()?;
        if length > self.0.len() {
            return Err(CUT);
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(taken).map_err(|_| DataModelError::Corrupt("text that is not UTF-8"))
    }
}
