//! Campaigns: the same for many devices, in stages.
//!
//! | Module | What it does |
//! |---|---|
//! | [`window`] | when a window is open, by the clock at the subscriber's |
//! | [`judge`] | what follows for one device: a pure function |
//! | [`pace`] | how many may start now |
//! | [`leaving`] | whether the order of a device leaves, when the device has come for it |
//! | [`engine`] | looks after all campaigns once a second |
//! | [`notices`] | tells other people and programs |
//! | [`view`] | a campaign as its page shows it |
//!
//! A device gets an ordinary task, made in the transaction that moves the device to *connecting*; from there the sessions carry
//! it through, exactly once. Each change of the task marks the device as due in the transaction of that change, so the
//! engine never looks for what happened: it reads what is due.

mod engine;
mod judge;
pub(crate) mod leaving;
mod notices;
mod pace;
#[cfg(test)]
mod tests;
mod view;
mod window;

pub use notices::RenderNotice;
pub(crate) use view::shown;

use crate::Acs;
use judge::Image;
use model::Timestamp;
use model::campaign::CampaignPlan;
use model::file::FileRef;
use store::{CampaignNumbers, CampaignRecord, Store};
use window::Hours;

impl Acs {
    /// The files of a plan, in order; those that are gone are left out.
    pub(crate) async fn campaign_images(&self, plan: &CampaignPlan) -> crate::Result<Vec<Image>> {
        images(self.store(), plan).await
    }

    /// Why a file cannot be handed out now, if it cannot.
    async fn campaign_file_problem(&self, plan: &CampaignPlan, images: &[Image]) -> Option<String> {
        if images.len() < plan.kind.files().len() {
            return Some("A file of this campaign was deleted.".to_owned());
        }
        for Image { file, .. } in images {
            let FileRef { name, sha256, size, .. } = file;
            match self.files().is_intact(sha256, *size).await {
                Ok(true) => {}
                Ok(false) => return Some(format!("The contents of “{name}” are missing or damaged.")),
                Err(error) => {
                    tracing::error!(%error, "cannot read a file of a campaign");
                    return Some(format!("Lastmile could not read “{name}”."));
                }
            }
        }
        None
    }
}

async fn images(store: &Store, plan: &CampaignPlan) -> crate::Result<Vec<Image>> {
    let mut images = Vec::new();
    for id in plan.kind.files() {
        if let Some(record) = store.file(*id).await? {
            images.push(Image { file: record.to_ref(), input: record.input });
        }
    }
    Ok(images)
}

/// The hours of a campaign now.
async fn hours_of(
    store: &Store,
    record: &CampaignRecord,
    numbers: &CampaignNumbers,
    now: Timestamp,
) -> crate::Result<Hours> {
    // Without a window nothing has to be done before it closes.
    let usual = if record.plan.window.is_some() { store.campaign_usual_ms(record.id).await? } else { None };
    Ok(window::hours(&record.plan, &numbers.zones, usual, now))
}
