//! Bundles the style sheet: `style/main.css` and what it imports become one small file.

use anyhow::{Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};
use lightningcss::targets::{Browsers, Targets};

use super::site::write_if_changed;
use crate::context::Context;

/// The oldest browsers that the portal is written for: those with CSS nesting, layers and `:has()`.
const fn browsers() -> Browsers {
    const fn version(major: u32, minor: u32) -> u32 {
        (major << 16) | (minor << 8)
    }
    Browsers {
        android: None,
        chrome: Some(version(120, 0)),
        edge: Some(version(120, 0)),
        firefox: Some(version(121, 0)),
        ie: None,
        ios_saf: Some(version(17, 2)),
        opera: None,
        safari: Some(version(17, 2)),
        samsung: None,
    }
}

/// Writes `site/pkg/lastmile.css`. A sheet with an error fails the build, with the file and line at fault.
pub fn bundle(context: &Context) -> Result<()> {
    let main = context.root().join("style/main.css");
    if !main.is_file() {
        return Ok(());
    }
    let targets = Targets::from(browsers());
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(&main).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions { targets, ..MinifyOptions::default() }).map_err(|error| anyhow!("{error}"))?;
    let css = sheet
        .to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })
        .map_err(|error| anyhow!("{error}"))?;
    write_if_changed(&context.site().join("pkg/lastmile.css"), css.code.as_bytes())
}
