//! People who sign in: how they are managed, and what each sees of their own account.

use crate::{AgentId, PasskeyId, RoleKey, RoleView, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Days that a one-time link is good for.
pub const LINK_DAYS: i64 = 7;
/// Recovery codes that are made together.
pub const RECOVERY_CODES: usize = 10;
/// Most passkeys of one person, and the longest name of one in characters.
pub const PASSKEYS_MAX: usize = 20;
pub const PASSKEY_NAME_MAX: usize = 60;

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonState {
    /// Has not set a password yet.
    Invited,
    Active,
    Disabled,
}

impl PersonState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Invited => "Invited",
            Self::Active => "Active",
            Self::Disabled => "Disabled",
        }
    }
}

/// Somebody in the list of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    pub role: RoleView,
    pub scope: Scope,
    pub state: PersonState,
    /// Codes of an app are asked for.
    pub totp: bool,
    pub passkeys: u32,
    /// Browsers in which they are signed in.
    pub sessions: u32,
    pub created_at: Timestamp,
    /// `None`: never.
    pub signed_in_at: Option<Timestamp>,
    /// Until when their one-time link is good, if they have one.
    pub link_until: Option<Timestamp>,
    /// Whom this person is at the provider of single sign-on, if they are linked to it.
    pub single_sign_on: Option<String>,
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// To set name and password for the first time.
    Invitation,
    /// To set a new password.
    Password,
}

impl LinkKind {
    pub const ALL: [Self; 2] = [Self::Invitation, Self::Password];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Password => "password",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A one-time link at its making: the only time that it is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLinkView {
    pub kind: LinkKind,
    pub id: AgentId,
    pub username: String,
    pub name: String,
    pub expires_at: Timestamp,
    /// 256 random bits as text; whoever has it sets the password.
    pub token: String,
}

impl NewLinkView {
    /// The path of the page that it opens.
    pub fn path(&self) -> String {
        format!("/invitation/{}", self.token)
    }
}

// The token must not reach a log.
impl fmt::Debug for NewLinkView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLinkView").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the page of a one-time link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    pub kind: LinkKind,
    pub username: String,
    pub name: String,
    pub expires_at: Timestamp,
}

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names the session without opening it.
    pub id: String,
    /// Where the sign-in came from.
    pub address: String,
    /// In words: `Firefox on Linux`.
    pub browser: String,
    pub since: Timestamp,
    /// Within some minutes.
    pub seen_at: Timestamp,
    /// The one that asks.
    pub current: bool,
}

/// A QR code: `path` is the `d` of an SVG path in a square of `size` units, quiet zone included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    pub size: u32,
    pub path: String,
}

/// What an app for codes is given, and what is to be kept in case it is lost. Not in force before a code confirmed it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSetup {
    /// In groups of four, as it is typed.
    pub secret: String,
    pub uri: String,
    pub qr: Qr,
    pub codes: Vec<String>,
}

// Secrets must not reach a log.
impl fmt::Debug for TotpSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpSetup").finish_non_exhaustive()
    }
}

/// One passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyView {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// How somebody proves who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorsView {
    pub password: bool,
    /// Since when codes of an app are asked for.
    pub totp: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub codes_left: u32,
    pub passkeys: Vec<PasskeyView>,
    /// Whether a second factor must be there.
    pub required: bool,
    /// What the provider of single sign-on is called; `None`: there is none.
    pub provider: Option<String>,
    /// Who they are there.
    pub identity: Option<String>,
}

impl FactorsView {
    pub fn has_second(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// How somebody can say that it is them, in the middle of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmWays {
    pub password: bool,
    pub code: bool,
    pub passkey: bool,
}

/// What the second step of a sign-in asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondStep {
    /// A code of the app or a recovery code, or a passkey.
    Give { code: bool, passkey: bool },
    /// A second factor is required and there is none yet: it is set up now.
    SetUp(TotpSetup),
}

/// Who needs a second factor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", content = "roles", rename_all = "snake_case")]
pub enum SecondFactorRule {
    #[default]
    Nobody,
    Roles(Vec<RoleKey>),
    Everybody,
}

impl SecondFactorRule {
    pub fn asks(&self, role: RoleKey) -> bool {
        match self {
            Self::Nobody => false,
            Self::Roles(roles) => roles.contains(&role),
            Self::Everybody => true,
        }
    }
}

/// A browser in words, from what it says of itself. Hostile text: only known words come out.
pub fn browser_name(user_agent: &str) -> String {
    let known =
        |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    // Each of the later ones says that it is the earlier ones, too.
    let browser = known(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = known(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn browsers_are_named_by_words_of_ours_alone() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1";
        assert_eq!(browser_name(firefox), "Firefox on Linux");
        assert_eq!(browser_name(edge), "Edge on Windows");
        assert_eq!(browser_name(phone), "Safari on iPhone");
        assert_eq!(browser_name("<script>alert(1)</script>"), "Another program");
    }

    #[test]
    fn a_link_does_not_print_its_token() {
        let link = NewLinkView {
            kind: LinkKind::Invitation,
            id: AgentId(1),
            username: "olu".into(),
            name: "Olu".into(),
            expires_at: Timestamp(0),
            token: "canary".into(),
        };
        assert!(!format!("{link:?}").contains("canary"));
        assert_eq!(link.path(), "/invitation/canary");
        assert!(LinkKind::ALL.into_iter().all(|kind| LinkKind::parse(kind.as_str()) == Some(kind)));
    }

    #[test]
    fn a_second_factor_is_asked_of_those_whom_the_rule_names() {
        let (helpdesk, boss) = (RoleKey::from(Role::Helpdesk), RoleKey::from(Role::Administrator));
        let rule = SecondFactorRule::Roles(vec![boss]);
        assert!(rule.asks(boss) && !rule.asks(helpdesk));
        assert!(SecondFactorRule::Everybody.asks(helpdesk) && !SecondFactorRule::Nobody.asks(boss));
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(text, r#"{"who":"roles","roles":["administrator"]}"#);
        assert_eq!(serde_json::from_str::<SecondFactorRule>(&text).unwrap(), rule);
    }
}
