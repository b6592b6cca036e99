//! Which device is at whose line.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::device::DeviceRow;
use model::subscriber::{LinkRules, SubscriberView};
use model::{DeviceId, Permission, SubscriberId};
use store::{HandLink, StoreError};

/// Devices that rules are held against in one transaction.
const BATCH: u16 = 500;

/// What came of linking a device.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkAnswer {
    Done,
    /// It is at somebody else's line, and nothing was changed: ask the person, and name them.
    Elsewhere(Box<SubscriberView>),
}

impl Acs {
    /// Puts a device at a line by hand. One that is at another line is moved only if `from` is that line's subscriber.
    pub async fn link_device(
        &self,
        actor: &Actor,
        device: DeviceId,
        to: SubscriberId,
        from: Option<SubscriberId>,
    ) -> Result<LinkAnswer> {
        self.at_or_free(actor, Permission::SubscriberLink, device).await?;
        self.about(actor, Permission::SubscriberLink, to).await?;
        let holder = self.inner.store.device_row(device).await?.and_then(|row| row.subscriber).map(|holder| holder.id);
        // One that is elsewhere stays there unless that was said.
        if holder != Some(to) && (holder.is_none() || holder == from) {
            let entry = Entry::new(Act::DeviceLinked, self.device_target(device).await?);
            let (was, will) = (self.line(holder).await?, self.line(Some(to)).await?);
            self.audit(actor, entry.before(was).after(will)).await?;
        }
        let done = self.inner.store.link_device(device, to, from, actor.name(), now()).await;
        match done.map_err(missing)? {
            HandLink::Elsewhere(other) => Ok(LinkAnswer::Elsewhere(other)),
            HandLink::Done(linked) => {
                self.inner.exchange.writing.tell_links(linked.as_deref().map_or(&[], std::slice::from_ref)).await?;
                Ok(LinkAnswer::Done)
            }
        }
    }

    /// A line, for the log.
    async fn line(&self, id: Option<SubscriberId>) -> Result<Option<serde_json::Value>> {
        let Some(id) = id else { return Ok(None) };
        let account = self.inner.store.subscriber(id).await?.map(|subscriber| subscriber.account);
        Ok(Some(serde_json::json!({ "subscriber": id, "account": account })))
    }

    /// Takes a device from a line by hand. Rules leave it alone until it says something new.
    pub async fn unlink_device(&self, actor: &Actor, device: DeviceId, from: SubscriberId) -> Result<()> {
        self.at(actor, Permission::SubscriberLink, device).await?;
        let entry = Entry::new(Act::DeviceUnlinked, self.device_target(device).await?);
        self.audit(actor, entry.before(self.line(Some(from)).await?)).await?;
        let linked = self.inner.store.unlink_device(device, from, actor.name(), now()).await?;
        let linked = linked.ok_or(AcsError::NotFound("router at this line"))?;
        self.inner.exchange.writing.tell_links(&[linked]).await
    }

    /// Puts the device with this serial number at the line of this account, now or when it first appears. `move_it`: from
    /// another line, too. `true`: it is known already.
    pub async fn link_serial(&self, actor: &Actor, account: &str, serial: &str, move_it: bool) -> Result<bool> {
        actor.require(Permission::SubscriberLink)?;
        let serial = serial.trim();
        if !(1..=64).contains(&serial.chars().count()) || serial.chars().any(char::is_control) {
            return Err(AcsError::Invalid("A serial number has 1 to 64 characters.".to_owned()));
        }
        let store = &self.inner.store;
        let owner = store.subscriber_by_account(account).await?.ok_or(AcsError::NotFound("subscriber"))?;
        self.about(actor, Permission::SubscriberLink, owner.id).await?;
        let known = store.devices_by_serial(serial).await?;
        let elsewhere = |other: &SubscriberView| {
            AcsError::Conflict(format!(
                "The router {serial} belongs to account {}. Nothing was changed.",
                other.account
            ))
        };
        let [device] = known[..] else {
            if known.len() > 1 {
                let text =
                    format!("Several routers have the serial number {serial}. Link the right one in the portal.");
                return Err(AcsError::Conflict(text));
            }
            let other = store.expects(serial).await?.filter(|other| other.id != owner.id);
            if let Some(other) = &other {
                self.about(actor, Permission::SubscriberLink, other.id).await?;
                if !move_it {
                    return Err(elsewhere(other));
                }
            }
            let entry = Entry::new(Act::DeviceLinked, self.subscriber_target(owner.id).await?);
            let was = self.line(other.as_ref().map(|other| other.id)).await?;
            self.audit(actor, entry.before(was).after(serde_json::json!({ "expected": serial }))).await?;
            if let Some(other) = other {
                store.unexpect_serial(other.id, serial).await?;
            }
            store.expect_serial(owner.id, serial).await.map_err(|error| match error {
                StoreError::Conflict { .. } => {
                    AcsError::Conflict(format!("The router {serial} belongs to another account. Nothing was changed."))
                }
                error => missing(error),
            })?;
            return Ok(false);
        };
        let mut from = None;
        // Twice: whose it is may change between the look and the move.
        for _ in 0..2 {
            match self.link_device(actor, device, owner.id, from).await? {
                LinkAnswer::Done => return Ok(true),
                LinkAnswer::Elsewhere(other) if move_it => from = Some(other.id),
                LinkAnswer::Elsewhere(other) => return Err(elsewhere(&other)),
            }
        }
        Err(AcsError::Conflict(format!("The router {serial} is being moved by somebody else. Try again.")))
    }

