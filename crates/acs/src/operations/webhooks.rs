//! Webhooks: who hears of what happens.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::webhooks::post::Target;
use crate::webhooks::{Webhooks, sign};
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target as Audited};
use model::webhook::{DELIVERIES_KEPT, DeliveryView, NewWebhookView, WEBHOOKS_MAX, WebhookInput, WebhookView, is_told};
use model::{Permission, WebhookId};
use std::sync::Arc;
use store::{NewDelivery, WebhookRecord};

/// What a delivery by hand says.
const TEST: &str = r#"{"type":"test","data":null}"#;

impl Acs {
    /// By id. Somebody who sees a part of the fleet sees those webhooks that are told of no more than that.
    pub async fn webhooks(&self, actor: &Actor) -> Result<Vec<WebhookView>> {
        actor.require(Permission::WebhookManage)?;
        let mut found = self.inner.store.webhooks().await?;
        found.retain(|hook| actor.require_within(&hook.view.scope).is_ok());
        Ok(found.into_iter().map(|hook| hook.view).collect())
    }

    pub async fn webhook(&self, actor: &Actor, id: WebhookId) -> Result<WebhookView> {
        Ok(self.own_webhook(actor, id).await?.view)
    }

    async fn own_webhook(&self, actor: &Actor, id: WebhookId) -> Result<WebhookRecord> {
        actor.require(Permission::WebhookManage)?;
        let found = self.inner.store.webhook(id).await?;
        found.filter(|hook| actor.require_within(&hook.view.scope).is_ok()).ok_or(AcsError::NotFound("webhook"))
    }

    /// Makes one. It hears of what happens from now on. Its secret is shown this once.
    pub async fn create_webhook(&self, actor: &Actor, input: WebhookInput) -> Result<NewWebhookView> {
        actor.require(Permission::WebhookManage)?;
        let input = checked(actor, input)?;
        let store = &self.inner.store;
        if store.webhooks().await?.len() >= WEBHOOKS_MAX {
            return Err(AcsError::Invalid(format!("There are {WEBHOOKS_MAX} webhooks already. Delete one first.")));
        }
        let entry = Entry::new(Act::WebhookCreated, Audited::new("webhook", "", input.name.as_str())).after(&input);
        self.audit(actor, entry).await?;
        let (secret, upto) = (sign::secret(), store.newest_event().await?);
        let webhook = store.insert_webhook(&input, &secret, upto, actor.name(), now()).await?.view;
        tracing::info!(webhook = webhook.id.0, by = actor.name(), "a webhook was made");
        self.inner.webhooks.changed.notify_one();
        Ok(NewWebhookView { webhook, secret })
    }

    /// Changes one; one that was switched off by itself can be switched on again.
    pub async fn update_webhook(&self, actor: &Actor, id: WebhookId, input: WebhookInput) -> Result<WebhookView> {
        let before = self.own_webhook(actor, id).await?.view;
        let input = checked(actor, input)?;
        let entry = Entry::new(Act::WebhookChanged, Audited::new("webhook", id, before.name.as_str()));
        self.audit(actor, entry.before(&before).after(&input)).await?;
        self.inner.store.update_webhook(id, &input).await?;
        tracing::info!(webhook = id.0, by = actor.name(), "a webhook was changed");
        self.inner.webhooks.changed.notify_one();
        self.webhook(actor, id).await
    }

    /// With what was to be told to it.
    pub async fn delete_webhook(&self, actor: &Actor, id: WebhookId) -> Result<()> {
        let before = self.own_webhook(actor, id).await?.view;
        let entry = Entry::new(Act::WebhookDeleted, Audited::new("webhook", id, before.name.as_str()));
        self.audit(actor, entry.before(&before)).await?;
        if !self.inner.store.delete_webhook(id).await? {
            return Err(AcsError::NotFound("webhook"));
        }
        tracing::info!(webhook = id.0, by = actor.name(), "a webhook was deleted");
        self.inner.webhooks.changed.notify_one();
        Ok(())
    }

    /// Sends it something to see whether it arrives: a delivery like all others.
    pub async fn try_webhook(&self, actor: &Actor, id: WebhookId) -> Result<()> {
        let hook = self.own_webhook(actor, id).await?;
        if !hook.view.enabled {
            return Err(AcsError::Invalid("This webhook is off. Switch it on first; nothing was sent.".to_owned()));
        }
        let delivery = NewDelivery { event: None, device: None, kind: "test".to_owned(), body: TEST.to_owned() };
        self.inner.store.add_delivery(id, &delivery, now()).await?;
        self.inner.webhooks.changed.notify_one();
        Ok(())
    }

    /// The newest 100 deliveries, newest first.
    pub async fn webhook_deliveries(&self, actor: &Actor, id: WebhookId) -> Result<Vec<DeliveryView>> {
        self.own_webhook(actor, id).await?;
        Ok(self.inner.store.deliveries(id, DELIVERIES_KEPT).await?)
    }

    pub(crate) fn webhooks_state(&self) -> &Arc<Webhooks> {
        &self.inner.webhooks
    }
}

/// What somebody wants, tidied; or what is wrong with it.
fn checked(actor: &Actor, input: WebhookInput) -> Result<WebhookInput> {
    let invalid = |text: &str| AcsError::Invalid(format!("{text} Nothing was changed."));
    let name = input.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(invalid("A webhook needs a name of 1 to 100 characters."));
    }
    let url = input.url.trim().to_owned();
    Target::parse(&url).map_err(invalid)?;
    let mut kinds = input.kinds;
    kinds.sort();
    kinds.dedup();
    if kinds.iter().any(|kind| !is_told(kind)) {
        return Err(invalid("One of the kinds of events does not exist."));
    }
    let scope = input.scope.tidy().map_err(AcsError::Invalid)?;
    actor.require_within(&scope)?;
    Ok(WebhookInput { name, url, kinds, scope, enabled: input.enabled })
}
