//! Reading a password from a terminal without showing it, and making one.

use rand::RngExt;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;

/// Longest line that is read: more is no password.
const LONGEST: u64 = 4096;

/// On a terminal asks twice without echo; elsewhere reads one line from standard input.
pub fn ask(prompt: &str) -> io::Result<String> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return line(&mut stdin.lock());
    }
    let silence = Silence::new()?;
    let first = asked(prompt)?;
    let second = asked("Once more: ")?;
    drop(silence);
    if first == second { Ok(first) } else { Err(io::Error::other("the two passwords differ; nothing was changed")) }
}

fn asked(prompt: &str) -> io::Result<String> {
    let mut terminal = io::stderr();
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let password = line(&mut io::stdin().lock());
    writeln!(terminal)?;
    password
}

fn line(input: &mut dyn BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(LONGEST).read_line(&mut line)?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// While it lives, the terminal does not show what is typed.
struct Silence {
    before: Termios,
}

impl Silence {
    fn new() -> io::Result<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin.as_fd(), OptionalActions::Flush, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Now, &self.before);
    }
}

/// The password that CPEs use when the settings give none: read from `file`, or made and written there, readable by the
/// owner alone.
pub fn kept(file: &Path) -> io::Result<String> {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().len() >= 8 => return Ok(text.trim().to_owned()),
        Ok(_) => {
            return Err(io::Error::other(
                "the file holds no password of at least 8 characters; delete it to get a new one",
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let password = random();
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(opened, "{password}")?;
    opened.sync_all()?;
    Ok(password)
}

/// 24 characters of 57: 139 bits. None that look alike: it may have to be typed into a router.
fn random() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = rand::rng();
    (0..24).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_read_as_it_is() {
        assert_eq!(line(&mut &b" two words \r\nrest"[..]).unwrap(), " two words ");
        assert_eq!(line(&mut &b"last"[..]).unwrap(), "last");
    }

    #[test]
    fn the_cpe_password_is_made_once() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cpe-password");
        let first = kept(&file).unwrap();
        assert_eq!(first.len(), 24);
        assert_eq!(kept(&file).unwrap(), first);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "\n").unwrap();
        assert!(kept(&file).is_err());
    }
}
