//! The folder of static files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::context::Context;

/// Copies `public/` into the site. Files that are the same stay as they are, so that their dates tell browsers the
/// truth.
pub fn copy_public(context: &Context) -> Result<()> {
    let public = context.root().join("public");
    if public.is_dir() {
        copy(&public, &context.site())?;
    }
    Ok(())
}

/// Writes a file unless it is there with the same content.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            write_if_changed(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
