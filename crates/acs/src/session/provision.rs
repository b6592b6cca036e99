//! What a device is given in a session beside tasks: credentials for connection requests, values that help to reach it,
//! and last a login of its own instead of the shared one (§3.4.4, rules 53 and 182).
//!
//! Each group is one SetParameterValues, so that a refused one does not void the others. A refusal is remembered: no
//! device is asked for the same in every session.

use super::ending::changed_event;
use super::reader::value_change;
use super::{
    AcsRequest, CpeResponse, DataModel, DevicePatch, DeviceRecord, EventKind, Fault, Job, ParameterValue, Session,
    Timestamp, ValueType, Write, fault_view,
};
use crate::reach::Memory;
use crate::reach::provision::{Gifts, wanted};
use crate::session::Capabilities;
use std::fmt;
use std::sync::Arc;

/// How often a login is given to a device that took it and goes on with the shared one.
const LOGIN_TRIES: u8 = 3;

/// A name and a password, for one direction or the other.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub username: String,
    pub password: String,
}

/// What there is to give to the device, should it need it. All of it may be empty.
#[derive(Clone, Default)]
pub(crate) struct Offers {
    /// New ConnectionRequestUsername and ConnectionRequestPassword.
    pub connection_request: Credentials,
    /// Values that the device is to have, such as those of STUN or XMPP, with full names. Only those are set that the
    /// device lets us set and that differ.
    pub values: Vec<ParameterValue>,
    /// What helps to reach it, if it was not given that before.
    pub reach: Option<Gifts>,
    /// A login of its own.
    pub login: Option<LoginOffer>,
}

/// A login for the device, and what it used to open this session: that is set again if it cannot keep the new one.
#[derive(Clone)]
pub(crate) struct LoginOffer {
    pub new: Credentials,
    pub before: Credentials,
}

/// One group on its way.
#[derive(Debug)]
pub(crate) struct Provision {
    group: Group,
    stage: Stage,
}

enum Group {
    ConnectionRequest,
    Values(Vec<ParameterValue>),
    /// With the digest of all that there was to give.
    Reach(Vec<ParameterValue>, u64),
    Login(LoginOffer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Set,
    /// See whether the device kept the whole name: some cut it short, and a cut password goes with a cut name.
    Check,
    /// It did not: back to what it had.
    Restore,
    Done,
}

// Values are secrets.
impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectionRequest => "ConnectionRequest",
            Self::Values(_) => "Values",
            Self::Reach(..) => "Reach",
            Self::Login(_) => "Login",
        })
    }
}

impl Session {
    /// Whether the device should be given connection-request credentials, as far as is known without its tree.
    pub fn lacks_credentials(record: &DeviceRecord, learnt: &Capabilities) -> bool {
        record.connection_request_password.is_empty() && !learnt.keeps_credentials && is_settable(record, learnt)
    }

    /// Whether the stored tree is needed to give the device something.
    pub fn wants_offers(record: &DeviceRecord, learnt: &Capabilities, offers: &Offers) -> bool {
        let credentials = !offers.connection_request.password.is_empty() && Self::lacks_credentials(record, learnt);
        let rest = (offers.login.is_some() && !learnt.keeps_login)
            || offers.reach.is_some()
            || offers.values.iter().any(|value| !learnt.kept.contains(&value.name));
        credentials || (rest && is_settable(record, learnt))
    }

    /// The next group that the device should be given. What must be known whatever becomes of the request is among
    /// `writes`: better credentials that are not there yet than ones nobody knows.
    pub(super) fn next_provision(&mut self, writes: &mut Vec<Write>) -> Option<Job> {
        let group = self
            .connection_request_group(writes)
            .or_else(|| self.reach_group(writes))
            .or_else(|| self.values_group())
            .or_else(|| self.login_group(writes))?;
        Some(Job::Provision(Provision { group, stage: Stage::Set }))
    }

    fn connection_request_group(&mut self, writes: &mut Vec<Write>) -> Option<Group> {
        if !self.limits.provision
            || self.offers.connection_request.password.is_empty()
            || !Self::lacks_credentials(&self.record, &self.learnt)
        {
            return None;
        }
        if !self.takes("ManagementServer.ConnectionRequestPassword") {
            self.learnt.keeps_credentials = true;
            self.write_learnt(writes);
            return None;
        }
        let credentials = &self.offers.connection_request;
        self.record.connection_request_username.clone_from(&credentials.username);
        self.record.connection_request_password.clone_from(&credentials.password);
        writes.push(self.device(DevicePatch {
            connection_request_username: Some(credentials.username.clone()),
            connection_request_password: Some(credentials.password.clone()),
            ..DevicePatch::default()
        }));
        Some(Group::ConnectionRequest)
    }

