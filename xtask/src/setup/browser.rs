//! A compiler for the browser half (wasm32-unknown-unknown).
//!
//! The ordinary way is `rustup target add`. On a machine that cannot reach rustup's downloads, Debian's own Rust does
//! it: its `rustc-web` compiles for WebAssembly, but its prebuilt standard library does not cover that target, so it
//! is built once from the packaged source and kept in the person's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context as _, Result, bail};

use crate::command::{capture, cargo, clean_cargo, run, say, step, succeeds};
use crate::context::{self, Context};

/// The target of the browser half.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

/// The toolchain that builds the browser half.
pub enum Toolchain {
    /// The one that runs this task, with rustup's library for the target.
    Rustup,
    /// Debian's, with the library at this root.
    Debian {
        /// What rustc takes as `--sysroot`.
        sysroot: PathBuf,
    },
}

impl Toolchain {
    /// The one that [`super::ensure`] has installed.
    pub fn find() -> Result<Self> {
        if rustup_has_target() {
            return Ok(Self::Rustup);
        }
        let sysroot = sysroot()?;
        if !is_complete(&sysroot) {
            bail!("no compiler for {TARGET}: run `cargo xtask setup`");
        }
        Ok(Self::Debian { sysroot })
    }

    /// A Cargo command that builds for the browser: `subcommand`, the target and its own target folder are set.
    pub fn cargo(&self, context: &Context, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Rustup => cargo(context.root()),
            Self::Debian { sysroot } => {
                // Named by its path, Cargo would still look for `cargo clippy` in rustup's folder first.
                let program = if subcommand == "clippy" { DEBIAN_CLIPPY } else { DEBIAN_CARGO };
                let mut command = clean_cargo(Command::new(program), context.root());
                command
                    .env("CARGO", DEBIAN_CARGO)
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env_remove("RUSTUP_TOOLCHAIN")
                    // Replaces `build.rustflags` of .cargo/config.toml, so what is there is said again.
                    .env(
                        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                        format!("--cfg erase_components --sysroot {}", sysroot.display()),
                    );
                command
            }
        };
        command.args([subcommand, "--target", TARGET, "--target-dir"]).arg(context.browser_target());
        command
    }
}

/// Tries rustup. Says false where only Debian's compiler is left.
pub fn ensure_by_rustup() -> Result<bool> {
    if rustup_has_target() {
        return Ok(true);
    }
    // The answer of a closed network does not change from one run to the next: do not ask it again.
    if is_complete(&sysroot()?) {
        return Ok(false);
    }
    say(&format!("The portal runs in the browser too: adding {TARGET} to the toolchain"));
    if let Err(error) = run(Command::new("rustup").args(["target", "add", TARGET])) {
        println!("    {error:#}");
        if !Path::new("/etc/debian_version").exists() {
            bail!("Without it the portal cannot be built. Make `rustup target add {TARGET}` work, then try again.");
        }
        println!("    Going on with Debian's compiler instead.");
        return Ok(false);
    }
    Ok(true)
}

/// The packages of Debian's toolchain that are not there.
pub fn debian_missing(lints: bool) -> Vec<&'static str> {
    let mut wanted = vec![
        ("rustc-web", DEBIAN_RUSTC),
        ("cargo-web", DEBIAN_CARGO),
        ("libstd-rust-web-dev", "/usr/lib/rustlib/x86_64-unknown-linux-gnu/lib"),
        ("rust-web-src", DEBIAN_SOURCE),
    ];
    if lints {
        wanted.push(("rust-web-clippy", DEBIAN_CLIPPY));
    }
    wanted.into_iter().filter(|(_, file)| !Path::new(file).exists()).map(|(name, _)| name).collect()
}

/// Builds the standard library for the browser with Debian's compiler, unless that is done.
pub fn ensure_debian_library() -> Result<()> {
    let sysroot = sysroot()?;
    if is_complete(&sysroot) {
        return Ok(());
    }
    step("Building Rust's standard library for the browser, once (a minute or two)", || build_library(&sysroot))
}

fn rustup_has_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    capture(&mut rustc).is_ok_and(|dir| Path::new(dir.trim()).is_dir())
}

/// Where the library for Debian's compiler is kept: a folder per version of the compiler.
fn sysroot() -> Result<PathBuf> {
    let version = capture(Command::new(DEBIAN_RUSTC).arg("--version")).unwrap_or_default();
    let version = version.split_whitespace().nth(1).unwrap_or("none");
    Ok(context::cache()?.join(format!("wasm-sysroot-{version}")))
}

fn library_dir(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn linker(sysroot: &Path) -> Result<PathBuf> {
    Ok(sysroot.join("lib/rustlib").join(host()?).join("bin/rust-lld"))
}

/// The folder appears by a rename, so if it is there it is whole; but the linker that it points to may have gone.
fn is_complete(sysroot: &Path) -> bool {
    library_dir(sysroot).is_dir() && linker(sysroot).is_ok_and(|file| file.exists())
}

fn host() -> Result<String> {
    let text = capture(Command::new("rustc").arg("-vV"))?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc -vV names no host")
}

fn build_library(sysroot: &Path) -> Result<()> {
    let parent = sysroot.parent().context("the cache folder has a parent")?;
    let work = parent.join(format!("building-{}", process::id()));
    fs::create_dir_all(work.join("src"))?;
    let result = build_library_in(&work, sysroot);
    fs::remove_dir_all(&work).context("removing the build folder")?;
    result
}

fn build_library_in(work: &Path, sysroot: &Path) -> Result<()> {
    // Cargo builds the standard library as the dependency of a crate; this one is empty.
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    run(clean_cargo(Command::new(DEBIAN_CARGO), work)
        .args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET, "--target-dir", "target"])
        .env("RUSTC", DEBIAN_RUSTC)
        .env("CARGO", DEBIAN_CARGO)
        .env("RUSTC_BOOTSTRAP", "1")
        // The browser half is optimised across crates, this library included: that works on bitcode.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-C embed-bitcode=yes")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTUP_TOOLCHAIN"))?;

    let made = work.join("sysroot");
    let library = library_dir(&made);
    fs::create_dir_all(&library)?;
    let deps = work.join("target").join(TARGET).join("release/deps");
    let mut count = 0;
    for entry in fs::read_dir(&deps).with_context(|| format!("reading {}", deps.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|end| end == "rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, library.join(name))?;
            count += 1;
        }
    }
    if count == 0 {
        bail!("the build left no library in {}", deps.display());
    }

    // Debian's compiler comes without a linker for WebAssembly; rustup's has one.
    let rustup = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    let lld = Path::new(rustup.trim()).join("lib/rustlib").join(host()?).join("bin/rust-lld");
    if !succeeds(Command::new(&lld).args(["-flavor", "wasm", "--version"])) {
        bail!("the toolchain in use has no working rust-lld at {}", lld.display());
    }
    let link = linker(&made)?;
    fs::create_dir_all(link.parent().context("the linker lies in a folder")?)?;
    std::os::unix::fs::symlink(&lld, &link)?;

    if sysroot.exists() {
        fs::remove_dir_all(sysroot)?;
    }
    fs::rename(&made, sysroot).context("putting the library in its place")
}
