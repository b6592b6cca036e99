//! What operators decide for the whole portal.

pub mod aliases;
pub mod audit;
mod linking;
mod people;
mod roles;
mod tokens;
pub mod verdict;
mod webhooks;

pub use linking::{LinkRulesFn, LinkingPage, SetLinkRules};
pub use people::{
    ChangePerson, DisablePerson, DisconnectPerson, EndSessionsOf, Invite, ListPeople, NewPasswordLink, PeoplePage,
    ResetSecondFactors, SetSecondFactorRule, WithdrawInvitation,
};
pub use roles::{DeleteRole, ListRoles, PutRole, RolesPage};
pub use tokens::{CreateMyToken, CreateToken, ListMyTokens, ListTokens, PersonalTokens, RevokeToken, TokensPage};
pub use webhooks::{
    CreateWebhook, DeleteWebhook, ListDeliveries, ListWebhooks, TryWebhook, UpdateWebhook, WebhooksPage,
};

use crate::components::Icon;
use crate::session::may;
use leptos::prelude::*;
use leptos_meta::Title;
use model::Permission;

/// `/settings`
#[component]
pub fn SettingsPage() -> impl IntoView {
    let item = |href: &'static str, icon: &'static str, title: &'static str, about: &'static str| {
        view! {
            <li>
                <a class="rowlink" href=href>
                    <Icon name=icon />
                    <span class="rowlink__main">
                        <b>{title}</b>
                        <small>{about}</small>
                    </span>
                </a>
            </li>
        }
    };
    view! {
        <Title text="Settings" />
        <main class="main" id="main">
            <header class="pagehead">
                <h1>"Settings"</h1>
            </header>
            <section class="card" aria-label="Settings">
                <ul class="rowlist">
                    {item("/settings/verdict", "pulse", "Verdict rules", "When a line, a Wi-Fi or a router counts as bad")}
                    {item("/settings/aliases", "tree", "Aliases", "Where each maker's routers keep what pages show")}
                    {item("/settings/linking", "router", "Links between routers and subscribers", "By which values a router finds its subscriber")}
                    {may(Permission::AgentManage)
                        .then(|| item("/settings/people", "users", "People", "Who signs in, and what each may do"))}
                    {may(Permission::RoleManage)
                        .then(|| item("/settings/roles", "users", "Roles", "What each role may do, and roles of your own"))}
                    {may(Permission::AuditRead)
                        .then(|| item("/settings/audit", "history", "Audit log", "Who did what, when and why"))}
                    {may(Permission::TokenManage)
                        .then(|| item("/settings/tokens", "key", "API tokens", "What other programs sign in with"))}
                    {may(Permission::WebhookManage)
                        .then(|| item("/settings/webhooks", "send", "Webhooks", "Other programs that are told of what happens"))}
                </ul>
            </section>
        </main>
    }
}
