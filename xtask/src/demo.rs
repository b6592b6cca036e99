use anyhow::Result;
use crate::context::Context;
#[derive(clap::Args)]
pub struct DemoArgs {}
pub fn demo(_: &Context, _: &DemoArgs) -> Result<()> { Ok(()) }
