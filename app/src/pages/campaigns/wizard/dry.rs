//! What a plan would do if it started now: who would load what, and who would be left out, and why.

use super::state::Wizard;
use crate::components::Tone;
use crate::locale::grouped;
use crate::pages::campaigns::words::routers;
use leptos::prelude::*;
use model::campaign::DryRun;

#[component]
pub fn DryRunCard() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let lines = move || wizard.dry.with(|run| run.as_ref().map(lines).unwrap_or_default());
    let total = move || wizard.dry.with(|run| run.as_ref().map_or(0, |run| run.preview.total));
    let line = move |(tone, count, text): (Tone, u32, String)| {
        let share = f64::from(count) * 100.0 / f64::from(total().max(1));
        view! {
            <li>
                <span><b>{grouped(u64::from(count))}</b> " " <bdi>{text}</bdi></span>
                <span class="meter-bar" data-tone=tone.as_str() aria-hidden="true" style=format!("--v:{share:.1}%")>
                    <span></span>
                </span>
            </li>
        }
    };
    let second = move || wizard.dry.with(|run| run.as_ref().is_some_and(|run| run.needs_approval));
    view! {
        <section class="card" aria-labelledby="dry-h" hidden=move || lines().is_empty()>
            <div class="card__head card__head--line">
                <h2 id="dry-h">"If it started now"</h2>
                <span class="card__end age">{move || routers(total())}</span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <ul class="blast">{move || lines().into_iter().map(line).collect_view()}</ul>
                <p class="muted" hidden=move || !second()>"A second person has to approve it first."</p>
            </div>
        </section>
    }
}

/// How many would do what: those that would get an order first.
fn lines(run: &DryRun) -> Vec<(Tone, u32, String)> {
    let mut lines = Vec::new();
    for (file, count) in run.images.iter().filter(|(_, count)| *count > 0) {
        let what = if file.version.is_empty() { &file.name } else { &file.version };
        lines.push((Tone::Info, *count, format!("would load {what}")));
    }
    if run.images.is_empty() && run.orders > 0 {
        lines.push((Tone::Info, run.orders, "would get an order".to_owned()));
    }
    let left = run.skipped.iter().map(|(reason, count)| (Tone::Off, *count, format!("left out: {}", reason.label())));
    lines.extend(left);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FileId;
    use model::campaign::SkipReason;
    use model::file::{FileRef, FileType};

    #[test]
    fn each_image_and_each_reason_has_its_line() {
        let file = |version: &str| FileRef {
            id: FileId(1),
            name: "gateway.bin".into(),
            file_type: FileType::Firmware,
            version: version.into(),
            versions: Vec::new(),
            size: 1,
            sha256: String::new(),
        };
        let run = DryRun {
            orders: 5,
            images: vec![(file("1.5"), 5), (file("2.0"), 0)],
            skipped: vec![(SkipReason::AlreadyThere, 3)],
            ..DryRun::default()
        };
        let said: Vec<(u32, String)> = lines(&run).into_iter().map(|(_, count, text)| (count, text)).collect();
        assert_eq!(said, [(5, "would load 1.5".to_owned()), (3, "left out: Runs it already".to_owned())]);
        let other = DryRun { orders: 7, ..DryRun::default() };
        assert_eq!(lines(&other)[0].2, "would get an order");
    }
}
