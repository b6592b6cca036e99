//! The operations that pages, routes and the command line call. Each checks its permission.

mod access;
mod accounts;
mod aliases;
mod bulk;
mod campaigns;
mod compare;
mod data_models;
mod desk;
mod devices;
mod diagnostics;
mod enrolment;
mod feed;
mod files;
mod guides;
mod home;
mod idempotency;
mod links;
mod live;
mod look;
mod notes;
mod openid;
mod passkeys;
mod people;
mod protocol;
mod reach;
mod reveal;
mod roles;
mod scope;
mod snapshots;
mod subscribers;
mod tasks;
#[cfg(test)]
pub(crate) mod tests;
mod timeline;
mod tokens;
mod trace;
mod verdict;
mod views;
mod webhooks;

use crate::accounts::Accounts;
use crate::counts::CountedIn;
use crate::cpe_auth::CpeGate;
use crate::devices::Devices;
use crate::exchange::{Door, Exchange, Memory, Notified, Room};
use crate::files::Files;
use crate::import::Imports;
use crate::learning::Learning;
use crate::reach::Reach;
use crate::sessions::Sessions;
use crate::tokens::Tokens;
use crate::webhooks::Webhooks;
use crate::writing::Writing;
use crate::{AcsSettings, CwmpRequest, CwmpResponse, Result};
use model::Timestamp;
use model::device::{Facets, Overview};
use model::subscriber::SubscriberFacets;
use model::verdict::Decisions;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

pub use accounts::{SetupState, session_key};
pub use data_models::ImportedModels;
pub use devices::PAGE;
pub use enrolment::Registered;
pub use feed::EventPage;
pub use idempotency::{Claim, KeptAnswer};
pub use links::LinkAnswer;
pub use live::LiveScope;
pub use subscribers::PutSubscriber;
pub use tokens::TokenWish;

/// The manager. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Acs {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    exchange: Exchange,
    accounts: Accounts,
    facets: CountedIn<Facets>,
    overview: CountedIn<Overview>,
    looks: look::Looks,
    /// What an operator decided of the rules of the verdict.
    decisions: RwLock<Arc<Decisions>>,
    subscriber_facets: CountedIn<SubscriberFacets>,
    imports: Imports,
    tokens: Tokens,
    webhooks: Arc<Webhooks>,
    /// `true` once the process is about to end: live streams and loops stop.
    ending: watch::Sender<bool>,
}

impl Acs {
    /// Takes up work: resumes tasks that a crash interrupted, starts the contact and clean-up loops.
    pub async fn start(store: Store, settings: AcsSettings) -> Result<Self> {
        let acs = Self::assemble(store.clone(), settings).await?;
        acs.inner.exchange.reach.start(acs.inner.ending.subscribe())?;
        acs.inner.exchange.reach.resume(store.devices_with_open_tasks().await?);
        acs.files().tidy().await;
        let version = crate::knowledge::load(&store).await?;
        crate::aliases::load(&store).await?;
        tokio::spawn(crate::knowledge::follow(store, version, acs.inner.ending.subscribe()));
        acs.resume_bulks().await?;
        tokio::spawn(acs.clone().run_campaigns());
        if let Some(mail) = acs.exchange().settings.mail.clone() {
            tokio::spawn(acs.clone().deliver_mail(mail));
        }
        tokio::spawn(acs.clone().house_keeping());
        tokio::spawn(acs.clone().sweep_timelines());
        tokio::spawn(acs.clone().sweep_audit());
        tokio::spawn(acs.clone().sweep_answers());
        Ok(acs)
    }

    /// For one operation of the command line, beside a server that may be running on the same database: takes up no
    /// work and contacts no device.
    pub async fn for_commands(store: Store) -> Result<Self> {
        Self::assemble(store, AcsSettings::default()).await
    }

    /// With settings, and nothing that runs by itself.
    #[cfg(test)]
    pub(crate) async fn assembled(store: Store, settings: AcsSettings) -> Result<Self> {
        Self::assemble(store, settings).await
    }