    fn reach_group(&mut self, writes: &mut Vec<Write>) -> Option<Group> {
        let gifts = self.offers.reach.take()?;
        if !is_settable(&self.record, &self.learnt) {
            return None;
        }
        let mut values = wanted(self.tree.as_ref()?, &self.record, &gifts);
        values.retain(|value| !self.learnt.kept.contains(&value.name));
        if values.is_empty() {
            self.was_given(gifts.digest(), writes);
            return None;
        }
        Some(Group::Reach(values, gifts.digest()))
    }

    /// Remembers what the device was given, so that its tree need not be looked at in every session.
    fn was_given(&mut self, digest: u64, writes: &mut Vec<Write>) {
        let memory = Memory { given: digest, ..Memory::from_json(&self.record.reach) };
        self.record.reach = memory.to_json();
        writes.push(self.device(DevicePatch { reach: Some(self.record.reach.clone()), ..DevicePatch::default() }));
    }

    /// Values that the device is to have and lets us set, as far as is known.
    pub(super) fn wanted_names(&self) -> Vec<String> {
        if !is_settable(&self.record, &self.learnt) {
            return Vec::new();
        }
        let Some(tree) = &self.tree else { return Vec::new() };
        let settable = |value: &&ParameterValue| {
            tree.get(&value.name).is_some_and(|node| node.writable) && !self.learnt.kept.contains(&value.name)
        };
        self.offers.values.iter().filter(settable).map(|value| value.name.clone()).collect()
    }

    fn values_group(&mut self) -> Option<Group> {
        if !is_settable(&self.record, &self.learnt) {
            return None;
        }
        let tree = self.tree.as_ref()?;
        let mut values = std::mem::take(&mut self.offers.values);
        values.retain(|value| {
            let settable = tree.get(&value.name).is_some_and(|node| node.writable);
            settable && !self.learnt.kept.contains(&value.name) && tree.value(&value.name) != Some(&value.value)
        });
        (!values.is_empty()).then_some(Group::Values(values))
    }

    /// The last of all: a device may begin to use what it was given at once (rule 182).
    fn login_group(&mut self, writes: &mut Vec<Write>) -> Option<Group> {
        let offer = self.offers.login.take()?;
        if self.learnt.keeps_login || !is_settable(&self.record, &self.learnt) {
            return None;
        }
        let settable = self.takes("ManagementServer.Username") && self.takes("ManagementServer.Password");
        if !settable || self.learnt.login_tries >= LOGIN_TRIES {
            self.learnt.keeps_login = true;
            self.write_learnt(writes);
            return None;
        }
        self.learnt.login_tries += 1;
        self.record.cpe_pending.clone_from(&offer.new.password);
        let patch = DevicePatch {
            cpe_pending: Some(offer.new.password.clone()),
            quirks: Some(self.learnt.to_json()),
            ..DevicePatch::default()
        };
        writes.push(self.device(patch));
        Some(Group::Login(offer))
    }

    /// Whether the device's tree has this parameter and lets us set it.
    fn takes(&self, name: &str) -> bool {
        let path = format!("{}{name}", self.record.data_model.root());
        self.tree.as_ref().is_some_and(|tree| tree.get(&path).is_some_and(|node| node.writable))
    }

    /// The request of a group; `None` when it is done.
    pub(super) fn provision_request(&self, provision: &Provision) -> Option<AcsRequest> {
        let root = self.record.data_model.root();
        let value = |name: &str, value: &str| ParameterValue {
            name: format!("{root}ManagementServer.{name}"),
            value: value.to_owned(),
            value_type: ValueType::String,
            untyped: false,
        };
        let login = |to: &Credentials| vec![value("Username", &to.username), value("Password", &to.password)];
        let values = match (&provision.group, provision.stage) {
            (_, Stage::Done) => return None,
            (Group::ConnectionRequest, _) => {
                let to = &self.offers.connection_request;
                vec![value("ConnectionRequestUsername", &to.username), value("ConnectionRequestPassword", &to.password)]
            }
            (Group::Values(values) | Group::Reach(values, _), _) => values.clone(),
            (Group::Login(offer), Stage::Set) => login(&offer.new),
            (Group::Login(_), Stage::Check) => {
                return Some(AcsRequest::GetParameterValues { names: vec![value("Username", "").name] });
            }
            (Group::Login(offer), Stage::Restore) => login(&offer.before),
        };
        Some(AcsRequest::SetParameterValues { values, parameter_key: self.record.parameter_key.clone() })
    }

