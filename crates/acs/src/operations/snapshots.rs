//! Escalations: what is known of a device at one moment, kept to be handed on.

use super::Acs;
use super::devices::PAGE;
use crate::audit::Entry;
use crate::clock::now;
use crate::knowledge::is_secret;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::event::EventKind;
use model::note::check_note;
use model::snapshot::{PARAMETERS_MAX, Snapshot, SnapshotHead, SnapshotValue, SnapshotView};
use model::timeline::TimelineFilter;
use model::{DeviceId, Permission, SnapshotId};
use std::fmt::Write as _;
use store::Write;

impl Acs {
    /// Keeps what is known of a device now, for the one who takes over. Durable on return, and in the device's timeline.
    pub async fn escalate(&self, actor: &Actor, id: DeviceId, reason: &str) -> Result<SnapshotHead> {
        self.at(actor, Permission::NoteWrite, id).await?;
        actor.require(Permission::DeviceRead)?;
        let reason = check_note(reason)?;
        let content = self.known_now(actor, id).await?;
        self.audit(actor, Entry::new(Act::Escalated, self.device_target(id).await?).reason(&reason)).await?;
        let at = now();
        let head = self.inner.store.insert_snapshot(id, actor.name(), &reason, &content, at).await?;
        let kind = EventKind::Escalated { snapshot: head.id, reason };
        let by = Some(actor.name().to_owned());
        self.inner.exchange.writing.commit(vec![Write::Event { device: id, at, kind, by }]).await?;
        Ok(head)
    }

    async fn known_now(&self, actor: &Actor, id: DeviceId) -> Result<Snapshot> {
        let device = self.device(actor, id).await?;
        let tree = self.stored_tree(id).await?;
        let mut parameters: Vec<SnapshotValue> = tree
            .below("")
            .filter(|(path, _)| !path.ends_with('.'))
            .take(PARAMETERS_MAX + 1)
            .map(|(path, node)| {
                let secret = is_secret(path);
                let value = node.value.as_deref().filter(|_| !secret).map(str::to_owned);
                SnapshotValue { path: path.to_owned(), value, secret, read_at: node.read_at }
            })
            .collect();
        let truncated = parameters.len() > PARAMETERS_MAX;
        parameters.truncate(PARAMETERS_MAX);
        let tasks = self.tasks(actor, id, None, PAGE).await?.items;
        let timeline = self.timeline(actor, id, &TimelineFilter::default(), None, PAGE).await?.items;
        Ok(Snapshot { device, parameters, truncated, tasks, timeline })
    }

    pub async fn snapshot(&self, actor: &Actor, id: SnapshotId) -> Result<SnapshotView> {
        actor.require(Permission::DeviceRead)?;
        let found = self.inner.store.snapshot(id).await?;
        let (head, mut content) = found.ok_or(AcsError::NotFound("escalation"))?;
        self.at(actor, Permission::DeviceRead, head.device).await?;
        if actor.require(Permission::SubscriberRead).is_err() {
            content.device.row.subscriber = None;
        }
        Ok(SnapshotView { head, content })
    }

    /// Says what came of it; in the device's timeline, too.
    pub async fn close_escalation(&self, actor: &Actor, id: SnapshotId, outcome: &str) -> Result<SnapshotHead> {
        actor.require(Permission::NoteWrite)?;
        let outcome = check_note(outcome)?;
        if let Some((head, _)) = self.inner.store.snapshot(id).await? {
            self.at(actor, Permission::NoteWrite, head.device).await?;
        }
        let entry = Entry::new(Act::EscalationClosed, Target::new("escalation", id, "")).after(&outcome);
        self.audit(actor, entry).await?;
        let at = now();
        let closed = self.inner.store.close_snapshot(id, actor.name(), &outcome, at).await?;
        let head = closed.ok_or_else(|| {
            AcsError::Invalid(
                "This escalation is closed already. Nothing was changed; write a note instead.".to_owned(),
            )
        })?;
        let kind = EventKind::EscalationClosed { snapshot: id, outcome };
        let by = Some(actor.name().to_owned());
        self.inner.exchange.writing.commit(vec![Write::Event { device: head.device, at, kind, by }]).await?;
        Ok(head)
    }

