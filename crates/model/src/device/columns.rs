//! Which columns the device list shows.

use serde::{Deserialize, Serialize};

/// A column that can be left out. Who it is about is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    State,
    Address,
    Account,
    Plan,
    Tags,
    Model,
    Manufacturer,
    Serial,
    Hardware,
    Software,
    DataModel,
    Ip,
    Reach,
    Enrolment,
    OpenTasks,
    FirstSeen,
    LastInform,
}

impl Column {
    /// In the order in which they stand.
    pub const ALL: [Self; 17] = [
        Self::State,
        Self::Address,
        Self::Account,
        Self::Plan,
        Self::Tags,
        Self::Model,
        Self::Manufacturer,
        Self::Serial,
        Self::Hardware,
        Self::Software,
        Self::DataModel,
        Self::Ip,
        Self::Reach,
        Self::Enrolment,
        Self::OpenTasks,
        Self::FirstSeen,
        Self::LastInform,
    ];

    /// The word in URLs and cookies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Address => "address",
            Self::Account => "account",
            Self::Plan => "plan",
            Self::Tags => "tags",
            Self::Model => "model",
            Self::Manufacturer => "maker",
            Self::Serial => "serial",
            Self::Hardware => "hardware",
            Self::Software => "firmware",
            Self::DataModel => "data_model",
            Self::Ip => "ip",
            Self::Reach => "reach",
            Self::Enrolment => "approval",
            Self::OpenTasks => "tasks",
            Self::FirstSeen => "first_contact",
            Self::LastInform => "check_in",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == text)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::State => "State",
            Self::Address => "Address",
            Self::Account => "Account",
            Self::Plan => "Plan",
            Self::Tags => "Tags",
            Self::Model => "Model",
            Self::Manufacturer => "Manufacturer",
            Self::Serial => "Serial",
            Self::Hardware => "Hardware",
            Self::Software => "Firmware",
            Self::DataModel => "Data model",
            Self::Ip => "IP address",
            Self::Reach => "Reach",
            Self::Enrolment => "Approval",
            Self::OpenTasks => "Open tasks",
            Self::FirstSeen => "First contact",
            Self::LastInform => "Last check-in",
        }
    }
}

/// A set of columns. As text: their words with dots between them, `none` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Columns(u32);

impl Default for Columns {
    /// What the list shows to somebody who never chose.
    fn default() -> Self {
        use Column as C;
        [C::State, C::Address, C::Model, C::Serial, C::Software, C::OpenTasks, C::LastInform].into_iter().collect()
    }
}

impl Columns {
    const NONE: &str = "none";

    pub fn has(self, column: Column) -> bool {
        self.0 & bit(column) != 0
    }

    #[must_use]
    pub fn with(self, column: Column, on: bool) -> Self {
        if on { Self(self.0 | bit(column)) } else { Self(self.0 & !bit(column)) }
    }

    /// In the order in which they stand.
    pub fn iter(self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(move |column| self.has(*column))
    }

    /// Words that it does not know are left out; `None` if it knows none of them.
    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::NONE {
            return Some(Self(0));
        }
        let columns: Self = text.split('.').filter_map(Column::parse).collect();
        (columns.0 != 0).then_some(columns)
    }

    /// Letters, dots and underscores only: it travels in URLs and cookies.
    pub fn text(self) -> String {
        if self.0 == 0 {
            return Self::NONE.to_owned();
        }
        self.iter().map(Column::as_str).collect::<Vec<_>>().join(".")
    }
}

fn bit(column: Column) -> u32 {
    1 << column as u32
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        columns.into_iter().fold(Self(0), |set, column| set.with(column, true))
    }
}

impl From<Columns> for String {
    fn from(columns: Columns) -> Self {
        columns.text()
    }
}

impl From<String> for Columns {
    fn from(text: String) -> Self {
        Self::parse(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_survives_its_text() {
        for column in Column::ALL {
            let alone: Columns = [column].into_iter().collect();
            assert_eq!(Columns::parse(&alone.text()), Some(alone), "{column:?}");
            assert_eq!(alone.iter().collect::<Vec<_>>(), [column]);
        }
        let all: Columns = Column::ALL.into_iter().collect();
        assert_eq!(Columns::parse(&all.text()), Some(all));
        assert_eq!(Columns::parse("none"), Some(Columns(0)));
        assert_eq!(Columns(0).text(), "none");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let serial: Columns = [Column::Serial].into_iter().collect();
        assert_eq!(Columns::parse("serial.colour.serial"), Some(serial));
        for nothing in ["", "colour", ".", "serial,model", "\r\nSet-Cookie: x"] {
            assert_eq!(Columns::parse(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_column_goes_and_comes() {
        let without = Columns::default().with(Column::Model, false);
        assert!(!without.has(Column::Model) && without.has(Column::Serial));
        assert_eq!(without.with(Column::Model, true), Columns::default());
    }
}
