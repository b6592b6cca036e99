//! What devices of a load say: made once, with a place for the serial number.

use super::{LoadError, LoadKind, LoadSettings, Login, serial};
use crate::cpe::rpc::Answer;
use crate::cpe::state::State;
use crate::facts::Facts;
use crate::model::Model;
use crate::model::value::Surroundings;
use crate::settings::{Arrival, Pace};
use crate::tree::Tree;
use crate::{clock, seed};
use cwmp::{
    AcsRequest, CpeHeader, CpeMessage, CpeRequest, CpeResponse, Dialect, EventCode, ParameterValue, ValueType,
    encode_to_acs,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Stands for the `cwmp:ID` in a cached answer.
const ID: &str = "LOAD-ID-PLACE";
const USERNAME: &str = ".ManagementServer.Username";
const PASSWORD: &str = ".ManagementServer.Password";

/// A body with places for other texts of the same length or not.
#[derive(Debug)]
pub(super) struct Cut {
    /// What is between the places.
    pieces: Vec<Vec<u8>>,
}

impl Cut {
    fn new(body: &[u8], place: &str) -> Self {
        let place = place.as_bytes();
        let mut pieces = vec![Vec::new()];
        let mut rest = body;
        while let Some(start) = rest.windows(place.len()).position(|window| window == place) {
            pieces.last_mut().expect("there is a first piece").extend_from_slice(&rest[..start]);
            pieces.push(Vec::new());
            rest = &rest[start + place.len()..];
        }
        pieces.last_mut().expect("there is a first piece").extend_from_slice(rest);
        Self { pieces }
    }

    /// The body with `text` in its places.
    pub fn fill(&self, text: &str) -> Vec<u8> {
        self.pieces.join(text.as_bytes())
    }
}

/// Everything the devices of a load say.
pub(super) struct Answers {
    /// With places for the serial number.
    pub inform: Cut,
    dialect: Dialect,
    /// A device that stands for all, to ask what it would answer.
    device: Mutex<State>,
    /// By request, with a place for the ID. Reads only.
    cache: Mutex<HashMap<String, Arc<Cut>>>,
}

impl Answers {
    pub fn new(settings: &LoadSettings) -> Result<Self, LoadError> {
        let model = Model::load(&settings.model)?;
        let serial = serial(&settings.serial_prefix, 99_999_999);
        let facts = Facts {
            seed: seed::of_word(0, &serial),
            index: 0,
            serial: serial.clone(),
            oui: model.oui.clone(),
            boots: 0,
            boot_at: clock::now() - 86_400_000,
            clients: model.clients,
            access_points: model.access_points,
        };
        let surroundings = Surroundings {
            acs_url: settings.acs.clone(),
            acs_username: settings.username.clone(),
            inform_interval: 300,
            connection_request_base: "http://127.0.0.1:9".to_owned(),
            ..Surroundings::default()
        };
        let mut device =
            State::new(Tree::new(model.clone()), facts, Arc::new(surroundings), Pace::default(), Vec::new());
        match settings.kind {
            LoadKind::Periodic => device.happen(EventCode::Periodic, ""),
            LoadKind::FirstContact => device.arrive(Arrival::FirstInstall, clock::now()),
        }
        let dialect = Dialect { namespace: model.namespace.clone(), ..Dialect::default() };
        let header = CpeHeader { id: Some("1"), session_timeout: None, supported_versions: &model.versions };
        let inform = CpeMessage::Request(CpeRequest::Inform(device.open(clock::now()).inform));
        let inform = Cut::new(&encode_to_acs(&inform, &header, &dialect), &serial);
        Ok(Self { inform, dialect, device: Mutex::new(device), cache: Mutex::new(HashMap::new()) })
    }

    /// The envelope that answers a request. `given` is the login that this device was given: all else is the same for all.
    pub fn answer(&self, request: &AcsRequest, id: Option<&str>, given: Option<&Login>) -> Option<Vec<u8>> {
        if let (Some(name), Some(login)) = (asked_username(request), given) {
            let value =
                ParameterValue { name, value: login.username.clone(), value_type: ValueType::String, untyped: false };
            let message = CpeMessage::Response(CpeResponse::GetParameterValues { parameters: vec![value] });
            return Some(self.encode(&message, id));
        }
        let reads = matches!(
            request,
            AcsRequest::GetRpcMethods
                | AcsRequest::GetParameterNames { .. }
                | AcsRequest::GetParameterValues { .. }
                | AcsRequest::GetParameterAttributes { .. }
        );
        if !reads {
            return self.make(request, id);
        }
        let key = format!("{request:?}");
        let known = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let cut = if let Some(cut) = known {
            cut
        } else {
            let cut = Arc::new(Cut::new(&self.make(request, Some(ID))?, ID));
            self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(key, cut.clone());
            cut
        };
        Some(cut.fill(id.unwrap_or_default()))
    }

    fn make(&self, request: &AcsRequest, id: Option<&str>) -> Option<Vec<u8>> {
        let answer = self.device.lock().unwrap_or_else(PoisonError::into_inner).answer(request, clock::now());
        let Answer::Message(message) = answer else { return None };
        Some(self.encode(&message, id))
    }

    fn encode(&self, message: &CpeMessage, id: Option<&str>) -> Vec<u8> {
        encode_to_acs(message, &CpeHeader { id, ..CpeHeader::default() }, &self.dialect)
    }
}

/// The login that a request sets.
pub(super) fn login(request: &AcsRequest) -> Option<Login> {
    let AcsRequest::SetParameterValues { values, .. } = request else { return None };
    let of = |name: &str| values.iter().find(|value| value.name.ends_with(name)).map(|value| value.value.clone());
    Some(Login { username: of(USERNAME)?, password: of(PASSWORD)? })
}

/// The full name of the login's parameter, if that alone is asked for.
fn asked_username(request: &AcsRequest) -> Option<String> {
    let AcsRequest::GetParameterValues { names } = request else { return None };
    names.first().filter(|name| names.len() == 1 && name.ends_with(USERNAME)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled() {
        let cut = Cut::new(b"a-X-b-X", "X");
        assert_eq!(cut.fill("long"), b"a-long-b-long");
        assert_eq!(Cut::new(b"none", "X").fill("y"), b"none");
    }
}
