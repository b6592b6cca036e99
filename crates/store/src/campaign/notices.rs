//! What is to be told of campaigns: entries of their logs that nobody was told of yet, and e-mail under way.
//!
//! An entry is marked in the transaction that writes it, and the mark goes in the transaction that makes deliveries and
//! mail of it: so each is told once, whatever stops in between, and whichever process does it.

use crate::error::StoreError;
use crate::secret::CAMPAIGN_PLAN;
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::webhook::NewDelivery;
use model::campaign::{CampaignLogKind, CampaignPlan, CampaignState, Notice, NoticeKind, Tally};
use model::{CampaignId, Timestamp, WebhookId};
use sea_orm::{ConnectionTrait, QueryResult};
use std::collections::HashMap;

/// An e-mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    pub campaign: CampaignId,
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// An e-mail whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    pub id: i64,
    pub mail: NewMail,
    /// So far.
    pub attempts: u32,
    pub created_at: Timestamp,
}

impl Store {
    /// What nobody was told of yet, the oldest first.
    pub async fn campaign_notices(&self, limit: u16) -> Result<Vec<Notice>, StoreError> {
        const OPEN: &str = "SELECT l.id, l.campaign_id, l.at, l.author, l.kind, c.name, c.state, c.plan \
             FROM campaign_notice n JOIN campaign_log l ON l.id = n.log_id JOIN campaign c ON c.id = l.campaign_id \
             ORDER BY l.id LIMIT $1";
        let rows = self.0.read.query_all_raw(statement(self.backend(), OPEN, [i64::from(limit).into()])).await?;
        let mut notices = Vec::with_capacity(rows.len());
        for row in &rows {
            notices.push(self.notice(row)?);
        }
        let ids: Vec<CampaignId> = notices.iter().map(|notice| notice.campaign).collect();
        let tallies = if ids.is_empty() { HashMap::default() } else { self.campaign_tallies(&ids).await? };
        for notice in &mut notices {
            let stages = tallies.get(&notice.campaign).map(Vec::as_slice).unwrap_or_default();
            notice.tally = stages.iter().sum();
        }
        Ok(notices)
    }

    fn notice(&self, row: &QueryResult) -> Result<Notice, StoreError> {
        let number: i64 = row.try_get_by_index(0)?;
        let corrupt = |what: String| StoreError::corrupt(format!("entry {number} of a campaign's log"), what);
        let campaign = CampaignId(row.try_get_by_index(1)?);
        let what: String = row.try_get_by_index(4)?;
        let what: CampaignLogKind = serde_json::from_str(&what).map_err(|error| corrupt(error.to_string()))?;
        let state: String = row.try_get_by_index(6)?;
        let plan = self.0.vault.open_text(CAMPAIGN_PLAN, campaign, &row.try_get_by_index::<String>(7)?)?;
        let plan: CampaignPlan = serde_json::from_str(&plan).map_err(|error| corrupt(error.to_string()))?;
        Ok(Notice {
            number,
            kind: NoticeKind::of(&what).ok_or_else(|| corrupt("nothing that is told".to_owned()))?,
            campaign,
            name: row.try_get_by_index(5)?,
            state: CampaignState::parse(&state).ok_or_else(|| corrupt(state))?,
            tally: Tally::default(),
            at: Timestamp(row.try_get_by_index(2)?),
            by: row.try_get_by_index(3)?,
            what,
            tell: plan.tell,
        })
    }

    /// A notice becomes deliveries and mail: all of it or nothing. `false`: somebody else was first.
    pub async fn notice_told(
        &self,
        number: i64,
        deliveries: &[(WebhookId, NewDelivery)],
        mail: &[NewMail],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const TOLD: &str = "DELETE FROM campaign_notice WHERE log_id = $1";
        const MAIL: &str = "INSERT INTO mail (campaign_id, recipient, subject, body, created_at, next_at) \
             VALUES ($1, $2, $3, $4, $5, $5)";
        let tx = self.begin().await?;
        if tx.execute_raw(statement(self.backend(), TOLD, [number.into()])).await?.rows_affected() == 0 {
            return Ok(false);
        }
        for (webhook, delivery) in deliveries {
            self.insert_delivery(&tx, *webhook, delivery, now).await?;
        }
        for NewMail { campaign, to, subject, body } in mail {
            let values = [campaign.0.into(), clean(to).into(), clean(subject).into(), clean(body).into(), now.0.into()];
            tx.execute_raw(statement(self.backend(), MAIL, values)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// E-mail whose time has come, the oldest first.
    pub async fn due_mail(&self, now: Timestamp, limit: u16) -> Result<Vec<DueMail>, StoreError> {
        const DUE: &str = "SELECT id, campaign_id, recipient, subject, body, attempts, created_at FROM mail \
             WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2";
        let values = [now.0.into(), i64::from(limit).into()];
        let rows = self.0.write.query_all_raw(statement(self.backend(), DUE, values)).await?;
        let due = |row: &QueryResult| {
            let mail = NewMail {
                campaign: CampaignId(row.try_get_by_index(1)?),
                to: row.try_get_by_index(2)?,
                subject: row.try_get_by_index(3)?,
                body: row.try_get_by_index(4)?,
            };
            Ok(DueMail {
                id: row.try_get_by_index(0)?,
                mail,
                attempts: u32::try_from(row.try_get_by_index::<i64>(5)?).unwrap_or(u32::MAX),
                created_at: Timestamp(row.try_get_by_index(6)?),
            })
        };
        rows.iter().map(due).collect()
    }

    /// Takes an e-mail for a try; if nothing is heard of that, it is tried again at `until`. `false`: somebody else took it.
    pub async fn take_mail(&self, due: &DueMail, until: Timestamp) -> Result<bool, StoreError> {
        const TAKE: &str = "UPDATE mail SET attempts = attempts + 1, next_at = $3 WHERE id = $1 AND attempts = $2";
        let values = [due.id.into(), i64::from(due.attempts).into(), until.0.into()];
        Ok(self.0.write.execute_raw(statement(self.backend(), TAKE, values)).await?.rows_affected() == 1)
    }

    /// It did not go; it is tried again then.
    pub async fn mail_later(&self, id: i64, next_at: Timestamp) -> Result<(), StoreError> {
        const LATER: &str = "UPDATE mail SET next_at = $2 WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), LATER, [id.into(), next_at.0.into()])).await?;
        Ok(())
    }

    /// It is delivered; or given up, which the campaign's log then says.
    pub async fn mail_done(&self, due: &DueMail, failed: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        const GONE: &str = "DELETE FROM mail WHERE id = $1";
        let tx = self.begin().await?;
        tx.execute_raw(statement(self.backend(), GONE, [due.id.into()])).await?;
        if let Some(why) = failed {
            let entry = CampaignLogKind::NotTold { to: due.mail.to.clone(), why: why.to_owned() };
            super::log::write(&tx, due.mail.campaign, now, &[(None, entry)]).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
