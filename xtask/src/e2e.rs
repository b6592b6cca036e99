use anyhow::Result;
use crate::context::Context;
#[derive(clap::Args)]
pub struct E2eArgs {}
pub fn e2e(_: &Context, _: &E2eArgs) -> Result<()> { Ok(()) }
