//! Entries as other programs read them.

use crate::Result;
use crate::error::AcsError;
use crate::import::safe;
use model::audit::AuditEntry;

/// Columns of the CSV, with the end of their line.
pub const CSV_HEADER: &str = "number,time,who,who_kind,who_id,act,act_words,target_kind,target_id,target,before,after,\
     reason,address,user_agent,session,hash\n";

/// Appends one line. No cell is a formula to a spreadsheet (catalogue row W5).
pub fn csv_row(out: &mut Vec<u8>, entry: &AuditEntry) {
    let id = entry.who.id.map(|id| id.to_string()).unwrap_or_default();
    let (number, time) = (entry.id.to_string(), cwmp::time::format(entry.at));
    let cells = [
        number.as_str(),
        &time,
        &entry.who.name,
        &entry.who.kind,
        &id,
        &entry.act,
        entry.act_words(),
        &entry.target.kind,
        &entry.target.id,
        &entry.target.label,
        entry.before.as_deref().unwrap_or_default(),
        entry.after.as_deref().unwrap_or_default(),
        &entry.reason,
        &entry.origin.address,
        &entry.origin.user_agent,
        &entry.origin.session,
        &entry.hash,
    ];
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(cells.map(safe)).expect("memory takes all");
}

/// Appends one line of JSON.
pub fn json_line(out: &mut Vec<u8>, entry: &AuditEntry) -> Result<()> {
    serde_json::to_writer(&mut *out, entry).map_err(AcsError::internal)?;
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::audit::{Origin, Target, Who};

    fn entry() -> AuditEntry {
        AuditEntry {
            id: 3,
            at: Timestamp(1_763_800_000_000),
            who: Who { kind: "agent".into(), id: Some(1), name: "=cmd()".into() },
            act: "task.created".into(),
            target: Target::new("device", 7, "+SER,1"),
            before: None,
            after: Some("{\"a\":\"b\"}".into()),
            reason: "@x".into(),
            origin: Origin::new("192.0.2.1", "-browser", "portal"),
            hash: "ab".repeat(32),
        }
    }

    #[test]
    fn w5_no_cell_is_a_formula() {
        let mut out = Vec::new();
        csv_row(&mut out, &entry());
        let text = String::from_utf8(out).unwrap();
        let columns = CSV_HEADER.trim_end().split(',').count();
        let read = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records().next();
        let read = read.unwrap().unwrap();
        assert_eq!(read.len(), columns);
        assert!(read.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{text}");
        assert_eq!((&read[1], &read[9]), ("2025-11-22T08:26:40Z", "'+SER,1"));
    }

    #[test]
    fn a_line_of_json_is_the_entry() {
        let mut out = Vec::new();
        json_line(&mut out, &entry()).unwrap();
        assert!(out.ends_with(b"}\n"));
        assert_eq!(serde_json::from_slice::<AuditEntry>(&out).unwrap(), entry());
    }
}
