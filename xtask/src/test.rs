use anyhow::Result;
use crate::context::Context;
#[derive(clap::Args)]
pub struct TestArgs {}
pub fn test(_: &Context, _: &TestArgs) -> Result<()> { Ok(()) }
