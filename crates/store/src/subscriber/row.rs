//! Subscribers as rows: lists of things as texts.

use crate::entity::subscriber;
use crate::sql::clean;
use model::subscriber::{Phone, SubscriberView};
use model::{SubscriberId, Timestamp};

pub fn view(row: subscriber::Model) -> SubscriberView {
    SubscriberView {
        id: SubscriberId(row.id),
        name: row.name,
        account: row.account,
        phones: phones(&row.phones),
        email: row.email,
        address: row.address,
        locality: row.locality,
        region: row.region,
        partner: row.partner,
        plan: row.plan,
        plan_down_kbit: kbit(row.plan_down_kbit),
        plan_up_kbit: kbit(row.plan_up_kbit),
        time_zone: row.time_zone,
        tags: lines(&row.tags),
        ppp_user: row.ppp_user,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    }
}

fn kbit(stored: Option<i64>) -> Option<u32> {
    stored.and_then(|kbit| u32::try_from(kbit).ok())
}

/// The digits alone: `+49 (171) 555-01` and `0049 171 55501` are written in many ways. An international prefix `00` is
/// as good as a plus sign.
pub fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}

/// Phone numbers as stored: one a line; after a tab, what it is.
pub fn phones(text: &str) -> Vec<Phone> {
    let phone = |line: &str| {
        let (number, label) = line.split_once('\t').unwrap_or((line, ""));
        Phone { number: number.to_owned(), label: label.to_owned() }
    };
    text.lines().filter(|line| !line.is_empty()).map(phone).collect()
}

pub fn phones_text(phones: &[Phone]) -> String {
    let line = |phone: &Phone| match (one_line(&phone.number), one_line(&phone.label)) {
        (number, _) if number.is_empty() => None,
        (number, label) if label.is_empty() => Some(number),
        (number, label) => Some(format!("{number}\t{label}")),
    };
    phones.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

pub fn tags_text(tags: &[String]) -> String {
    let mut tags: Vec<String> = tags.iter().map(|tag| one_line(tag)).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    tags.join("\n")
}

pub fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Without line ends and tabs, which separate what is stored in one text.
fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What two spellings of a PPP user have in common: lower case, and nothing from the `@` on.
pub fn ppp_key(user: &str) -> String {
    let user = user.trim();
    user.split_once('@').map_or(user, |(name, _)| name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_one_a_line() {
        let phone = |number: &str, label: &str| Phone { number: number.into(), label: label.into() };
        let text = phones_text(&[phone(" 0171\n555 ", "Mo\tbile"), phone(" ", "lost"), phone("030 1", "")]);
        assert_eq!(text, "0171 555\tMo bile\n030 1");
        assert_eq!(phones(&text), [phone("0171 555", "Mo bile"), phone("030 1", "")]);
        assert_eq!(phones("0171 555"), ["0171 555".into()]);
        assert_eq!(phones(""), []);
    }

    #[test]
    fn tags_are_in_order_and_once() {
        assert_eq!(tags_text(&["vip".into(), " a  b ".into(), String::new(), "vip".into()]), "a b\nvip");
    }

    #[test]
    fn ppp_users_are_compared_without_realm_and_case() {
        assert_eq!(["Joe@isp.example", " joe ", "@isp", ""].map(ppp_key), ["joe", "joe", "", ""]);
    }
}
