//! Scopes: which part of the fleet an agent or a token is for.

use serde::{Deserialize, Serialize};

/// Lines whose subscriber has one of these regions, and one of these partners, and one of these tags. An empty list
/// restricts nothing. Devices without a subscriber are in no scope but the one of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Most values in one list of a scope, and the longest value in characters.
pub const SCOPE_MAX: usize = 50;
pub const SCOPE_VALUE_MAX: usize = 100;

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.regions.is_empty() && self.partners.is_empty() && self.tags.is_empty()
    }

    /// Whether whoever has these is in it.
    pub fn covers(&self, region: &str, partner: &str, tags: &[String]) -> bool {
        let one_of = |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        one_of(&self.regions, region)
            && one_of(&self.partners, partner)
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
    }

    /// In order, each value once, single spaces; or what is wrong.
    pub fn tidy(self) -> Result<Self, String> {
        let tidy = |what: &str, list: Vec<String>| -> Result<Vec<String>, String> {
            let one_line = |value: String| value.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut list: Vec<_> = list.into_iter().map(one_line).filter(|value| !value.is_empty()).collect();
            list.sort();
            list.dedup();
            if list.len() > SCOPE_MAX {
                return Err(format!("A scope has at most {SCOPE_MAX} {what}."));
            }
            if list.iter().any(|value| value.chars().count() > SCOPE_VALUE_MAX || value.chars().any(char::is_control)) {
                return Err(format!("One of the {what} is longer than {SCOPE_VALUE_MAX} characters."));
            }
            Ok(list)
        };
        Ok(Self {
            regions: tidy("regions", self.regions)?,
            partners: tidy("partners", self.partners)?,
            tags: tidy("tags", self.tags)?,
        })
    }

    /// Whether everything in it is surely in `other`, too: nobody gives away more than they have.
    pub fn is_within(&self, other: &Self) -> bool {
        let within = |own: &[String], outer: &[String]| {
            outer.is_empty() || (!own.is_empty() && own.iter().all(|value| outer.contains(value)))
        };
        within(&self.regions, &other.regions)
            && within(&self.partners, &other.partners)
            && within(&self.tags, &other.tags)
    }

    /// What is in both; `None` if nothing can be.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = |a: &[String], b: &[String]| match (a.is_empty(), b.is_empty()) {
            (true, _) => Some(b.to_vec()),
            (_, true) => Some(a.to_vec()),
            _ => Some(a.iter().filter(|one| b.contains(one)).cloned().collect::<Vec<_>>())
                .filter(|both| !both.is_empty()),
        };
        // Of tags a line may have several: one of each list would do, which one list cannot say. The narrower counts.
        Some(Self {
            regions: common(&self.regions, &other.regions)?,
            partners: common(&self.partners, &other.partners)?,
            tags: common(&self.tags, &other.tags)?,
        })
    }

    /// In words: `North, South · Acme`; `Everything`.
    pub fn label(&self) -> String {
        let lists = [&self.regions, &self.partners, &self.tags];
        let parts: Vec<_> = lists.into_iter().filter(|list| !list.is_empty()).map(|list| list.join(", ")).collect();
        if parts.is_empty() { "Everything".to_owned() } else { parts.join(" · ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(regions: &[&str], partners: &[&str], tags: &[&str]) -> Scope {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        Scope { regions: list(regions), partners: list(partners), tags: list(tags) }
    }

    #[test]
    fn each_list_restricts_and_an_empty_one_does_not() {
        let vip = ["vip".to_owned()];
        assert!(Scope::default().covers("", "", &[]));
        assert!(scope(&["North", "South"], &[], &[]).covers("South", "Acme", &[]));
        assert!(!scope(&["North"], &["Acme"], &[]).covers("North", "", &[]), "all lists count");
        assert!(scope(&[], &[], &["vip", "new"]).covers("", "", &vip));
        assert!(!scope(&[], &[], &["new"]).covers("", "", &vip));
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let north = scope(&["North"], &[], &[]);
        assert!(north.is_within(&Scope::default()) && !Scope::default().is_within(&north));
        assert!(scope(&["North"], &["Acme"], &[]).is_within(&north));
        assert!(!scope(&["North", "South"], &[], &[]).is_within(&north));
        assert!(!scope(&[], &["Acme"], &[]).is_within(&north));
    }

    #[test]
    fn what_two_scopes_have_in_common_is_in_both() {
        let north = scope(&["North"], &[], &[]);
        assert_eq!(north.common(&Scope::default()), Some(north.clone()));
        assert_eq!(Scope::default().common(&north), Some(north.clone()));
        assert_eq!(north.common(&scope(&["South"], &[], &[])), None);
        let both = north.common(&scope(&["North", "South"], &["Acme"], &[])).unwrap();
        assert_eq!(both, scope(&["North"], &["Acme"], &[]));
        assert!(both.is_within(&north));
    }

    #[test]
    fn scopes_are_tidied_and_bounded() {
        let tidy = scope(&[" South  East ", "North", "North", ""], &[], &[]).tidy().unwrap();
        assert_eq!(tidy, scope(&["North", "South East"], &[], &[]));
        assert_eq!(serde_json::to_string(&tidy).unwrap(), r#"{"regions":["North","South East"]}"#);
        let many: Vec<String> = (0..=SCOPE_MAX).map(|n| n.to_string()).collect();
        assert!(Scope { tags: many, ..Scope::default() }.tidy().is_err());
        assert_eq!((tidy.label(), Scope::default().label()), ("North, South East".to_owned(), "Everything".to_owned()));
    }
}
