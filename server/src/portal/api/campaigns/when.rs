//! Times in plans: times of the day, days, and the window in which routers may start.

use model::campaign;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A time of the day, from `00:00` to `23:59`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "01:00")]
pub struct TimeOfDay(pub u16); // Minutes after midnight.

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:02}:{:02}", self.0 / 60, self.0 % 60))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let two = |digits: &str| digits.parse::<u16>().ok().filter(|_| digits.len() == 2 && !digits.starts_with('+'));
        match text.split_once(':').map(|(hour, minute)| (two(hour), two(minute))) {
            Some((Some(hour @ 0..24), Some(minute @ 0..60))) => Ok(Self(hour * 60 + minute)),
            _ => Err(D::Error::custom("a time of the day is written like 01:30, from 00:00 to 23:59")),
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];
}

/// Days on which nothing starts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrozenDays {
    /// The first one.
    #[schema(example = "2026-12-24")]
    pub from: String,
    /// The last one; may be the same.
    #[schema(example = "2026-12-26")]
    pub to: String,
}

/// When routers may start, by the clock where their subscriber lives. What is left out is as usual: from 01:00 to 05:00
/// on every day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignWindow {
    pub from: TimeOfDay,
    /// Before `from`: it is open over midnight. The same as `from`: the whole day.
    pub to: TimeOfDay,
    /// Days on which it opens.
    #[schema(max_items = 7)]
    pub days: Vec<Weekday>,
    /// Days on which nothing starts.
    #[schema(max_items = 500)]
    pub frozen_days: Vec<FrozenDays>,
    /// The zone of routers whose subscriber has none: an IANA name.
    #[schema(example = "Europe/London")]
    pub zone: String,
}

impl Default for CampaignWindow {
    fn default() -> Self {
        campaign::Window::default().into()
    }
}

impl From<campaign::Window> for CampaignWindow {
    fn from(window: campaign::Window) -> Self {
        let days = Weekday::ALL.into_iter().zip(window.days).filter(|(_, open)| *open);
        Self {
            from: TimeOfDay(window.from),
            to: TimeOfDay(window.to),
            days: days.map(|(day, _)| day).collect(),
            frozen_days: window.blackouts.into_iter().map(|(from, to)| FrozenDays { from, to }).collect(),
            zone: window.zone,
        }
    }
}

impl From<CampaignWindow> for campaign::Window {
    fn from(window: CampaignWindow) -> Self {
        Self {
            from: window.from.0,
            to: window.to.0,
            days: Weekday::ALL.map(|day| window.days.contains(&day)),
            blackouts: window.frozen_days.into_iter().map(|days| (days.from, days.to)).collect(),
            zone: window.zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_of_the_day_are_read_and_written_the_same() {
        for text in ["00:00", "01:05", "23:59"] {
            let time: TimeOfDay = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(time).unwrap(), text);
        }
        for wrong in ["24:00", "12:60", "1:00", "01:00:00", "+1:00", "", "noon"] {
            assert!(serde_json::from_value::<TimeOfDay>(json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_window_is_read_and_written_the_same() {
        let body = json!({
            "from": "22:00", "to": "04:30", "days": ["monday", "sunday"],
            "frozen_days": [{"from": "2026-12-24", "to": "2026-12-26"}], "zone": "Europe/London",
        });
        let window = campaign::Window::from(serde_json::from_value::<CampaignWindow>(body.clone()).unwrap());
        assert_eq!((window.from, window.to, window.days[6], window.days[1]), (1320, 270, true, false));
        assert_eq!(serde_json::to_value(CampaignWindow::from(window)).unwrap(), body);
        let usual: CampaignWindow = serde_json::from_value(json!({})).unwrap();
        assert_eq!(campaign::Window::from(usual), campaign::Window::default());
    }
}