    /// Takes the device with this serial number from the line, and from the numbers that are waited for.
    pub async fn unlink_serial(&self, actor: &Actor, account: &str, serial: &str) -> Result<()> {
        actor.require(Permission::SubscriberLink)?;
        let store = &self.inner.store;
        let owner = store.subscriber_by_account(account).await?.ok_or(AcsError::NotFound("subscriber"))?;
        self.about(actor, Permission::SubscriberLink, owner.id).await?;
        let entry = Entry::new(Act::DeviceUnlinked, self.subscriber_target(owner.id).await?);
        self.audit(actor, entry.before(serde_json::json!({ "serial": serial }))).await?;
        let mut gone = store.unexpect_serial(owner.id, serial).await?;
        for device in store.devices_by_serial(serial).await? {
            if let Some(linked) = store.unlink_device(device, owner.id, actor.name(), now()).await? {
                self.inner.exchange.writing.tell_links(&[linked]).await?;
                gone = true;
            }
        }
        if gone { Ok(()) } else { Err(AcsError::NotFound("router at this line")) }
    }

    /// Devices at a line, at most 200.
    pub async fn devices_of(&self, actor: &Actor, id: SubscriberId) -> Result<Vec<DeviceRow>> {
        self.about(actor, Permission::SubscriberRead, id).await?;
        actor.require(Permission::DeviceRead)?;
        Ok(self.inner.store.devices_of(id).await?)
    }

    /// Serial numbers that belong to a subscriber, of known devices or not.
    pub async fn serials_of(&self, actor: &Actor, id: SubscriberId) -> Result<Vec<String>> {
        self.about(actor, Permission::SubscriberRead, id).await?;
        Ok(self.inner.store.serials_of(id).await?)
    }

    /// The accounts that all fit to a device, so that rules left it where it is; empty if there is no such trouble.
    pub async fn link_conflict(&self, actor: &Actor, id: DeviceId) -> Result<Vec<String>> {
        self.at(actor, Permission::SubscriberRead, id).await?;
        Ok(self.inner.store.link_conflict(id).await?)
    }

    pub async fn link_rules(&self, actor: &Actor) -> Result<LinkRules> {
        actor.require(Permission::SubscriberRead)?;
        Ok(self.inner.store.link_rules().await?)
    }

    /// Sets the rules, and holds them against all devices in the background.
    pub async fn set_link_rules(&self, actor: &Actor, rules: LinkRules) -> Result<()> {
        actor.require(Permission::SettingsWrite)?;
        let rules = LinkRules { pattern: rules.pattern.trim().to_owned(), ..rules };
        if let Some(problem) = rules.problem() {
            return Err(AcsError::Invalid(problem.to_owned()));
        }
        let entry = Entry::new(Act::LinkRulesChanged, Target::new("setting", "link-rules", "Rules for links"));
        self.audit(actor, entry.before(self.inner.store.link_rules().await?).after(&rules)).await?;
        self.inner.store.set_link_rules(&rules).await?;
        let acs = self.clone();
        tokio::spawn(async move {
            if let Err(error) = acs.apply_link_rules().await {
                tracing::warn!(error = error.causes(), "the rules for links were not held against all devices");
            }
        });
        Ok(())
    }

    /// Holds the rules against all devices; how many links changed, or could not be decided.
    pub(crate) async fn apply_link_rules(&self) -> Result<usize> {
        let mut ending = self.inner.ending.subscribe();
        let (mut after, mut changed) = (DeviceId(0), 0);
        while !*ending.borrow_and_update() {
            let (next, linked) = self.inner.store.apply_link_rules(after, BATCH, now()).await?;
            self.inner.exchange.writing.tell_links(&linked).await?;
            changed += linked.len();
            let Some(next) = next else { break };
            after = next;
            // Others want to write, too.
            tokio::task::yield_now().await;
        }
        Ok(changed)
    }
}

fn missing(error: StoreError) -> AcsError {
    match error {
        StoreError::NotFound { what } => AcsError::NotFound(what),
        error => error.into(),
    }
}
