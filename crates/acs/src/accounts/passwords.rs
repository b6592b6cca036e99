//! Passwords: which are taken, and how they are kept.

use crate::{AcsError, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Argon2, Params};
use model::account::{AccountProblem, check_length};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Password hashes computed at once: each takes 19 MiB and tens of milliseconds.
const HASHES_AT_ONCE: usize = 2;

/// Hashes and compares, a few at a time and off the async threads. Argon2id with the parameters that OWASP gives first
/// (19 MiB, 2 passes, 1 lane).
pub(super) struct Hashing(Arc<Semaphore>);

impl Hashing {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(HASHES_AT_ONCE)))
    }

    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.blocking(hash).await
    }

    /// Whether `password` is the one of which `stored` is the hash, whatever its parameters.
    pub async fn verify(&self, password: &str, stored: String) -> Result<bool> {
        let password = password.to_owned();
        self.blocking(move || {
            let parsed = PasswordHash::new(&stored)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T> {
        let permit = self.0.clone().acquire_owned().await.map_err(AcsError::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(AcsError::internal)?.map_err(|error| AcsError::internal(error.to_string()))
    }
}

/// Whether a hash is of another kind, or weaker, than one that is made now.
pub(super) fn is_outdated(stored: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(stored) else { return true };
    let Ok(params) = Params::try_from(&parsed) else { return true };
    let now = Params::default();
    parsed.algorithm.as_str() != "argon2id"
        || parsed.version != Some(0x13)
        || params.m_cost() < now.m_cost()
        || params.t_cost() < now.t_cost()
}

/// Whether a password is good enough for this person. `username` may be an e-mail address.
pub(super) fn check(username: &str, name: &str, password: &str) -> std::result::Result<(), AccountProblem> {
    check_length(password)?;
    let lower = password.to_lowercase();
    let own: HashSet<String> = [username, name].into_iter().flat_map(words).collect();
    let cores = cores(&lower);
    let is_own = |core: &String| {
        let mut parts = core.split(|c: char| !c.is_alphanumeric());
        !core.is_empty() && (is_made_of(core, |word| own.contains(word)) || parts.all(|part| own.contains(part)))
    };
    if lower == username.to_lowercase() || cores.iter().any(is_own) {
        return Err(AccountProblem::PasswordOwn);
    }
    let is_common = |core: &String| core.is_empty() || is_made_of(core, |word| COMMON.stems.contains(word));
    if COMMON.whole.contains(lower.as_str()) || has_short_period(&lower) || cores.iter().any(is_common) {
        return Err(AccountProblem::PasswordCommon);
    }
    Ok(())
}

/// The words of a name, and all of them as one.
fn words(text: &str) -> impl Iterator<Item = String> {
    let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let local: String = text.split('@').next().unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect();
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
    words.chain([joined, local]).map(|word| word.to_lowercase()).filter(|word| word.chars().count() >= 3)
}

/// What people try first; see the file for where it comes from.
struct Common {
    stems: HashSet<&'static str>,
    whole: HashSet<&'static str>,
}

static COMMON: LazyLock<Common> = LazyLock::new(|| {
    let text = include_str!("common-passwords.txt");
    let (stems, whole) = text.split_once("\n# Whole passwords").expect("the file has two parts");
    let lines = |part: &'static str| part.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with("# "));
    let (stems, whole) = (lines(stems).filter(|line| *line != "#").collect(), lines(whole).collect());
    Common { stems, whole }
});

/// What is left of a password without digits and signs around it: as it is, and with those turned back that stand for
/// letters.
fn cores(lower: &str) -> [String; 3] {
    let plain = |c: char| !c.is_alphabetic();
    let turned = |text: &str| -> String { text.chars().map(letter).collect() };
    let core = lower.trim_matches(plain);
    [core.to_owned(), turned(core), turned(lower.trim_end_matches(plain)).trim_matches(plain).to_owned()]
}

fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether it is one known word, once or again and again.
fn is_made_of(core: &str, known: impl Fn(&str) -> bool) -> bool {
    let ends = core.char_indices().map(|(at, _)| at).skip(1).chain([core.len()]);
    ends.filter(|end| core.len().is_multiple_of(*end)).any(|end| {
        // `end` is where a character begins, or the end.
        let word = &core[..end];
        known(word) && core.as_bytes().chunks(end).all(|chunk| chunk == word.as_bytes())
    })
}

/// `aaaaaaaaaaaa`, `abcabcabcabc`: a few characters again and again.
fn has_short_period(text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    (1..=4).any(|period| text.iter().zip(text.iter().skip(period)).all(|(a, b)| a == b))
}

/// Argon2i with 4 MiB and one pass.
#[cfg(test)]
pub(super) fn weak_hash(password: &str) -> String {
    let params = Params::new(4096, 1, 1, None).unwrap();
    let weak = Argon2::new(argon2::Algorithm::Argon2i, argon2::Version::V0x13, params);
    weak.hash_password(password.as_bytes()).unwrap().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_whole() {
        assert!(
            COMMON.stems.len() > 6000 && COMMON.whole.len() > 6000,
            "{} {}",
            COMMON.stems.len(),
            COMMON.whole.len()
        );
        assert!(COMMON.stems.contains("zxcvbnm") && COMMON.whole.contains("1qaz2wsx3edc"));
        assert!(COMMON.whole.iter().all(|line| line.len() >= 12), "shorter ones are refused by their length");
        assert!(COMMON.stems.iter().all(|stem| stem.chars().all(|c| c.is_ascii_lowercase())));
    }

    #[test]
    fn n2_passwords_that_anyone_would_try_are_refused() {
        for common in [
            "Password1234",
            "passwordpassword",
            "P@ssw0rd12345",
            "password1!!!!",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "1qaz2wsx3edc",
            "QWERTYUIOP12",
            "Administrator1",
            "!!Lastmile2026!!",
            "@dministr@tor1",
            "sunshine-2026",
            "motdepasse2026!",
        ] {
            assert_eq!(check("maria", "Maria Bell", common), Err(AccountProblem::PasswordCommon), "{common}");
        }
        for good in ["correct horse battery", "Kx9-vu27-pp4-Lm", "der Hund bellt laut", "密码是一句很长很长的话吧对"]
        {
            assert_eq!(check("maria", "Maria Bell", good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_is_not_who_somebody_is() {
        for own in ["maria.bell@isp.example", "MariaMariaMaria", "bell20261123", "Maria.Bell!2026"] {
            let refused = check("maria.bell@isp.example", "Maria Bell", own);
            assert_eq!(refused, Err(AccountProblem::PasswordOwn), "{own}");
        }
        assert_eq!(check("bob", "Bob", "bobs boat is blue"), Ok(()));
        assert_eq!(check("maria", "Maria", "short"), Err(AccountProblem::PasswordShort));
    }

    #[test]
    fn older_hashes_are_known_as_such() {
        let hash = |kind: &str| format!("${kind}$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA");
        assert!(!is_outdated(&hash("argon2id")));
        assert!(is_outdated(&hash("argon2i")));
        assert!(is_outdated(&hash("argon2id").replace("19456", "4096")));
        assert!(is_outdated(&hash("argon2id").replace("t=2", "t=1")));
        assert!(is_outdated(&hash("argon2id").replace("v=19", "v=16")));
        assert!(!is_outdated(&hash("argon2id").replace("19456", "65536")), "stronger is kept");
        assert!(is_outdated(""));
    }

    #[tokio::test]
    async fn hashes_verify_and_differ() {
        let hashing = Hashing::new();
        let (a, b) = (hashing.hash("secret").await.unwrap(), hashing.hash("secret").await.unwrap());
        assert_ne!(a, b);
        assert!(a.starts_with("$argon2id$") && !is_outdated(&a));
        assert!(hashing.verify("secret", a.clone()).await.unwrap());
        assert!(!hashing.verify("Secret", a).await.unwrap());
        // One that was made with less work is still the same password.
        let weak = weak_hash("secret");
        assert!(is_outdated(&weak) && hashing.verify("secret", weak).await.unwrap());
    }
}
