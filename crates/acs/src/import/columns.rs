//! What the columns of a table are, by their names.

use model::subscriber::SubscriberField;

/// Words that are names of a field, in letters and digits only.
const NAMES: &[(SubscriberField, &[&str])] = &[
    (
        SubscriberField::Account,
        &[
            "account",
            "accountno",
            "accountnumber",
            "accountid",
            "customer",
            "customerid",
            "customerno",
            "customernumber",
            "contract",
            "contractnumber",
            "kundennummer",
            "kundennr",
            "kdnr",
            "id",
        ],
    ),
    (
        SubscriberField::Name,
        &[
            "name",
            "fullname",
            "customername",
            "firstname",
            "givenname",
            "lastname",
            "surname",
            "familyname",
            "company",
            "vorname",
            "nachname",
            "firma",
        ],
    ),
    (
        SubscriberField::Phones,
        &[
            "phones",
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "homephone",
            "workphone",
            "phone1",
            "phone2",
            "phone3",
            "telefon",
            "mobil",
            "handy",
            "contact",
        ],
    ),
    (SubscriberField::Email, &["email", "mail", "emailaddress"]),
    (
        SubscriberField::Address,
        &[
            "address",
            "street",
            "streetaddress",
            "address1",
            "address2",
            "house",
            "housenumber",
            "zip",
            "zipcode",
            "postcode",
            "postalcode",
            "adresse",
            "strasse",
            "straße",
            "hausnummer",
            "plz",
            "installationaddress",
        ],
    ),
    (SubscriberField::Locality, &["locality", "city", "town", "district", "ort", "stadt"]),
    (SubscriberField::Region, &["region", "area", "gebiet"]),
    (SubscriberField::Partner, &["partner", "reseller", "wholesaler"]),
    (SubscriberField::Plan, &["plan", "tariff", "product", "package", "service", "tarif", "produkt"]),
    (
        SubscriberField::PlanDownKbit,
        &[
            "plandownkbit",
            "plandown",
            "down",
            "download",
            "downstream",
            "downloadspeed",
            "speeddown",
            "downkbit",
            "downmbit",
            "downloadmbit",
            "downloadmbits",
            "downloadkbit",
        ],
    ),
    (
        SubscriberField::PlanUpKbit,
        &[
            "planupkbit",
            "planup",
            "up",
            "upload",
            "upstream",
            "uploadspeed",
            "speedup",
            "upkbit",
            "upmbit",
            "uploadmbit",
            "uploadmbits",
            "uploadkbit",
        ],
    ),
    (SubscriberField::TimeZone, &["timezone", "tz", "zeitzone"]),
    (SubscriberField::Tags, &["tags", "tag", "labels", "groups"]),
    (
        SubscriberField::PppUser,
        &["pppuser", "ppp", "pppoe", "pppoeuser", "pppoeusername", "pppusername", "username", "login", "radiususer"],
    ),
    (
        SubscriberField::Serials,
        &[
            "serials",
            "serial",
            "serialnumber",
            "serialno",
            "deviceserial",
            "routerserial",
            "cpeserial",
            "sn",
            "seriennummer",
        ],
    ),
];

/// A column's name as it is compared and remembered.
pub fn remembered_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

/// What a column is, by its name alone.
pub fn guess(name: &str) -> Option<SubscriberField> {
    let name = remembered_name(name);
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
}

/// Whether plain numbers of a column are Mbit/s.
pub fn counts_megabits(name: &str) -> bool {
    let name = remembered_name(name);
    name.contains("mbit") || name.contains("mbps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_whatever_their_looks() {
        use SubscriberField as F;
        let known = [
            ("Account No.", F::Account),
            ("kunden-nummer", F::Account),
            ("E-Mail", F::Email),
            ("First name", F::Name),
            ("Straße", F::Address),
            ("device_serial", F::Serials),
            ("Download (Mbit/s)", F::PlanDownKbit),
            ("plan_up_kbit", F::PlanUpKbit),
            ("PPPoE user", F::PppUser),
        ];
        for (name, field) in known {
            assert_eq!(guess(name), Some(field), "{name}");
        }
        assert_eq!(guess("Favourite colour"), None);
        for field in SubscriberField::ALL {
            assert_eq!(guess(field.as_str()), Some(field), "what is exported comes back");
        }
        assert!(counts_megabits("Download Mbit/s") && !counts_megabits("plan_down_kbit"));
    }
}
