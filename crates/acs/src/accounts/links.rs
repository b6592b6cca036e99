//! One-time links, with which people set their passwords.

use super::{Accounts, random_secret, view};
use crate::clock::now;
use crate::tokens::digest;
use crate::{AcsError, Result};
use model::AgentId;
use model::account::check_names;
use model::audit::Act;
use model::person::{LINK_DAYS, LinkKind, LinkView, NewLinkView};
use store::{AgentRecord, LinkRecord};

impl Accounts {
    /// Makes the one link of this person; an earlier one is not good any more.
    pub async fn make_link(&self, kind: LinkKind, agent: AgentId, by: &str) -> Result<NewLinkView> {
        let (at, token) = (now(), random_secret());
        let record = self.store.agent(agent).await?.ok_or(AcsError::NotFound("person"))?;
        let link = LinkRecord { agent, kind, expires_at: at.plus_seconds(LINK_DAYS * 86_400) };
        self.store.insert_link(&digest(&token), &link, by, at).await?;
        let AgentRecord { username, name, .. } = record;
        Ok(NewLinkView { kind, id: agent, username, name, expires_at: link.expires_at, token })
    }

    /// Whose link it is. One answer for all that are not good.
    async fn find_link(&self, token: &str) -> Result<(LinkRecord, AgentRecord)> {
        // 256 random bits need no throttle; a long text need not be digested.
        let hash = if token.len() <= 100 { digest(token) } else { return Err(AcsError::Link) };
        let link = self.store.link(&hash, now()).await?.ok_or(AcsError::Link)?;
        let record = self.store.agent(link.agent).await?.filter(|record| !record.disabled);
        Ok((link, record.ok_or(AcsError::Link)?))
    }

    pub async fn link(&self, token: &str) -> Result<LinkView> {
        let (link, record) = self.find_link(token).await?;
        let AgentRecord { username, name, .. } = record;
        Ok(LinkView { kind: link.kind, username, name, expires_at: link.expires_at })
    }

    /// Sets the password, and the name for an invitation; the link is used up, and all sessions of the person end.
    pub async fn use_link(&self, token: &str, name: &str, password: &str) -> Result<AgentId> {
        let (link, record) = self.find_link(token).await?;
        let name = name.trim();
        let name = (link.kind == LinkKind::Invitation && !name.is_empty()).then_some(name);
        check_names(&record.username, name.unwrap_or(&record.name))?;
        let hash = self.checked_hash(&record.username, name.unwrap_or(&record.name), password).await?;
        let (act, how) = match link.kind {
            LinkKind::Invitation => (Act::PasswordChanged, "the invitation"),
            LinkKind::Password => (Act::PasswordReset, "a one-time link"),
        };
        self.own_act(&view(&record), act, how).await?;
        if !self.store.use_link(&digest(token), &link, &hash, name, now()).await? {
            return Err(AcsError::Link);
        }
        self.forget_all();
        Ok(record.id)
    }
}
