//! The command palette: pages, what was opened last, what can be done on this page, and the search.

use super::choice::{Choice, ChoiceOption, leader};
use super::desk::use_desk;
use super::suggest::Suggestions;
use crate::components::{Dialog, Icon};
use crate::keys::{Shortcut, use_keys};
use leptos::ev::{self, KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;

/// Pinned and recent ones that are offered.
const AT_HAND: usize = 6;

/// One line of the palette.
#[derive(Clone)]
enum Line {
    Do(Shortcut),
    Go(Choice),
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Do(one), Self::Do(other)) => one.is_same(other),
            (Self::Go(one), Self::Go(other)) => one == other,
            _ => false,
        }
    }
}

type Groups = Vec<(&'static str, Vec<Line>)>;

/// Listens for Ctrl K (on Apple's keyboards Command K), wherever the focus is.
#[component]
pub fn Palette(open: RwSignal<bool>) -> impl IntoView {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let held = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
            if !held || !event.key().eq_ignore_ascii_case("k") {
                return;
            }
            // Over a decision that waits to be made nothing else is opened.
            let other = document().query_selector("dialog:modal").ok().flatten().is_some();
            if open.get_untracked() || !other {
                event.prevent_default();
                open.update(|open| *open = !*open);
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <Dialog open id="palette" class="palette">
            <Inside open />
        </Dialog>
    }
}

#[component]
fn Inside(open: RwSignal<bool>) -> impl IntoView {
    let keys = use_keys();
    let desk = use_desk();
    let suggestions = Suggestions::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let groups = Memo::new(move |_| groups(&keys.commands(), desk.choices(AT_HAND), suggestions));
    let lines = Memo::new(move |_| {
        groups.with(|groups| groups.iter().flat_map(|(_, lines)| lines.clone()).collect::<Vec<_>>())
    });
    // Another list: its first line is the likeliest.
    Effect::new(move |_| {
        lines.track();
        chosen.set(0);
    });
    let lead = leader();
    let run = Callback::new(move |(at, new_tab): (usize, bool)| {
        let Some(line) = lines.with_untracked(|lines| lines.get(at).cloned()) else { return };
        open.set(false);
        match line {
            // The dialog closes first: what runs may open one of its own.
            Line::Do(command) => request_animation_frame(move || command.run.run(())),
            Line::Go(choice) => lead(&choice.href, new_tab),
        }
    });
    let pressed = move |event: KeyboardEvent| {
        let count = lines.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" => run.run((chosen.get_untracked(), event.ctrl_key() || event.meta_key())),
            _ => return,
        }
        event.prevent_default();
    };
    // What the keys choose stays in sight.
    Effect::new(move |_| {
        let id = format!("palette-{}", chosen.get());
        if let Some(line) = document().get_element_by_id(&id) {
            line.scroll_into_view_with_bool(false);
        }
    });
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    view! {
        <h2 class="sr-only" id="palette-t">"Commands"</h2>
        <div class="palette__input">
            <Icon name="search" />
            <label class="sr-only" for="palette-q">"Type a command or search"</label>
            <input
                id="palette-q" type="text" placeholder="Type a command, a name or a serial" autocomplete="off" spellcheck="false" maxlength="200"
                role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls="palette-list"
                aria-activedescendant=move || lines.with(|lines| !lines.is_empty()).then(|| format!("palette-{}", chosen.get()))
                node_ref=input on:input=move |event| suggestions.typed(event_target_value(&event)) on:keydown=pressed
            />
            <kbd class="kbd" aria-hidden="true">"Esc"</kbd>
        </div>
        <div class="palette__list" id="palette-list" role="listbox" aria-label="Results">
            {move || {
                let mut at = 0;
                groups.get().into_iter().enumerate().map(|(group, (title, lines))| {
                    let first = at;
                    at += lines.len();
                    let label = format!("palette-g{group}");
                    view! {
                        <div role="group" aria-labelledby=label.clone()>
                            <div class="palette__group" id=label.clone()>{title}</div>
                            {lines.into_iter().enumerate().map(|(nth, line)| view! { <PaletteLine at=first + nth line chosen run /> }).collect_view()}
                        </div>
                    }
                }).collect_view()
            }}
        </div>
        <p class="palette__none" role="status">
            {move || match (lines.with(Vec::is_empty), suggestions.is_asking()) {
                (true, true) => suggestions.note(),
                (true, false) => "No command has these letters.".into_any(),
                _ => ().into_any(),
            }}
        </p>
        <div class="palette__foot" aria-hidden="true">
            <span><kbd class="kbd">"↑"</kbd><kbd class="kbd">"↓"</kbd> " choose"</span>
            <span><kbd class="kbd">"Enter"</kbd> " open"</span>
            <span><kbd class="kbd">"Ctrl Enter"</kbd> " open in new tab"</span>
        </div>
    }
}

#[component]
fn PaletteLine(at: usize, line: Line, chosen: RwSignal<usize>, run: Callback<(usize, bool)>) -> impl IntoView {
    let is_chosen = Signal::derive(move || chosen.get() == at);
    let click = Callback::new(move |event: MouseEvent| {
        event.prevent_default();
        run.run((at, event.ctrl_key() || event.meta_key()));
    });
    match line {
        Line::Go(choice) => {
            view! { <ChoiceOption id=format!("palette-{at}") choice chosen=is_chosen on_click=click /> }.into_any()
        }
        Line::Do(command) => view! {
            <div
                class="palette__item" role="option" id=format!("palette-{at}")
                aria-selected=move || if is_chosen.get() { "true" } else { "false" } on:click=move |event| click.run(event)
            >
                <Icon name=command.icon />
                <span>{command.says}</span>
                <span class="palette__end">
                    {command.keys.split_whitespace().map(|key| view! { <kbd class="kbd">{key}</kbd>" " }).collect_view()}
                </span>
            </div>
        }
        .into_any(),
    }
}

/// What is offered for what stands in the field.
fn groups(commands: &[Shortcut], at_hand: Vec<Choice>, suggestions: Suggestions) -> Groups {
    let text = suggestions.text.get().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let fits = |says: &str| {
        let says = says.to_lowercase();
        words.iter().all(|word| says.contains(word))
    };
    let is_page = |command: &&Shortcut| command.keys.starts_with("g ");
    let lines = |wanted: bool| -> Vec<Line> {
        let wanted = commands.iter().filter(|command| is_page(command) == wanted && fits(command.says));
        wanted.copied().map(Line::Do).collect()
    };
    let mut groups = vec![("Do on this page", lines(false)), ("Go to", lines(true))];
    if words.is_empty() {
        groups.push(("Pinned and opened last", at_hand.into_iter().map(Line::Go).collect()));
    } else if suggestions.is_asking() {
        let hits = suggestions.hits.with(|hits| hits.iter().filter_map(Choice::of).map(Line::Go).collect());
        groups.push(("People and devices", hits));
    }
    groups.retain(|(_, lines)| !lines.is_empty());
    groups
}
