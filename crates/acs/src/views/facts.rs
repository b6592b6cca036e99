//! The facts of the summary, by their aliases.

use crate::aliases::{Found, Resolver};
use model::device::{Fact, FactGroup};
use store::DeviceRecord;

/// Cards of the summary. What a device does not have is left out, except what everyone asks for.
pub(super) fn groups(aliases: &Resolver<'_>, record: &DeviceRecord) -> Vec<FactGroup> {
    let own = |label: &str, value: &str, identifier| Fact {
        label: label.to_owned(),
        value: Some(value.to_owned()).filter(|value| !value.is_empty()),
        measured: None,
        identifier,
        read_at: Some(record.last_inform),
        path: None,
    };
    let of = |name: &str| fact(aliases, name, aliases.value(name));
    let row = aliases.wan();
    let wan = |column: &str| {
        let found = row.as_ref().and_then(|row| aliases.column("wan.connection", row, column));
        fact(aliases, &format!("wan.connection.{column}"), found)
    };
    let error = |mut fact: Fact| {
        fact.value = fact.value.map(|error| if error == "ERROR_NONE" { "None".to_owned() } else { error });
        fact
    };
    let status = |mut fact: Fact| {
        fact.value = fact.value.map(|status| match status.as_str() {
            "up" => "Connected".to_owned(),
            "connecting" => "Connecting".to_owned(),
            "down" => "Not connected".to_owned(),
            _ => status,
        });
        fact
    };
    let internet = vec![
        status(wan("status")),
        wan("ipv4"),
        wan("ipv6"),
        wan("prefix"),
        wan("uptime"),
        error(wan("error")),
        wan("user"),
        wan("gateway"),
        wan("dns"),
        wan("vlan"),
    ];
    let line = vec![
        status(of("dsl.status")),
        of("dsl.standard"),
        of("dsl.down"),
        of("dsl.up"),
        of("dsl.margin_down"),
        of("dsl.attenuation_down"),
        status(of("optical.status")),
        of("optical.rx"),
        of("optical.tx"),
    ];
    let router = vec![
        of("box.uptime"),
        own("Firmware", &record.software_version, false),
        own("Hardware", &record.hardware_version, false),
        of("box.memory_free"),
        of("box.cpu"),
        of("box.temperature"),
        own("Comes from", &record.address, true),
        of("box.provisioning_code"),
    ];
    let home = vec![of("lan.hosts"), of("lan.address"), of("lan.pool_from"), of("lan.pool_to")];
    let more = aliases.aliases.own_values().map(|alias| of(&alias.name)).collect();
    let always = ["Status", "IPv4", "Running for", "Firmware"];
    [("Internet", internet), ("Line", line), ("Router", router), ("Home network", home), ("More", more)]
        .into_iter()
        .map(|(title, facts)| FactGroup {
            title: title.to_owned(),
            facts: facts.into_iter().filter(|f| f.value.is_some() || always.contains(&f.label.as_str())).collect(),
        })
        .filter(|group| !group.facts.is_empty())
        .collect()
}

fn fact(aliases: &Resolver<'_>, name: &str, found: Option<Found>) -> Fact {
    use model::alias::Kind;
    let alias = aliases.aliases.get(name);
    let (unit, kind) = alias.map_or(("", Kind::Text), |alias| (alias.unit.as_str(), alias.kind));
    let value = found.as_ref().and_then(|found| found.value.as_ref());
    let shown = value.filter(|_| kind != Kind::Secret);
    Fact {
        label: alias.map_or_else(|| name.to_owned(), |alias| alias.label.clone()),
        value: shown.map(|value| value.say(unit)),
        measured: shown.and_then(|value| value.measured(unit)),
        identifier: matches!(kind, Kind::Mac | Kind::Address) || name == "wan.connection.user",
        read_at: value.and(found.as_ref()).and_then(|found| found.read_at),
        path: found.filter(|found| found.value.is_some()).map(|found| found.path),
    }
}
