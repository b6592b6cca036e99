//! A table as text: which characters, which columns.

use csv::{ReaderBuilder, StringRecord, Trim};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use model::import::TABLE_BYTES_MAX;

/// Most columns that are taken.
const COLUMNS_MAX: usize = 200;
/// Rows that are shown before anything is done.
const SAMPLES: usize = 3;

/// Why something is no table. The text is for the person who gave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("The file is empty. Nothing was imported.")]
    Empty,
    #[error("The file is larger than {} MB. Nothing was imported; split it into several files.", TABLE_BYTES_MAX >> 20)]
    TooLarge,
    #[error(
        "This is a spreadsheet or another kind of file, not a table as text. Nothing was imported; save it as CSV."
    )]
    NoText,
    #[error("The file has a line of column names and no rows. Nothing was imported.")]
    NoRows,
    #[error("The file has more than {COLUMNS_MAX} columns. Nothing was imported; leave out what is not needed.")]
    TooWide,
}

/// A table with a line of column names.
#[derive(Clone)]
pub struct Table {
    text: String,
    delimiter: u8,
    encoding: &'static Encoding,
    columns: Vec<String>,
    rows: u64,
    samples: Vec<Vec<String>>,
}

impl Table {
    /// Finds out the characters (a byte order mark, else UTF-8 if it is that, else Windows-1252) and what stands between
    /// columns. Takes as long as reading the whole table.
    pub fn read(bytes: &[u8]) -> Result<Self, TableError> {
        if bytes.len() > TABLE_BYTES_MAX {
            return Err(TableError::TooLarge);
        }
        let (text, encoding) = decode(bytes)?;
        if text.trim().is_empty() {
            return Err(TableError::Empty);
        }
        let delimiter = delimiter(&text);
        let mut table = Self { text, delimiter, encoding, columns: Vec::new(), rows: 0, samples: Vec::new() };
        let mut columns = Vec::new();
        let mut samples = Vec::new();
        let mut rows = 0;
        for (_, record) in table.records_and_header() {
            if columns.is_empty() {
                columns = record.iter().map(|name| name.trim().to_owned()).collect();
                continue;
            }
            if samples.len() < SAMPLES {
                samples.push(record.iter().map(|cell| cell.chars().take(80).collect()).collect());
            }
            rows += 1;
        }
        if columns.len() > COLUMNS_MAX {
            return Err(TableError::TooWide);
        }
        if rows == 0 {
            return Err(TableError::NoRows);
        }
        (table.columns, table.rows, table.samples) = (columns, rows, samples);
        Ok(table)
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Without the line of names.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The first rows, cut short.
    pub fn samples(&self) -> &[Vec<String>] {
        &self.samples
    }

    pub fn encoding(&self) -> &'static str {
        if self.encoding == WINDOWS_1252 { "Windows-1252" } else { self.encoding.name() }
    }

    pub fn delimiter_name(&self) -> &'static str {
        match self.delimiter {
            b';' => "semicolon",
            b'\t' => "tab",
            b'|' => "bar",
            _ => "comma",
        }
    }

    /// Rows with their lines in the file.
    pub fn records(&self) -> impl Iterator<Item = (u64, StringRecord)> + '_ {
        self.records_and_header().skip(1)
    }

    fn records_and_header(&self) -> impl Iterator<Item = (u64, StringRecord)> + '_ {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .trim(Trim::All)
            .from_reader(self.text.as_bytes());
        // Text in memory that is UTF-8 has no errors: rows of any length are taken.
        let records = reader.into_records().filter_map(Result::ok);
        let bytes = self.text.as_bytes();
        let (mut counted, mut at) = (0, 1);
        // The reader's own count is that of the end of the row before: empty lines, and half a line end, are left out.
        let mut line = move |record: &StringRecord| {
            let start = record.position().map_or(counted, |position| position.byte() as usize);
            let breaks = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            at += bytes[counted..start + breaks].split(|byte| *byte == b'\n').count() as u64 - 1;
            counted = start + breaks;
            at
        };
        records
            .map(move |record| (line(&record), record))
            .filter(|(_, record)| record.iter().any(|cell| !cell.is_empty()))
    }
}

fn decode(bytes: &[u8]) -> Result<(String, &'static Encoding), TableError> {
    // Zip (newer spreadsheets), OLE (older ones), PDF.
    if [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0", b"%PDF"].iter().any(|kind| bytes.starts_with(kind)) {
        return Err(TableError::NoText);
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[length..]);
        return Ok((text.into_owned(), encoding));
    }
    if bytes.contains(&0) {
        return Err(TableError::NoText);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), UTF_8)),
        Err(_) => Ok((WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), WINDOWS_1252)),
    }
}

/// What is most frequent in the first line, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| *candidate == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // The first of equals: the comma.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_columns_are_found_out() {
        let utf8 = Table::read("\u{feff}account;name\r\n1;\"Bell; M\"\r\n\r\n2;Zo\u{eb}\r\n".as_bytes()).unwrap();
        assert_eq!((utf8.columns(), utf8.rows()), (&["account".to_owned(), "name".to_owned()][..], 2));
        assert_eq!((utf8.encoding(), utf8.delimiter_name()), ("UTF-8", "semicolon"));
        let rows: Vec<_> = utf8.records().map(|(line, row)| (line, row[1].to_owned())).collect();
        assert_eq!(rows, [(2, "Bell; M".to_owned()), (4, "Zoë".to_owned())]);
        let western = Table::read(b"account,name\n1,M\xfcller \x80\n").unwrap();
        assert_eq!((western.encoding(), western.samples()[0][1].as_str()), ("Windows-1252", "Müller €"));
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("a\tb\n1\t2\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let wide = Table::read(&wide).unwrap();
        assert_eq!((wide.encoding(), wide.delimiter_name(), wide.rows()), ("UTF-16LE", "tab", 1));
        assert_eq!(Table::read(b"account\n1\n").unwrap().delimiter_name(), "comma");
        assert_eq!(Table::read(b"\"a;b;c\",d\n1,2\n").unwrap().columns().len(), 2);
        // A row that is too short or too long is a row.
        assert_eq!(Table::read(b"a,b\n1\n1,2,3\n").unwrap().rows(), 2);
    }

    #[test]
    fn what_is_no_table_is_told() {
        let error = |bytes: &[u8]| Table::read(bytes).map(|_| ()).unwrap_err();
        assert_eq!(error(b""), TableError::Empty);
        assert_eq!(error(b" \r\n"), TableError::Empty);
        assert_eq!(error(b"account,name\n\n,\n"), TableError::NoRows);
        assert_eq!(error(b"PK\x03\x04xlsx"), TableError::NoText);
        assert_eq!(error(b"a,b\n\0\x01,2"), TableError::NoText);
        assert_eq!(error(&vec![b'a'; TABLE_BYTES_MAX + 1]), TableError::TooLarge);
        assert_eq!(error(format!("{}\n1\n", "a,".repeat(300)).as_bytes()), TableError::TooWide);
    }
}
