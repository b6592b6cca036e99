//! The models that come with the simulator. Their makers are invented.

use super::{Model, template};
use std::sync::{Arc, LazyLock};

static MODELS: LazyLock<Vec<Arc<Model>>> = LazyLock::new(|| {
    [
        include_str!("../../models/kestrel-hg640.model"),
        include_str!("../../models/norrlink-gx21.model"),
        include_str!("../../models/kestrel-hg645.model"),
        include_str!("../../models/harbour-mesh3.model"),
    ]
    .into_iter()
    .map(|text| Arc::new(template::read(text).expect("the built-in models are read by a test")))
    .collect()
});

/// Names of the built-in models.
pub fn builtin_names() -> Vec<&'static str> {
    MODELS.iter().map(|model| model.name.as_str()).collect()
}

/// The built-in model of that name.
pub fn builtin(name: &str) -> Option<Arc<Model>> {
    MODELS.iter().find(|model| model.name == name).cloned()
}

/// Lines that several models share.
pub(super) fn part(name: &str) -> Option<&'static str> {
    Some(match name {
        "device-info" => include_str!("../../models/parts/device-info.part"),
        "management" => include_str!("../../models/parts/management.part"),
        "tr098-lan" => include_str!("../../models/parts/tr098-lan.part"),
        "tr098-ppp" => include_str!("../../models/parts/tr098-ppp.part"),
        "tr098-services" => include_str!("../../models/parts/tr098-services.part"),
        "tr098-time" => include_str!("../../models/parts/tr098-time.part"),
        "tr098-wan-address" => include_str!("../../models/parts/tr098-wan-address.part"),
        "tr098-wlan" => include_str!("../../models/parts/tr098-wlan.part"),
        "tr098-wlan-common" => include_str!("../../models/parts/tr098-wlan-common.part"),
        "tr181-access-point" => include_str!("../../models/parts/tr181-access-point.part"),
        "tr181-base" => include_str!("../../models/parts/tr181-base.part"),
        "tr181-ip-stats" => include_str!("../../models/parts/tr181-ip-stats.part"),
        "tr181-ppp" => include_str!("../../models/parts/tr181-ppp.part"),
        "tr181-radio" => include_str!("../../models/parts/tr181-radio.part"),
        "tr181-radio-24" => include_str!("../../models/parts/tr181-radio-24.part"),
        "tr181-radio-5" => include_str!("../../models/parts/tr181-radio-5.part"),
        "tr181-software-modules" => include_str!("../../models/parts/tr181-software-modules.part"),
        "tr181-ssid" => include_str!("../../models/parts/tr181-ssid.part"),
        "neighbour" => include_str!("../../models/parts/neighbour.part"),
        "tr098-atm-test" => include_str!("../../models/parts/tr098-atm-test.part"),
        "tr098-diagnostics" => include_str!("../../models/parts/tr098-diagnostics.part"),
        "tr098-line-test" => include_str!("../../models/parts/tr098-line-test.part"),
        "tr181-diagnostics" => include_str!("../../models/parts/tr181-diagnostics.part"),
        "tr181-line-test" => include_str!("../../models/parts/tr181-line-test.part"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Surroundings;
    use crate::testing;
    use std::collections::HashSet;

    #[test]
    fn every_model_has_a_realistic_size_and_no_name_twice() {
        for name in builtin_names() {
            for index in 0..40 {
                let (tree, facts) = testing::tree(name, index);
                let surroundings = Surroundings::default();
                let names = tree.names(testing::moment(&facts, &surroundings), "", false).unwrap();
                let parameters = names.iter().filter(|info| !info.name.ends_with('.')).count();
                assert!((300..=1250).contains(&parameters), "{name}: {parameters}");
                let distinct: HashSet<_> = names.iter().map(|info| &info.name).collect();
                assert_eq!(distinct.len(), names.len(), "{name}");
            }
        }
    }

    #[test]
    fn every_value_keeps_to_its_own_type_and_limits() {
        for name in builtin_names() {
            for index in 0..20 {
                let (tree, facts) = testing::tree(name, index);
                let surroundings = testing::surroundings();
                let moment = testing::moment(&facts, &surroundings);
                for value in tree.read(moment, &[String::new()]).unwrap() {
                    let text = tree.inner_value(moment, &value.name).unwrap();
                    assert_eq!(value.value_type.check(&text), Ok(()), "{name}: {} = {text}", value.name);
                    assert!(tree.allows(moment, &value.name, &text), "{name}: {} = {text}", value.name);
                }
            }
        }
    }
}
