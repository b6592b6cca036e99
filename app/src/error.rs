//! What a server function answers instead of a result, as the page shows it.

#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
use leptos::server_fn::Decodes;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::subscriber::FieldProblem;
use serde::{Deserialize, Serialize};

/// Every text says what happened and, where it helps, what was not changed and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum PortalError {
    #[error("You are not signed in any more. Nothing was changed.")]
    NotSignedIn,
    #[error("The username or the password is wrong.")]
    SignInRefused,
    /// Asked for again of somebody who is signed in.
    #[error("The password is wrong. Nothing was changed.")]
    PasswordRefused,
    #[error("The code is wrong, or was used already. Wait for the next one and try again.")]
    CodeRefused,
    #[error("The passkey was not accepted. Nothing was changed. Try again, or use another way.")]
    PasskeyRefused,
    /// The portal asks for it and goes on; see `components::Confirm`.
    #[error("Confirm first that it is you. Nothing was changed.")]
    Unconfirmed,
    #[error("This link is not valid any more. Ask whoever sent it for a new one.")]
    Link,
    #[error("Too many attempts. Try again in {0} s.")]
    Throttled(u32),
    #[error("Your role does not allow this. Nothing was changed.")]
    Denied,
    #[error("There is no such {0}.")]
    NotFound(String),
    /// What the person asked for cannot be done as asked; the text says why and what next.
    #[error("{0}")]
    Invalid(String),
    /// What is wrong with which field of a form.
    #[error("{}", said(.0))]
    Fields(Vec<FieldProblem>),
    #[error("This set-up link is not valid any more. The terminal shows the current one.")]
    SetupLink,
    /// The browser got no answer, or one that it does not understand.
    #[error(
        "Lastmile did not answer. It is not known whether anything was changed. Check the connection and try again."
    )]
    Unreachable,
    /// The cause is in the log, under this id.
    #[error("Something went wrong inside Lastmile. Try again; if it stays, report the code {id}.")]
    Internal { id: String },
}

fn said(problems: &[FieldProblem]) -> String {
    problems.iter().map(|problem| problem.problem.as_str()).collect::<Vec<_>>().join(" ")
}

impl FromServerFnError for PortalError {
    type Encoder = JsonEncoding;

    /// Answers that no server function wrote come from the door in front of them: `401` with a line of text.
    fn de(data: bytes::Bytes) -> Self {
        if data.starts_with(b"not signed in") {
            return Self::NotSignedIn;
        }
        JsonEncoding::decode(data).unwrap_or(Self::Unreachable)
    }

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Request(_) | E::Response(_) => Self::Unreachable,
            // In the browser an answer, on the server the arguments.
            #[cfg(not(feature = "ssr"))]
            E::Deserialization(_) => Self::Unreachable,
            #[cfg(feature = "ssr")]
            E::Deserialization(_) => Self::not_understood(),
            E::Args(_) | E::MissingArg(_) | E::Serialization(_) => Self::not_understood(),
            E::Registration(text)
            | E::UnsupportedRequestMethod(text)
            | E::ServerError(text)
            | E::MiddlewareError(text) => Self::internal(&text),
        }
    }
}

/// What is wrong, in words for the person.
impl From<String> for PortalError {
    fn from(text: String) -> Self {
        Self::Invalid(text)
    }
}

impl From<&str> for PortalError {
    fn from(text: &str) -> Self {
        Self::Invalid(text.to_owned())
    }
}

impl PortalError {
    fn not_understood() -> Self {
        let text = "Lastmile did not understand the request. Nothing was changed. Reload the page and try again.";
        let error = Self::Invalid(text.to_owned());
        #[cfg(feature = "ssr")]
        error.answers_function();
        error
    }

    /// An error that is not the person's: the cause goes to the log under a new id, only the id goes out.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let id = new_id();
        #[cfg(feature = "ssr")]
        tracing::error!(error_id = %id, %cause, "a request failed");
        #[cfg(not(feature = "ssr"))]
        leptos::logging::error!("{id}: {cause}");
        Self::Internal { id }
    }
}

/// Short enough to be read out over the phone; only has to be unique in the log of some days.
fn new_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(crate::clock::now().0);
    format!("{:04x}-{:04x}", bits & 0xffff, (bits >> 16) & 0xffff)
}

