//! Compiles the portal to WebAssembly and writes the JavaScript that loads it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::run;
use crate::context::Context;
use crate::setup::Toolchain;

/// The profile of the root manifest that the browser half is built with, always: an unoptimised one is ten times the
/// size and no quicker to build once its dependencies are there.
pub const PROFILE: &str = "wasm-release";

/// Builds `site/pkg/lastmile.{js,wasm}`.
pub fn build(context: &Context) -> Result<()> {
    let mut cargo = Toolchain::find()?.cargo(context, "build");
    run(cargo.args(["--package", "client", "--profile", PROFILE]))?;
    let compiled = context.browser_target().join("wasm32-unknown-unknown").join(PROFILE).join("client.wasm");
    let pkg = context.site().join("pkg");
    let loaded = pkg.join("lastmile.wasm");
    if is_newer(&loaded, &compiled) {
        return Ok(());
    }
    fs::create_dir_all(&pkg)?;
    Bindgen::new()
        .input_path(&compiled)
        .out_name("lastmile")
        .web(true)?
        .typescript(false)
        // Names of functions are for debuggers; they would be a third of the file.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&pkg)
        .context("writing the JavaScript of the browser half")?;
    // Leptos asks for <output name>.wasm. The rename comes last: until then the next run does it all again.
    fs::rename(pkg.join("lastmile_bg.wasm"), &loaded).context("naming lastmile.wasm")?;
    let size = fs::metadata(&loaded)?.len();
    println!("    lastmile.wasm: {} KB", size / 1000);
    Ok(())
}

fn is_newer(output: &Path, input: &Path) -> bool {
    let changed = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    matches!((changed(output), changed(input)), (Some(output), Some(input)) if output > input)
}
