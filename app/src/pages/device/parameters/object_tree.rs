//! The left column: objects, open along the path of the page.

use super::Browser;
use crate::components::Icon;
use crate::locale::grouped;
use crate::pages::device::state::DeviceState;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use model::tree::{Branch, ObjectView};
use std::collections::BTreeMap;

/// Open objects and their children.
type Open = BTreeMap<String, Vec<ObjectView>>;

/// What the nodes share.
#[derive(Clone, Copy)]
struct Nodes {
    open: Memo<Open>,
    /// The node that Tab reaches.
    stop: Memo<Option<String>>,
}

#[component]
pub fn ObjectTree() -> impl IntoView {
    let browser = expect_context::<Browser>();
    let open = Memo::new(move |before: Option<&Open>| {
        let searching = browser.place.with(|place| !place.search.is_empty());
        let fresh = browser.view().map(|view| by_path(view.branches)).unwrap_or_default();
        match before {
            // Hits come from everywhere: the tree stays as it was.
            Some(before) if !before.is_empty() && (searching || fresh.is_empty()) => before.clone(),
            _ => fresh,
        }
    });
    let root = Memo::new(move |_| open.with(|open| open.keys().next().cloned()));
    let stop = Memo::new(move |_| {
        let path = browser.place.with(|place| place.path.clone());
        open.with(|open| {
            let order = order(open);
            order.iter().find(|node| **node == path).or(order.first()).cloned()
        })
    });
    provide_context(Nodes { open, stop });
    view! {
        <div on:keydown=move |event| keyboard(&event, open)>
            {move || root.get().map(|root| level(root, 1))}
        </div>
    }
}

fn by_path(branches: Vec<Branch>) -> Open {
    branches.into_iter().map(|branch| (branch.path, branch.objects)).collect()
}

/// The children of one object.
fn level(path: String, depth: u8) -> AnyView {
    let open = expect_context::<Nodes>().open;
    let objects = move || open.with(|open| open.get(&path).cloned().unwrap_or_default());
    let nodes = view! {
        <For each=objects key=|object| object.path.clone() let:object>
            <Node object depth />
        </For>
    };
    if depth == 1 {
        view! { <ul class="tree" role="tree" aria-label="Objects">{nodes}</ul> }.into_any()
    } else {
        view! { <ul role="group">{nodes}</ul> }.into_any()
    }
}

#[component]
fn Node(object: ObjectView, depth: u8) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let Nodes { open, stop } = expect_context::<Nodes>();
    let path = StoredValue::new(object.path.clone());
    // Counts and hints move while the page is open; the element stays.
    let now = {
        let first = object.clone();
        let parent = parent(&object.path).to_owned();
        Memo::new(move |_| {
            let found = open.with(|open| {
                open.get(&parent).and_then(|list| list.iter().find(|other| other.path == first.path)).cloned()
            });
            found.unwrap_or_else(|| first.clone())
        })
    };
    let is_open = Memo::new(move |_| open.with(|open| path.with_value(|path| open.contains_key(path))));
    let selected = Memo::new(move |_| browser.place.with(|place| path.with_value(|path| *path == place.path)));
    let branches = object.has_children;
    let expanded = move || branches.then(|| is_open.get().to_string());
    let tab = move || {
        let here = stop.with(|stop| path.with_value(|path| stop.as_ref() == Some(path)));
        if here { "0" } else { "-1" }
    };
    let hint =
        move || now.with(|object| object.hint.clone()).map(|hint| view! { " " <small><bdi>{hint}</bdi></small> });
    let leaf = if branches { "tree__row" } else { "tree__row tree__leaf" };
    view! {
        <li role="treeitem" aria-expanded=expanded aria-selected=move || selected.get().to_string()>
            <a
                class=leaf
                id=node_id(&object.path)
                title=object.name.clone()
                href=move || path.with_value(|path| state.parameters_href(path))
                tabindex=tab
                data-noscroll=""
            >
                {branches.then(|| view! { <Icon name="chevron-right" /> })}
                <span class="tree__name"><bdi>{object.name.clone()}</bdi> {hint}</span>
                <small>{move || grouped(u64::from(now.with(|object| object.parameters)))}</small>
            </a>
            <Show when=move || is_open.get()>{move || level(path.get_value(), depth.saturating_add(1))}</Show>
        </li>
    }
}

