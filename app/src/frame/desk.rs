//! What the agent keeps at hand: devices and people opened last, and pinned ones.

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Button, Icon, Toasts, Tone, presence_look, use_toasts};
use crate::frame::choice::Choice;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use model::desk::{Desk, DeskItem, Target};

/// Pinned and recent ones of the agent who asks.
#[server(prefix = "/fn", endpoint = "desk")]
pub async fn load_desk() -> Result<Desk, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.desk(&actor).await?)
}

/// The agent opened the page of a device or a person.
#[server(prefix = "/fn", endpoint = "desk/opened", input = Json)]
pub async fn note_opened(target: Target) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.note_opened(&actor, target).await?)
}

/// Pins devices and people, or lets go of them.
#[server(prefix = "/fn", endpoint = "desk/pin", input = Json)]
pub async fn pin(targets: Vec<Target>, on: bool) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    for target in targets {
        acs.pin(&actor, target, on).await?;
    }
    Ok(())
}

/// The agent's desk, for everything in the frame.
#[derive(Clone, Copy)]
pub struct UseDesk(Resource<Result<Desk, PortalError>>, Toasts);

/// Loads the desk, and notes the devices and people whose pages are opened. Once, in the frame.
pub fn provide_desk() -> UseDesk {
    let desk = UseDesk(Resource::new(|| (), |()| load_desk()), use_toasts());
    provide_context(desk);
    let path = use_location().pathname;
    let target = Memo::new(move |_| path.with(|path| Target::of_path(path)));
    Effect::new(move |_| {
        let Some(target) = target.get() else { return };
        spawn_local(async move {
            // A page that was not noted is missing from a list, no more.
            if note_opened(target).await.is_ok() {
                desk.0.refetch();
            }
        });
    });
    desk
}

/// The agent's desk.
pub fn use_desk() -> UseDesk {
    use_context::<UseDesk>().expect("Frame provides the desk")
}

impl UseDesk {
    /// Empty until it is loaded. Tracked; not inside of a `Suspense`, which would wait for it.
    pub fn now(self) -> Desk {
        self.0.get().and_then(Result::ok).unwrap_or_default()
    }

    pub async fn loaded(self) -> Result<Desk, PortalError> {
        self.0.await
    }

    /// Pinned and recent ones, as the search and the palette offer them.
    pub fn choices(self, most: usize) -> Vec<Choice> {
        let desk = self.now();
        let pinned = desk.pinned.iter().map(|item| (item, "Pinned"));
        let all = pinned.chain(desk.recent.iter().map(|item| (item, "Recent")));
        all.take(most).filter_map(|(item, word)| choice(item, word)).collect()
    }

    /// Pins, or lets go; says so.
    pub fn pin(self, targets: Vec<Target>, on: bool) {
        let (toasts, count) = (self.1, targets.len());
        spawn_local(async move {
            match pin(targets, on).await {
                Ok(()) if count > 1 => toasts.push(Tone::Ok, format!("{count} devices are pinned.")),
                Ok(()) => {}
                Err(error) => toasts.fail(error),
            }
            self.0.refetch();
        });
    }
}

fn choice(item: &DeskItem, word: &'static str) -> Option<Choice> {
    let presence = item.presence(use_clock().now_untracked());
    let plain = |text: String| if text.is_empty() { Vec::new() } else { vec![(text, false)] };
    Some(Choice {
        icon: if item.device.is_some() {
            presence.map_or("router", |presence| presence_look(presence).1)
        } else {
            "user"
        },
        tone: presence.map(|presence| presence_look(presence).0),
        state: presence
            .map_or(if item.device.is_some() { "Never seen" } else { "No device" }, |presence| presence.label()),
        title: plain(item.title().to_owned()),
        subtitle: plain(item.subtitle()),
        matched: word.to_owned(),
        value: Vec::new(),
        href: item.target()?.path(),
    })
}

/// Pins what the page is about, for this agent.
#[component]
pub fn PinButton(#[prop(into)] target: Signal<Target>) -> impl IntoView {
    let desk = use_desk();
    let pinned = RwSignal::new(false);
    // In the browser only: the server would wait for the desk before it sends the page.
    Effect::new(move |_| pinned.set(target.with(|target| desk.now().is_pinned(*target))));
    view! {
        <button
            class="btn btn--ghost btn--icon only-hydrated"
            type="button"
            aria-label="Pin"
            title=move || if pinned.get() { "Unpin: take it from your home page" } else { "Pin: keep it on your home page" }
            aria-pressed=move || if pinned.get() { "true" } else { "false" }
            on:click=move |_| {
                let on = !pinned.get_untracked();
                pinned.set(on);
                desk.pin(vec![target.get_untracked()], on);
            }
        >
            <Icon name="pin" />
        </button>
    }
}

/// Pinned and recent ones as cards, for the home page.
#[component]
pub fn DeskCards() -> impl IntoView {
    let desk = use_desk();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let desk = desk.loaded().await.unwrap_or_default();
                (!desk.is_empty()).then(|| view! {
                    <div class="desk">
                        {(!desk.pinned.is_empty()).then(|| view! { <DeskCard id="pinned" title="Pinned" items=desk.pinned pinned=true /> })}
                        {(!desk.recent.is_empty()).then(|| view! { <DeskCard id="opened" title="Opened last" items=desk.recent pinned=false /> })}
                    </div>
                })
            })}
        </Transition>
    }
}

#[component]
fn DeskCard(id: &'static str, title: &'static str, items: Vec<DeskItem>, pinned: bool) -> impl IntoView {
    let desk = use_desk();
    let rows = items
        .into_iter()
        .filter_map(|item| {
            let (target, choice) = (item.target()?, choice(&item, "")?);
            let label = format!("{} {}", if pinned { "Unpin" } else { "Pin" }, item.title());
            let said = label.clone();
            Some(view! {
                <li class="desk__row">
                    <a class="rowlink" href=choice.href data-tone=choice.tone.map(Tone::as_str)>
                        <Icon name=choice.icon />
                        <span class="rowlink__main">
                            <b><bdi>{item.title().to_owned()}</bdi></b>
                            <small><bdi>{item.subtitle()}</bdi></small>
                        </span>
                        <span class="rowlink__end"><span class="rowlink__state">{choice.state}</span></span>
                    </a>
                    <span class="only-hydrated desk__pin" title=label>
                        <Button
                            class="btn--ghost btn--icon btn--sm"
                            icon=if pinned { "x" } else { "pin" }
                            on_click=Callback::new(move |_| desk.pin(vec![target], !pinned))
                        >
                            <span class="sr-only">{said.clone()}</span>
                        </Button>
                    </span>
                </li>
            })
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card__head"><h2 id=id>{title}</h2></div>
            <ul class="rowlist">{rows}</ul>
        </section>
    }
}
