//! What the lists of the portal have in common. Their state is in the URL, so everything here is a link or works without
//! WebAssembly otherwise.

mod filter;

pub use filter::{FilterChip, FilterChoice, FilterSelect, FilterText, close_menu};

use crate::PortalError;
use crate::components::{Icon, Pager};
use crate::locale::grouped;
use leptos::prelude::*;
use model::device::Direction;
use model::page::{Count, Cursor, Page};

/// A page of a list as it is loaded.
pub type Loaded<T> = Resource<Result<Page<T>, PortalError>>;

/// What stands in the place of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Nothing,
    Failed(PortalError),
    FirstRun,
    NoMatch,
    Rows,
}

impl Shown {
    /// `everything`: no filter is on, so that an empty list means that there is nothing at all. Tracked.
    pub fn of<T>(page: Loaded<T>, everything: impl FnOnce() -> bool) -> Self
    where
        T: Clone + Send + Sync + 'static,
    {
        match page.get() {
            None => Self::Nothing,
            Some(Err(error)) => Self::Failed(error),
            Some(Ok(page)) if !page.items.is_empty() => Self::Rows,
            Some(Ok(page)) if everything() && page.previous.is_none() => Self::FirstRun,
            Some(Ok(_)) => Self::NoMatch,
        }
    }
}

/// The foot of a list that has rows: words about it, and its pages.
#[component]
pub fn Foot<T, F>(
    page: Loaded<T>,
    /// The URL of the same list at a cursor.
    href: F,
    children: ChildrenFn,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    F: Fn(Cursor) -> String + Copy + Send + Sync + 'static,
{
    let to = move |pick: fn(Page<T>) -> Option<Cursor>| Signal::derive(move || Some(href(pick(page.get()?.ok()?)?)));
    let rows = Memo::new(move |_| match page.get() {
        Some(Ok(page)) => !page.items.is_empty() || page.previous.is_some(),
        _ => false,
    });
    let (previous, next) = (to(|page| page.previous), to(|page| page.next));
    let children = StoredValue::new(children);
    view! {
        <Show when=move || rows.get()>
            <Pager previous next>
                {children.with_value(|children| children())}
            </Pager>
        </Show>
    }
}

/// The head of a column to sort by. The link works without WebAssembly.
#[component]
pub fn SortHeading(
    label: &'static str,
    /// In which direction the list is sorted by it.
    order: Memo<Option<Direction>>,
    /// The same list sorted by it.
    href: Signal<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let said = move || {
        order.get().map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let icon = Signal::derive(move || match order.get() {
        Some(Direction::Descending) => "arrow-down",
        _ => "arrow-up",
    });
    view! {
        <th scope="col" class=class aria-sort=said>
            <a class="th-sort" href=move || href.get()>
                {label}
                <Icon name=icon />
            </a>
        </th>
    }
}

/// `41,207`, or `more than 10,000` where counting stopped.
pub fn count_words(count: Count) -> String {
    match count {
        Count::Exact(number) => grouped(number),
        Count::MoreThan(number) => format!("more than {}", grouped(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_stopped_say_so() {
        assert_eq!(count_words(Count::Exact(41_207)), "41,207");
        assert_eq!(count_words(Count::MoreThan(10_000)), "more than 10,000");
    }
}
