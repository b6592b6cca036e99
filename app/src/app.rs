//! The root: what every page shares, and the routes.

use crate::components::{ToastHost, provide_confirm, provide_toasts};
use crate::frame::Frame;
use crate::pages::campaigns::{CampaignPage, CampaignsPage, EditCampaignPage, NewCampaignPage};
use crate::pages::device::{
    CompareTab, DevicePage, DiagnosticsTab, GuidePage, NetworkTab, ParametersTab, ProtocolTab, SummaryTab, TasksTab,
    TimelineTab, WifiTab,
};
use crate::pages::devices::DevicesPage;
use crate::pages::files::FilesPage;
use crate::pages::home::HomePage;
use crate::pages::invitation::InvitationPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::profile::ProfilePage;
use crate::pages::search::SearchPage;
use crate::pages::settings::aliases::AliasesPage;
use crate::pages::settings::audit::AuditLogPage;
use crate::pages::settings::verdict::VerdictRulesPage;
use crate::pages::settings::{LinkingPage, PeoplePage, RolesPage, SettingsPage, TokensPage, WebhooksPage};
use crate::pages::setup::SetupPage;
use crate::pages::sign_in::{OpenIdBackPage, SecondStepPage, SignInPage};
use crate::pages::snapshot::SnapshotPage;
use crate::pages::subscribers::{ImportPage, ImportStartPage, NewSubscriberPage, SubscriberPage, SubscribersPage};
use crate::pages::traces::TracesPage;
use crate::{clock, keys, live, locale, session};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The whole portal. Pages are rendered completely before they are sent, so that they also work without WebAssembly.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    locale::provide_locales();
    clock::provide_clock();
    session::provide_agent();
    live::provide_live();
    provide_toasts();
    provide_confirm();
    keys::provide_keys();
    leave_on_redirect();
    // Tests and scripts may click as soon as they see this.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Lastmile".to_owned() } else { format!("{title} - Lastmile") } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/openid/back") view=OpenIdBackPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/second") view=SecondStepPage ssr=SsrMode::Async />
                <Route path=path!("/invitation/:token") view=InvitationPage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async />
                    <Route path=path!("/devices") view=DevicesPage ssr=SsrMode::Async />
                    <Route path=path!("/subscribers") view=SubscribersPage ssr=SsrMode::Async />
                    <Route path=path!("/subscribers/new") view=NewSubscriberPage ssr=SsrMode::Async />
                    <Route path=path!("/subscribers/import") view=ImportStartPage ssr=SsrMode::Async />
                    <Route path=path!("/subscribers/import/:table") view=ImportPage ssr=SsrMode::Async />
                    <Route path=path!("/subscribers/:id") view=SubscriberPage ssr=SsrMode::Async />
                    <Route path=path!("/campaigns") view=CampaignsPage ssr=SsrMode::Async />
                    <Route path=path!("/campaigns/new") view=NewCampaignPage ssr=SsrMode::Async />
                    <Route path=path!("/campaigns/:id") view=CampaignPage ssr=SsrMode::Async />
                    <Route path=path!("/campaigns/:id/edit") view=EditCampaignPage ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/roles") view=RolesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/people") view=PeoplePage ssr=SsrMode::Async />
                    <Route path=path!("/settings/tokens") view=TokensPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/audit") view=AuditLogPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/linking") view=LinkingPage ssr=SsrMode::Async />
                    <Route path=path!("/files") view=FilesPage ssr=SsrMode::Async />
                    <Route path=path!("/profile") view=ProfilePage ssr=SsrMode::Async />
                    <Route path=path!("/traces") view=TracesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/aliases") view=AliasesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/verdict") view=VerdictRulesPage ssr=SsrMode::Async />
                    <Route path=path!("/snapshots/:id") view=SnapshotPage ssr=SsrMode::Async />
                    <ParentRoute path=path!("/devices/:id") view=DevicePage ssr=SsrMode::Async>
                        <Route path=path!("") view=SummaryTab ssr=SsrMode::Async />
                        <Route path=path!("/diagnostics") view=DiagnosticsTab ssr=SsrMode::Async />
                        <Route path=path!("/wifi") view=WifiTab ssr=SsrMode::Async />
                        <Route path=path!("/network") view=NetworkTab ssr=SsrMode::Async />
                        <Route path=path!("/parameters") view=ParametersTab ssr=SsrMode::Async />
                        <Route path=path!("/tasks") view=TasksTab ssr=SsrMode::Async />
                        <Route path=path!("/timeline") view=TimelineTab ssr=SsrMode::Async />
                        <Route path=path!("/compare") view=CompareTab ssr=SsrMode::Async />
                        <Route path=path!("/protocol") view=ProtocolTab ssr=SsrMode::Async />
                        <Route path=path!("/guide/:kind") view=GuidePage ssr=SsrMode::Async />
                    </ParentRoute>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastHost />
    }
}

/// Redirects by server functions (sign-in, sign-out, set-up) change who is signed in, so the page is loaded anew
/// instead of routed to. Has to come before the router, which would set its own way.
fn leave_on_redirect() {
    #[cfg(not(feature = "ssr"))]
    {
        let leave = |to: &str| {
            let _ = window().location().assign(to);
        };
        // Fails if it is set already, which is then this one.
        let _ = leptos::server_fn::redirect::set_redirect_hook(leave);
    }
}
