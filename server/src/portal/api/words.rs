//! Enumerations as the API spells them: its own, so that a change inside does not change what other programs see.

/// Declares an enumeration of the API with the variants of one inside, and what leads from one to the other.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $inner:path { $($(#[$variant_meta:meta])* $variant:ident),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_meta])* $variant),* }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                use $inner as Inner;
                match inner { $(Inner::$variant => Self::$variant),* }
            }
        }

        impl From<$name> for $inner {
            fn from(word: $name) -> Self {
                use $inner as Inner;
                match word { $($name::$variant => Inner::$variant),* }
            }
        }
    )*};
}

/// Declares an object of the API with members of one inside, and what leads from that to it.
macro_rules! mirror {
    ($($(#[$meta:meta])* $name:ident = $inner:ty { $($(#[$member_meta:meta])* $member:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $name { $($(#[$member_meta])* pub $member: $type),* }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self { $($member: inner.$member.into()),* }
            }
        }
    )*};
}

pub(super) use {mirror, words};
