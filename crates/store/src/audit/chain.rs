//! The digest of an entry: SHA-256 over the one before and an encoding that two different entries never share.

use crate::entity::audit::Model;
use sha2::{Digest, Sha256};

/// What the first entry of all follows.
pub const GENESIS: [u8; 32] = [0; 32];
/// Names the encoding: another one would have another name, so that one is never taken for the other.
const ENCODING: &[u8] = b"lastmile audit 1\n";

/// Numbers are eight bytes, big-endian. Texts follow their length. What may be missing follows a byte that says whether
/// it is there. The columns come in the order of the table; `row.hash` is left out.
pub fn digest(previous: &[u8], row: &Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(ENCODING);
    hash.update(previous);
    number(&mut hash, row.id);
    number(&mut hash, row.at);
    text(&mut hash, &row.actor_kind);
    hash.update([u8::from(row.actor_id.is_some())]);
    if let Some(id) = row.actor_id {
        number(&mut hash, id);
    }
    text(&mut hash, &row.actor_name);
    text(&mut hash, &row.act);
    text(&mut hash, &row.target_kind);
    text(&mut hash, &row.target_id);
    text(&mut hash, &row.target_label);
    for value in [&row.old_value, &row.new_value] {
        hash.update([u8::from(value.is_some())]);
        if let Some(value) = value {
            text(&mut hash, value);
        }
    }
    text(&mut hash, &row.reason);
    text(&mut hash, &row.address);
    text(&mut hash, &row.user_agent);
    text(&mut hash, &row.session_kind);
    hash.finalize().to_vec()
}

fn number(hash: &mut Sha256, number: i64) {
    hash.update(number.to_be_bytes());
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Model {
        Model {
            id: 7,
            at: 1_763_800_000_000,
            actor_kind: "agent".into(),
            actor_id: Some(3),
            actor_name: "Ana".into(),
            act: "task.created".into(),
            target_kind: "device".into(),
            target_id: "9".into(),
            target_label: "SER1".into(),
            old_value: None,
            new_value: Some("{}".into()),
            reason: String::new(),
            address: "192.0.2.1".into(),
            user_agent: "x".into(),
            session_kind: "portal".into(),
            hash: Vec::new(),
        }
    }

    #[test]
    fn every_column_counts() {
        let whole = digest(&GENESIS, &row());
        let changes: [fn(&mut Model); 15] = [
            |row| row.id = 8,
            |row| row.at += 1,
            |row| row.actor_kind = "token".into(),
            |row| row.actor_id = None,
            |row| row.actor_name = "Ann".into(),
            |row| row.act = "task.cancelled".into(),
            |row| row.target_kind = "file".into(),
            |row| row.target_id = "8".into(),
            |row| row.target_label = "SER2".into(),
            |row| row.old_value = Some(String::new()),
            |row| row.new_value = None,
            |row| row.reason = "r".into(),
            |row| row.address = "192.0.2.2".into(),
            |row| row.user_agent = String::new(),
            |row| row.session_kind = "api".into(),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut other = row();
            change(&mut other);
            assert_ne!(digest(&GENESIS, &other), whole, "column {at}");
        }
        assert_ne!(digest(&[1; 32], &row()), whole, "the entry before");
    }

    #[test]
    fn what_moves_between_columns_is_noticed() {
        let (mut one, mut two) = (row(), row());
        (one.target_id, one.target_label) = ("ab".into(), "c".into());
        (two.target_id, two.target_label) = ("a".into(), "bc".into());
        assert_ne!(digest(&GENESIS, &one), digest(&GENESIS, &two));
    }

    /// Other programs may check the log: what is hashed stays what it is.
    #[test]
    fn the_encoding_is_fixed() {
        let hash = digest(&GENESIS, &row());
        assert_eq!(hash.len(), 32);
        assert_eq!(hex::encode(&hash), FIXED);
    }

    /// Computed apart from this code, by hand of the description above.
    const FIXED: &str = "31ec93f77bca5f5f5016593faef6f23b238f05643ed8881e70fbec0c4ff4d93c";
}
