//! Who is signed in, as pages know it, and where to go after signing in.

use leptos::prelude::*;
use model::Permission;
use model::account::AgentView;

/// The signed-in agent, the same on server and browser; fixed until the next full page load.
#[derive(Clone, Debug)]
struct Agent(Option<AgentView>);

/// Takes the agent from the request, or from what the server wrote into the page. Once, in the root.
pub fn provide_agent() {
    let agent = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        return crate::ssr::signed_in();
        #[cfg(not(feature = "ssr"))]
        return None::<AgentView>;
    });
    let agent = agent.into_inner();
    #[cfg(not(feature = "ssr"))]
    SIGNED_IN.store(agent.is_some(), std::sync::atomic::Ordering::Relaxed);
    provide_context(Agent(agent));
}

/// Whether somebody is signed in, for what runs outside of components. In the browser only.
#[cfg(not(feature = "ssr"))]
pub fn is_signed_in() -> bool {
    SIGNED_IN.load(std::sync::atomic::Ordering::Relaxed)
}

#[cfg(not(feature = "ssr"))]
static SIGNED_IN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// The signed-in agent.
pub fn use_agent() -> Option<AgentView> {
    use_context::<Agent>().and_then(|agent| agent.0)
}

/// Whether to offer an action. The server checks again.
pub fn may(permission: Permission) -> bool {
    use_agent().is_some_and(|agent| agent.may(permission))
}

/// The sign-in page, coming back to `here` (path and query) afterwards.
pub fn sign_in_url(here: &str) -> String {
    let here = local_path(here);
    if here == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", encode(here)) }
}

/// `next` if it leads to a page of this portal, else the home page. Anything that a browser could read as another
/// host (`//host`, `/\host`, a scheme, control characters that it drops) is refused.
pub fn local_path(next: &str) -> &str {
    let rest = next.strip_prefix('/');
    let foreign = rest.is_none_or(|rest| rest.starts_with(['/', '\\']));
    let strange = next.chars().any(|c| c.is_control() || c == '\\' || !c.is_ascii());
    let pointless = ["/sign-in", "/setup", "/invitation/", "/fn/"].iter().any(|path| next.starts_with(path));
    if foreign || strange || pointless || next.len() > 2000 { "/" } else { next }
}

/// Percent-encodes everything that is special in a query value.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").expect("a String takes everything"),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_portal_are_returned_to() {
        assert_eq!(local_path("/devices?q=a%20b&sort=serial"), "/devices?q=a%20b&sort=serial");
        for foreign in [
            "",
            "devices",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\nb",
            "/x\\y",
            "/é",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(3000))), "/");
    }

    #[test]
    fn signing_in_does_not_lead_to_signing_in() {
        assert_eq!(local_path("/sign-in?next=/devices"), "/");
        assert_eq!(local_path("/fn/sign_out"), "/");
    }

    #[test]
    fn the_way_back_survives_the_url() {
        assert_eq!(sign_in_url("/"), "/sign-in");
        assert_eq!(sign_in_url("/devices?q=a&b=c"), "/sign-in?next=/devices%3Fq%3Da%26b%3Dc");
    }
}
