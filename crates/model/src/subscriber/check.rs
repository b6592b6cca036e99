//! What a subscriber may look like: the same rules for the form, the API and imported tables.

use super::{Phone, SubscriberChange, SubscriberField};
use crate::scope::SCOPE_VALUE_MAX;
use serde::{Deserialize, Serialize};

/// Most phones of one subscriber.
pub const PHONES_MAX: usize = 10;
/// Most tags of one subscriber.
pub const TAGS_MAX: usize = 20;
/// Most serial numbers of one subscriber.
pub const SERIALS_MAX: usize = 50;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: SubscriberField,
    /// A sentence for a person.
    pub problem: String,
}

impl SubscriberChange {
    /// Brings all texts into the form in which they are kept (no blanks around them, no line ends, tags in order) and
    /// says all that is wrong. Whether a time zone exists is not known here.
    pub fn check(&mut self) -> Vec<FieldProblem> {
        use SubscriberField as F;
        let mut problems = Vec::new();
        let mut wrong = |field, problem: String| problems.push(FieldProblem { field, problem });
        tidy(&mut self.account);
        if self.account.is_empty() {
            wrong(F::Account, "An account number is needed: it tells subscribers apart.".to_owned());
        } else if self.account.chars().count() > 64 {
            wrong(F::Account, "An account number has at most 64 characters.".to_owned());
        }
        if let Some(name) = &mut self.name {
            tidy(name);
            if name.is_empty() {
                wrong(F::Name, "A name is needed.".to_owned());
            }
        }
        if let Some(address) = &mut self.address {
            // Written on several lines: kept as one text.
            let lines: Vec<&str> = address.lines().map(|line| line.trim().trim_end_matches(',')).collect();
            *address = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
        }
        let texts = [
            (F::Name, &mut self.name, 200),
            (F::Email, &mut self.email, 254),
            (F::Address, &mut self.address, 500),
            (F::Locality, &mut self.locality, 100),
            (F::Region, &mut self.region, SCOPE_VALUE_MAX),
            (F::Partner, &mut self.partner, SCOPE_VALUE_MAX),
            (F::Plan, &mut self.plan, 100),
            (F::TimeZone, &mut self.time_zone, 64),
            (F::PppUser, &mut self.ppp_user, 254),
        ];
        for (field, text, most) in texts {
            let Some(text) = text else { continue };
            tidy(text);
            if text.chars().count() > most {
                wrong(field, format!("{} has at most {most} characters.", field.label()));
            }
        }
        if let Some(email) = self.email.as_deref().filter(|email| !email.is_empty())
            && !looks_like_email(email)
        {
            wrong(F::Email, format!("{email:?} is no e-mail address: it looks like name@example.com."));
        }
        for (field, speed) in [(F::PlanDownKbit, self.plan_down_kbit), (F::PlanUpKbit, self.plan_up_kbit)] {
            if speed == Some(Some(0)) {
                wrong(field, "A plan's speed is more than 0. Leave it empty if it is not known.".to_owned());
            }
        }
        if let Some(phones) = &mut self.phones {
            for phone in phones.iter_mut() {
                tidy(&mut phone.number);
                tidy(&mut phone.label);
            }
            phones.retain(|phone| !phone.number.is_empty() || !phone.label.is_empty());
            for problem in phones.iter().filter_map(phone_problem) {
                wrong(F::Phones, problem);
            }
            if phones.len() > PHONES_MAX {
                wrong(F::Phones, format!("At most {PHONES_MAX} phone numbers are kept."));
            }
        }
        if let Some(tags) = &mut self.tags {
            tags.iter_mut().for_each(tidy);
            tags.retain(|tag| !tag.is_empty());
            tags.sort();
            tags.dedup();
            if let Some(tag) = tags.iter().find(|tag| tag.chars().count() > 40 || tag.contains(',')) {
                wrong(F::Tags, format!("{tag:?} is no tag: at most 40 characters, no commas."));
            }
            if tags.len() > TAGS_MAX {
                wrong(F::Tags, format!("At most {TAGS_MAX} tags are kept."));
            }
        }
        if let Some(serials) = &mut self.serials {
            serials.iter_mut().for_each(tidy);
            serials.retain(|serial| !serial.is_empty());
            serials.sort();
            serials.dedup();
            if let Some(serial) = serials.iter().find(|serial| serial.chars().count() > 64) {
                wrong(F::Serials, format!("{serial:?} is no serial number: at most 64 characters."));
            }
            if serials.len() > SERIALS_MAX {
                wrong(F::Serials, format!("At most {SERIALS_MAX} serial numbers are kept."));
            }
        }
        problems
    }
}