    /// The device's answer to the request of a group.
    pub(super) fn on_provisioned(
        &mut self,
        mut provision: Provision,
        answer: Result<CpeResponse, Fault>,
        now: Timestamp,
    ) -> Vec<Write> {
        let mut writes = Vec::new();
        if let Group::Reach(_, digest) = &provision.group {
            self.was_given(*digest, &mut writes);
        }
        provision.stage = match (&provision.group, provision.stage, answer) {
            (Group::Login(_), Stage::Set, Ok(_)) => Stage::Check,
            (Group::Login(offer), Stage::Check, Ok(CpeResponse::GetParameterValues { parameters }))
                if parameters.iter().any(|kept| is_username(&kept.name) && kept.value != offer.new.username) =>
            {
                Stage::Restore
            }
            // Restored, or not: then the new one stays among what is accepted.
            (Group::Login(_), Stage::Restore, answer) => {
                self.keep_login(answer.is_ok(), &mut writes);
                Stage::Done
            }
            (Group::Values(values), _, Ok(_)) => {
                writes.push(self.set_again(values, now));
                Stage::Done
            }
            (_, _, Ok(_)) | (Group::Login(_), Stage::Check, Err(_)) => Stage::Done,
            (group, _, Err(fault)) => {
                match group {
                    Group::ConnectionRequest => self.keep_credentials(&mut writes),
                    Group::Values(values) | Group::Reach(values, _) => {
                        self.learnt.kept.extend(values.iter().map(|value| value.name.clone()));
                        self.write_learnt(&mut writes);
                        writes.push(self.event(now, EventKind::Fault { fault: fault_view(&fault) }));
                    }
                    Group::Login(_) => self.keep_login(true, &mut writes),
                }
                Stage::Done
            }
        };
        if provision.stage != Stage::Done {
            self.job = Some(Job::Provision(provision));
        }
        writes
    }

    /// The device lost settings and has them again.
    fn set_again(&mut self, values: &[ParameterValue], now: Timestamp) -> Write {
        let tree = Arc::make_mut(self.tree.get_or_insert_default());
        let changes = values
            .iter()
            .map(|value| {
                let before = tree.value(&value.name).map(str::to_owned);
                tree.set_value(&value.name, value.value_type, &value.value, now);
                value_change(&value.name, before.as_deref(), &value.value)
            })
            .collect();
        self.tree_dirty = true;
        let by = Some("Lastmile".to_owned());
        Write::Event { device: self.record.id, at: now, kind: changed_event(changes), by }
    }

    /// The device refused credentials for connection requests.
    fn keep_credentials(&mut self, writes: &mut Vec<Write>) {
        self.learnt.keeps_credentials = true;
        self.record.connection_request_username.clear();
        self.record.connection_request_password.clear();
        writes.push(self.device(DevicePatch {
            connection_request_username: Some(String::new()),
            connection_request_password: Some(String::new()),
            quirks: Some(self.learnt.to_json()),
            ..DevicePatch::default()
        }));
    }

    /// The device goes on with the shared login. `forget` what it was given, if it surely does not have it.
    fn keep_login(&mut self, forget: bool, writes: &mut Vec<Write>) {
        self.learnt.keeps_login = true;
        let mut patch = DevicePatch { quirks: Some(self.learnt.to_json()), ..DevicePatch::default() };
        if forget {
            self.record.cpe_pending.clear();
            patch.cpe_pending = Some(String::new());
        }
        writes.push(self.device(patch));
    }

    fn write_learnt(&self, writes: &mut Vec<Write>) {
        writes.push(self.device(DevicePatch { quirks: Some(self.learnt.to_json()), ..DevicePatch::default() }));
    }
}

fn is_username(path: &str) -> bool {
    path.ends_with(".ManagementServer.Username")
}

fn is_settable(record: &DeviceRecord, learnt: &Capabilities) -> bool {
    record.data_model != DataModel::Unknown && learnt.supports("SetParameterValues")
}
