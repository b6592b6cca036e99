//! Accounts of people: who there is, and what they sign in with.

mod factors;
mod identity;
mod links;
mod passkeys;
mod people;

pub use factors::TotpRecord;
pub use identity::IdentityRecord;
pub use links::LinkRecord;
pub use passkeys::{NewPasskey, PasskeyRecord};
