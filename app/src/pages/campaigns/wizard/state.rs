//! A plan that is being written, and what is known of it meanwhile.

use super::super::api::{campaign_files, check_campaign, preview_campaign, try_campaign};
use crate::PortalError;
use crate::debounce::Debounce;
use crate::pages::devices::{list_views, load_facets};
use crate::pages::subscribers::time_zones;
use crate::session::may;
use crate::unsent::{Kept, Unsent, keep_fields};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::campaign::{Audience, CampaignKind, CampaignPlan, DryRun, PlanPart, PlanProblem, Preview};
use model::device::Facets;
use model::file::FileView;
use model::saved_view::SavedView;
use model::task::is_secret_name;
use model::{CampaignId, FileId, Permission};
use std::collections::BTreeMap;

/// What there is to choose from. Asked for by the page, before the plan is there.
#[derive(Clone, Copy)]
pub struct Offered {
    /// Models and makers, as far as the person may see them.
    pub facets: Resource<Option<Facets>>,
    /// Views of the device list, whose filters may be taken over.
    pub views: Resource<Vec<SavedView>>,
    pub files: Resource<Result<Vec<FileView>, PortalError>>,
    pub zones: Resource<Vec<String>>,
}

impl Offered {
    pub fn ask() -> Self {
        let facets = Resource::new_blocking(
            || (),
            |()| async { if may(Permission::DeviceRead) { load_facets().await.ok() } else { None } },
        );
        let views = Resource::new_blocking(
            || (),
            |()| async {
                if may(Permission::DeviceRead) { list_views().await.unwrap_or_default() } else { Vec::new() }
            },
        );
        let files = Resource::new_blocking(
            || (),
            |()| async { if may(Permission::FileRead) { campaign_files().await } else { Ok(Vec::new()) } },
        );
        let zones = Resource::new_blocking(|| (), |()| async { time_zones().await.unwrap_or_default() });
        Self { facets, views, files, zones }
    }
}

/// What the steps share.
#[derive(Clone, Copy)]
pub struct Wizard {
    pub plan: RwSignal<CampaignPlan>,
    /// The campaign that is changed, as it was seen; `None`: a new one.
    pub known: Option<(CampaignId, i64)>,
    /// Fields in which stands what cannot be understood: by their ids, with the step they are in.
    pub bad: RwSignal<BTreeMap<String, PlanPart>>,
    /// Whom the audience has now; `None` before it was counted.
    pub preview: RwSignal<Option<Preview>>,
    /// What it would do if it started now.
    pub dry: RwSignal<Option<DryRun>>,
    /// The same without a choice of versions and hardware: what there is to choose from.
    pub offered: RwSignal<Option<Preview>>,
    pub counting: RwSignal<bool>,
    pub refused: RwSignal<Option<PortalError>>,
    /// What only the server finds wrong.
    found: RwSignal<Vec<PlanProblem>>,
    pub unsent: Unsent,
    count: Debounce,
}

impl Wizard {
    pub fn new(plan: CampaignPlan, known: Option<(CampaignId, i64)>, place: &str) -> Self {
        let plan = RwSignal::new(plan);
        let preview = RwSignal::new(None);
        let dry = RwSignal::new(None);
        let offered = RwSignal::new(None);
        let counting = RwSignal::new(false);
        let refused = RwSignal::new(None);
        let found = RwSignal::new(Vec::new());
        let kept = Kept::new(
            "plan",
            move || plan.with(kept_text),
            move |text| {
                if let Ok(kept) = serde_json::from_str(&text) {
                    plan.set(kept);
                }
            },
        );
        let unsent = keep_fields(place, vec![kept]);
        let count = Debounce::new(700, move || {
            counting.set(true);
            spawn_local(async move {
                let asked = plan.get_untracked();
                match counted(&asked).await {
                    Ok((all, run)) => {
                        // What was typed meanwhile is counted next.
                        if plan.try_with_untracked(|plan| counts(plan) == counts(&asked)) == Some(true) {
                            preview.try_set(Some(run.preview.clone()));
                            dry.try_set(Some(run));
                            offered.try_set(Some(all));
                            refused.try_set(None);
                        }
                    }
                    Err(error) => {
                        refused.try_set(Some(error));
                    }
                }
                counting.try_set(false);
            });
        });
        let counted = Memo::new(move |_| plan.with(counts));
        Effect::new(move |_| {
            counted.track();
            // What it said was of another plan.
            dry.set(None);
            count.call();
        });
        let check = Debounce::new(700, move || {
            spawn_local(async move {
                let now = plan.with_untracked(CampaignPlan::clone);
                if let Ok(mut problems) = check_campaign(now.clone()).await {
                    let own = now.problems();
                    problems.retain(|problem| !own.contains(problem));
                    found.try_set(problems);
                }
            });
        });
        Effect::new(move |_| {
            plan.track();
            check.call();
        });
        let bad = RwSignal::new(BTreeMap::new());
        Self { plan, known, bad, preview, dry, offered, counting, refused, found, unsent, count }
    }

