//! The `<syntax>` of a parameter and the definition of a data type (TR-106 Annex A.2.3).

use crate::Result;
use crate::xml::{Cursor, Element};
use model::knowledge::{Choice, ListRule, Range, Size};
use model::tree::ValueType;

/// Most values, ranges, sizes or patterns of one parameter.
const MAX_FACETS: usize = 1000;
/// Characters of one value of an enumeration, of a unit, of a default.
const MAX_WORD: usize = 256;

/// What kind of value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Unknown,
    Plain(ValueType),
    /// A number with decimals: sent as text, and its bounds are not checked.
    Decimal,
    /// A data type that is defined elsewhere.
    Named(String),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Syntax {
    pub hidden: bool,
    pub kind: Kind,
    pub list: Option<ListRule>,
    pub facets: Facets,
    pub default: Option<String>,
}

/// What narrows a type down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    pub sizes: Vec<Size>,
    pub ranges: Vec<Range>,
    pub choices: Vec<Choice>,
    pub patterns: Vec<String>,
    pub choices_from: String,
    /// Stands for "none of them" among the choices of another parameter.
    pub null_value: Option<String>,
    pub units: String,
}

impl Syntax {
    /// Takes one child of `<syntax>` or `<dataType>` and consumes it.
    pub fn take(&mut self, cursor: &mut Cursor, element: &Element) -> Result<()> {
        let plain = match element.name {
            "string" => ValueType::String,
            "int" => ValueType::Int,
            "unsignedInt" => ValueType::UnsignedInt,
            "long" => ValueType::Long,
            "unsignedLong" => ValueType::UnsignedLong,
            "boolean" => ValueType::Boolean,
            "dateTime" => ValueType::DateTime,
            "base64" => ValueType::Base64,
            "hexBinary" => ValueType::HexBinary,
            "decimal" => {
                self.kind = Kind::Decimal;
                return self.facets.read(cursor);
            }
            "dataType" => {
                let named = element.get("ref").or_else(|| element.get("base")).unwrap_or_default();
                self.kind = Kind::Named(named.to_owned());
                return self.facets.read(cursor);
            }
            "list" => {
                let mut sizes = Facets::default();
                sizes.read(cursor)?;
                self.list = Some(ListRule {
                    min_items: element.number("minItems").unwrap_or(0),
                    max_items: element.number("maxItems"),
                    max_length: sizes
                        .sizes
                        .iter()
                        .map(|size| size.max)
                        .max_by_key(|max| max.unwrap_or(u32::MAX))
                        .flatten(),
                    brackets: element.get("nestedBrackets").is_some_and(|brackets| brackets != "legacy"),
                });
                return Ok(());
            }
            "default" => {
                self.default =
                    element.get("value").filter(|value| value.chars().count() <= MAX_WORD).map(str::to_owned);
                return cursor.skip();
            }
            // A data type that derives from another has its facets directly.
            _ => return self.facets.take(cursor, element),
        };
        self.kind = Kind::Plain(plain);
        self.facets.read(cursor)
    }
}

impl Facets {
    fn read(&mut self, cursor: &mut Cursor) -> Result<()> {
        while let Some(element) = cursor.child()? {
            self.take(cursor, &element)?;
        }
        Ok(())
    }

    fn take(&mut self, cursor: &mut Cursor, element: &Element) -> Result<()> {
        let value = element.get("value").filter(|value| value.chars().count() <= MAX_WORD);
        let room = |count: usize| count < MAX_FACETS;
        match (element.name, value) {
            ("size", _) if room(self.sizes.len()) => {
                let size = Size { min: element.number("minLength").unwrap_or(0), max: element.number("maxLength") };
                self.sizes.push(size);
            }
            ("range", _) if room(self.ranges.len()) => {
                let range = Range { min: element.number("minInclusive"), max: element.number("maxInclusive") };
                self.ranges.push(range);
            }
            // What is gone is no choice any more; devices that have it are still let be.
            ("enumeration", Some(_)) if matches!(element.get("status"), Some("obsoleted" | "deleted")) => {}
            ("enumeration", Some(value)) if room(self.choices.len()) => {
                let read_only = element.is("access", "readOnly");
                self.choices.push(Choice { value: value.to_owned(), read_only });
            }
            ("pattern", Some(value)) if room(self.patterns.len()) => self.patterns.push(value.to_owned()),
            ("enumerationRef", _) => {
                self.choices_from = element.text("targetParam");
                self.null_value = element.get("nullValue").map(str::to_owned);
            }
            ("units", Some(value)) => value.clone_into(&mut self.units),
            // Some definitions keep numbers as text of an inner type; nothing of it is needed.
            _ => {}
        }
        cursor.skip()
    }

    /// What `self` says, on top of what the type it derives from says.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        fn either<T: Clone>(own: &[T], base: &[T]) -> Vec<T> {
            if own.is_empty() { base.to_vec() } else { own.to_vec() }
        }
        let word = |own: &String, base: &String| if own.is_empty() { base.clone() } else { own.clone() };
        Self {
            sizes: either(&self.sizes, &base.sizes),
            ranges: either(&self.ranges, &base.ranges),
            choices: either(&self.choices, &base.choices),
            patterns: either(&self.patterns, &base.patterns),
            choices_from: word(&self.choices_from, &base.choices_from),
            null_value: self.null_value.clone().or_else(|| base.null_value.clone()),
            units: word(&self.units, &base.units),
        }
    }
}
