//! Signing in at the operator's own provider, by OpenID Connect: authorization code with PKCE (RFC 7636).
//!
//! The provider says who somebody is; what they may do stays with the account here. An account is found by the provider's
//! own identifier for the person, which never changes hands. The first time it is found by what the settings trust the
//! provider with, or its owner connects the two on their profile.

use super::sign_in::SignIn;
use super::throttle::Step;
use super::{Accounts, view};
use crate::clock::now;
use crate::settings::{OpenIdMatch, OpenIdSettings};
use crate::{AcsError, Result};
use bytes::BytesMut;
use model::account::AgentView;
use model::audit::Act;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    http,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};
use store::{AgentRecord, IdentityRecord, StoreError};
use tokio::sync::Mutex;

/// How long somebody may take at the provider, in milliseconds.
const WAITING_MS: i64 = 900_000;
/// How long what the provider says of itself is good, its keys among it.
const FRESH: Duration = Duration::from_mins(15);
/// Time for one request to the provider.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const ANSWER_MAX: usize = 1 << 20;
/// Longest identifier of a person (OpenID Connect Core §2: `sub`).
const SUBJECT_MAX: usize = 255;

/// Someone who was sent to the provider and is to come back. For the session of the browser, so that nobody else's answer
/// is taken.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdWaiting {
    state: String,
    nonce: String,
    verifier: String,
    redirect: String,
    since: i64,
}

impl std::fmt::Debug for OpenIdWaiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenIdWaiting").field("since", &self.since).finish_non_exhaustive()
    }
}

/// The provider, as the settings name it.
pub(super) struct Provider {
    pub settings: OpenIdSettings,
    http: reqwest::Client,
    /// What it says of itself, and since when that is known.
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

/// Whom the provider vouched for.
struct Person {
    issuer: String,
    subject: String,
    /// The name that people know them by there.
    label: String,
    /// The e-mail address, if the provider says that it is theirs.
    email: Option<String>,
    username: Option<String>,
}

/// Why a request to the provider did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error(transparent)]
    Reqwest(#[from] reqwest::Error),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error("the answer is longer than {ANSWER_MAX} bytes")]
    TooLong,
}

impl<'c> AsyncHttpClient<'c> for Provider {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.request(request))
    }
}

impl Provider {
    pub fn new(settings: OpenIdSettings) -> Result<Self> {
        // An error says that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
        let http = client.build().map_err(AcsError::internal)?;
        Ok(Self { settings, http, known: Mutex::default() })
    }

    async fn request(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let mut answer = self.http.execute(reqwest::Request::try_from(request)?).await?;
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(body.to_vec())?)
    }

    async fn metadata(&self, anew: bool) -> Result<CoreProviderMetadata> {
        let mut known = self.known.lock().await;
        if let Some((since, metadata)) = known.as_ref()
            && !anew
            && since.elapsed() < FRESH
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| self.unreachable(&error))?;
        let found = CoreProviderMetadata::discover_async(issuer, self).await;
        let metadata = found.map_err(|error| self.unreachable(&error))?;
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    fn unreachable(&self, cause: &dyn std::error::Error) -> AcsError {
        tracing::warn!(issuer = self.settings.issuer, cause = causes(cause), "the provider of single sign-on failed");
        AcsError::Invalid(format!("{} does not answer as it should. Sign in another way, or try again.", self.label()))
    }

    fn label(&self) -> &str {
        &self.settings.label
    }

    async fn begin(&self, redirect: String) -> Result<(String, OpenIdWaiting)> {
        let client = self.client(self.metadata(false).await?, &redirect)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let ask =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = ask.add_scopes(scopes).set_pkce_challenge(challenge).url();
        let waiting = OpenIdWaiting {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            redirect,
            since: now().0,
        };
        Ok((url.into(), waiting))
    }

    fn client(&self, metadata: CoreProviderMetadata, redirect: &str) -> Result<Client> {
        let secret = Some(&self.settings.client_secret).filter(|secret| !secret.is_empty());
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.clone())),
        );
        Ok(client.set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(AcsError::internal)?))
    }

    /// Whom the provider vouches for, by what the browser brought back.
    async fn finish(&self, waiting: OpenIdWaiting, state: &str, code: &str) -> Result<Person> {
        if !(0..WAITING_MS).contains(&(now().0 - waiting.since)) || !super::same_secret(&waiting.state, state) {
            let text = "This sign-in took longer than 15 minutes, or was begun elsewhere. Begin again.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        let client = self.client(self.metadata(false).await?, &waiting.redirect)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let exchange = exchange.map_err(|error| self.unreachable(&error))?;
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(waiting.verifier)).request_async(self).await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let token = answer.id_token().ok_or_else(|| self.distrusted(&"no ID token"))?;
        let nonce = Nonce::new(waiting.nonce);
        // A key that is not known may be new: it is looked for once.
        let is_known = token.claims(&client.id_token_verifier(), &nonce).is_ok();
        let client = if is_known { client } else { self.client(self.metadata(true).await?, &waiting.redirect)? };
        let verifier = client.id_token_verifier();
        let claims = token.claims(&verifier, &nonce).map_err(|error| self.distrusted(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let key = token.signing_key(&verifier).map_err(|error| self.distrusted(&error))?;
            let algorithm = token.signing_alg().map_err(|error| self.distrusted(&error))?;
            let hash = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if hash.map_err(|error| self.distrusted(&error))? != *expected {
                return Err(self.distrusted(&"the access token is another"));
            }
        }
        let mut told = Told::of_token(claims);
        // Many providers say it only when they are asked for it with the access token.
        if told.email.is_none()
            && told.username.is_none()
            && let Ok(request) = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        {
            let found: CoreUserInfoClaims =
                request.request_async(self).await.map_err(|error| self.unreachable(&error))?;
            told = Told::of_info(&found);
        }
        let subject = claims.subject().as_str();
        if !(1..=SUBJECT_MAX).contains(&subject.len()) {
            return Err(self.distrusted(&"the subject has no usable length"));
        }
        Ok(told.person(claims.issuer().as_str(), subject))
    }

    fn distrusted(&self, cause: &dyn std::fmt::Display) -> AcsError {
        tracing::warn!(issuer = self.settings.issuer, %cause, "an answer of single sign-on was not accepted");
        AcsError::Invalid(format!("What {} answered could not be accepted. Sign in another way.", self.label()))
    }
}

