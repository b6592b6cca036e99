//! Campaigns: the list, one campaign, and the form in which one is planned.

mod api;
mod calendar;
mod detail;
mod list;
mod of_device;
pub mod url;
mod wizard;
mod words;

pub use api::{
    ApproveCampaign, AskApproval, CampaignFiles, CampaignLogFn, CampaignsOfDevice, CancelCampaign, CheckCampaign,
    DeleteCampaign, ListCampaigns, ListTargets, LoadCampaign, LoadTarget, NameRouters, PauseCampaign, PreviewCampaign,
    RejectCampaign, ResumeCampaign, RollBackCampaign, SaveCampaign, SerialsOf, StartCampaign, StopAllCampaigns,
};
pub use calendar::UpcomingCampaigns;
pub use detail::CampaignPage;
pub use list::CampaignsPage;
pub use of_device::{OfDevice, provide_campaigns_of};
pub use wizard::{EditCampaignPage, NewCampaignPage};

/// Address of a campaign's page.
pub fn campaign_href(id: model::CampaignId) -> String {
    format!("/campaigns/{id}")
}
