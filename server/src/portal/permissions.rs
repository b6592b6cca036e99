//! Which permission each operation of the portal and of the API takes: one table, looked at before anything of a request
//! is read. What is not in it is refused. The operations of `acs` check again, and what a request is about, too.
//!
//! `docs/permissions.md` is this table for people; a test holds it to be current, and another asks a server for every
//! operation in every role (`server/tests/permissions.rs`).

use axum::http::Method;
use model::{Permission as P, Permissions, Scope};

/// Who may use an operation.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Also those who are not signed in.
    Everybody,
    SignedIn,
    /// Who has all of these.
    All(&'static [P]),
    /// Who has one of these; which one depends on what is asked for, and is decided when that is known.
    One(&'static [P]),
}

/// An operation: a server function, a stream, a route for files, or a route of the API.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub method: &'static str,
    /// As the router matches it.
    pub path: &'static str,
    pub access: Access,
}

impl Access {
    /// Whether somebody who is signed in may pass. Permissions about everything are not for those who see a part of the
    /// fleet.
    pub fn admits(self, permissions: Permissions, scope: &Scope) -> bool {
        let has = |one: &P| permissions.contains(*one) && (scope.is_everything() || !one.needs_everything());
        match self {
            Self::Everybody | Self::SignedIn => true,
            Self::All(all) => all.iter().all(has),
            Self::One(any) => any.iter().any(has),
        }
    }
}

/// The operation of a request, by the path that the router matched.
pub fn of(method: &Method, matched: &str) -> Option<&'static Operation> {
    // Axum answers HEAD as GET.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    OPERATIONS.iter().find(|operation| operation.path == matched && operation.method == method.as_str())
}

/// Whether everything that the router matches here is an operation, so that one without a line in the table is refused.
pub fn are_operations(matched: &str) -> bool {
    ["/fn/", "/live", "/api/v1/"].iter().any(|start| matched.starts_with(start))
}

const fn post(path: &'static str, access: Access) -> Operation {
    Operation { method: "POST", path, access }
}

const fn get(path: &'static str, access: Access) -> Operation {
    Operation { method: "GET", path, access }
}

const fn put(path: &'static str, access: Access) -> Operation {
    Operation { method: "PUT", path, access }
}

const fn delete(path: &'static str, access: Access) -> Operation {
    Operation { method: "DELETE", path, access }
}

const EVERYBODY: Access = Access::Everybody;
const SIGNED_IN: Access = Access::SignedIn;
const DEVICE_READ: Access = Access::All(&[P::DeviceRead]);
const DEVICE_WRITE: Access = Access::All(&[P::DeviceWrite]);
const DEVICE_MANAGE: Access = Access::All(&[P::DeviceManage]);
const FILE_READ: Access = Access::All(&[P::FileRead]);
const FILE_WRITE: Access = Access::All(&[P::FileWrite]);
const SUBSCRIBER_READ: Access = Access::All(&[P::SubscriberRead]);
const SUBSCRIBER_WRITE: Access = Access::All(&[P::SubscriberWrite]);
const SUBSCRIBER_LINK: Access = Access::All(&[P::SubscriberLink]);
const NOTE_WRITE: Access = Access::All(&[P::NoteWrite]);
const FIND: Access = Access::All(&[P::DeviceRead, P::SubscriberRead]);
const SETTINGS: Access = Access::All(&[P::SettingsWrite]);
const PEOPLE: Access = Access::All(&[P::AgentManage]);
const AUDIT: Access = Access::All(&[P::AuditRead]);
const TOKENS: Access = Access::All(&[P::TokenManage]);
const WEBHOOKS: Access = Access::All(&[P::WebhookManage]);
const ROLES: Access = Access::One(&[P::RoleManage, P::AgentManage, P::TokenManage]);
/// Each kind of task has its own; see `TaskKind::permission`.
const TASK: Access =
    Access::One(&[P::DeviceRefresh, P::DeviceWrite, P::DeviceReboot, P::DeviceFactoryReset, P::DeviceTransfer]);
