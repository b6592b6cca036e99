//! What is known of a subscriber, field by field: for forms, the API, tables and timelines.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberField {
    Account,
    Name,
    Phones,
    Email,
    Address,
    Locality,
    Region,
    Partner,
    Plan,
    PlanDownKbit,
    PlanUpKbit,
    TimeZone,
    Tags,
    PppUser,
    Serials,
}

impl SubscriberField {
    pub const ALL: [Self; 15] = [
        Self::Account,
        Self::Name,
        Self::Phones,
        Self::Email,
        Self::Address,
        Self::Locality,
        Self::Region,
        Self::Partner,
        Self::Plan,
        Self::PlanDownKbit,
        Self::PlanUpKbit,
        Self::TimeZone,
        Self::Tags,
        Self::PppUser,
        Self::Serials,
    ];

    /// The word in the API, in tables and in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Name => "name",
            Self::Phones => "phones",
            Self::Email => "email",
            Self::Address => "address",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::Partner => "partner",
            Self::Plan => "plan",
            Self::PlanDownKbit => "plan_down_kbit",
            Self::PlanUpKbit => "plan_up_kbit",
            Self::TimeZone => "time_zone",
            Self::Tags => "tags",
            Self::PppUser => "ppp_user",
            Self::Serials => "serials",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Name => "Name",
            Self::Phones => "Phones",
            Self::Email => "E-mail",
            Self::Address => "Address",
            Self::Locality => "Town or district",
            Self::Region => "Region",
            Self::Partner => "Partner",
            Self::Plan => "Plan",
            Self::PlanDownKbit => "Download speed",
            Self::PlanUpKbit => "Upload speed",
            Self::TimeZone => "Time zone",
            Self::Tags => "Tags",
            Self::PppUser => "PPP user",
            Self::Serials => "Serial numbers",
        }
    }
}
