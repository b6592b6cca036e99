//! What the pages of campaigns ask the server. Each function is a public endpoint: it begins with the actor, and the
//! operation checks permission. What cannot be taken back asks first that it is them.

use super::url::{Tab, Targets};
use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::campaign::{
    Audience, CampaignList, CampaignLog, CampaignPlan, CampaignState, CampaignView, DeviceCampaign, DryRun, Limits,
    PlanProblem, Preview, TargetView,
};
use model::file::FileView;
use model::page::Page;
use model::{CampaignId, DeviceId, FileId};
use serde::{Deserialize, Serialize};

/// Serial numbers that are looked up at once, at most.
pub const NAMED_AT_ONCE: usize = 200;

/// A router that was named by its serial number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub serial: String,
    /// `None`: there is no such one, or several have this number.
    pub device: Option<DeviceId>,
}

#[server(prefix = "/fn", endpoint = "campaigns", input = Json)]
pub async fn list_campaigns(
    states: Vec<CampaignState>,
    before: Option<CampaignId>,
) -> Result<CampaignList, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.campaigns(&actor, &states, before).await?)
}

/// Pauses all that run; how many that were.
#[server(prefix = "/fn", endpoint = "campaigns/stop", input = Json)]
pub async fn stop_all_campaigns(reason: String) -> Result<u32, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.stop_all_campaigns(&actor, &reason).await?)
}

#[server(prefix = "/fn", endpoint = "campaign", input = Json)]
pub async fn load_campaign(id: CampaignId) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.campaign(&actor, id).await?)
}

/// A page of the devices of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The tab that it is of.
    pub tab: Tab,
    pub page: Page<TargetView>,
}

/// Devices of a campaign; if no tab is named, of the one that tells most now.
#[server(prefix = "/fn", endpoint = "campaign/targets", input = Json)]
pub async fn list_targets(id: CampaignId, targets: Targets) -> Result<Listed, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let tab = match targets.tab {
        Some(tab) => tab,
        None => Tab::usual(&acs.campaign(&actor, id).await?),
    };
    let page = acs.campaign_targets(&actor, id, &targets.filter(tab), targets.cursor().as_ref(), acs::PAGE).await?;
    Ok(Listed { tab, page })
}

#[server(prefix = "/fn", endpoint = "campaign/target", input = Json)]
pub async fn load_target(id: CampaignId, device: DeviceId) -> Result<TargetView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.campaign_target(&actor, id, device).await?)
}

/// Entries of the log, the newest first; `before`: of an earlier page.
#[server(name = CampaignLogFn, prefix = "/fn", endpoint = "campaign/log", input = Json)]
pub async fn campaign_log(id: CampaignId, before: Option<i64>) -> Result<Vec<(i64, CampaignLog)>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.campaign_log(&actor, id, before, acs::PAGE).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/preview", input = Json)]
pub async fn preview_campaign(audience: Audience) -> Result<Preview, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.preview_campaign(&actor, &audience).await?)
}

/// What a plan would do if it started now.
#[server(prefix = "/fn", endpoint = "campaign/try", input = Json)]
pub async fn try_campaign(plan: CampaignPlan) -> Result<DryRun, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.try_campaign(&actor, &plan).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/check", input = Json)]
pub async fn check_campaign(plan: CampaignPlan) -> Result<Vec<PlanProblem>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.check_campaign(&actor, &plan).await?)
}

/// Creates a draft, or changes the plan of one that has not started; `known`: which, as it was seen.
#[server(prefix = "/fn", endpoint = "campaign/save", input = Json)]
pub async fn save_campaign(known: Option<(CampaignId, i64)>, plan: CampaignPlan) -> Result<CampaignView, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    Ok(match known {
        None => acs.create_campaign(&actor, plan).await?,
        Some((id, revision)) => acs.edit_campaign(&actor, id, revision, plan).await?,
    })
}

