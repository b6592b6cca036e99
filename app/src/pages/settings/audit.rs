//! `/settings/audit`: who did what. All of its state is in the URL.

mod api;
mod entry;
mod url;

pub use api::{AuditPageFn, AuditPeopleFn};

use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, Pager, Skeleton};
use crate::pages::list::{FilterChip, FilterSelect, FilterText, close_menu};
use api::{audit_page, audit_people};
use entry::Row;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::audit::{Act, AuditFilter, AuditPage, AuditQuery};
use model::page::Cursor;

#[derive(Clone, Copy)]
struct Log {
    query: Memo<AuditQuery>,
    page: Resource<Result<AuditPage, PortalError>>,
    people: Resource<Result<Vec<String>, PortalError>>,
}

#[component]
pub fn AuditLogPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(url::from_params));
    let log = Log {
        query,
        page: Resource::new_blocking(move || query.get(), audit_page),
        people: Resource::new_blocking(|| (), |()| audit_people()),
    };
    provide_context(log);
    // What the filter lets through; the server writes it, so the router must leave the link alone.
    let export = move |file: &'static str, label: &'static str| {
        view! {
            <a class="btn" href=move || query.with(|query| url::export(&query.filter, file)) download="" rel="external">
                <Icon name="download" />
                {label}
            </a>
        }
    };
    view! {
        <Title text="Audit log" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"Audit log"</h1>
                <div class="btn-row pagehead__end">
                    {export("audit.csv", "CSV")} {export("audit.jsonl", "JSON lines")}
                </div>
            </div>
            <FilterBar />
            <div class="table-card">
                <Transition fallback=|| view! { <Skeleton lines=12 /> }>
                    <Body />
                </Transition>
            </div>
        </main>
    }
}

/// A filter that is on: its words, and how to take it off.
type Active = (&'static str, String, fn(&mut AuditFilter));

fn active(filter: &AuditFilter) -> Vec<Active> {
    let mut list: Vec<Active> = Vec::new();
    let mut add = |what, value: String, remove: fn(&mut AuditFilter)| {
        if !value.is_empty() {
            list.push((what, value, remove));
        }
    };
    add("Contains", filter.text.clone(), |filter| filter.text.clear());
    add("Who is", filter.who.clone(), |filter| filter.who.clear());
    let act = Act::parse(&filter.act).map_or_else(|| filter.act.clone(), |act| act.label().to_owned());
    add("Act is", act, |filter| filter.act.clear());
    add("Done to", filter.target.replace('/', " "), |filter| filter.target.clear());
    add("From", url::first_day(filter), |filter| filter.since = None);
    add("To", url::last_day(filter), |filter| filter.until = None);
    list
}

#[component]
fn FilterBar() -> impl IntoView {
    let query = expect_context::<Log>().query;
    let chips = move || {
        let here = query.get();
        active(&here.filter)
            .into_iter()
            .map(|(what, value, remove)| {
                let href = url::with_filter(&here, remove);
                view! { <FilterChip what value href /> }
            })
            .collect_view()
    };
    let clear = move || {
        query.with(|query| !query.filter.is_empty()).then(|| {
            let href = query.with(|query| url::with_filter(query, |filter| *filter = AuditFilter::default()));
            view! { <a class="linkbtn toolbar__note" href=href>"Clear"</a> }
        })
    };
    view! {
        <div class="toolbar fleetbar">
            <div class="chips" role="group" aria-label="Filters">
                <FilterForm />
                {chips}
                {clear}
            </div>
        </div>
    }
}

/// A plain GET without WebAssembly; with it the URL gets only the fields that are set.
#[component]
fn FilterForm() -> impl IntoView {
    let log = expect_context::<Log>();
    let query = log.query;
    let draft = RwSignal::new(query.with_untracked(|query| query.filter.clone()));
    Effect::new(move |_| draft.set(query.with(|query| query.filter.clone())));
    let popover = NodeRef::<html::Div>::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        close_menu(popover);
        let filter = draft.get_untracked();
        let filter = AuditFilter { text: filter.text.trim().to_owned(), ..filter };
        let to = query.with_untracked(|query| url::with_filter(query, |old| *old = filter));
        navigate(&to, NavigateOptions::default());
    };
    let acts: Vec<(&'static str, &'static str)> = Act::ALL.iter().map(|act| (act.as_str(), act.label())).collect();
    view! {
        <form method="get" action=url::PATH class="chips" role="search" aria-label="Filter the audit log" on:submit=submit>
            <FilterText
                label="Name, serial number, value, reason or address contains"
                text=Signal::derive(move || draft.with(|filter| filter.text.clone()))
                set=Callback::new(move |text| draft.update(|filter| filter.text = text))
            />
            <input type="hidden" name="target" value=move || query.with(|query| query.filter.target.clone()) />
            <button class="chip chip--add" type="button" popovertarget="filters">
                <Icon name="plus" />
                "Filter"
            </button>
            <div class="menu menu--form" id="filters" popover="auto" node_ref=popover>
                <Transition>
                    <People draft />
                </Transition>
                <FilterSelect
                    name="act"
                    label="Act"
                    options=acts
                    value=Signal::derive(move || draft.with(|filter| filter.act.clone()))
                    set=Callback::new(move |act| draft.update(|filter| filter.act = act))
                />
                <Day
                    name="from"
                    label="From day (UTC)"
                    value=Signal::derive(move || draft.with(url::first_day))
                    set=Callback::new(move |day: String| draft.update(|filter| filter.since = url::day_begins(&day)))
                />
                <Day
                    name="to"
                    label="To day (UTC)"
                    value=Signal::derive(move || draft.with(url::last_day))
                    set=Callback::new(move |day: String| draft.update(|filter| filter.until = url::day_ends(&day)))
                />
                <button class="btn btn--primary btn--block" type="submit">"Apply"</button>
            </div>
        </form>
    }
}