/// Each kind of order for many devices has its own; see `BulkKind::permission`.
const BULK: Access = Access::One(&[P::DeviceRefresh, P::DeviceReboot]);

const CAMPAIGN_READ: Access = Access::All(&[P::CampaignRead]);
const CAMPAIGN_WRITE: Access = Access::All(&[P::CampaignWrite]);
const CAMPAIGN_APPROVE: Access = Access::All(&[P::CampaignApprove]);
/// Routers that a plan names one by one.
const CAMPAIGN_NAME: Access = Access::All(&[P::CampaignWrite, P::DeviceRead]);

/// In the order of their paths.
pub const OPERATIONS: &[Operation] = &[
    get("/api/v1/campaigns", CAMPAIGN_READ),
    post("/api/v1/campaigns", CAMPAIGN_WRITE),
    get("/api/v1/campaigns/{id}", CAMPAIGN_READ),
    put("/api/v1/campaigns/{id}", CAMPAIGN_WRITE),
    delete("/api/v1/campaigns/{id}", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/{id}/ask-approval", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/{id}/cancel", CAMPAIGN_WRITE),
    get("/api/v1/campaigns/{id}/devices", CAMPAIGN_READ),
    get("/api/v1/campaigns/{id}/devices/{device}", CAMPAIGN_READ),
    put("/api/v1/campaigns/{id}/limits", CAMPAIGN_WRITE),
    get("/api/v1/campaigns/{id}/log", CAMPAIGN_READ),
    post("/api/v1/campaigns/{id}/pause", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/{id}/resume", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/{id}/rollback", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/{id}/start", CAMPAIGN_WRITE),
    post("/api/v1/campaigns/preview", CAMPAIGN_WRITE),
    get("/api/v1/devices", DEVICE_READ),
    get("/api/v1/devices/{id}", DEVICE_READ),
    get("/api/v1/devices/{id}/diagnostics", DEVICE_READ),
    post("/api/v1/devices/{id}/diagnostics", Access::All(&[P::DeviceRefresh])),
    get("/api/v1/devices/{id}/events", DEVICE_READ),
    get("/api/v1/devices/{id}/parameters", DEVICE_READ),
    get("/api/v1/devices/{id}/tasks", DEVICE_READ),
    post("/api/v1/devices/{id}/tasks", TASK),
    get("/api/v1/diagnostics/{id}", DEVICE_READ),
    get("/api/v1/events", DEVICE_READ),
    get("/api/v1/files", FILE_READ),
    post("/api/v1/files", FILE_WRITE),
    get("/api/v1/files/{id}", FILE_READ),
    delete("/api/v1/files/{id}", FILE_WRITE),
    get("/api/v1/files/{id}/content", FILE_READ),
    get("/api/v1/openapi.json", EVERYBODY),
    get("/api/v1/subscribers", SUBSCRIBER_READ),
    get("/api/v1/subscribers/{account}", SUBSCRIBER_READ),
    put("/api/v1/subscribers/{account}", SUBSCRIBER_WRITE),
    delete("/api/v1/subscribers/{account}", SUBSCRIBER_WRITE),
    get("/api/v1/subscribers/{account}/devices", FIND),
    put("/api/v1/subscribers/{account}/devices/{serial}", SUBSCRIBER_LINK),
    delete("/api/v1/subscribers/{account}/devices/{serial}", SUBSCRIBER_LINK),
    get("/api/v1/tasks", DEVICE_READ),
    get("/api/v1/tasks/{id}", DEVICE_READ),
    post("/api/v1/tasks/{id}/cancel", TASK),
    get("/api/v1/webhooks", WEBHOOKS),
    post("/api/v1/webhooks", WEBHOOKS),
    get("/api/v1/webhooks/{id}", WEBHOOKS),
    put("/api/v1/webhooks/{id}", WEBHOOKS),
    delete("/api/v1/webhooks/{id}", WEBHOOKS),
    get("/api/v1/webhooks/{id}/deliveries", WEBHOOKS),
    post("/api/v1/webhooks/{id}/test", WEBHOOKS),
    get("/campaigns/{id}/devices.csv", CAMPAIGN_READ),
    get("/files/{id}/content", FILE_READ),
    post("/files/upload", FILE_WRITE),
    post("/fn/access/close", DEVICE_WRITE),
    post("/fn/access/open", DEVICE_WRITE),
    post("/fn/audit", AUDIT),
    post("/fn/audit/people", AUDIT),
    post("/fn/bulk", DEVICE_READ),
    post("/fn/bulk/dismiss", BULK),
    post("/fn/bulk/prepare", BULK),
    post("/fn/bulk/start", BULK),
    post("/fn/bulk/stop", BULK),
    post("/fn/campaign", CAMPAIGN_READ),
    post("/fn/campaign/approve", CAMPAIGN_APPROVE),
    post("/fn/campaign/ask", CAMPAIGN_WRITE),
    post("/fn/campaign/back", CAMPAIGN_WRITE),
    post("/fn/campaign/cancel", CAMPAIGN_WRITE),
    post("/fn/campaign/check", CAMPAIGN_WRITE),
    post("/fn/campaign/delete", CAMPAIGN_WRITE),
    post("/fn/campaign/files", Access::All(&[P::CampaignWrite, P::FileRead])),
    post("/fn/campaign/limits", CAMPAIGN_WRITE),
    post("/fn/campaign/log", CAMPAIGN_READ),
    post("/fn/campaign/named", CAMPAIGN_NAME),
    post("/fn/campaign/pause", CAMPAIGN_WRITE),
    post("/fn/campaign/preview", CAMPAIGN_WRITE),
    post("/fn/campaign/reject", CAMPAIGN_APPROVE),
    post("/fn/campaign/resume", CAMPAIGN_WRITE),
    post("/fn/campaign/save", CAMPAIGN_WRITE),
    post("/fn/campaign/serials", CAMPAIGN_NAME),
    post("/fn/campaign/start", CAMPAIGN_WRITE),
    post("/fn/campaign/target", CAMPAIGN_READ),
    post("/fn/campaign/targets", CAMPAIGN_READ),
    post("/fn/campaign/try", CAMPAIGN_WRITE),
    post("/fn/campaigns", CAMPAIGN_READ),
    post("/fn/campaigns/calendar", CAMPAIGN_READ),
    post("/fn/campaigns/stop", CAMPAIGN_WRITE),
    post("/fn/confirm/code", SIGNED_IN),
    post("/fn/confirm/passkey", SIGNED_IN),
    post("/fn/confirm/passkey/begin", SIGNED_IN),
    post("/fn/confirm/password", SIGNED_IN),
    post("/fn/confirm/ways", SIGNED_IN),
    post("/fn/create_first_administrator", EVERYBODY),
    post("/fn/desk", FIND),
    post("/fn/desk/opened", FIND),
    post("/fn/desk/pin", FIND),
    post("/fn/device", DEVICE_READ),
    post("/fn/device/campaigns", DEVICE_READ),
    post("/fn/device/compare", DEVICE_READ),
    post("/fn/device/diagnoses", DEVICE_READ),
    post("/fn/device/differences", DEVICE_READ),
    post("/fn/device/escalate", Access::All(&[P::DeviceRead, P::NoteWrite])),
    post("/fn/device/files", FILE_READ),
    post("/fn/device/history", DEVICE_READ),
    post("/fn/device/look", DEVICE_READ),
    post("/fn/device/network", DEVICE_READ),
    post("/fn/device/note", NOTE_WRITE),
    post("/fn/device/people", DEVICE_READ),
    post("/fn/device/reset-plan", DEVICE_READ),
    post("/fn/device/reveal", Access::All(&[P::PasswordReveal])),
    post("/fn/device/task", TASK),
    post("/fn/device/tasks", DEVICE_READ),
    post("/fn/device/tests", DEVICE_READ),
    post("/fn/device/timeline", DEVICE_READ),
    post("/fn/device/tree", DEVICE_READ),
    post("/fn/device/wifi", DEVICE_READ),
    post("/fn/devices", DEVICE_READ),
    post("/fn/devices/counts", DEVICE_READ),
    post("/fn/devices/enrolment", DEVICE_MANAGE),
    post("/fn/devices/facets", DEVICE_READ),
    post("/fn/file/delete", FILE_WRITE),
    post("/fn/file/update", FILE_WRITE),
    post("/fn/files", FILE_READ),
    post("/fn/guide", DEVICE_READ),
    post("/fn/guide/begin", Access::All(&[P::DeviceRead, P::NoteWrite])),
    post("/fn/guide/running", DEVICE_READ),
    post("/fn/guide/step", NOTE_WRITE),
    post("/fn/invitation", EVERYBODY),
    post("/fn/invitation/accept", EVERYBODY),
    post("/fn/links/rules", SUBSCRIBER_READ),
    post("/fn/links/rules/set", SETTINGS),
    post("/fn/note/add", NOTE_WRITE),
    post("/fn/note/change", NOTE_WRITE),
    post("/fn/note/delete", NOTE_WRITE),
    post("/fn/notes", Access::One(&[P::DeviceRead, P::SubscriberRead])),
    post("/fn/overview", DEVICE_READ),
    post("/fn/people", PEOPLE),
    post("/fn/people/change", PEOPLE),
    post("/fn/people/disable", PEOPLE),
    post("/fn/people/factors/reset", PEOPLE),
    post("/fn/people/invite", PEOPLE),
    post("/fn/people/link", PEOPLE),
    post("/fn/people/openid/disconnect", PEOPLE),
    post("/fn/people/rule/set", PEOPLE),
    post("/fn/people/sessions/end", PEOPLE),
    post("/fn/people/withdraw", PEOPLE),
    post("/fn/profile/choose", SIGNED_IN),
    post("/fn/profile/codes", SIGNED_IN),
    post("/fn/profile/factors", SIGNED_IN),
    post("/fn/profile/openid/connect", SIGNED_IN),
    post("/fn/profile/openid/disconnect", SIGNED_IN),
    post("/fn/profile/passkeys/add", SIGNED_IN),
    post("/fn/profile/passkeys/begin", SIGNED_IN),
    post("/fn/profile/passkeys/delete", SIGNED_IN),
    post("/fn/profile/passkeys/rename", SIGNED_IN),
    post("/fn/profile/password", SIGNED_IN),
    post("/fn/profile/sessions", SIGNED_IN),
    post("/fn/profile/sessions/end", SIGNED_IN),
    post("/fn/profile/sessions/end_others", SIGNED_IN),
    post("/fn/profile/totp/begin", SIGNED_IN),
    post("/fn/profile/totp/confirm", SIGNED_IN),
    post("/fn/profile/totp/remove", SIGNED_IN),
    post("/fn/protocol", DEVICE_READ),
    post("/fn/protocol/decide", DEVICE_MANAGE),
    post("/fn/protocol/forget", DEVICE_MANAGE),
    post("/fn/protocol/reset_login", DEVICE_MANAGE),
    post("/fn/protocol/try_again", Access::All(&[P::DeviceRefresh])),
    post("/fn/recent_tasks", DEVICE_READ),
    post("/fn/search", FIND),
    post("/fn/search/page", FIND),
    post("/fn/settings/aliases", DEVICE_READ),
    post("/fn/settings/aliases/put", SETTINGS),
    post("/fn/settings/aliases/remove", SETTINGS),
    post("/fn/settings/aliases/try", DEVICE_READ),
    post("/fn/settings/role/delete", Access::All(&[P::RoleManage])),
    post("/fn/settings/role/put", Access::All(&[P::RoleManage])),
    post("/fn/settings/roles", ROLES),
    post("/fn/settings/verdict", DEVICE_READ),
    post("/fn/settings/verdict/decide", SETTINGS),
    post("/fn/sign_in", EVERYBODY),
    post("/fn/sign_in/code", EVERYBODY),
    post("/fn/sign_in/openid", EVERYBODY),
    post("/fn/sign_in/passkey", EVERYBODY),
    post("/fn/sign_in/passkey/begin", EVERYBODY),
    post("/fn/sign_in/second", EVERYBODY),
    post("/fn/sign_in/set_up", EVERYBODY),
    post("/fn/sign_out", SIGNED_IN),
    post("/fn/snapshot", DEVICE_READ),
    post("/fn/snapshot/close", NOTE_WRITE),
    post("/fn/subscriber", SUBSCRIBER_READ),
    post("/fn/subscriber/choose", FIND),
    post("/fn/subscriber/delete", SUBSCRIBER_WRITE),
    post("/fn/subscriber/events", SUBSCRIBER_READ),
    post("/fn/subscriber/link", SUBSCRIBER_LINK),
    post("/fn/subscriber/put", SUBSCRIBER_WRITE),
    post("/fn/subscriber/unlink", SUBSCRIBER_LINK),
    post("/fn/subscribers", SUBSCRIBER_READ),
    post("/fn/subscribers/count", SUBSCRIBER_READ),
    post("/fn/subscribers/facets", SUBSCRIBER_READ),
    post("/fn/subscribers/import", SUBSCRIBER_WRITE),
    post("/fn/subscribers/import/cancel", SUBSCRIBER_WRITE),
    post("/fn/subscribers/table", SUBSCRIBER_WRITE),
    post("/fn/subscribers/zones", SIGNED_IN),
    post("/fn/task/cancel", TASK),
    post("/fn/task/undo", TASK),
    post("/fn/token/create", TOKENS),
    post("/fn/token/create_mine", SIGNED_IN),
    post("/fn/token/revoke", SIGNED_IN),
    post("/fn/tokens", TOKENS),
    post("/fn/tokens/mine", SIGNED_IN),
    post("/fn/trace", DEVICE_MANAGE),
    post("/fn/trace/discard", DEVICE_MANAGE),
    post("/fn/trace/exchange", DEVICE_MANAGE),
    post("/fn/trace/start", DEVICE_MANAGE),
    post("/fn/trace/stop", DEVICE_MANAGE),
    post("/fn/traces", DEVICE_MANAGE),
    post("/fn/views", DEVICE_READ),
    post("/fn/views/change", DEVICE_READ),
    post("/fn/views/counts", DEVICE_READ),
    post("/fn/views/delete", DEVICE_READ),
    post("/fn/views/save", DEVICE_READ),
    post("/fn/webhook/create", WEBHOOKS),
    post("/fn/webhook/delete", WEBHOOKS),
    post("/fn/webhook/deliveries", WEBHOOKS),
    post("/fn/webhook/test", WEBHOOKS),
    post("/fn/webhook/update", WEBHOOKS),
    post("/fn/webhooks", WEBHOOKS),
    post("/fn/wifi/suggest", DEVICE_WRITE),
    get("/live", DEVICE_READ),
    get("/live/devices/{id}", DEVICE_READ),
    get("/settings/audit/export/{file}", AUDIT),
    get("/sign-in/openid", EVERYBODY),
    get("/snapshots/{id}/{file}", DEVICE_READ),
    get("/subscribers/import/{id}/wrong.csv", SUBSCRIBER_WRITE),
    post("/subscribers/import/upload", SUBSCRIBER_WRITE),
    get("/traces/{file}", DEVICE_MANAGE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use model::Role;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    #[test]
    fn n4_every_server_function_has_its_line_and_no_line_is_of_none() {
        let functions: BTreeSet<String> =
            leptos::server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
        let lines: BTreeSet<String> = OPERATIONS
            .iter()
            .filter(|operation| operation.path.starts_with("/fn/"))
            .map(|operation| format!("{} {}", operation.method, operation.path))
            .collect();
        assert!(functions.len() > 50, "{functions:?}");
        assert_eq!(functions, lines);
    }

    #[test]
    fn n4_every_other_route_has_its_line() {
        // For those who watch the server, and for what does not exist.
        const OTHERS: [&str; 4] = ["/healthz", "/readyz", "/api", "/api/{*rest}"];
        let mut routes = 0;
        for file in walk(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/portal"))) {
            let text = std::fs::read_to_string(&file).unwrap();
            for part in text.split(".route(").skip(1) {
                let Some(path) = part.trim_start().strip_prefix('"').and_then(|part| part.split('"').next()) else {
                    continue;
                };
                routes += 1;
                let known = OPERATIONS.iter().any(|operation| operation.path == path) || OTHERS.contains(&path);
                assert!(known, "{path} in {} has no line in the table of operations", file.display());
            }
        }
        // Those of the API are held by its own document (`api/document/tests.rs`).
        assert!(routes >= 7, "{routes}");
    }

    fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(walk(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("permissions.rs") {
                files.push(path);
            }
        }
        files
    }

    #[test]
    fn lines_are_in_order_and_unique() {
        let keys: Vec<_> = OPERATIONS.iter().map(|operation| (operation.path, operation.method)).collect();
        let unique: BTreeSet<_> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len());
        let key = |path: &str| path.replace(['{', '}'], "");
        assert!(OPERATIONS.is_sorted_by(|a, b| key(a.path) <= key(b.path)), "in the order of their paths");
    }

    /// Written anew with `LASTMILE_WRITE_DOCS=1`.
    #[test]
    fn the_page_for_people_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
        let page = page();
        if std::env::var_os("LASTMILE_WRITE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page, "docs/permissions.md is not current: LASTMILE_WRITE_DOCS=1 writes it");
    }

    fn page() -> String {
        let mut page = String::from(
            "# Who may do what\n\nWritten from the tables in `crates/model/src/role.rs` and `server/src/portal/permissions.rs` by a test that holds it to be current.\n\n\
             ## Roles\n\nAn operator may make roles of any permissions (Settings, Roles). Nobody gives away more than they have.\n\n",
        );
        let heads: Vec<_> = Role::ALL.iter().map(|role| role.label()).collect();
        let _ = writeln!(page, "| permission | what it allows | {} |", heads.join(" | "));
        let _ = writeln!(page, "| --- | --- |{}", " --- |".repeat(heads.len()));
        for permission in P::ALL {
            let cells: Vec<_> = Role::ALL.iter().map(|role| if role.allows(permission) { "yes" } else { "" }).collect();
            let whole = if permission.needs_everything() { " Not for those who see a part of the fleet." } else { "" };
            let _ =
                writeln!(page, "| `{}` | {}{whole} | {} |", permission.as_str(), permission.about(), cells.join(" | "));
        }
        page.push_str(
            "\n## Operations\n\nServer functions of the portal (`/fn/…`), streams, files, and the API. “some”: it depends on what is asked for. \
             What is outside of an agent's or a token's part of the fleet is answered as if it did not exist.\n\n",
        );
        let _ = writeln!(page, "| operation | takes | {} |", heads.join(" | "));
        let _ = writeln!(page, "| --- | --- |{}", " --- |".repeat(heads.len()));
        for operation in OPERATIONS {
            let words = |all: &[P], with: &str| {
                all.iter().map(|one| format!("`{}`", one.as_str())).collect::<Vec<_>>().join(with)
            };
            let takes = match operation.access {
                Access::Everybody => "nothing".to_owned(),
                Access::SignedIn => "being signed in".to_owned(),
                Access::All(all) => words(all, " and "),
                Access::One(any) => words(any, " or "),
            };
            let cell = |role: &Role| {
                let may = role.permissions();
                match operation.access {
                    access if !access.admits(may, &Scope::default()) => "",
                    Access::One(any) if any.iter().any(|one| !may.contains(*one)) => "some",
                    _ => "yes",
                }
            };
            let cells: Vec<_> = Role::ALL.iter().map(cell).collect();
            let _ = writeln!(page, "| {} `{}` | {takes} | {} |", operation.method, operation.path, cells.join(" | "));
        }
        page
    }
}
