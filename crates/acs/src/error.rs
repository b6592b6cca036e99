//! What an operation can answer instead of a result.

use model::Permission;
use model::account::AccountProblem;
use model::note::NoteProblem;
use model::subscriber::FieldProblem;
use std::error::Error;
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AcsError {
    /// Not signed in, or the sign-in was refused. One text for all causes.
    #[error("The username or the password is wrong.")]
    SignInRefused,
    /// The password of somebody who is signed in, asked for again.
    #[error("The password is wrong. Nothing was changed.")]
    PasswordRefused,
    /// A code of an app, or a recovery code.
    #[error("The code is wrong, or was used already. Wait for the next one and try again.")]
    CodeRefused,
    /// One text for all causes; the log tells which.
    #[error("The passkey was not accepted. Nothing was changed. Try again, or use another way.")]
    PasskeyRefused,
    /// A dangerous act of somebody who has not said for a while that it is them.
    #[error("Confirm first that it is you. Nothing was changed.")]
    Unconfirmed,
    /// Too many failed sign-ins; try again after this many seconds.
    #[error("Too many attempts. Try again in {0} s.")]
    Throttled(u32),
    #[error("Your role does not allow this.")]
    Denied(Permission),
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// What the person asked for cannot be done as asked; the text says why and what next.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Account(#[from] AccountProblem),
    /// What a person, or a program, wants a subscriber to be.
    #[error("{}", said(.0))]
    Fields(Vec<FieldProblem>),
    #[error(transparent)]
    Note(#[from] NoteProblem),
    /// Somebody else has what was asked for; the text says who.
    #[error("{0}")]
    Conflict(String),
    /// The one-time link was used, is wrong or has expired.
    #[error("This set-up link is not valid any more. The terminal shows the current one.")]
    SetupLink,
    /// A one-time link of a person: the same, one text for all causes.
    #[error("This link is not valid any more. Ask whoever sent it for a new one.")]
    Link,
    /// Contents of files cannot be kept or read; the cause is in the log.
    #[error(
        "Lastmile could not reach the place where files are kept, or it is full. Nothing was changed. Try again; if it \
         goes on, tell the administrator."
    )]
    Files(#[source] Box<dyn Error + Send + Sync>),
    /// The cause is in the log.
    #[error("Lastmile could not reach its database. Nothing was changed. Try again.")]
    Store(#[source] Box<dyn Error + Send + Sync>),
}

fn said(problems: &[FieldProblem]) -> String {
    problems.iter().map(|problem| problem.problem.as_str()).collect::<Vec<_>>().join(" ")
}

impl AcsError {
    /// What went wrong with all its causes: for the log, never for a page.
    pub fn causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// Anything that should not happen; said to people as a database failure, told in full by the log.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Store(cause.into())
    }
}

impl From<StoreError> for AcsError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