fn node_id(path: &str) -> String {
    format!("node-{path}")
}

/// The object that holds another: `A.B.` of `A.B.1.`; empty for the root.
fn parent(path: &str) -> &str {
    let inner = path.strip_suffix('.').unwrap_or(path);
    inner.rfind('.').map_or("", |dot| &path[..=dot])
}

/// The visible nodes from top to bottom.
fn order(open: &Open) -> Vec<String> {
    fn walk(open: &Open, path: &str, out: &mut Vec<String>) {
        for object in open.get(path).into_iter().flatten() {
            out.push(object.path.clone());
            // An object that claims to hold itself would never end.
            if object.path.len() > path.len() {
                walk(open, &object.path, out);
            }
        }
    }
    let mut out = Vec::new();
    if let Some(root) = open.keys().next() {
        walk(open, root, &mut out);
    }
    out
}

/// Arrows walk the tree as in any tree: up, down, right to open, left to the object above.
fn keyboard(event: &KeyboardEvent, open: Memo<Open>) {
    let Some(focus) = document().active_element() else { return };
    let id = focus.id();
    let Some(path) = id.strip_prefix("node-") else { return };
    let order = open.with_untracked(order);
    let Some(at) = order.iter().position(|node| node == path) else { return };
    let go = |path: &str| {
        let node = document().get_element_by_id(&node_id(path)).and_then(|node| node.dyn_into::<HtmlElement>().ok());
        if let Some(node) = node {
            let _ = node.focus();
        }
    };
    let click = || {
        if let Some(node) = focus.dyn_ref::<HtmlElement>() {
            node.click();
        }
    };
    match event.key().as_str() {
        "ArrowDown" => order.get(at + 1).into_iter().for_each(|path| go(path)),
        "ArrowUp" => at.checked_sub(1).and_then(|at| order.get(at)).into_iter().for_each(|path| go(path)),
        "Home" => order.first().into_iter().for_each(|path| go(path)),
        "End" => order.last().into_iter().for_each(|path| go(path)),
        "ArrowRight" if open.with_untracked(|open| open.contains_key(path)) => {
            order.get(at + 1).filter(|next| next.starts_with(path)).into_iter().for_each(|path| go(path));
        }
        "ArrowRight" | " " => click(),
        "ArrowLeft" => go(parent(path)),
        _ => return,
    }
    event.prevent_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(path: &str) -> ObjectView {
        ObjectView {
            path: path.into(),
            name: String::new(),
            hint: None,
            about: None,
            parameters: 1,
            has_children: true,
            writable: false,
            is_row: false,
            is_table: false,
        }
    }

    #[test]
    fn the_visible_nodes_are_walked_from_top_to_bottom() {
        let open = by_path(vec![
            Branch { path: String::new(), objects: vec![object("D.")] },
            Branch { path: "D.".into(), objects: vec![object("D.A."), object("D.B."), object("D.C.")] },
            Branch { path: "D.B.".into(), objects: vec![object("D.B.1."), object("D.B.2.")] },
        ]);
        assert_eq!(order(&open), ["D.", "D.A.", "D.B.", "D.B.1.", "D.B.2.", "D.C."]);
        assert!(order(&Open::new()).is_empty());
    }

    #[test]
    fn a_tree_that_bites_its_tail_ends() {
        let open = by_path(vec![Branch { path: "D.".into(), objects: vec![object("D.")] }]);
        assert_eq!(order(&open), ["D."]);
    }

    #[test]
    fn every_object_knows_the_one_above() {
        assert_eq!(parent("Device.WiFi.SSID.1."), "Device.WiFi.SSID.");
        assert_eq!(parent("Device."), "");
        assert_eq!(parent(""), "");
    }
}
