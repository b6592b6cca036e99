//! How a topic of the settings is written down once: names, types, defaults, limits and what to tell a person.

use super::value::Raw;

/// One topic of the settings.
pub trait Section {
    fn keys(&self) -> &'static [&'static str];
    fn is_secret(&self, key: &str) -> bool;
    /// The error says what the key expects. `key` must be one of [`Section::keys`].
    fn set(&mut self, key: &str, raw: &Raw) -> Result<(), &'static str>;
}

/// Declares a struct with its defaults and its [`Section`]:
/// `name: Type = default, "what is expected", check;` with `check` from `&Type` to `bool`.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr, $expected:literal, $check:expr; )* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name { $( $(#[$field_doc])* pub $field: $type, )* }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $crate::settings::section::Section for $name {
            fn keys(&self) -> &'static [&'static str] {
                &[$( stringify!($field), )*]
            }

            fn is_secret(&self, key: &str) -> bool {
                match key {
                    $( stringify!($field) => <$type as $crate::settings::value::Setting>::SECRET, )*
                    _ => false,
                }
            }

            fn set(&mut self, key: &str, raw: &$crate::settings::value::Raw) -> Result<(), &'static str> {
                match key {
                    $( stringify!($field) => {
                        let check: fn(&$type) -> bool = $check;
                        self.$field = <$type as $crate::settings::value::Setting>::read(raw).filter(check).ok_or($expected)?;
                    } )*
                    _ => return Err("no such setting"),
                }
                Ok(())
            }
        }
    };
}
pub(crate) use section;
