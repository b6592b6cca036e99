//! Answers of the API that are kept for a while, so that a request that comes again is not done again.

use crate::error::StoreError;
use crate::secret::ANSWER;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::{Timestamp, TokenId};
use sea_orm::{ConnectionTrait, QueryResult};

/// Answers that are deleted at once.
const SWEEP: i64 = 1000;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What a request finds under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: it is to be done, and the key is taken for it.
    Mine,
    /// Another request had the key.
    Other,
    /// The same is being done right now.
    Running,
    /// A process that is no more began with the same then, and left no answer: it may be done, or not. The key is taken
    /// over for this one.
    Interrupted(Timestamp),
    Done(KeptAnswer),
}

impl Store {
    /// Takes a key of a token for a request, or says what is under it. `request` is a digest of the request, `run` names
    /// this process. What was kept before `since` does not count.
    pub async fn claim_answer(
        &self,
        token: TokenId,
        key: &str,
        request: &str,
        run: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        const FORGET: &str = "DELETE FROM api_answer WHERE token_id = $1 AND idempotency = $2 AND created_at < $3";
        const TAKE: &str = "INSERT INTO api_answer (token_id, idempotency, request, run, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (token_id, idempotency) DO NOTHING";
        const FIND: &str = "SELECT request, run, created_at, status, headers, body, id FROM api_answer \
             WHERE token_id = $1 AND idempotency = $2";
        const TAKE_OVER: &str = "UPDATE api_answer SET run = $4 WHERE token_id = $1 AND idempotency = $2 AND run = $3 \
             AND status IS NULL";
        let (key, backend, write) = (clean(key), self.backend(), &self.0.write);
        let of_key = || [token.0.into(), key.as_str().into()];
        let values = [token.0.into(), key.as_str().into(), since.0.into()];
        write.execute_raw(statement(backend, FORGET, values)).await?;
        let values = [token.0.into(), key.as_str().into(), request.into(), run.into(), now.0.into()];
        if write.execute_raw(statement(backend, TAKE, values)).await?.rows_affected() == 1 {
            return Ok(Claim::Mine);
        }
        // Not from the pool for reading: it may not see yet what was just written.
        let Some(row) = write.query_one_raw(statement(backend, FIND, of_key())).await? else {
            return Ok(Claim::Running);
        };
        if row.try_get_by_index::<String>(0)? != request {
            return Ok(Claim::Other);
        }
        if let Some(status) = row.try_get_by_index::<Option<i64>>(3)? {
            return Ok(Claim::Done(self.kept_answer(&row, status)?));
        }
        let before: String = row.try_get_by_index(1)?;
        if before == run {
            return Ok(Claim::Running);
        }
        let began = Timestamp(row.try_get_by_index(2)?);
        let values = [token.0.into(), key.as_str().into(), before.into(), run.into()];
        let taken = write.execute_raw(statement(backend, TAKE_OVER, values)).await?.rows_affected() == 1;
        Ok(if taken { Claim::Interrupted(began) } else { Claim::Running })
    }

    /// Keeps the answer under a key that was claimed.
    pub async fn keep_answer(&self, token: TokenId, key: &str, answer: &KeptAnswer) -> Result<(), StoreError> {
        const FIND: &str = "SELECT id FROM api_answer WHERE token_id = $1 AND idempotency = $2";
        const KEEP: &str = "UPDATE api_answer SET status = $2, headers = $3, body = $4 WHERE id = $1";
        let find = statement(self.backend(), FIND, [token.0.into(), clean(key).into()]);
        let Some(row) = self.0.write.query_one_raw(find).await? else { return Ok(()) };
        let id: i64 = row.try_get_by_index(0)?;
        let headers = crate::task::json(&answer.headers)?;
        let body = self.0.vault.seal_bytes(ANSWER, id, answer.body.clone());
        let values = [id.into(), i64::from(answer.status).into(), headers.into(), body.into()];
        self.0.write.execute_raw(statement(self.backend(), KEEP, values)).await?;
        Ok(())
    }

    /// Gives a key back: nothing was done.
    pub async fn release_answer(&self, token: TokenId, key: &str) -> Result<(), StoreError> {
        const RELEASE: &str = "DELETE FROM api_answer WHERE token_id = $1 AND idempotency = $2 AND status IS NULL";
        let values = [token.0.into(), clean(key).into()];
        self.0.write.execute_raw(statement(self.backend(), RELEASE, values)).await?;
        Ok(())
    }

    /// Deletes some of the answers from before a moment: how many. Call it again until it is 0.
    pub async fn sweep_answers(&self, before: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str =
            "DELETE FROM api_answer WHERE id IN (SELECT id FROM api_answer WHERE created_at < $1 LIMIT $2)";
        let values = [before.0.into(), SWEEP.into()];
        Ok(self.0.write.execute_raw(statement(self.backend(), DELETE, values)).await?.rows_affected())
    }

    fn kept_answer(&self, row: &QueryResult, status: i64) -> Result<KeptAnswer, StoreError> {
        let headers: String = row.try_get_by_index(4)?;
        let body = row.try_get_by_index::<Option<Vec<u8>>>(5)?.unwrap_or_default();
        let id: i64 = row.try_get_by_index(6)?;
        Ok(KeptAnswer {
            status: u16::try_from(status).map_err(|error| StoreError::corrupt("a kept answer", error))?,
            headers: serde_json::from_str(&headers).map_err(|error| StoreError::corrupt("a kept answer", error))?,
            body: self.0.vault.open_bytes(ANSWER, id, &body)?.into_owned(),
        })
    }
}
