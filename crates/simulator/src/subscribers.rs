//! Sample subscribers for a fleet. Nobody of them exists: names are drawn from lists, telephone numbers from the ranges
//! that Ofcom keeps free for drama, mail addresses from example domains.

use crate::fleet::identity;
use crate::model::Model;
use crate::seed;
use std::io::Write;
use std::sync::Arc;

const FIRST: [&str; 40] = [
    "Amara", "Joakim", "Ines", "Tomasz", "Priya", "Callum", "Freya", "Mateo", "Aoife", "Dimitri", "Leila", "Rhys",
    "Noor", "Hannah", "Kwame", "Solveig", "Ewan", "Marta", "Idris", "Chloe", "Yusuf", "Orla", "Viktor", "Zanele",
    "Gareth", "Mei", "Stefan", "Fatima", "Angus", "Beatriz", "Owen", "Sunita", "Lachlan", "Ximena", "Piotr", "Nia",
    "Hugo", "Samira", "Declan", "Ada",
];
const LAST: [&str; 40] = [
    "Okonkwo",
    "Strand",
    "Carvalho",
    "Kowalczyk",
    "Raman",
    "Fairweather",
    "Lindqvist",
    "Ortega",
    "Byrne",
    "Petrov",
    "Haddad",
    "Penrose",
    "Siddiqui",
    "Whitlock",
    "Mensah",
    "Halvorsen",
    "Mackinnon",
    "Nowak",
    "Bellweather",
    "Ashdown",
    "Demir",
    "Gallagher",
    "Novak",
    "Dlamini",
    "Pryce",
    "Tanaka",
    "Brandt",
    "Rahimi",
    "Drummond",
    "Figueiredo",
    "Thackeray",
    "Iyer",
    "Cameron",
    "Villalobos",
    "Zielinski",
    "Trevelyan",
    "Marchetti",
    "Osei",
    "Kearney",
    "Winterbourne",
];
const STREETS: [&str; 16] = [
    "Harbour Row",
    "Mill Lane",
    "Larch Avenue",
    "Station Approach",
    "Old Quay",
    "Foundry Street",
    "Chapel Rise",
    "Orchard Way",
    "Lockkeeper's Walk",
    "Weaver's Yard",
    "Beacon Hill",
    "Saltmarsh Road",
    "Priory Gardens",
    "Kiln Court",
    "Ferry View",
    "Drover's End",
];
/// Of the network: each town is in one.
const REGIONS: [&str; 3] = ["North", "South", "West"];

const TOWNS: [&str; 10] = [
    "Wexcombe",
    "Northmere",
    "Castle Ashby Vale",
    "Saltwick",
    "Hollinbrook",
    "Tarnsby",
    "Eastlow",
    "Marrowdale",
    "Quayford",
    "Stonebeck",
];
/// With what they promise, down and up, in kbit/s.
const PLANS: [(&str, u32, u32); 5] = [
    ("Fibre 100", 100_000, 20_000),
    ("Fibre 300", 300_000, 50_000),
    ("Fibre 900", 900_000, 110_000),
    ("Superfast 50", 50_000, 10_000),
    ("Superfast 70", 70_000, 20_000),
];
const ZONES: [&str; 3] = ["Europe/London", "Europe/Lisbon", "Atlantic/Azores"];
const TAGS: [&str; 4] = ["Business", "Care", "Leaver", "New estate"];

/// Area code and beginning of ranges of a thousand numbers.
const AREAS: [(&str, &str); 12] = [
    ("0113", "496 0"),
    ("0114", "496 0"),
    ("0115", "496 0"),
    ("0116", "496 0"),
    ("0117", "496 0"),
    ("0118", "496 0"),
    ("0121", "496 0"),
    ("0131", "496 0"),
    ("0141", "496 0"),
    ("0151", "496 0"),
    ("0161", "496 0"),
    ("020", "7946 0"),
];

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SampleSubscriber {
    pub name: String,
    pub account: String,
    pub phone: String,
    /// Empty for those with one number.
    pub mobile: String,
    pub email: String,
    pub address: String,
    pub locality: String,
    pub region: String,
    pub plan: String,
    pub plan_down_kbit: u32,
    pub plan_up_kbit: u32,
    pub time_zone: String,
    pub tags: String,
    /// The serial number of their device.
    pub device_serial: String,
}