type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// What the provider says of somebody.
struct Told {
    email: Option<String>,
    /// The address is theirs: the provider has looked.
    verified: bool,
    username: Option<String>,
}

impl Told {
    fn of_token(claims: &CoreIdTokenClaims) -> Self {
        Self {
            email: claims.email().map(|email| email.as_str().to_owned()),
            verified: claims.email_verified() == Some(true),
            username: claims.preferred_username().map(|name| name.as_str().to_owned()),
        }
    }

    fn of_info(claims: &CoreUserInfoClaims) -> Self {
        Self {
            email: claims.email().map(|email| email.as_str().to_owned()),
            verified: claims.email_verified() == Some(true),
            username: claims.preferred_username().map(|name| name.as_str().to_owned()),
        }
    }

    fn person(self, issuer: &str, subject: &str) -> Person {
        let label = self.email.as_deref().or(self.username.as_deref()).unwrap_or(subject);
        Person {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            label: label.chars().filter(|c| !c.is_control()).take(200).collect(),
            email: self.email.filter(|_| self.verified),
            username: self.username,
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Accounts {
    /// What people know the provider by; `None`: there is none.
    pub fn openid_label(&self) -> Option<&str> {
        self.openid.as_ref().map(Provider::label)
    }

    fn provider(&self) -> Result<&Provider> {
        self.openid.as_ref().ok_or(AcsError::NotFound("single sign-on"))
    }

    /// Where a browser is sent, and what its session keeps meanwhile. It comes back to `redirect`.
    pub async fn begin_openid(&self, from: IpAddr, redirect: String) -> Result<(String, OpenIdWaiting)> {
        let provider = self.provider()?;
        self.admit(Step::Away, "", from)?;
        provider.begin(redirect).await
    }

    /// Signs in whom the provider vouches for.
    pub async fn sign_in_openid(&self, waiting: OpenIdWaiting, state: &str, code: &str) -> Result<SignIn> {
        let provider = self.provider()?;
        let person = provider.finish(waiting, state, code).await?;
        let known = self.store.agent_by_identity(&person.issuer, &person.subject).await?;
        let record = match known {
            Some(id) => self.store.agent(id).await?,
            None => self.matched(&person, provider.settings.matches).await?,
        };
        let Some(record) = record.as_ref().filter(|record| !record.disabled) else {
            self.refused(record.as_ref(), "single sign-on").await?;
            return Err(AcsError::Invalid(format!(
                "{} says that you are {}, and nobody here is. Ask an administrator for an account.",
                provider.label(),
                person.label
            )));
        };
        if known.is_none() {
            self.connect(&view(record), &person).await?;
        }
        if provider.settings.second_factor {
            return Ok(SignIn::Done(self.let_in(record, "single sign-on").await?));
        }
        self.go_on(record.clone(), "single sign-on").await
    }

    /// Whose account it is by what the provider is trusted with. Not one that another person there has.
    async fn matched(&self, person: &Person, by: OpenIdMatch) -> Result<Option<AgentRecord>> {
        let name = match by {
            OpenIdMatch::Nothing => None,
            OpenIdMatch::Email => person.email.as_deref(),
            OpenIdMatch::Username => person.username.as_deref(),
        };
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
        let Some(record) = self.store.agent_by_username(name).await? else { return Ok(None) };
        let taken = self.store.identity_of(record.id).await?.is_some();
        Ok((!taken).then_some(record))
    }

    /// Connects the account of somebody who is signed in with whom the provider vouches for.
    pub async fn link_openid(&self, agent: &AgentView, waiting: OpenIdWaiting, state: &str, code: &str) -> Result<()> {
        let person = self.provider()?.finish(waiting, state, code).await?;
        if self.store.identity_of(agent.id).await?.is_some() {
            let text = "Your account is connected already. Disconnect it first; nothing was changed.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        self.connect(agent, &person).await
    }

    async fn connect(&self, agent: &AgentView, person: &Person) -> Result<()> {
        self.own_act(agent, Act::IdentityLinked, &person.label).await?;
        let identity = IdentityRecord {
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            label: person.label.clone(),
        };
        match self.store.link_identity(agent.id, &identity, now()).await {
            Err(StoreError::Conflict { .. }) => Err(AcsError::Invalid(
                "Somebody else's account is connected with that. Nothing was changed.".to_owned(),
            )),
            done => Ok(done?),
        }
    }
}
