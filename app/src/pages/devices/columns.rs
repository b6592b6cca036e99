//! Which columns the list shows: a menu, kept for the person; a link may say otherwise.

use super::{List, url};
use crate::components::Icon;
use crate::pages::list::close_menu;
use crate::preference;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::device::{Column, Columns, DeviceQuery};

/// Name of the preference.
const NAME: &str = "columns";

/// What the person chose at this browser.
pub fn chosen() -> Columns {
    preference::read(NAME).and_then(|text| Columns::parse(&text)).unwrap_or_default()
}

/// Keeps the choice. In the browser only.
fn keep(columns: Columns) {
    let text = (columns != Columns::default()).then(|| columns.text());
    preference::write(NAME, text.as_deref());
}

/// A change of the columns of a link changes the link; otherwise it is the person's own choice.
#[component]
pub fn ColumnsMenu() -> impl IntoView {
    let list = expect_context::<List>();
    let navigate = use_navigate();
    let choose = Callback::new(move |columns: Columns| {
        let query = list.query.get_untracked();
        if query.columns.is_some() {
            let href = url::href(&DeviceQuery { columns: Some(columns), ..query });
            navigate(&href, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        } else {
            keep(columns);
            list.own_columns.set(columns);
        }
    });
    let boxes = Column::ALL.map(|column| {
        let on = Memo::new(move |_| list.columns.get().has(column));
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    checked=on.get_untracked()
                    prop:checked=move || on.get()
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        choose.run(list.columns.get_untracked().with(column, on));
                    }
                />
                <span>{column.label()}</span>
            </label>
        }
    });
    let menu = NodeRef::<html::Div>::new();
    // Without the columns of the link, what the person chose shows again.
    let own = move || {
        list.query.with(|query| query.columns.is_some()).then(|| {
            let href = list.query.with(|query| url::href(&DeviceQuery { columns: None, ..query.clone() }));
            // The link goes as it is followed: with its menu, so that the focus goes back to what opened it.
            view! { <a class="btn btn--sm" href=href on:click=move |_| close_menu(menu)>"Use my own columns"</a> }
        })
    };
    view! {
        <button class="btn btn--sm only-hydrated" type="button" popovertarget="columns">
            <Icon name="columns" />
            "Columns"
        </button>
        <div class="menu menu--form menu--columns" id="columns" popover="auto" node_ref=menu>
            <fieldset class="columns">
                <legend class="field__label">"Columns of this list"</legend>
                {boxes.collect_view()}
            </fieldset>
            <button
                class="btn btn--sm"
                type="button"
                disabled=move || list.columns.get() == Columns::default()
                on:click=move |_| choose.run(Columns::default())
            >
                "Show the usual ones"
            </button>
            {own}
        </div>
    }
}
