//! What can be done.

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $label:literal;)+) => {
        /// What was done. The words are stored: they never change and are never used again for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act {
            $($(#[$doc])* $name,)+
        }

        impl Act {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word that is stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// For people.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }
        }
    };
}

acts! {
    SignedIn = "session.begun", "Signed in";
    SignInRefused = "session.refused", "Sign-in refused";
    SignedOut = "session.ended", "Signed out";
    SessionRevoked = "session.revoked", "Session ended by hand";
    Reauthenticated = "session.confirmed", "Identity confirmed again";
    PasswordChanged = "password.changed", "Password changed";
    PasswordReset = "password.reset", "Password reset";
    PasswordLinkMade = "password.link-made", "Link for a password made";
    SecondFactorAdded = "second-factor.added", "Second factor added";
    SecondFactorRemoved = "second-factor.removed", "Second factor removed";
    RecoveryCodesMade = "recovery-codes.made", "Recovery codes made";
    RecoveryCodeUsed = "recovery-code.used", "Recovery code used";
    PasskeyAdded = "passkey.added", "Passkey added";
    PasskeyRemoved = "passkey.removed", "Passkey removed";
    IdentityLinked = "identity.linked", "Connected with single sign-on";
    IdentityUnlinked = "identity.unlinked", "Disconnected from single sign-on";
    AgentInvited = "agent.invited", "Agent invited";
    AgentAdded = "agent.added", "Agent added";
    AgentChanged = "agent.changed", "Agent changed";
    AgentDisabled = "agent.disabled", "Agent disabled";
    AgentEnabled = "agent.enabled", "Agent enabled";
    AgentDeleted = "agent.deleted", "Agent deleted";
    RoleCreated = "role.created", "Role created";
    RoleChanged = "role.changed", "Role changed";
    RoleDeleted = "role.deleted", "Role deleted";
    TokenCreated = "token.created", "API token made";
    TokenRevoked = "token.revoked", "API token revoked";
    WebhookCreated = "webhook.created", "Webhook created";
    WebhookChanged = "webhook.changed", "Webhook changed";
    WebhookDeleted = "webhook.deleted", "Webhook deleted";
    TaskCreated = "task.created", "Task given";
    TaskCancelled = "task.cancelled", "Task cancelled";
    BulkStarted = "bulk.started", "Order for many routers started";
    BulkStopped = "bulk.stopped", "Order for many routers stopped";
    CampaignCreated = "campaign.created", "Campaign planned";
    CampaignEdited = "campaign.edited", "Campaign changed";
    CampaignDeleted = "campaign.deleted", "Campaign deleted";
    CampaignApprovalAsked = "campaign.approval-asked", "Approval of a campaign asked for";
    CampaignApproved = "campaign.approved", "Campaign approved";
    CampaignRejected = "campaign.rejected", "Campaign rejected";
    CampaignScheduled = "campaign.scheduled", "Campaign scheduled";
    CampaignStarted = "campaign.started", "Campaign started";
    CampaignPaused = "campaign.paused", "Campaign paused";
    CampaignLimitsChanged = "campaign.limits-changed", "Campaign limits changed";
    CampaignResumed = "campaign.resumed", "Campaign resumed";
    CampaignCancelled = "campaign.cancelled", "Campaign cancelled";
    CampaignGatePassed = "campaign.gate-passed", "Gate of a campaign passed by hand";
    AccessOpened = "access.opened", "Access from outside opened";
    AccessClosed = "access.closed", "Access from outside closed";
    SecretRevealed = "secret.revealed", "Password shown";
    AccountShown = "account.shown", "Account of a router shown";
    EnrolmentDecided = "enrolment.decided", "Router approved or refused";
    DeviceRegistered = "device.registered", "Router registered";
    LoginReset = "device.login-reset", "Login of a router reset";
    OverridesDecided = "device.overrides", "Treatment of a router decided";
    LearntForgotten = "device.forgotten", "What was learnt forgotten";
    DeviceRetried = "device.retried", "Stuck router tried again";
    FileUploaded = "file.uploaded", "File uploaded";
    FileChanged = "file.changed", "File changed";
    FileDeleted = "file.deleted", "File deleted";
    FileDownloaded = "file.downloaded", "File downloaded";
    SubscriberCreated = "subscriber.created", "Subscriber created";
    SubscriberChanged = "subscriber.changed", "Subscriber changed";
    SubscriberDeleted = "subscriber.deleted", "Subscriber deleted";
    ImportStarted = "import.started", "Import started";
    ImportEnded = "import.ended", "Import ended";
    WrongRowsDownloaded = "import.wrong-rows", "Rows of an import downloaded";
    DeviceLinked = "link.made", "Router put at a line";
    DeviceUnlinked = "link.removed", "Router taken from a line";
    LinkRulesChanged = "link-rules.changed", "Rules for links changed";
    AliasChanged = "alias.changed", "Alias changed";
    AliasRemoved = "alias.removed", "Alias removed";
    VerdictChanged = "verdict.changed", "Verdict rules changed";
    DataModelImported = "data-model.imported", "Data model imported";
    DataModelRemoved = "data-model.removed", "Data model removed";
    ViewShared = "view.shared", "View shared";
    ViewChanged = "view.changed", "Shared view changed";
    ViewDeleted = "view.deleted", "Shared view deleted";
    NoteWritten = "note.written", "Note written";
    NoteChanged = "note.changed", "Note changed";
    NoteDeleted = "note.deleted", "Note deleted";
    Escalated = "escalation.opened", "Escalated";
    EscalationClosed = "escalation.closed", "Escalation closed";
    SnapshotDownloaded = "escalation.downloaded", "Escalation downloaded";
    TraceStarted = "trace.started", "Recording started";
    TraceStopped = "trace.stopped", "Recording stopped";
    TraceDiscarded = "trace.discarded", "Recording thrown away";
    TraceDownloaded = "trace.downloaded", "Recording downloaded";
    GuideBegun = "guide.begun", "Guide begun";
    GuideStep = "guide.step", "Step of a guide taken";
    SettingChanged = "setting.changed", "Setting changed";
    ListExported = "list.exported", "List exported";
    AuditExported = "audit.exported", "Audit log exported";
    /// Written by the store itself, together with the removal.
    AuditPruned = "audit.pruned", "Audit entries removed by age";
    SecretsRotated = "secrets.rotated", "Secrets encrypted anew";
}

impl Act {
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_one_each() {
        let words: HashSet<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
        assert_eq!(words.len(), Act::ALL.len());
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(*act));
            assert!(act.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'-'), "{act:?}");
        }
        assert_eq!(Act::parse("session"), None);
    }
}
