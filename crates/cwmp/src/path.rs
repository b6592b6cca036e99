//! The grammar of parameter paths (§3.6.1, TR-106 §3.1).

use thiserror::Error;

/// Most characters of a path (A.3.2).
pub const MAX_PATH: usize = 256;

/// Most characters of an instance alias.
const MAX_ALIAS: usize = 64;

/// What a path addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// The empty path: the whole data model.
    Root,
    /// An object, a table or a row: ends in a dot. As an argument it is a *partial path*.
    Object,
    Parameter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    #[error("a path has at most 256 characters")]
    TooLong,
    #[error("a path has a name between two dots")]
    EmptyName,
    #[error("a path begins with a name, not with an instance")]
    NoRoot,
    #[error("a name begins with a letter or underscore and goes on with letters, digits, underscores and hyphens")]
    BadName,
    #[error("an instance is a number from 1 or an alias in brackets that begins with a letter")]
    BadInstance,
    #[error("a parameter has a name, not an instance")]
    InstanceAsParameter,
}

/// What a path addresses, if it is one: names and instances (numbers from 1, or `[alias]`) separated by dots.
pub fn validate(path: &str) -> Result<PathKind, PathError> {
    if path.is_empty() {
        return Ok(PathKind::Root);
    }
    if path.len() > MAX_PATH && path.chars().count() > MAX_PATH {
        return Err(PathError::TooLong);
    }
    let mut rest = path;
    let mut first = true;
    loop {
        let (part, after) = split(rest)?;
        let instance = check(part)?;
        if first && instance {
            return Err(PathError::NoRoot);
        }
        first = false;
        match after {
            None if instance => return Err(PathError::InstanceAsParameter),
            None => return Ok(PathKind::Parameter),
            Some("") => return Ok(PathKind::Object),
            Some(after) => rest = after,
        }
    }
}

/// Whether `path` is the full path of a parameter.
pub fn is_parameter(path: &str) -> bool {
    validate(path) == Ok(PathKind::Parameter)
}

/// Whether `path` is a partial path that names an object.
pub fn is_object(path: &str) -> bool {
    validate(path) == Ok(PathKind::Object)
}

/// The first part, and what follows its dot. Dots inside brackets do not count.
fn split(path: &str) -> Result<(&str, Option<&str>), PathError> {
    let end = if path.starts_with('[') {
        let end = path.find(']').ok_or(PathError::BadInstance)? + 1;
        if path[end..].chars().next().is_some_and(|next| next != '.') {
            return Err(PathError::BadInstance);
        }
        end
    } else {
        path.find('.').unwrap_or(path.len())
    };
    Ok((&path[..end], path[end..].strip_prefix('.')))
}

/// Whether the part is an instance (else it is a name).
fn check(part: &str) -> Result<bool, PathError> {
    let Some(first) = part.chars().next() else { return Err(PathError::EmptyName) };
    if first.is_ascii_digit() {
        let number = first != '0' && part.bytes().all(|byte| byte.is_ascii_digit());
        return if number { Ok(true) } else { Err(PathError::BadInstance) };
    }
    if first == '[' {
        let alias = &part[1..part.len() - 1];
        let good = alias.starts_with(|c: char| c.is_ascii_alphabetic())
            && alias.chars().count() <= MAX_ALIAS
            && !alias.chars().any(|c| c.is_control() || c == '[');
        return if good { Ok(true) } else { Err(PathError::BadInstance) };
    }
    let name = (first.is_ascii_alphabetic() || first == '_')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if name { Ok(false) } else { Err(PathError::BadName) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_grammar_are_told_apart() {
        for (path, kind) in [
            ("", PathKind::Root),
            ("Device.", PathKind::Object),
            ("Device.DeviceInfo.UpTime", PathKind::Parameter),
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.10.", PathKind::Object),
            ("Device.X_000E50_Foo-1._b", PathKind::Parameter),
            ("Device.IP.Interface.[cpe-lan.1].Enable", PathKind::Parameter),
            ("Device.NAT.PortMapping.[web].", PathKind::Object),
        ] {
            assert_eq!(validate(path), Ok(kind), "{path}");
        }
    }

    #[test]
    fn other_paths_are_refused_with_the_reason() {
        for (path, error) in [
            (".", PathError::EmptyName),
            (".Device", PathError::EmptyName),
            ("Device..A", PathError::EmptyName),
            ("1.A", PathError::NoRoot),
            ("[a].A", PathError::NoRoot),
            ("Device.A.1", PathError::InstanceAsParameter),
            ("Device.A.[x]", PathError::InstanceAsParameter),
            ("Device.A.0.", PathError::BadInstance),
            ("Device.A.01.", PathError::BadInstance),
            ("Device.A.1x.", PathError::BadInstance),
            ("Device.A.[1x].", PathError::BadInstance),
            ("Device.A.[x.B", PathError::BadInstance),
            ("Device.A.[x]B.", PathError::BadInstance),
            ("Device.A.[].", PathError::BadInstance),
            ("Device.A b", PathError::BadName),
            ("Device.*.A", PathError::BadName),
            ("Device.-A", PathError::BadName),
            ("Device.Ä", PathError::BadName),
            (" Device.A", PathError::BadName),
        ] {
            assert_eq!(validate(path), Err(error), "{path}");
        }
    }

    #[test]
    fn length_counts_characters() {
        let of = |length: usize| format!("D.{}", "a".repeat(length - 2));
        assert!(is_parameter(&of(256)));
        assert_eq!(validate(&of(257)), Err(PathError::TooLong));
        let alias = |length: usize| format!("D.[{}].", "a".repeat(length));
        assert!(is_object(&alias(64)));
        assert_eq!(validate(&alias(65)), Err(PathError::BadInstance));
        let umlauts = format!("D.[a{}].{}", "ü".repeat(63), "b".repeat(180));
        assert!(umlauts.len() > 256 && is_parameter(&umlauts));
    }
}