/// The subscriber of device `index` of a fleet with this seed; `None` without models.
pub fn subscriber(fleet_seed: u64, models: &[Arc<Model>], index: u32) -> Option<SampleSubscriber> {
    let (device_serial, model) = identity(fleet_seed, models, index)?;
    let chance = |what: &str| seed::of_word(seed::of_pair(fleet_seed, u64::from(index)), what);
    let pick = |list: &[&'static str], what: &str| list[(chance(what) % list.len() as u64) as usize];
    let (first, last) = (pick(&FIRST, "first"), pick(&LAST, "last"));
    let second = pick(&LAST, "second");
    let name = if chance("double").is_multiple_of(9) && second != last {
        format!("{first} {last}-{second}")
    } else {
        format!("{first} {last}")
    };
    let three = chance("number") % 1000;
    let phone = if chance("mobile").is_multiple_of(2) {
        format!("07700 900{three:03}")
    } else {
        let (area, start) = AREAS[(chance("area") % AREAS.len() as u64) as usize];
        format!("{area} {start}{three:03}")
    };
    // Every third has a second one.
    let mobile = if chance("second phone").is_multiple_of(3) && !phone.starts_with("07700") {
        format!("07700 900{:03}", chance("second number") % 1000)
    } else {
        String::new()
    };
    let house = 1 + chance("house") % 180;
    let town = (chance("town") % TOWNS.len() as u64) as usize;
    let postcode = format!(
        "ZZ{} {}{}",
        town + 1,
        chance("sector") % 9 + 1,
        ["AB", "DE", "JL", "PQ"][(chance("unit") % 4) as usize]
    );
    let (plan, plan_down_kbit, plan_up_kbit) = if model.product_class == "HG640" {
        PLANS[3 + (chance("plan") % 2) as usize]
    } else {
        PLANS[(chance("plan") % 3) as usize]
    };
    // Accounts are unique as indices are.
    let account = format!("{}", 20_000_000 + u64::from(index) * 7 + fleet_seed % 7);
    let email = format!("{}.{}{}@example.com", first.to_lowercase(), last.to_lowercase(), index);
    let address = format!("{house} {}, {}, {postcode}", pick(&STREETS, "street"), TOWNS[town]);
    // Most are where most are, and have nothing special about them.
    let zone = if chance("zone").is_multiple_of(10) { chance("which zone") % ZONES.len() as u64 } else { 0 };
    let tags = if chance("tagged").is_multiple_of(4) { pick(&TAGS, "tag") } else { "" };
    Some(SampleSubscriber {
        name,
        account,
        phone,
        mobile,
        email,
        address,
        locality: TOWNS[town].to_owned(),
        region: REGIONS[town % REGIONS.len()].to_owned(),
        plan: plan.to_owned(),
        plan_down_kbit,
        plan_up_kbit,
        time_zone: ZONES[zone as usize].to_owned(),
        tags: tags.to_owned(),
        device_serial,
    })
}

/// Writes a CSV table with a header line: the names of the fields of [`SampleSubscriber`].
pub fn write(out: impl Write, fleet_seed: u64, models: &[Arc<Model>], devices: u32) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    for line in (0..devices).filter_map(|index| subscriber(fleet_seed, models, index)) {
        writer.serialize(line)?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{builtin, builtin_names};
    use std::collections::HashSet;

    #[test]
    fn the_table_matches_the_fleet() {
        let models: Vec<_> = builtin_names().into_iter().filter_map(builtin).collect();
        let mut table = Vec::new();
        write(&mut table, 7, &models, 500).unwrap();
        let text = String::from_utf8(table).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            "name,account,phone,mobile,email,address,locality,region,plan,plan_down_kbit,plan_up_kbit,time_zone,tags,device_serial"
        );
        assert_eq!(text.lines().count(), 501);
        let lines: Vec<_> = (0..500).map(|n| subscriber(7, &models, n).unwrap()).collect();
        assert_eq!(lines[3].device_serial, identity(7, &models, 3).unwrap().0);
        let unique = |of: fn(&SampleSubscriber) -> &str| lines.iter().map(of).collect::<HashSet<_>>().len();
        assert_eq!(unique(|line| &line.account), 500);
        assert_eq!(unique(|line| &line.device_serial), 500);
        assert!(unique(|line| &line.name) > 200);
        assert!(lines.iter().all(|line| line.phone.contains("496 0")
            || line.phone.contains("7946 0")
            || line.phone.starts_with("07700 900")));
        assert!(lines.iter().any(|line| !line.mobile.is_empty()) && lines.iter().any(|line| !line.tags.is_empty()));
        assert!(lines.iter().all(|line| line.plan_down_kbit > line.plan_up_kbit && line.plan_up_kbit > 0));
        assert_eq!(lines[9], subscriber(7, &models, 9).unwrap());
    }
}
