//! What a subscriber's row is to be, and what that changes.

use super::row::{lines, phone_digits, phones, phones_text, ppp_key, tags_text};
use crate::entity::subscriber;
use crate::sql::{Kind, clean};
use model::subscriber::{FieldChange, Phone, SubscriberChange, SubscriberField};
use model::{Scope, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// Most characters of a value that are told in the history.
const TOLD: usize = 200;

/// A row before it is written. The names are those of the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    pub account: String,
    pub name: String,
    pub name_key: String,
    pub phones: String,
    pub phone_digits: String,
    pub email: String,
    pub address: String,
    pub locality: String,
    pub region: String,
    pub partner: String,
    pub plan: String,
    pub plan_down_kbit: Option<i64>,
    pub plan_up_kbit: Option<i64>,
    pub time_zone: String,
    pub tags: String,
    pub ppp_user: String,
    pub ppp_key: String,
    pub at: i64,
}

/// In the order in which they are inserted; `at` is both times.
pub const COLUMNS: [(&str, Kind); 18] = [
    ("account", Kind::Text),
    ("name", Kind::Text),
    ("name_key", Kind::Text),
    ("phones", Kind::Text),
    ("phone_digits", Kind::Text),
    ("email", Kind::Text),
    ("address", Kind::Text),
    ("locality", Kind::Text),
    ("region", Kind::Text),
    ("partner", Kind::Text),
    ("plan", Kind::Text),
    ("plan_down_kbit", Kind::Number),
    ("plan_up_kbit", Kind::Number),
    ("time_zone", Kind::Text),
    ("tags", Kind::Text),
    ("ppp_user", Kind::Text),
    ("ppp_key", Kind::Text),
    ("at", Kind::Number),
];

impl Draft {
    /// The row with the change applied; a new one begins empty.
    pub fn of(change: &SubscriberChange, known: Option<&subscriber::Model>, now: Timestamp) -> Self {
        let text = |new: &Option<String>, old: Option<&String>| {
            new.as_deref().map_or_else(|| old.cloned().unwrap_or_default(), |new| clean(new.trim()))
        };
        let name = text(&change.name, known.map(|row| &row.name));
        let phones_now = match &change.phones {
            Some(phones) => phones_text(phones),
            None => known.map(|row| row.phones.clone()).unwrap_or_default(),
        };
        let ppp_user = text(&change.ppp_user, known.map(|row| &row.ppp_user));
        Self {
            account: known.map_or_else(|| clean(change.account.trim()), |row| row.account.clone()),
            name_key: name.to_lowercase(),
            name,
            phone_digits: digits(&phones_now).next().unwrap_or_default(),
            phones: phones_now,
            email: text(&change.email, known.map(|row| &row.email)),
            address: text(&change.address, known.map(|row| &row.address)),
            locality: text(&change.locality, known.map(|row| &row.locality)),
            region: text(&change.region, known.map(|row| &row.region)),
            partner: text(&change.partner, known.map(|row| &row.partner)),
            plan: text(&change.plan, known.map(|row| &row.plan)),
            plan_down_kbit: change
                .plan_down_kbit
                .map_or_else(|| known.and_then(|row| row.plan_down_kbit), |new| new.map(i64::from)),
            plan_up_kbit: change
                .plan_up_kbit
                .map_or_else(|| known.and_then(|row| row.plan_up_kbit), |new| new.map(i64::from)),
            time_zone: text(&change.time_zone, known.map(|row| &row.time_zone)),
            tags: match &change.tags {
                Some(tags) => tags_text(tags),
                None => known.map(|row| row.tags.clone()).unwrap_or_default(),
            },
            ppp_key: ppp_key(&ppp_user),
            ppp_user,
            at: now.0,
        }
    }

    /// A new subscriber is in the scope of whoever makes it, where that leaves no choice.
    pub fn begin_in(&mut self, scope: &Scope) {
        for (field, values) in [(&mut self.region, &scope.regions), (&mut self.partner, &scope.partners)] {
            if let ([only], true) = (values.as_slice(), field.is_empty()) {
                *field = clean(only);
            }
        }
        if let ([only], true) = (scope.tags.as_slice(), self.tags.is_empty()) {
            self.tags = clean(only);
        }
    }

    /// The digits of the phones after the first.
    pub fn more_digits(&self) -> Vec<String> {
        let mut more: Vec<String> = digits(&self.phones).skip(1).filter(|more| *more != self.phone_digits).collect();
        more.sort();
        more.dedup();
        more
    }

    pub fn tags(&self) -> Vec<String> {
        lines(&self.tags)
    }

    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("texts and numbers are JSON")
    }

    /// What differs from the row that is there, as a person reads it.
    pub fn changes(&self, known: &subscriber::Model) -> Vec<FieldChange> {
        use SubscriberField as F;
        let speed = |kbit: Option<i64>| kbit.map(|kbit| format!("{kbit} kbit/s")).unwrap_or_default();
        let fields = [
            (F::Name, known.name.clone(), self.name.clone()),
            (F::Phones, said(&phones(&known.phones)), said(&phones(&self.phones))),
            (F::Email, known.email.clone(), self.email.clone()),
            (F::Address, known.address.clone(), self.address.clone()),
            (F::Locality, known.locality.clone(), self.locality.clone()),
            (F::Region, known.region.clone(), self.region.clone()),
            (F::Partner, known.partner.clone(), self.partner.clone()),
            (F::Plan, known.plan.clone(), self.plan.clone()),
            (F::PlanDownKbit, speed(known.plan_down_kbit), speed(self.plan_down_kbit)),
            (F::PlanUpKbit, speed(known.plan_up_kbit), speed(self.plan_up_kbit)),
            (F::TimeZone, known.time_zone.clone(), self.time_zone.clone()),
            (F::Tags, lines(&known.tags).join(", "), self.tags().join(", ")),
            (F::PppUser, known.ppp_user.clone(), self.ppp_user.clone()),
        ];
        let told = |text: String| text.chars().take(TOLD).collect();
        let differ = fields.into_iter().filter(|(_, before, after)| before != after);
        differ.map(|(field, before, after)| FieldChange { field, before: told(before), after: told(after) }).collect()
    }
}

fn digits(phones_text: &str) -> impl Iterator<Item = String> + use<> {
    phones(phones_text).into_iter().map(|phone| phone_digits(&phone.number)).filter(|digits| !digits.is_empty())
}

fn said(phones: &[Phone]) -> String {
    let said = phones.iter().map(|phone| match phone.label.as_str() {
        "" => phone.number.clone(),
        label => format!("{} ({label})", phone.number),
    });
    said.collect::<Vec<_>>().join(", ")
}
