//! Passkeys: registering, and signing in with one: as the second factor, or in place of everything else.

use super::sign_in::PendingSignIn;
use super::throttle::Step;
use super::webauthn::{ALGORITHMS, Created, Got, Site};
use super::{Accounts, random_secret, view};
use crate::clock::now;
use crate::{AcsError, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::account::AgentView;
use model::audit::Act;
use model::person::{PASSKEY_NAME_MAX, PASSKEYS_MAX};
use model::{AgentId, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use store::{AgentRecord, NewPasskey, PasskeyRecord, StoreError};

/// How long a challenge may be answered, in milliseconds.
const CHALLENGE_MS: i64 = 300_000;
/// Challenges in memory.
const CHALLENGES: usize = 10_000;

/// What a challenge was made for: it is good for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Register(AgentId),
    /// In place of name and password.
    SignIn,
    /// After the password, or in the middle of work.
    Prove(AgentId),
}

/// Questions that wait for their answers: each is answered once.
#[derive(Default)]
pub(super) struct Challenges(Mutex<HashMap<String, (Purpose, Timestamp)>>);

impl Challenges {
    fn make(&self, purpose: Purpose) -> String {
        let (challenge, at) = (random_secret(), now());
        let mut waiting = self.0.lock().expect("no panic while locked");
        if waiting.len() >= CHALLENGES {
            waiting.retain(|_, (_, made)| at.since(*made) < CHALLENGE_MS);
            // Somebody floods: who is in the middle of it begins again.
            if waiting.len() >= CHALLENGES {
                waiting.clear();
            }
        }
        waiting.insert(challenge.clone(), (purpose, at));
        challenge
    }

    fn take(&self, challenge: Option<String>, purpose: Purpose) -> Result<()> {
        let mut waiting = self.0.lock().expect("no panic while locked");
        let made = challenge.and_then(|challenge| waiting.remove(&challenge));
        match made {
            Some((known, at)) if known == purpose && now().since(at) < CHALLENGE_MS => Ok(()),
            _ => Err(AcsError::PasskeyRefused),
        }
    }
}

impl Accounts {
    /// What `navigator.credentials.create` is asked, as JSON.
    pub async fn begin_passkey(&self, record: &AgentRecord, site: &Site) -> Result<String> {
        let known = self.store.passkeys(record.id).await?;
        if known.len() >= PASSKEYS_MAX {
            let text = format!("There are {PASSKEYS_MAX} passkeys already. Delete one first.");
            return Err(AcsError::Invalid(text));
        }
        let algorithms = ALGORITHMS.map(|algorithm| json!({"type": "public-key", "alg": algorithm}));
        let options = json!({
            "rp": {"id": site.host, "name": "Lastmile"},
            "user": {
                "id": URL_SAFE_NO_PAD.encode(record.id.0.to_be_bytes()),
                "name": record.username,
                "displayName": record.name,
            },
            "challenge": self.challenges.make(Purpose::Register(record.id)),
            "pubKeyCredParams": algorithms,
            "timeout": CHALLENGE_MS,
            "attestation": "none",
            "excludeCredentials": descriptors(&known),
            // To be found without a username, and with a finger, a face or a PIN where there is one.
            "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        });
        Ok(options.to_string())
    }

    /// Keeps a new passkey; `answer` is what the browser made of it.
    pub async fn add_passkey(&self, record: &AgentRecord, site: &Site, answer: &str, name: &str) -> Result<()> {
        let name = passkey_name(name)?;
        let created: Created = read(answer)?;
        self.challenges.take(created.challenge(), Purpose::Register(record.id))?;
        let key = created.check(site).map_err(refused)?;
        let new = NewPasskey {
            agent: record.id,
            credential: key.credential,
            algorithm: key.algorithm,
            public_key: key.public_key,
            counter: key.counter,
            name,
            now: now(),
        };
        self.own_act(&view(record), Act::PasskeyAdded, &new.name).await?;
        match self.store.insert_passkey(new).await {
            Err(StoreError::Conflict { .. }) => {
                Err(AcsError::Invalid("This passkey is known already. Nothing was changed.".to_owned()))
            }
            done => Ok(done.map(drop)?),
        }
    }

    /// What `navigator.credentials.get` is asked, as JSON: any passkey of this site, of whomever.
    pub fn ask_any_passkey(&self, site: &Site) -> String {
        self.ask(site, Purpose::SignIn, &[])
    }

    /// The same for the passkeys of somebody.
    pub async fn ask_passkey(&self, agent: AgentId, site: &Site) -> Result<String> {
        let known = self.store.passkeys(agent).await?;
        if known.is_empty() {
            return Err(AcsError::NotFound("passkey"));
        }
        Ok(self.ask(site, Purpose::Prove(agent), &known))
    }

    fn ask(&self, site: &Site, purpose: Purpose, known: &[PasskeyRecord]) -> String {
        let verification = if purpose == Purpose::SignIn { "required" } else { "preferred" };
        let options = json!({
            "rpId": site.host,
            "challenge": self.challenges.make(purpose),
            "timeout": CHALLENGE_MS,
            "userVerification": verification,
            "allowCredentials": descriptors(known),
        });
        options.to_string()
    }

    /// Somebody signs in with a passkey alone. It has to know its owner by more than being held.
    pub async fn sign_in_passkey(&self, from: IpAddr, site: &Site, answer: &str) -> Result<AgentView> {
        let passkey = self.check_passkey(from, site, answer, Purpose::SignIn).await?;
        let record = self.store.agent(passkey.agent).await?;
        let Some(record) = record.as_ref().filter(|record| !record.disabled) else {
            self.refused(record.as_ref(), "passkey").await?;
            return Err(AcsError::PasskeyRefused);
        };
        self.let_in(record, "passkey").await
    }

    /// Ends a sign-in with a passkey as the second factor.
    pub async fn give_passkey(
        &self,
        from: IpAddr,
        pending: &PendingSignIn,
        site: &Site,
        answer: &str,
    ) -> Result<AgentView> {
        let record = self.half_in(pending).await?;
        self.check_passkey(from, site, answer, Purpose::Prove(record.id)).await?;
        self.let_in(&record, "passkey as the second step").await
    }

    /// Whether somebody who is signed in has one of their passkeys with them.
    pub async fn confirm_passkey(&self, from: IpAddr, agent: AgentId, site: &Site, answer: &str) -> Result<()> {
        self.check_passkey(from, site, answer, Purpose::Prove(agent)).await.map(drop)
    }

    async fn check_passkey(&self, from: IpAddr, site: &Site, answer: &str, purpose: Purpose) -> Result<PasskeyRecord> {
        let got: Got = read(answer)?;
        let step = format!("passkey {}", got.id);
        self.admit(Step::Code, &step, from)?;
        self.challenges.take(got.challenge(), purpose)?;
        let known = self.store.passkey(&got.id).await?;
        let checked = match &known {
            Some(passkey) => self.check_proof(site, &got, passkey, purpose).await,
            None => Err(AcsError::PasskeyRefused),
        };
        if matches!(checked, Err(AcsError::PasskeyRefused)) {
            let owner = match (purpose, &known) {
                (Purpose::Prove(agent), _) => self.store.agent(agent).await?,
                (_, Some(passkey)) => self.store.agent(passkey.agent).await?,
                (_, None) => None,
            };
            self.refused(owner.as_ref(), "passkey").await?;
        }
        checked?;
        self.succeeded(Step::Code, &step, from);
        known.ok_or(AcsError::PasskeyRefused)
    }

    async fn check_proof(&self, site: &Site, got: &Got, passkey: &PasskeyRecord, purpose: Purpose) -> Result<()> {
        if matches!(purpose, Purpose::Prove(agent) if agent != passkey.agent) {
            return Err(AcsError::PasskeyRefused);
        }
        let proof = got.check(site, &passkey.public_key).map_err(refused)?;
        if purpose == Purpose::SignIn && !proof.verified {
            return Err(refused("a passkey alone that did not ask for its owner"));
        }
        if !self.store.passkey_used(passkey.id, proof.counter, now()).await? {
            return Err(refused("a counter that went back: it may be a copy"));
        }
        Ok(())
    }
}

/// A passkey's name, with single spaces.
pub(crate) fn passkey_name(name: &str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=PASSKEY_NAME_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AcsError::Invalid(format!("A passkey needs a name of 1 to {PASSKEY_NAME_MAX} characters.")));
    }
    Ok(name)
}

fn descriptors(known: &[PasskeyRecord]) -> Vec<Value> {
    known.iter().map(|key| json!({"type": "public-key", "id": key.credential})).collect()
}

fn read<'a, T: serde::Deserialize<'a>>(answer: &'a str) -> Result<T> {
    if answer.len() > 20_000 {
        return Err(AcsError::PasskeyRefused);
    }
    serde_json::from_str(answer).map_err(|_| AcsError::PasskeyRefused)
}

fn refused(problem: &'static str) -> AcsError {
    tracing::info!(problem, "a passkey was refused");
    AcsError::PasskeyRefused
}