#[server(prefix = "/fn", endpoint = "campaign/delete", input = Json)]
pub async fn delete_campaign(id: CampaignId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_campaign(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/ask", input = Json)]
pub async fn ask_approval(id: CampaignId, revision: i64) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.ask_approval(&actor, id, revision).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/approve", input = Json)]
pub async fn approve_campaign(id: CampaignId, revision: i64) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.approve_campaign(&actor, id, revision).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/reject", input = Json)]
pub async fn reject_campaign(id: CampaignId, revision: i64, reason: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.reject_campaign(&actor, id, revision, &reason).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/start", input = Json)]
pub async fn start_campaign(id: CampaignId, revision: i64, typed: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.start_campaign(&actor, id, revision, &typed).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/pause", input = Json)]
pub async fn pause_campaign(id: CampaignId, reason: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.pause_campaign(&actor, id, &reason).await?)
}

/// Changes pace and limits of one that has started.
#[server(prefix = "/fn", endpoint = "campaign/limits", input = Json)]
pub async fn change_campaign_limits(
    id: CampaignId,
    limits: Limits,
    reason: String,
) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.change_campaign_limits(&actor, id, limits, &reason).await?)
}

/// Goes on after a pause or a gate.
#[server(prefix = "/fn", endpoint = "campaign/resume", input = Json)]
pub async fn resume_campaign(id: CampaignId, reason: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.resume_campaign(&actor, id, &reason).await?)
}

#[server(prefix = "/fn", endpoint = "campaign/cancel", input = Json)]
pub async fn cancel_campaign(id: CampaignId, reason: String, typed: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.cancel_campaign(&actor, id, &reason, &typed).await?)
}

/// A draft that takes the campaign back.
#[server(prefix = "/fn", endpoint = "campaign/back", input = Json)]
pub async fn roll_back_campaign(id: CampaignId, image: FileId, reason: String) -> Result<CampaignView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.roll_back_campaign(&actor, id, image, &reason).await?)
}

/// What routers can be given, the newest first.
#[server(prefix = "/fn", endpoint = "campaign/files", input = Json)]
pub async fn campaign_files() -> Result<Vec<FileView>, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let (mut files, mut cursor) = (Vec::new(), None);
    // More than a thousand are not chosen from in a list.
    for _ in 0..20 {
        let page = acs.files_of_agents(&actor, cursor.as_ref(), acs::PAGE).await?;
        files.extend(page.items.into_iter().filter(|file| file.file.file_type.download().is_some()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(files)
}

/// Routers by their serial numbers, in the same order.
#[server(prefix = "/fn", endpoint = "campaign/named", input = Json)]
pub async fn name_routers(serials: Vec<String>) -> Result<Vec<Named>, PortalError> {
    use model::device::{DeviceFilter, DeviceQuery};
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let mut found = Vec::new();
    for serial in serials.into_iter().take(NAMED_AT_ONCE) {
        let filter = DeviceFilter { text: serial.clone(), ..DeviceFilter::default() };
        let page = acs.devices(&actor, &DeviceQuery { filter, limit: 20, ..DeviceQuery::default() }).await?;
        let mut same = page.items.into_iter().filter(|row| row.identity.serial.eq_ignore_ascii_case(&serial));
        let device = same.next().map(|row| row.id).filter(|_| same.next().is_none());
        found.push(Named { serial, device });
    }
    Ok(found)
}

/// The other way round: serial numbers of routers that a plan names.
#[server(prefix = "/fn", endpoint = "campaign/serials", input = Json)]
pub async fn serials_of(devices: Vec<DeviceId>) -> Result<Vec<(DeviceId, String)>, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let mut serials = Vec::new();
    for device in devices.into_iter().take(NAMED_AT_ONCE) {
        // One that was deleted since is not named any more.
        if let Ok(view) = acs.device(&actor, device).await {
            serials.push((device, view.row.identity.serial));
        }
    }
    Ok(serials)
}

#[server(prefix = "/fn", endpoint = "device/campaigns", input = Json)]
pub async fn campaigns_of_device(device: DeviceId) -> Result<Vec<DeviceCampaign>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.campaigns_of_device(&actor, device).await?)
}