/// Everybody who is in the log.
#[component]
fn People(draft: RwSignal<AuditFilter>) -> impl IntoView {
    let log = expect_context::<Log>();
    let options = move || {
        let chosen = draft.with_untracked(|filter| filter.who.clone());
        let mut names = log.people.get().and_then(Result::ok).unwrap_or_default();
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.insert(0, chosen.clone());
        }
        names
            .into_iter()
            .map(|name| {
                let on = name == chosen;
                let value = name.clone();
                view! { <option value=value selected=on>{name}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label class="field__label" for="f-who">"Who"</label>
            <select
                class="select"
                id="f-who"
                name="who"
                prop:value=move || draft.with(|filter| filter.who.clone())
                on:change:target=move |event| draft.update(|filter| filter.who = event.target().value())
            >
                <option value="">"Any"</option>
                {options}
            </select>
        </div>
    }
}

#[component]
fn Day(name: &'static str, label: &'static str, value: Signal<String>, set: Callback<String>) -> impl IntoView {
    let id = format!("f-{name}");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <input
                class="input"
                type="date"
                id=id
                name=name
                value=value.get_untracked()
                prop:value=move || value.get()
                on:input:target=move |event| set.run(event.target().value())
            />
        </div>
    }
}

#[component]
fn Body() -> impl IntoView {
    let log = expect_context::<Log>();
    move || {
        log.page.get().map(|loaded| match loaded {
            Err(error) => {
                view! { <ErrorView error again=Callback::new(move |()| log.page.refetch()) /> }.into_any()
            }
            Ok(AuditPage { page, looked_back_to }) => {
                let here = log.query.get();
                let href = |cursor: Option<Cursor>| {
                    cursor.map(|cursor| url::href(&AuditQuery { cursor: Some(cursor), ..here.clone() }))
                };
                let (previous, next) = (href(page.previous), href(page.next));
                let nothing = page.items.is_empty();
                let stopped = looked_back_to.is_some();
                let empty = move || {
                    let text = if stopped {
                        "Nothing among the entries that were looked through. Older looks through those before them."
                    } else {
                        "Fewer filters show more entries."
                    };
                    view! { <Empty icon="filter" title="No entry matches" text /> }
                };
                view! {
                    {if nothing {
                        empty().into_any()
                    } else {
                        view! {
                            <div class="table-scroll" tabindex="0" role="region" aria-label="Audit log, scrollable table">
                                <table class="table stackable">
                                    <thead>
                                        <tr>
                                            <th scope="col">"What"</th>
                                            <th scope="col">"When"</th>
                                            <th scope="col">"Who"</th>
                                            <th scope="col">"Done to"</th>
                                            <th scope="col">"From where"</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {page.items
                                            .into_iter()
                                            .map(|entry| view! { <Row entry here=here.clone() /> })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            </div>
                        }
                            .into_any()
                    }}
                    <Pager
                        previous=Signal::stored(previous)
                        next=Signal::stored(next)
                        previous_label="Newer"
                        next_label="Older"
                    >
                        {looked_back_to.map(|at| view! { <Looked at /> })}
                    </Pager>
                }
                    .into_any()
            }
        })
    }
}

/// A search for words looks through so many entries at a time.
#[component]
fn Looked(at: model::Timestamp) -> impl IntoView {
    let clock = crate::clock::use_clock();
    view! { <span>"Looked back to " {move || clock.exact(at)} "."</span> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    #[test]
    fn every_filter_can_be_taken_off_by_itself() {
        let filter = AuditFilter {
            text: "a".into(),
            who: "Ana".into(),
            act: "task.created".into(),
            target: "device/7".into(),
            since: Some(Timestamp(0)),
            until: Some(Timestamp(86_400_000)),
        };
        let chips = active(&filter);
        assert_eq!(chips.len(), 6);
        for (what, _, remove) in chips {
            let mut rest = filter.clone();
            remove(&mut rest);
            assert!(active(&rest).iter().all(|(other, ..)| *other != what), "{what}");
            assert_eq!(active(&rest).len(), 5);
        }
    }
}