    async fn assemble(store: Store, settings: AcsSettings) -> Result<Self> {
        let devices = Arc::new(Devices::new(store.clone()));
        let sessions = Arc::new(Sessions::default());
        let bus = crate::bus::Bus::new();
        let trace = Arc::new(crate::trace::Trace::new(bus.clone()));
        let writing = Writing { store: store.clone(), devices: devices.clone(), bus, trace: trace.clone() };
        let reach = Reach::open(settings.clone(), devices.clone(), sessions.clone(), writing.clone()).await?;
        let accounts = Accounts::open(store.clone(), settings.openid.clone()).await?;
        let exchange = Exchange {
            gate: CpeGate::new(settings.auth.clone(), devices.clone(), settings.wrong_login_wait),
            door: Door::new(),
            room: Room::new(),
            learning: Learning::open(store.clone()).await?,
            closing: AtomicBool::new(false),
            files: Arc::new(Files::new(settings.files.clone(), store.clone())),
            settings,
            sessions,
            devices,
            writing,
            reach,
            trace,
            notifications: Memory::default(),
        };
        let inner = Inner {
            accounts,
            facets: CountedIn::new(Duration::from_secs(30)),
            overview: CountedIn::new(Duration::from_secs(2)),
            looks: look::Looks::default(),
            decisions: RwLock::new(Arc::new(verdict::stored(&store).await?)),
            subscriber_facets: CountedIn::new(Duration::from_secs(30)),
            imports: Imports::default(),
            tokens: Tokens::default(),
            webhooks: Arc::default(),
            ending: watch::channel(false).0,
            store,
            exchange,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Once a second: sessions that fell silent, devices to be woken.
    async fn house_keeping(self) {
        let mut ending = self.inner.ending.subscribe();
        let mut forget_at = crate::clock::now();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = second.tick() => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            self.inner.exchange.expire().await;
            self.inner.exchange.reach.tick();
            if let Err(error) = self.inner.accounts.notice_agents().await {
                tracing::warn!(error = error.causes(), "cannot see whether there is an agent");
            }
            self.forget_samples(&mut forget_at).await;
            metrics::gauge!("lastmile_cwmp_sessions_running").set(self.inner.exchange.sessions.running() as f64);
        }
    }

    /// Forgets old samples, some at a time so that nobody waits for it; once an hour there is something to do.
    async fn forget_samples(&self, due_at: &mut Timestamp) {
        const AT_ONCE: u32 = 2000;
        let time = crate::clock::now();
        if time < *due_at {
            return;
        }
        let before = time.plus_seconds(-crate::history::KEPT_DAYS * 86_400);
        let more = match self.inner.store.forget_samples(before, AT_ONCE).await {
            Ok(forgotten) => forgotten == u64::from(AT_ONCE),
            Err(error) => {
                tracing::warn!(%error, "old samples stay for now");
                false
            }
        };
        *due_at = time.plus_seconds(if more { 1 } else { 3600 });
    }

    /// Lets running sessions finish (new Informs get 503), at most for `grace`; then writes what is open. Those of devices that
    /// have gone away are not waited for.
    pub async fn shutdown(&self, grace: Duration) {
        let exchange = &self.inner.exchange;
        exchange.closing.store(true, Ordering::Relaxed);
        self.inner.ending.send_replace(true);
        let deadline = tokio::time::Instant::now() + grace;
        while exchange.sessions.going_on(crate::clock::now()) > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for live in exchange.sessions.all_running() {
            exchange.sessions.remove(&live);
            exchange.fail(&live, "Lastmile was stopped.").await;
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Becomes `true` once the process is about to end.
    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.inner.ending.subscribe()
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.inner.exchange
    }

    /// Whether the database answers (readiness).
    pub async fn ready(&self) -> Result<()> {
        Ok(self.inner.store.ready().await?)
    }

    /// One exchange with a CPE. Needs no actor: the CPE proves itself.
    pub async fn cwmp(&self, request: CwmpRequest) -> CwmpResponse {
        self.inner.exchange.handle(request).await
    }

    /// A lightweight notification of a CPE (Annex M). Needs no actor: its signature proves the CPE.
    pub async fn notification(&self, datagram: &[u8]) -> Notified {
        self.inner.exchange.notified(datagram, crate::clock::now()).await
    }

    /// The TCP connection is gone: its cookie-less session, if any, ends.
    pub fn connection_closed(&self, connection: u64) {
        let acs = self.clone();
        tokio::spawn(async move { acs.inner.exchange.connection_closed(connection).await });
    }
}
