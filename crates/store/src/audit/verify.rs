//! Walking the chain.

use super::append::anchor;
use super::chain::{GENESIS, digest};
use super::prune::removed;
use crate::entity::audit::{self, Model};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::audit::{AuditCheck, AuditFault};
use sea_orm::EntityTrait;

/// Entries that are read at once.
const BATCH: i64 = 1000;
/// Walks from the beginning that entries removed meanwhile may cost.
const TRIES: usize = 5;

/// How far a walk has come.
struct Walk {
    check: AuditCheck,
    last: i64,
    hash: Vec<u8>,
    expected: Option<Vec<u8>>,
    anchor: Option<(i64, Vec<u8>)>,
    /// Whether an entry of the chain says what the anchor says.
    anchored: bool,
}

impl Store {
    /// Walks the whole chain, in batches, and tells the first entry that does not fit. `expected`: a hash that was the
    /// head's when somebody wrote it down; it is looked for, so that a chain whose end was cut off is noticed.
    pub async fn verify_audit(&self, expected: Option<&[u8]>) -> Result<AuditCheck, StoreError> {
        for _ in 0..TRIES {
            if let Some(check) = self.walk_audit(expected).await? {
                return Ok(check);
            }
        }
        Err(StoreError::Unavailable("entries of the audit log were being removed all the time".to_owned()))
    }

    /// `None`: entries were removed by age while it walked.
    async fn walk_audit(&self, expected: Option<&[u8]>) -> Result<Option<AuditCheck>, StoreError> {
        const NEXT: &str = "SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
        let anchor_now = anchor(&self.0.read).await?;
        let (last, hash) = anchor_now.clone().unwrap_or((0, GENESIS.to_vec()));
        let mut walk = Walk {
            check: AuditCheck {
                entries: 0,
                first: last + 1,
                last: 0,
                head: hex::encode(&hash),
                expected_at: None,
                fault: None,
            },
            anchored: anchor_now.is_none(),
            anchor: anchor_now,
            last,
            hash,
            expected: expected.map(<[u8]>::to_vec),
        };
        if walk.expected.as_ref() == Some(&walk.hash) {
            walk.check.expected_at = Some(walk.last);
        }
        // What is there below the anchor although it should be gone is no part of the chain.
        let mut from = walk.last;
        loop {
            let sql = statement(self.backend(), NEXT, [from.into(), BATCH.into()]);
            let rows = audit::Entity::find().from_raw_sql(sql).all(&self.0.read).await?;
            let done = rows.len() < BATCH as usize;
            for row in rows {
                from = row.id;
                if let Some(why) = walk.take(row) {
                    if anchor(&self.0.read).await?.map(|(id, _)| id) != walk.anchor.as_ref().map(|(id, _)| *id) {
                        return Ok(None);
                    }
                    walk.check.fault = Some(AuditFault { id: from, why });
                    return Ok(Some(walk.check));
                }
            }
            if done {
                break;
            }
        }
        if let Some((id, _)) = walk.anchor.as_ref().filter(|_| !walk.anchored) {
            let why = "Entries were removed up to here, and no entry of the log says so.".to_owned();
            walk.check.fault = Some(AuditFault { id: *id, why });
        }
        Ok(Some(walk.check))
    }
}

impl Walk {
    /// What is wrong with the next entry, if anything.
    fn take(&mut self, row: Model) -> Option<String> {
        if row.id != self.last + 1 {
            return Some(format!("Entry {} is missing before it.", self.last + 1));
        }
        if digest(&self.hash, &row) != row.hash {
            return Some(
                "Its hash does not fit: it was changed, or the entry before it was changed, replaced or moved."
                    .to_owned(),
            );
        }
        if let Some((id, hash)) = &self.anchor
            && removed(&row).is_some_and(|(to, of)| to == *id && of == *hash)
        {
            self.anchored = true;
        }
        if self.expected.as_ref() == Some(&row.hash) {
            self.check.expected_at = Some(row.id);
        }
        self.last = row.id;
        self.check.entries += 1;
        self.check.last = row.id;
        self.check.head = hex::encode(&row.hash);
        self.hash = row.hash;
        None
    }
}
