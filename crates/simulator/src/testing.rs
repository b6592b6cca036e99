//! What the unit tests share.

use crate::facts::Facts;
use crate::model::builtin;
use crate::model::value::Surroundings;
use crate::seed;
use crate::tree::{Moment, Tree};

/// 2026-11-22T14:08:02Z
pub const NOW: i64 = 1_795_356_482_000;

/// A device of a built-in model that has run for 30 days.
pub fn tree(model: &str, index: u32) -> (Tree, Facts) {
    let model = builtin(model).unwrap();
    let facts = Facts {
        seed: seed::of_pair(1, u64::from(index)),
        index,
        serial: Facts::serial_number(&model.serial_prefix, 1, index),
        oui: model.oui.clone(),
        boots: 0,
        boot_at: NOW - 30 * 86_400_000,
        clients: model.clients,
        access_points: model.access_points,
    };
    (Tree::new(model), facts)
}

pub fn surroundings() -> Surroundings {
    Surroundings {
        acs_url: "http://acs.example/".to_owned(),
        acs_username: "user".to_owned(),
        acs_password: "secret".to_owned(),
        inform_interval: 300,
        connection_request_base: "http://127.0.0.1:9".to_owned(),
        connection_request_secret: 1,
    }
}

pub fn moment<'a>(facts: &'a Facts, surroundings: &'a Surroundings) -> Moment<'a> {
    Moment { facts, surroundings, now: NOW }
}
