//! `cargo xtask fuzz`: throws inputs at everything that strangers can reach, with libFuzzer.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::command::{capture, cargo, human, run, say, shown, step};
use crate::context::Context;

#[derive(Args)]
pub struct FuzzArgs {
    /// Fuzz only these targets; all of them if none is named.
    targets: Vec<String>,
    /// Inputs to try for each target.
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
}

/// Counters on every edge and comparison, as libFuzzer wants them. All of these are flags of the stable compiler.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds the targets and runs each of them; fails if one of them finds something.
pub fn fuzz(context: &Context, args: &FuzzArgs) -> Result<()> {
    let folder = context.root().join("crates/fuzz");
    let all = targets(&folder)?;
    if let Some(unknown) = args.targets.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown}; there are {}", all.join(", "));
    }
    let chosen: Vec<&String> =
        all.iter().filter(|name| args.targets.is_empty() || args.targets.contains(name)).collect();
    // Its own folder: other flags would throw away what the ordinary builds made.
    let target = context.target().join("fuzz");
    let host = host(context)?;
    step("Building the fuzz targets", || {
        run(cargo(context.root())
            .args(["build", "--package", "fuzz", "--bins", "--features", "libfuzzer", "--profile", "fuzz"])
            // With a target named, the flags are for the program and not for build scripts.
            .args(["--target", &host])
            .env("CARGO_TARGET_DIR", &target)
            .env("RUSTFLAGS", COVERAGE))
    })?;
    let executables = target.join(&host).join("fuzz");
    let mut found = Vec::new();
    for name in &chosen {
        say(&format!("{name}: {} inputs", args.runs));
        if !one(&folder, &target, &executables.join(name), name, args.runs)? {
            found.push(name.as_str());
        }
    }
    if !found.is_empty() {
        bail!("findings in {}: the inputs are in {}", found.join(", "), target.join("findings").display());
    }
    say(&format!("{} targets, {} inputs each, no finding.", chosen.len(), args.runs));
    Ok(())
}

/// The targets: one source file each.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let folder = folder.join("targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Runs one target. Returns whether it kept its promises.
fn one(folder: &Path, target: &Path, executable: &Path, name: &str, runs: u64) -> Result<bool> {
    // What libFuzzer finds interesting is kept from run to run, apart from the committed inputs.
    let grown = target.join("corpus").join(name);
    let findings = target.join("findings");
    let log = target.join(format!("{name}.log"));
    fs::create_dir_all(&grown).and_then(|()| fs::create_dir_all(&findings)).context("making folders for fuzzing")?;
    let dictionary = match name {
        "decode_cpe" | "decode_acs" | "fragment" | "xmpp" => "xml.dict",
        _ => "http.dict",
    };
    let mut command = Command::new(executable);
    command
        .arg(&grown)
        .arg(folder.join("corpus").join(name))
        .arg(format!("-runs={runs}"))
        .arg(format!("-dict={}", folder.join("dictionaries").join(dictionary).display()))
        .arg(format!("-artifact_prefix={}", prefix(&findings, name)))
        .args(["-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .stderr(File::create(&log).with_context(|| format!("creating {}", log.display()))?);
    println!("    $ {}", shown(&command));
    let start = Instant::now();
    let status = command.status().with_context(|| format!("starting `{}`", shown(&command)))?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if status.success() {
        let stat = |wanted: &str| {
            let line = text.lines().rev().find(|line| line.contains(wanted));
            line.and_then(|line| line.rsplit(' ').next()).unwrap_or("?").to_owned()
        };
        let (inputs, took) = (stat("number_of_executed_units"), start.elapsed());
        let rate = inputs.parse().map_or(0.0, |inputs: f64| inputs / took.as_secs_f64());
        println!("    {inputs} inputs in {}, {rate:.0} a second, {} MB at most", human(took), stat("peak_rss_mb"));
    } else {
        let lines: Vec<&str> = text.lines().collect();
        println!(
            "{}\n    FINDING; the whole log is {}",
            lines[lines.len().saturating_sub(40)..].join("\n"),
            log.display()
        );
    }
    Ok(status.success())
}

fn prefix(findings: &Path, name: &str) -> String {
    let prefix: PathBuf = findings.join(format!("{name}-"));
    prefix.display().to_string()
}

/// The triple of the machine that this runs on.
fn host(context: &Context) -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let about = capture(Command::new(rustc).arg("-vV").current_dir(context.root()))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc says what it was built for")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_committed_corpus() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/fuzz");
        let targets = targets(&folder).unwrap();
        assert!(targets.iter().any(|name| name == "decode_cpe"), "{targets:?}");
        for name in targets {
            assert!(fs::read_dir(folder.join("corpus").join(&name)).unwrap().next().is_some(), "{name}");
        }
    }
}
