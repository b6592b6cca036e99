//! Files: what routers load, and what they sent. Whose files and which page is in the URL.

mod api;
mod change;
mod draft;
mod send;
mod table;
mod upload;

pub use api::{DeleteFile, FilesFor, ListFiles, Source, UpdateFile, delete_file, files_for, list_files, update_file};

use crate::PortalError;
use crate::components::{Button, Empty, ErrorView, Pager, Skeleton};
use crate::live::{LiveScope, use_live};
use crate::pages::devices::keep_address;
use crate::pages::devices::url::Url;
use crate::session::may;
use change::{DeleteDialog, EditDialog};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::Permission;
use model::file::FileView;
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use table::FileTable;
use upload::UploadDialog;

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Files {
    query: Memo<Query>,
    page: Resource<Result<Page<FileView>, PortalError>>,
    uploading: RwSignal<bool>,
    /// The file whose description is changed.
    edited: RwSignal<Option<FileView>>,
    /// The file that is about to be deleted.
    doomed: RwSignal<Option<FileView>>,
}

/// Which page of which list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    from: Source,
    cursor: Option<Cursor>,
}

impl Query {
    fn href(&self) -> String {
        let mut url = Url::new("/files");
        url.text("from", if self.from == Source::Devices { "routers" } else { "" });
        url.text("at", self.cursor.as_ref().map_or("", |cursor| &cursor.0));
        url.finish()
    }
}

/// `/files`
#[component]
pub fn FilesPage() -> impl IntoView {
    keep_address();
    let params = use_query_map();
    let query = Memo::new(move |_| {
        params.with(|params| Query {
            from: if params.get("from").as_deref() == Some("routers") { Source::Devices } else { Source::Agents },
            cursor: params.get("at").filter(|at| !at.is_empty()).map(Cursor),
        })
    });
    let files = Files {
        query,
        page: Resource::new_blocking(move || query.get(), |query: Query| list_files(query.from, query.cursor)),
        uploading: RwSignal::new(false),
        edited: RwSignal::new(None),
        doomed: RwSignal::new(None),
    };
    provide_context(files);
    use_live(
        || Some(LiveScope::Fleet),
        move |message| {
            if matches!(message, LiveMessage::Files | LiveMessage::Missed) {
                files.page.refetch();
            }
        },
    );
    let may_write = may(Permission::FileWrite);
    view! {
        <Title text="Files" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"Files"</h1>
                {may_write
                    .then(|| {
                        view! {
                            <div class="btn-row">
                                <Button
                                    class="btn--primary"
                                    icon="upload"
                                    on_click=Callback::new(move |_| files.uploading.set(true))
                                >
                                    "Upload a file"
                                </Button>
                            </div>
                        }
                    })}
            </div>
            <Lists />
            <div class="table-card">
                <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                    <Body />
                </Transition>
            </div>
            {may_write
                .then(|| {
                    view! {
                        <UploadDialog />
                        <EditDialog />
                        <DeleteDialog />
                    }
                })}
        </main>
    }
}

#[component]
fn Lists() -> impl IntoView {
    let query = expect_context::<Files>().query;
    let link = move |from: Source, label: &'static str| {
        let href = Query { from, cursor: None }.href();
        let current = move || query.with(|query| query.from == from).then_some("true");
        view! { <a href=href aria-current=current>{label}</a> }
    };
    view! {
        <nav class="views views--apart" aria-label="Whose files">
            {link(Source::Agents, "For routers")}
            {link(Source::Devices, "From routers")}
        </nav>
    }
}

/// What stands in the place of the list.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(PortalError),
    Empty(Source),
    Rows,
}

#[component]
fn Body() -> impl IntoView {
    let files = expect_context::<Files>();
    let shown = Memo::new(move |_| match files.page.get() {
        None => Shown::Nothing,
        Some(Err(error)) => Shown::Failed(error),
        Some(Ok(page)) if page.items.is_empty() => Shown::Empty(files.query.with(|query| query.from)),
        Some(Ok(_)) => Shown::Rows,
    });
    let page = move |pick: fn(Page<FileView>) -> Option<Cursor>| {
        Signal::derive(move || {
            let cursor = pick(files.page.get()?.ok()?)?;
            Some(Query { cursor: Some(cursor), ..files.query.get() }.href())
        })
    };
    move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! {
            <ErrorView error again=Callback::new(move |()| files.page.refetch()) />
        }
        .into_any(),
        Shown::Empty(Source::Agents) => view! {
            <Empty
                icon="file"
                title="No files yet"
                text="Upload a firmware image or a configuration; then a router can load it from its own page."
            >
                {may(Permission::FileWrite)
                    .then(|| {
                        view! {
                            <Button icon="upload" on_click=Callback::new(move |_| files.uploading.set(true))>
                                "Upload a file"
                            </Button>
                        }
                    })}
            </Empty>
        }
        .into_any(),
        Shown::Empty(Source::Devices) => view! {
            <Empty
                icon="inbox"
                title="No router has sent a file"
                text="Fetch the configuration or the log of a router on its own page, under More actions."
            />
        }
        .into_any(),
        Shown::Rows => view! {
            <FileTable />
            <Pager
                previous=page(|page| page.previous)
                next=page(|page| page.next)
                previous_label="Newer"
                next_label="Older"
            />
        }
        .into_any(),
    }
}
