//! Files over HTTP (TR-069 §3.4.3): a device loads what Download tells it to, and sends what Upload tells it to.

mod fetch;
pub(crate) mod probe;
mod send;

use crate::auth::Credentials;
use crate::clock;
use crate::cpe::Cpe;
use crate::cpe::modules::Change;
use crate::cpe::transfers::{Done, Job};
use crate::image::HEAD;
use crate::link::{Target, TargetError, Tls};
use cwmp::DuOperation;

/// Of a configuration all of it is kept, up to here.
const LONGEST_CONFIGURATION: usize = 1 << 20;
/// Redirects in a row that are followed.
const REDIRECTS: u32 = 5;

/// Where a file is, or goes to, and as whom to ask.
struct Place<'a> {
    url: &'a str,
    username: &'a str,
    password: &'a str,
    agent: &'a str,
    tls: &'a Tls,
}

impl Place<'_> {
    fn target(&self) -> Result<Target, u32> {
        Target::reachable(self.url, self.tls).map_err(|error| if error == TargetError::Scheme { 9013 } else { 9016 })
    }

    fn credentials(&self) -> Credentials {
        Credentials::new(self.username.to_owned(), self.password.to_owned())
    }
}

/// Carries a transfer out. The fault code, 0 for none; `None` if the device will try again.
pub(crate) async fn run(cpe: &Cpe, job: Job) -> Option<u32> {
    let agent = cpe.agent();
    let place =
        Place { url: &job.url, username: &job.username, password: &job.password, agent: &agent, tls: cpe.tls() };
    let result = match job.fails {
        Some(code) => Err(code),
        None if job.is_download() => {
            let keep = if job.file_type.starts_with("3 ") { LONGEST_CONFIGURATION } else { HEAD };
            fetch::get(&place, keep).await
        }
        None => send::put(&place, &job).await,
    };
    cpe.lock().transferred(job.id, result, clock::now())
}

/// Loads what the operations of a ChangeDUState need, and carries them out.
pub(crate) async fn change_modules(cpe: &Cpe, change: Change) {
    let (started, agent) = (clock::now(), cpe.agent());
    let mut loaded: Vec<Option<Result<Done, u32>>> = Vec::new();
    for operation in &change.operations {
        let url = cpe.lock().module_source(operation);
        let (username, password) = match operation {
            DuOperation::Install { username, password, .. } | DuOperation::Update { username, password, .. } => {
                (username.as_str(), password.as_str())
            }
            DuOperation::Uninstall { .. } => ("", ""),
        };
        loaded.push(match url {
            Some(url) => {
                let place = Place { url: &url, username, password, agent: &agent, tls: cpe.tls() };
                Some(fetch::get(&place, HEAD).await)
            }
            None => None,
        });
    }
    cpe.lock().changed_modules(loaded, started, clock::now());
}
