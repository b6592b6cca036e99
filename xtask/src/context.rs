//! Where things are: the checkout, the build output, the cache that checkouts share.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folders that every command works in.
pub struct Context {
    root: PathBuf,
    target: PathBuf,
}

impl Context {
    /// Finds the checkout that this executable was built from and the folder that Cargo built it into.
    pub fn new() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the xtask crate lies in the workspace")?
            .to_path_buf();
        // The executable is <target>/<profile>/xtask, wherever Cargo was told to put <target>.
        let target = env::current_exe()
            .context("finding this executable")?
            .ancestors()
            .nth(2)
            .context("Cargo puts executables two levels below its target folder")?
            .to_path_buf();
        Ok(Self { root, target })
    }

    /// The root of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Cargo's target folder for the browser half. Its own, because another compiler may build it: in one folder the
    /// two would throw away each other's work.
    pub fn browser_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// What the server serves as static files.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The folder of the browser tests.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }
}

/// The folder for things that are expensive to make and the same for every checkout of a person.
pub fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => env::home_dir().context("neither XDG_CACHE_HOME nor a home folder is set")?.join(".cache"),
    };
    Ok(base.join("lastmile"))
}
