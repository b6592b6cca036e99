//! "Delete this?": asked before something is gone for good.

use super::{Button, Deed, Dialog, DialogFoot, DialogHead, Refused, Tone, follows};
use crate::PortalError;
use leptos::prelude::*;

/// Open while `subject` has something; `end` ends it, and `done` is told. What it means are the children.
#[component]
pub fn EndDialog<T, End, Ended>(
    subject: RwSignal<Option<T>>,
    /// Of the dialog, unique on the page.
    id: &'static str,
    title: &'static str,
    #[prop(default = "trash")] icon: &'static str,
    /// What the button says.
    #[prop(default = "Delete")]
    verb: &'static str,
    name: fn(&T) -> String,
    end: End,
    done: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    End: Fn(T) -> Ended + Copy + Send + Sync + 'static,
    Ended: Future<Output = Result<(), PortalError>> + 'static,
{
    let open = follows(subject);
    let children = StoredValue::new(children);
    view! {
        <Dialog open id>
            {move || {
                subject
                    .get_untracked()
                    .map(|one| {
                        let deed = Deed::default();
                        let called = name(&one);
                        let go = Callback::new(move |_| {
                            let one = one.clone();
                            deed.run(
                                async move { end(one).await },
                                move |()| {
                                    open.try_set(false);
                                    done.run(());
                                },
                            );
                        });
                        view! {
                            <DialogHead id title tone=Tone::Bad icon><bdi>{called}</bdi></DialogHead>
                            <div class="dialog__body">
                                <Refused deed />
                                {children.with_value(|children| children())}
                            </div>
                            <DialogFoot open>
                                <Button class="btn--danger" busy=deed.busy on_click=go>{verb}</Button>
                            </DialogFoot>
                        }
                    })
            }}
        </Dialog>
    }
}
