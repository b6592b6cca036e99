//! Tells other people and programs what happens to campaigns.

use crate::clock::now;
use crate::mail::MailSettings;
use crate::webhooks::{GIVEN_UP, pause};
use crate::{Acs, Result};
use model::WebhookId;
use model::campaign::{Notice, TargetState};
use std::time::Duration;
use store::{DueMail, NewDelivery, NewMail};

/// How often notices and mail are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// What one look takes at most.
const AT_ONCE: u16 = 50;
/// A try of a mail is over after this; else it is tried again.
const TRY_SECONDS: i64 = 300;

/// The body of a delivery.
pub type RenderNotice = fn(&Notice) -> String;

impl Acs {
    /// Makes deliveries of webhooks and e-mail of what happens to campaigns, until the process ends. Runs once in a process.
    pub async fn tell_of_campaigns(self, render: RenderNotice) {
        let mut ending = self.ending();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            if let Err(error) = self.tell_notices(render).await {
                tracing::warn!(error = error.causes(), "what happened to campaigns cannot be told; tried again");
            }
        }
    }

    pub(super) async fn tell_notices(&self, render: RenderNotice) -> Result<()> {
        let notices = self.store().campaign_notices(AT_ONCE).await?;
        if notices.is_empty() {
            return Ok(());
        }
        let hooks = self.store().webhooks().await?;
        let mail = self.exchange().settings.mail.as_ref();
        for notice in notices {
            let kind = notice.kind.as_str();
            let deliveries: Vec<(WebhookId, NewDelivery)> = hooks
                .iter()
                .map(|hook| &hook.view)
                // Campaigns are of the whole fleet.
                .filter(|hook| hook.enabled && hook.scope.is_everything())
                .filter(|hook| hook.kinds.is_empty() || hook.kinds.iter().any(|wanted| wanted == kind))
                .map(|hook| {
                    let body = render(&notice);
                    (hook.id, NewDelivery { event: None, device: None, kind: kind.to_owned(), body })
                })
                .collect();
            let mail = mail.map(|settings| mail_of(settings, &notice)).unwrap_or_default();
            let told = self.store().notice_told(notice.number, &deliveries, &mail, now()).await?;
            if told && !deliveries.is_empty() {
                self.webhooks_state().changed.notify_one();
            }
        }
        Ok(())
    }

    /// Sends the mail that is due, until the process ends.
    pub(crate) async fn deliver_mail(self, settings: MailSettings) {
        let mut ending = self.ending();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            match self.store().due_mail(now(), AT_ONCE).await {
                Ok(due) => {
                    for one in due {
                        if let Err(error) = self.try_mail(&settings, &one).await {
                            tracing::warn!(error = error.causes(), "how an e-mail went cannot be written down");
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "e-mail cannot be looked up; tried again"),
            }
        }
    }

    pub(super) async fn try_mail(&self, settings: &MailSettings, due: &DueMail) -> Result<()> {
        let store = self.store();
        if !store.take_mail(due, now().plus_seconds(TRY_SECONDS)).await? {
            return Ok(());
        }
        let NewMail { campaign, to, subject, body } = &due.mail;
        let id = format!("lastmile-campaign-{campaign}-{}", due.id);
        let Err(error) = settings.send(&id, to, subject, body).await else {
            store.mail_done(due, None, now()).await?;
            return Ok(());
        };
        let next_at = now().plus_millis(pause(due.attempts + 1));
        if error.for_good || next_at.since(due.created_at) > GIVEN_UP * 1000 {
            tracing::warn!(campaign = campaign.0, error = error.why, "an e-mail could not be delivered");
            store.mail_done(due, Some(&error.why), now()).await?;
            self.tell_campaign(*campaign);
        } else {
            tracing::info!(campaign = campaign.0, error = error.why, "an e-mail did not go; tried again");
            store.mail_later(due.id, next_at).await?;
        }
        Ok(())
    }
}

/// One e-mail to each address: those of the plan, and those who hear of every campaign.
fn mail_of(settings: &MailSettings, notice: &Notice) -> Vec<NewMail> {
    let mut to: Vec<&String> = notice.tell.iter().chain(&settings.campaigns_to).collect();
    to.sort_unstable();
    to.dedup();
    let subject = format!("Campaign \"{}\" {}", notice.name, notice.headline());
    let body = body(settings, notice);
    let mail = |to: &String| NewMail {
        campaign: notice.campaign,
        to: to.clone(),
        subject: subject.clone(),
        body: body.clone(),
    };
    to.into_iter().map(mail).collect()
}

fn body(settings: &MailSettings, notice: &Notice) -> String {
    let tally = &notice.tally;
    let mut lines = vec![format!("Campaign \"{}\" {}.", notice.name, notice.headline())];
    let detail = notice.detail();
    if !detail.is_empty() {
        lines.push(detail);
    }
    let counts = [
        ("verified", tally.succeeded()),
        ("failed", tally.bad()),
        ("left out", tally.of(TargetState::Skipped)),
        ("under way", tally.in_flight() + tally.of(TargetState::Verifying)),
        ("waiting", tally.waiting()),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    if !counts.is_empty() {
        lines.push(format!("Routers: {}.", counts.join(", ")));
    }
    lines.push(format!("{}/campaigns/{}", settings.portal.trim_end_matches('/'), notice.campaign));
    lines.join("\r\n\r\n") + "\r\n"
}