    /// The snapshot as JSON, for other programs.
    pub async fn snapshot_json(&self, actor: &Actor, id: SnapshotId) -> Result<String> {
        let view = self.snapshot(actor, id).await?;
        self.audit_download(actor, &view).await?;
        serde_json::to_string_pretty(&view).map_err(|error| AcsError::Invalid(error.to_string()))
    }

    /// The snapshot as one HTML file that needs nothing else, for people without an account here.
    pub async fn snapshot_html(&self, actor: &Actor, id: SnapshotId) -> Result<String> {
        let view = self.snapshot(actor, id).await?;
        self.audit_download(actor, &view).await?;
        Ok(html(&view))
    }

    async fn audit_download(&self, actor: &Actor, view: &SnapshotView) -> Result<()> {
        let serial = view.content.device.row.identity.serial.as_str();
        self.audit(actor, Entry::new(Act::SnapshotDownloaded, Target::new("escalation", view.head.id, serial))).await
    }
}

/// Foreign text in HTML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

fn html(view: &SnapshotView) -> String {
    let (head, content) = (&view.head, &view.content);
    let row = &content.device.row;
    let mut out = String::with_capacity(64 * 1024);
    let title = format!("Escalation {} of {}", head.id, row.identity.serial);
    // Writing to a String cannot fail.
    let mut say = |text: std::fmt::Arguments<'_>| {
        let _ = out.write_fmt(text);
    };
    say(format_args!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;\
         border-bottom:1px solid #ccc;overflow-wrap:anywhere}}pre{{white-space:pre-wrap}}</style>",
        escaped(&title)
    ));
    say(format_args!(
        "<h1>{}</h1><p>By {}, {}.</p><pre>{}</pre>",
        escaped(&title),
        escaped(&head.by),
        when(head.at),
        escaped(&head.reason)
    ));
    if let Some(closed) = &head.closed {
        say(format_args!(
            "<h2>Closed</h2><p>By {}, {}.</p><pre>{}</pre>",
            escaped(&closed.by),
            when(closed.at),
            escaped(&closed.outcome)
        ));
    }
    say(format_args!("<h2>Router</h2><table>"));
    let facts = [
        ("Model", row.model.as_str()),
        ("Serial", &row.identity.serial),
        ("OUI", &row.identity.oui),
        ("Firmware", &row.software_version),
        ("Address", &row.address),
    ];
    for (label, value) in facts {
        say(format_args!("<tr><th>{label}<td>{}", escaped(value)));
    }
    say(format_args!("<tr><th>Last check-in<td>{}", when(row.last_inform)));
    for fact in content.device.groups.iter().flat_map(|group| &group.facts) {
        let value = fact.value.as_deref().unwrap_or("Not known");
        let at = fact.read_at.map(when).unwrap_or_default();
        say(format_args!("<tr><th>{}<td>{} <td>{at}", escaped(&fact.label), escaped(value)));
    }
    say(format_args!("</table><h2>Tasks</h2><table>"));
    for task in &content.tasks {
        say(format_args!(
            "<tr><td>{}<td>{}<td>{}<td>{}",
            when(task.created_at),
            escaped(&task.kind.title()),
            task.state.as_str(),
            escaped(&task.by)
        ));
    }
    say(format_args!("</table><h2>Settings</h2><table>"));
    for parameter in &content.parameters {
        let value = match (&parameter.value, parameter.secret) {
            (_, true) => "(hidden)".to_owned(),
            (None, false) => "Not known".to_owned(),
            (Some(value), false) => escaped(value),
        };
        let at = parameter.read_at.map(when).unwrap_or_default();
        say(format_args!("<tr><td>{}<td>{value}<td>{at}", escaped(&parameter.path)));
    }
    say(format_args!("</table>"));
    out
}

/// UTC, such as `2026-11-22 14:05:09 UTC`.
fn when(at: model::Timestamp) -> String {
    let text = cwmp::time::format(at);
    format!("{} UTC", text.trim_end_matches('Z').replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(escaped("<img src=x onerror='a'>&\""), "&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot;");
    }
}
