//! What strangers can send, before anything is known about them: one function for each kind of input, which reads it
//! and panics if what was promised about it does not hold.
//!
//! `cargo xtask fuzz` drives them with libFuzzer. The committed inputs in `corpus/<target>` are replayed by the
//! ordinary tests as well.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod http;
mod messages;
mod wake;

pub use http::{authorization, challenge, connection_answer, cookie};
pub use messages::{decode_acs, decode_cpe, fragment};
pub use wake::{stun, udp_request, xmpp};

/// A kind of input: reads one, panics if a promise is broken.
pub type Target = fn(&[u8]);

/// All kinds of input, by the name of their executable and of their folder in `corpus`.
pub const TARGETS: [(&str, Target); 10] = [
    ("decode_cpe", decode_cpe),
    ("decode_acs", decode_acs),
    ("fragment", fragment),
    ("authorization", authorization),
    ("challenge", challenge),
    ("cookie", cookie),
    ("connection_answer", connection_answer),
    ("stun", stun),
    ("udp_request", udp_request),
    ("xmpp", xmpp),
];
