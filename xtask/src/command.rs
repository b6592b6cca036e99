//! Running other programs: shown, timed, and with errors that name the command.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Says what is about to happen and why.
pub fn say(text: &str) {
    println!("\n==> {text}");
}

/// A duration as people read it: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Announces a step, does it, and says how long it took.
pub fn step<T>(text: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(text);
    let start = Instant::now();
    let result = work()?;
    println!("    done in {}", human(start.elapsed()));
    Ok(result)
}

/// A Cargo command of the toolchain that runs this task.
///
/// `cargo run` gives its child variables about the child's own package and library paths. Handed on, they would look
/// like a changed environment to build scripts, and another toolchain would load the wrong libraries.
pub fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    clean_cargo(Command::new(program), root)
}

/// Prepares any Cargo executable as [`cargo`] does.
pub fn clean_cargo(mut command: Command, root: &Path) -> Command {
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let about_this_package =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| text.starts_with(prefix));
        if about_this_package || text == "LD_LIBRARY_PATH" {
            command.env_remove(&name);
        }
    }
    command
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let quote = |text: &OsStr| {
        let text = text.to_string_lossy();
        if text.contains([' ', '"', '$', '*']) { format!("'{text}'") } else { text.into_owned() }
    };
    let mut words = vec![quote(command.get_program())];
    words.extend(command.get_args().map(quote));
    words.join(" ")
}

/// Runs a command in the foreground; its output is the person's. Fails if it does.
pub fn run(command: &mut Command) -> Result<()> {
    println!("    $ {}", shown(command));
    let status = command.status().with_context(|| format!("starting `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    Ok(())
}

/// Runs a command quietly and returns what it printed; on failure the error carries what it said.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}\n{}", shown(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command exists and succeeds. It prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first of these programs that is on the path.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn commands_can_be_typed_as_they_are_shown() {
        let mut command = Command::new("echo");
        command.args(["plain", "two words"]);
        assert_eq!(shown(&command), "echo plain 'two words'");
    }

    #[test]
    fn a_failure_says_which_command_and_what_it_said() {
        let error = capture(Command::new("sh").args(["-c", "echo bad luck >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c"), "{error}");
        assert!(error.contains("bad luck"), "{error}");
    }
}