fn phone_problem(phone: &Phone) -> Option<String> {
    let number = &phone.number;
    let looks_right = number.chars().any(|c| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || " +-/().#*".contains(c));
    if !looks_right || number.chars().count() > 40 {
        return Some(format!("{number:?} is no phone number: digits, blanks and + - / ( ) . # * only."));
    }
    (phone.label.chars().count() > 40).then(|| "What a phone is has at most 40 characters.".to_owned())
}

/// One line, no blanks around it, none doubled, nothing invisible.
fn tidy(text: &mut String) {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    *text = clean.split_whitespace().collect::<Vec<_>>().join(" ");
}

/// Whether a text may be an e-mail address: something, an `@`, something.
pub fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> SubscriberChange {
        SubscriberChange { account: "A1".into(), ..SubscriberChange::default() }
    }

    fn fields(mut change: SubscriberChange) -> Vec<SubscriberField> {
        change.check().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn texts_are_tidied() {
        let mut change = SubscriberChange {
            name: Some("  Ada \t Byron\0 ".into()),
            address: Some("12 Hill Road,\r\n\r\n Wexcombe \n".into()),
            phones: Some(vec!["".into(), Phone { number: " 0171  555".into(), label: "mobile\n".into() }]),
            tags: Some(vec!["vip".into(), " b  2b".into(), "vip".into(), " ".into()]),
            ..change()
        };
        assert_eq!(change.check(), []);
        assert_eq!(change.name.as_deref(), Some("Ada Byron"));
        assert_eq!(change.address.as_deref(), Some("12 Hill Road, Wexcombe"));
        assert_eq!(change.phones, Some(vec![Phone { number: "0171 555".into(), label: "mobile".into() }]));
        assert_eq!(change.tags, Some(vec!["b 2b".to_owned(), "vip".to_owned()]));
    }

    #[test]
    fn every_field_is_checked() {
        use SubscriberField as F;
        let empty = SubscriberChange { name: Some(" ".into()), account: "\n".into(), ..SubscriberChange::default() };
        assert_eq!(fields(empty), [F::Account, F::Name]);
        assert_eq!(fields(change()), [], "what does not change is not checked");
        let long = SubscriberChange { plan: Some("x".repeat(101)), account: "9".repeat(65), ..change() };
        assert_eq!(fields(long), [F::Account, F::Plan]);
        for email in ["a", "@b", "a@", "a@b@c", "a b@c"] {
            assert_eq!(fields(SubscriberChange { email: Some(email.into()), ..change() }), [F::Email], "{email}");
        }
        assert_eq!(fields(SubscriberChange { email: Some(String::new()), ..change() }), []);
        assert_eq!(fields(SubscriberChange { plan_up_kbit: Some(Some(0)), ..change() }), [F::PlanUpKbit]);
        for phone in ["abc", "+", "0171 CALL", &"1".repeat(41)] {
            assert_eq!(fields(SubscriberChange { phones: Some(vec![phone.into()]), ..change() }), [F::Phones]);
        }
        assert_eq!(fields(SubscriberChange { tags: Some(vec!["a,b".into()]), ..change() }), [F::Tags]);
        let many = (0..51).map(|n| n.to_string()).collect();
        assert_eq!(fields(SubscriberChange { serials: Some(many), ..change() }), [F::Serials]);
    }
}
