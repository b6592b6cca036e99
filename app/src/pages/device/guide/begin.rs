//! Before a guide: what it will do, and the button that begins it.

use super::api::BeginGuide;
use super::{FocusNext, Guide};
use crate::components::{Banner, Button, Icon, Said, Tone};
use crate::session::may;
use leptos::form::ActionForm;
use leptos::prelude::*;
use model::guide::GuideKind;
use model::{DeviceId, Permission};

/// A plain form, so that it works without WebAssembly, too.
#[component]
pub fn Begin(device: DeviceId, kind: GuideKind, guide: Guide) -> impl IntoView {
    let action = ServerAction::<BeginGuide>::new();
    let focus = expect_context::<FocusNext>();
    Effect::new(move || {
        if let Some(Ok(view)) = action.value().get() {
            focus.ask();
            guide.set(Some(Ok(Some(view))));
        }
    });
    let refused = move || {
        let error = action.value().get().and_then(Result::err)?;
        Some(view! { <Banner tone=Tone::Bad><p><Said error /></p></Banner> })
    };
    let form = if may(Permission::NoteWrite) {
        view! {
            <ActionForm action>
                <input type="hidden" name="device" value=device.to_string() />
                <input type="hidden" name="kind" value=kind.as_str() />
                <Button kind="submit" class="btn--primary" icon="route" busy=action.pending()>
                    {move || if action.pending().get() { "Beginning" } else { "Begin the guide" }}
                </Button>
            </ActionForm>
        }
        .into_any()
    } else {
        view! { <p class="muted">"Your role does not allow guides: they end with a note."</p> }.into_any()
    };
    view! {
        <section class="card guide" aria-labelledby="guide-h">
            <div class="card__head card__head--line">
                <h2 id="guide-h">{kind.title()}</h2>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <p>{kind.looks_at()}</p>
                <ul class="impact">
                    <li data-tone="warn">
                        <Icon name="alert" />
                        <span>{kind.may_offer()}</span>
                    </li>
                    <li>
                        <Icon name="info" />
                        <span>
                            "Beginning sends nothing to the router. Each step has a button of its own and says before what it costs."
                        </span>
                    </li>
                    <li>
                        <Icon name="edit" />
                        <span>"Everybody who opens this router sees the guide. At its end a note says what was found and done."</span>
                    </li>
                </ul>
                {refused}
                {form}
            </div>
        </section>
    }
}
