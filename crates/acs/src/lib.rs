//! The manager of devices: sessions, parameter trees, tasks, reachability, and the operations that the portal calls.
//!
//! Every public operation takes an [`Actor`] and checks its permission here, so that no page, route or stream can
//! forget to. HTTP and SOAP types do not appear in this crate's interface.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accounts;
mod actor;
mod addresses;
mod aliases;
mod audit;
mod bus;
mod campaigns;
mod checks;
mod clock;
mod compare;
mod counts;
mod cpe_auth;
mod devices;
mod diagnostics;
mod error;
mod exchange;
mod files;
mod forms;
mod guides;
mod health;
mod history;
mod import;
mod keep;
mod knowledge;
mod learning;
mod mail;
mod operations;
mod pace;
mod reach;
mod session;
mod sessions;
mod settings;
mod tokens;
mod trace;
mod undo;
mod verdict;
mod views;
mod webhooks;
mod writing;
mod zones;

pub use accounts::{OpenIdWaiting, PendingSignIn, SignIn, Site};
pub use actor::Actor;
pub use addresses::address_group;
pub use audit::{AuditFormat, AuditStream, origin, with_origin};
pub use campaigns::RenderNotice;
pub use cpe_auth::ClientCertificate;
pub use error::AcsError;
pub use exchange::{CwmpRequest, CwmpResponse, Notified};
pub use files::{
    FileLink, FileLocation, FileProof, FilesSettings, LinkKey, LinkRefused, LinkedFile, ReceiveError, TrustedKey,
};
pub use import::{Table, TableError, WrongRow, safe as safe_cell};
pub use mail::{MailError, MailSecurity, MailSettings, is_mailbox};
pub use operations::{
    Acs, Claim, EventPage, ImportedModels, KeptAnswer, LinkAnswer, LiveScope, PAGE, PutSubscriber, Registered,
    SetupState, TokenWish, session_key,
};
pub use reach::{FactoryCredentials, ReachSettings, StunSettings, XmppSettings};
pub use settings::{
    AcsSettings, CpeAuth, EgressPolicy, EnrolmentPolicy, OpenIdMatch, OpenIdSettings, Rebootstrap, SpeedSettings,
};
pub use zones::zone_shift;

pub type Result<T> = std::result::Result<T, AcsError>;
