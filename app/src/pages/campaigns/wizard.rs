//! stub
use leptos::prelude::*;
#[component]
pub fn NewCampaignPage() -> impl IntoView {}
#[component]
pub fn EditCampaignPage() -> impl IntoView {}