#[cfg(feature = "ssr")]
impl From<acs::AcsError> for PortalError {
    fn from(error: acs::AcsError) -> Self {
        use acs::AcsError as E;
        let error = match error {
            E::SignInRefused => Self::SignInRefused,
            E::PasswordRefused => Self::PasswordRefused,
            E::CodeRefused => Self::CodeRefused,
            E::PasskeyRefused => Self::PasskeyRefused,
            E::Unconfirmed => Self::Unconfirmed,
            E::Link => Self::Link,
            E::Throttled(seconds) => Self::Throttled(seconds),
            E::Denied(_) => Self::Denied,
            E::NotFound(what) => Self::NotFound(what.to_owned()),
            E::Invalid(text) | E::Conflict(text) => Self::Invalid(text),
            E::Account(problem) => Self::Invalid(problem.to_string()),
            E::Fields(problems) => Self::Fields(problems),
            E::Note(problem) => Self::Invalid(problem.to_string()),
            E::SetupLink => Self::SetupLink,
            // Whoever uploads a file can do something about it, or tell who can.
            E::Files(ref cause) => {
                tracing::error!(cause = %Chain(&**cause), "files cannot be kept or read");
                Self::Invalid(error.to_string())
            }
            E::Store(cause) => Self::internal(&Chain(&*cause)),
        };
        error.answers_function();
        error
    }
}

#[cfg(feature = "ssr")]
impl PortalError {
    /// The status of what a server function answers: without it every refusal would look like a fault of the server's.
    /// Pages set theirs where they show an error, and may show the rest without it.
    pub(crate) fn answers_function(&self) {
        if use_context::<axum::http::request::Parts>().is_some_and(|parts| parts.uri.path().starts_with("/fn/")) {
            set_status(self);
        }
    }
}

/// An error with all its causes on one line.
#[cfg(feature = "ssr")]
struct Chain<'a>(&'a dyn std::error::Error);

#[cfg(feature = "ssr")]
impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Sets the status of the page, or of a server function's answer, on the server; does nothing in the browser. A plain
/// form is left alone: its answer is a redirection to the page it came from, which shows the error.
pub fn set_status(error: &PortalError) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && !is_plain_form()
    {
        use axum::http::StatusCode as S;
        response.set_status(match error {
            PortalError::NotSignedIn | PortalError::SignInRefused => S::UNAUTHORIZED,
            PortalError::Throttled(_) => S::TOO_MANY_REQUESTS,
            PortalError::Denied
            | PortalError::PasswordRefused
            | PortalError::CodeRefused
            | PortalError::PasskeyRefused
            | PortalError::Unconfirmed => S::FORBIDDEN,
            PortalError::NotFound(_) => S::NOT_FOUND,
            PortalError::Invalid(_) | PortalError::Fields(_) => S::UNPROCESSABLE_ENTITY,
            PortalError::SetupLink | PortalError::Link => S::GONE,
            PortalError::Unreachable | PortalError::Internal { .. } => S::INTERNAL_SERVER_ERROR,
        });
    }
    #[cfg(not(feature = "ssr"))]
    let _ = error;
}

/// Whether this is a form that a browser posted without WebAssembly.
#[cfg(feature = "ssr")]
fn is_plain_form() -> bool {
    use axum::http::{Method, header, request::Parts};
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        parts.method == Method::POST && accept.contains("text/html")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_survive_the_wire() {
        for error in [
            PortalError::NotSignedIn,
            PortalError::Throttled(7),
            PortalError::Invalid("<b>".into()),
            PortalError::Internal { id: "1".into() },
        ] {
            assert_eq!(PortalError::de(error.ser()), error);
        }
    }

    #[test]
    fn an_answer_that_is_no_error_of_ours_is_unreachable() {
        assert_eq!(PortalError::de("<html>502</html>".into()), PortalError::Unreachable);
        assert_eq!(PortalError::de("not signed in\n".into()), PortalError::NotSignedIn);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_database_error_does_not_tell_its_cause() {
        let error = PortalError::from(acs::AcsError::Store("secret table".into()));
        assert!(matches!(&error, PortalError::Internal { id } if !id.is_empty()));
        assert!(!error.to_string().contains("secret"));
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn refusals_keep_their_kind() {
        use acs::AcsError as E;
        assert_eq!(PortalError::from(E::SetupLink), PortalError::SetupLink);
        assert_eq!(PortalError::from(E::Throttled(9)), PortalError::Throttled(9));
        assert_eq!(PortalError::from(E::Denied(model::Permission::DeviceWrite)), PortalError::Denied);
        assert_eq!(PortalError::from(E::NotFound("device")).to_string(), "There is no such device.");
    }
}
