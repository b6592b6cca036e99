//! Pages of what only ever grows, newest first: by id alone.

use crate::error::StoreError;
use model::page::{Cursor, Page};
use sea_orm::{DbErr, Order};

/// Rows a page when none are asked for, and at most.
const DEFAULT: u16 = 50;
const MAX: u16 = 200;

/// Which ids.
pub enum IdBound {
    None,
    Below(i64),
    Above(i64),
}

/// A row with an id.
pub trait HasId {
    fn id(&self) -> i64;
}

impl HasId for crate::entity::task::Model {
    fn id(&self) -> i64 {
        self.id
    }
}

impl HasId for crate::entity::file::Model {
    fn id(&self) -> i64 {
        self.id
    }
}

impl HasId for crate::entity::note::Model {
    fn id(&self) -> i64 {
        self.id
    }
}

impl HasId for crate::entity::subscriber_event::Model {
    fn id(&self) -> i64 {
        self.id
    }
}

/// `fetch` gives rows within a bound, in an order, up to a limit.
pub async fn newest_first<T: HasId, F>(
    cursor: Option<&Cursor>,
    limit: u16,
    fetch: impl Fn(IdBound, Order, u64) -> F,
) -> Result<Page<T>, StoreError>
where
    F: Future<Output = Result<Vec<T>, DbErr>>,
{
    let size = usize::from(if limit == 0 { DEFAULT } else { limit.min(MAX) });
    let fetched = size as u64 + 1;
    let cursor = cursor.and_then(|Cursor(text)| {
        let backward = text.starts_with('p');
        let id = text.strip_prefix(['n', 'p'])?.parse().ok()?;
        Some((backward, id))
    });
    if let Some((true, id)) = cursor {
        let mut items = fetch(IdBound::Above(id), Order::Asc, fetched).await?;
        // Nothing newer: fall through to the first page.
        if !items.is_empty() {
            let more = items.len() > size;
            items.truncate(size);
            items.reverse();
            let previous = items.first().filter(|_| more).map(|item| Cursor(format!("p{}", item.id())));
            let next = items.last().map(|item| Cursor(format!("n{}", item.id())));
            return Ok(Page { items, previous, next });
        }
    }
    let after = cursor.filter(|(backward, _)| !backward).map(|(_, id)| id);
    let mut items = fetch(after.map_or(IdBound::None, IdBound::Below), Order::Desc, fetched).await?;
    let more = items.len() > size;
    items.truncate(size);
    let previous = after.map(|id| Cursor(format!("p{}", items.first().map_or(id - 1, HasId::id))));
    let next = items.last().filter(|_| more).map(|item| Cursor(format!("n{}", item.id())));
    Ok(Page { items, previous, next })
}
