//! Server functions of the audit log.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::audit::{AuditPage, AuditQuery};

#[server(name = AuditPageFn, prefix = "/fn", endpoint = "audit", input = Json)]
pub async fn audit_page(query: AuditQuery) -> Result<AuditPage, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.audit_page(&actor, &query).await?)
}

#[server(name = AuditPeopleFn, prefix = "/fn", endpoint = "audit/people", input = Json)]
pub async fn audit_people() -> Result<Vec<String>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.audit_people(&actor).await?)
}