    /// One part of the plan: changes only when that part does.
    pub fn part<T: PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&CampaignPlan) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.plan.with(&read))
    }

    /// Devices of the audience, as far as they are counted. Tracked.
    pub fn total(self) -> u32 {
        self.preview.with(|preview| preview.as_ref().map_or(0, |preview| preview.total))
    }

    /// Counts the audience again.
    pub fn count_again(self) {
        self.count.call();
    }

    /// What has to be mended, in the order of the steps. Tracked.
    pub fn problems(self) -> Vec<PlanProblem> {
        let mut problems = self.plan.with(CampaignPlan::problems);
        // The server would say that it was deleted.
        if self.plan.with(|plan| plan.kind.files() == [FileId(0)]) {
            problems.push(PlanProblem { part: PlanPart::What, problem: "Choose a file.".to_owned() });
        } else {
            problems.extend(self.found.get());
        }
        self.bad.with(|bad| {
            for part in [PlanPart::Audience, PlanPart::What, PlanPart::Stages, PlanPart::Limits, PlanPart::Review] {
                let count = bad.values().filter(|other| **other == part).count();
                if count > 0 {
                    let problem = "A field has no number that it can take.".to_owned();
                    problems.push(PlanProblem { part, problem });
                }
            }
        });
        problems
    }
}

/// What of a plan says whom it is for, and what each of them would do.
fn counts(plan: &CampaignPlan) -> (Audience, CampaignKind, bool) {
    (plan.audience.clone(), plan.kind.clone(), plan.downgrade)
}

/// All that there is to choose from, and what would be done with what is chosen of it.
async fn counted(plan: &CampaignPlan) -> Result<(Preview, DryRun), PortalError> {
    let run = try_campaign(plan.clone()).await?;
    let audience = &plan.audience;
    if audience.versions.is_empty() && audience.hardware.is_empty() {
        return Ok((run.preview.clone(), run));
    }
    let all = Audience { versions: Vec::new(), hardware: Vec::new(), ..audience.clone() };
    Ok((preview_campaign(all).await?, run))
}

/// The plan as the browser keeps it: without secrets.
fn kept_text(plan: &CampaignPlan) -> String {
    let mut plan = plan.clone();
    if let CampaignKind::Configuration { values } = &mut plan.kind {
        for value in values.iter_mut().filter(|value| is_secret_name(&value.path)) {
            value.value.clear();
        }
    }
    serde_json::to_string(&plan).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::task::SetValue;

    #[test]
    fn secrets_of_a_plan_are_not_kept() {
        let value = |path: &str, value: &str| SetValue { path: path.into(), value: value.into(), value_type: None };
        let values = vec![
            value("Device.ManagementServer.Password", "quiet-otter"),
            value("Device.ManagementServer.PeriodicInformInterval", "3600"),
        ];
        let text = kept_text(&CampaignPlan::new("x", CampaignKind::Configuration { values }));
        assert!(!text.contains("quiet-otter") && text.contains("3600"), "{text}");
    }
}
