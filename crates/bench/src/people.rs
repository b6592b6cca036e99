//! Subscribers and devices of a large operator, drawn by a seed. Nobody of them exists.

use model::Timestamp;
use model::device::Identity;
use simulator::seed::mix;
use store::{Filled, FilledPerson, FoundBy, found_by};

const SYLLABLES: [&str; 60] = [
    "ka", "len", "mar", "ti", "ros", "ha", "gen", "berg", "mann", "stein", "ko", "wal", "ski", "per", "ez", "an",
    "der", "sen", "jo", "han", "lu", "cas", "mo", "rei", "ra", "bel", "ford", "ton", "wick", "ash", "by", "dal", "el",
    "fin", "gar", "hol", "is", "jen", "kar", "lind", "mor", "nor", "os", "pet", "quin", "rud", "sal", "tor", "ul",
    "vi", "wes", "yor", "za", "bren", "cor", "dim", "fer", "gil", "hu", "mül",
];
const FIRST: [&str; 64] = [
    "Maria",
    "Thomas",
    "Anna",
    "Michael",
    "Katharina",
    "Andreas",
    "Sophie",
    "Stefan",
    "Emma",
    "Peter",
    "Laura",
    "Jan",
    "Lena",
    "Paul",
    "Julia",
    "Lukas",
    "Sarah",
    "Felix",
    "Lea",
    "Jonas",
    "Hannah",
    "Max",
    "Mia",
    "David",
    "Clara",
    "Jürgen",
    "Björn",
    "Søren",
    "Zoë",
    "José",
    "Chloé",
    "François",
    "Amara",
    "Kwame",
    "Priya",
    "Mei",
    "Yusuf",
    "Fatima",
    "Ivan",
    "Olga",
    "Piotr",
    "Zofia",
    "Łukasz",
    "Ewa",
    "Giulia",
    "Marco",
    "Elena",
    "Luca",
    "Inês",
    "João",
    "Beatriz",
    "Mateo",
    "Lucía",
    "Diego",
    "Freya",
    "Lars",
    "Astrid",
    "Nils",
    "Aoife",
    "Seán",
    "Rhys",
    "Carys",
    "Ewan",
    "Isla",
];
const STREETS: [&str; 8] = ["straße", "weg", "gasse", "allee", " Road", " Street", " Lane", " Avenue"];
const MODELS: [(&str, &str, &str, &str); 6] = [
    ("Kestrel Networks Ltd.", "00A0C1", "HG640", "KSTL"),
    ("Kestrel Networks Ltd.", "00A0C1", "HG645", "KST5"),
    ("Norrlink AB", "00B1D2", "GX21", "NRLK"),
    ("Harbour Systems", "00C2E3", "Mesh3", "HBR"),
    ("AVM", "00040E", "FRITZ!Box 7590", ""),
    ("Huawei Technologies Co., Ltd", "00259E", "HG8245H", "48575443"),
];
const PLANS: [&str; 5] = ["Fibre 500/50", "Fibre 1000/200", "DSL 100/40", "DSL 50/10", "Cable 250/25"];

/// Draws one thing after another for one row.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// The first ones are common, the last ones rare, as names are.
    fn uneven<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let n = list.len() as u64;
        let at = self.below(n).min(self.below(n));
        list[at as usize]
    }

    fn name(&mut self, most: u64) -> String {
        // Of few seeds, so that names come again; small ones more often.
        let seed = self.below(most).min(self.below(most)).min(self.below(most));
        let mut draw = Draw(mix(seed + 17));
        let name: String = (0..2 + draw.below(2)).map(|_| SYLLABLES[draw.below(60) as usize]).collect();
        let mut letters = name.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }
}

/// Row `number` of a fleet: the same whenever it is asked for.
pub fn row(number: u64, now: Timestamp) -> Filled {
    let mut draw = Draw(mix(number ^ 0x5EED));
    let first = draw.uneven(&FIRST);
    let last = draw.name(60_000);
    let (maker, oui, model, prefix) = MODELS[(draw.below(6).min(draw.below(6))) as usize];
    let mac = format!("{oui}{:06X}", mix(number) & 0xFF_FFFF);
    let serial =
        if prefix.is_empty() { format!("{:012X}", mix(number) >> 16) } else { format!("{prefix}{number:08X}") };
    let street = format!("{}{}", draw.name(20_000), STREETS[draw.below(8) as usize]);
    let (house, zip, town) = (1 + draw.below(180), 10_000 + draw.below(80_000), draw.name(3_000));
    let phone = format!("+49 {} {:07}", 151 + draw.below(28), number % 10_000_000);
    let ip = 0x0A00_0000_u32 | (number as u32 & 0x00FF_FFFF);
    let [a, b, c, d] = ip.to_be_bytes();
    let address = if number.is_multiple_of(10) {
        format!("2001:db8:{:x}:{:x}::1", number >> 16, number & 0xffff)
    } else {
        format!("{a}.{b}.{c}.{d}")
    };
    let ssid =
        if draw.below(3) == 0 { format!("{last} Family") } else { format!("{model}-{:04X}", draw.below(65_536)) };
    let ppp = format!("u{:08}@isp.example", number * 7 % 100_000_000);
    Filled {
        subscriber: FilledPerson {
            name: format!("{first} {last}"),
            account: format!("K-{:07}", number + 1_000_000),
            phones: vec![phone.as_str().into()],
            email: format!("{}.{}{}@example.net", first.to_lowercase(), last.to_lowercase(), number % 1000),
            address: format!("{street} {house}, {zip} {town}"),
            plan: PLANS[draw.below(5) as usize].to_owned(),
        },
        identity: Identity {
            manufacturer: maker.to_owned(),
            oui: oui.to_owned(),
            product_class: model.to_owned(),
            serial,
        },
        model: model.to_owned(),
        software_version: format!("{}.{}.{}", 1 + draw.below(3), draw.below(10), draw.below(10)),
        address,
        mac,
        found_by: found_by([(FoundBy::Ssid, ssid.as_str()), (FoundBy::PppUser, ppp.as_str())]),
        last_inform: Timestamp(now.0 - draw.below(900_000) as i64),
    }
}
