//! Second factors: setting up an app for codes, and taking its codes.

use super::qr::qr;
use super::throttle::Step;
use super::{Accounts, totp, view};
use crate::clock::now;
use crate::{AcsError, Result};
use model::account::AgentView;
use model::audit::Act;
use model::person::{FactorsView, Qr, TotpSetup};
use model::{AgentId, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use store::{AgentRecord, TotpRecord};

/// How long a secret waits to be confirmed, in milliseconds.
const ENROLMENT_MS: i64 = 900_000;
/// Secrets that wait at once.
const ENROLMENTS: usize = 1000;

/// Secrets that no code confirmed yet: in memory alone, one for each person.
#[derive(Default)]
pub(super) struct Enrolments(Mutex<HashMap<AgentId, Enrolment>>);

#[derive(Clone)]
struct Enrolment {
    secret: String,
    codes: Vec<String>,
    at: Timestamp,
}

impl Enrolments {
    /// The one that waits, or a new one: a page that is loaded again shows the same.
    fn begin(&self, agent: AgentId, at: Timestamp) -> Enrolment {
        let mut waiting = self.0.lock().expect("no panic while locked");
        waiting.retain(|_, one| at.since(one.at) < ENROLMENT_MS);
        if waiting.len() >= ENROLMENTS {
            waiting.clear();
        }
        let new = || Enrolment { secret: totp::new_secret(), codes: totp::new_codes(), at };
        waiting.entry(agent).or_insert_with(new).clone()
    }

    fn waiting(&self, agent: AgentId, at: Timestamp) -> Option<Enrolment> {
        let waiting = self.0.lock().expect("no panic while locked");
        waiting.get(&agent).filter(|one| at.since(one.at) < ENROLMENT_MS).cloned()
    }

    fn end(&self, agent: AgentId) {
        self.0.lock().expect("no panic while locked").remove(&agent);
    }
}

impl Accounts {
    /// What an app is to be given. Nothing changes before [`Self::confirm_totp`].
    pub fn begin_totp(&self, agent: AgentId, username: &str) -> TotpSetup {
        let one = self.enrolments.begin(agent, now());
        let uri = totp::uri(&one.secret, username);
        let qr = qr(&uri).unwrap_or(Qr { size: 1, path: String::new() });
        TotpSetup { secret: totp::grouped(&one.secret), uri, qr, codes: one.codes }
    }

    /// Turns codes of the app on, if it makes the right ones.
    pub async fn confirm_totp(&self, from: IpAddr, agent: &AgentView, typed: &str) -> Result<()> {
        let (at, username) = (now(), agent.username.as_str());
        let Some(one) = self.enrolments.waiting(agent.id, at) else {
            let text = "It took longer than 15 minutes. Nothing was changed. Begin again with a new code to scan.";
            return Err(AcsError::Invalid(text.to_owned()));
        };
        self.admit(Step::Code, username, from)?;
        let step = totp::step_of(&one.secret, &digits(typed), at, 0).ok_or(AcsError::CodeRefused)?;
        self.succeeded(Step::Code, username, from);
        let codes: Vec<_> = one.codes.iter().filter_map(|code| totp::recovery_digest(code)).collect();
        self.own_act(agent, Act::SecondFactorAdded, "codes of an app").await?;
        self.store.put_totp(agent.id, &TotpRecord { secret: one.secret, step, since: at }, &codes).await?;
        self.enrolments.end(agent.id);
        Ok(())
    }

    /// New recovery codes in place of the others.
    pub async fn new_codes(&self, agent: AgentId) -> Result<Vec<String>> {
        let codes = totp::new_codes();
        let digests: Vec<_> = codes.iter().filter_map(|code| totp::recovery_digest(code)).collect();
        self.store.replace_codes(agent, &digests).await?;
        Ok(codes)
    }

    /// Takes a code of the app or a recovery code; each once.
    pub async fn check_code(&self, from: IpAddr, record: &AgentRecord, typed: &str) -> Result<()> {
        self.admit(Step::Code, &record.username, from)?;
        if typed.len() > 100 || !self.take_code(record, typed).await? {
            self.refused(Some(record), "code").await?;
            return Err(AcsError::CodeRefused);
        }
        self.succeeded(Step::Code, &record.username, from);
        Ok(())
    }

    async fn take_code(&self, record: &AgentRecord, typed: &str) -> Result<bool> {
        let agent = record.id;
        if let Some(app) = self.store.totp(agent).await?
            && let Some(step) = totp::step_of(&app.secret, &digits(typed), now(), app.step)
        {
            return Ok(self.store.take_totp_step(agent, step).await?);
        }
        let Some(digest) = totp::recovery_digest(typed) else { return Ok(false) };
        let used = self.store.use_code(agent, &digest).await?;
        if used {
            self.own_act(&view(record), Act::RecoveryCodeUsed, "").await?;
        }
        Ok(used)
    }

    pub async fn has_second(&self, agent: AgentId) -> Result<bool> {
        Ok(self.store.totp(agent).await?.is_some() || !self.store.passkeys(agent).await?.is_empty())
    }

    pub async fn factors(&self, record: &AgentRecord) -> Result<FactorsView> {
        Ok(FactorsView {
            password: !record.password_hash.is_empty(),
            totp: self.store.totp(record.id).await?.map(|app| app.since),
            codes_left: self.store.codes_left(record.id).await?,
            passkeys: self.store.passkeys(record.id).await?.iter().map(store::PasskeyRecord::view).collect(),
            required: self.rule().await?.asks(record.role.key),
            provider: self.openid_label().map(str::to_owned),
            identity: self.store.identity_of(record.id).await?.map(|identity| identity.label),
        })
    }
}

/// As people type codes: with spaces.
fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}
