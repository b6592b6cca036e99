//! Cells that a spreadsheet would take for a formula, out and in.

use super::rows::WrongRow;

/// What makes a formula of a cell.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet computes: an apostrophe before what would begin a formula.
pub fn safe(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell without the apostrophe that [`safe`] put before it.
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest,
        _ => cell,
    }
}

/// The rows that were not taken, with why, as CSV with the columns of the table: to be put right and imported again.
pub fn wrong_rows(columns: &[String], rows: &[WrongRow]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let header = columns.iter().map(|name| safe(name)).chain(["line".to_owned(), "problem".to_owned()]);
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes all");
    write(header.collect());
    for row in rows {
        let mut cells: Vec<String> = row.cells.iter().map(|cell| safe(cell)).collect();
        cells.resize(columns.len().max(cells.len()), String::new());
        cells.extend([row.line.to_string(), safe(&row.problem)]);
        write(cells);
    }
    writer.into_inner().expect("memory takes all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_nothing_that_leaves_is_a_formula() {
        for hostile in ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            let out = safe(hostile);
            assert!(out.starts_with('\''), "{hostile}");
            assert_eq!(plain(&out), hostile);
        }
        assert_eq!((safe("O'Hara"), plain("'tis")), ("O'Hara".to_owned(), "'tis"));
        let row = WrongRow { line: 7, problem: "no".into(), cells: vec!["=cmd()".into()] };
        let text = String::from_utf8(wrong_rows(&["account".into(), "=name".into()], &[row])).unwrap();
        assert_eq!(text, "account,'=name,line,problem\n'=cmd(),,7,no\n");
    }
}
