//! `lastmile token`: what other programs sign in with.

use super::{Failure, open_manager, open_store};
use crate::settings::Settings;
use acs::{AcsError, Actor, TokenWish};
use model::token::{TOKEN_DAYS, TokenState};
use model::{RoleKey, Timestamp, TokenId};

/// Makes a token and prints it: the only time that it is seen.
pub async fn create(settings: Settings, name: String, role: RoleKey, days: Option<u32>) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let days = Some(days.unwrap_or(TOKEN_DAYS)).filter(|days| *days > 0);
    let wish = TokenWish::of_role(&name, role, days);
    let made = open_manager(store.clone()).await?.create_token(&Actor::System, wish).await;
    store.close().await;
    let made = made?;
    eprintln!("Token {} ({}). It is shown this once; keep it like a password.", made.token.id, made.token.role.name);
    println!("{}", made.secret);
    Ok(())
}

/// One line for each token: number, name, role, state.
pub async fn list(settings: Settings) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let tokens = open_manager(store.clone()).await?.tokens(&Actor::System).await;
    store.close().await;
    let tokens = tokens?;
    if tokens.is_empty() {
        println!("There is no token.");
    }
    let now = Timestamp((time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64);
    for token in tokens {
        let state = match token.state(now) {
            TokenState::Valid => "valid",
            TokenState::Expired => "expired",
            TokenState::Revoked => "revoked",
            TokenState::OwnerDisabled => "ended",
        };
        println!("{}\t{}\t{}\t{state}", token.id, token.name, token.role.key);
    }
    Ok(())
}

/// A running server refuses the token within seconds.
pub async fn revoke(settings: Settings, id: i64) -> Result<(), Failure> {
    let store = open_store(&settings).await?;
    let revoked = open_manager(store.clone()).await?.revoke_token(&Actor::System, TokenId(id)).await;
    store.close().await;
    match revoked {
        Ok(()) => {
            println!("Token {id} is revoked.");
            Ok(())
        }
        Err(AcsError::NotFound(_)) => {
            Err(format!("there is no valid token {id}; `lastmile token list` shows those there are").into())
        }
        Err(error) => Err(error.into()),
    }
}
