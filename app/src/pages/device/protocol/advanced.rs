//! Requests of the protocol that have no place elsewhere. What comes of one is under *Tasks*.

use super::super::state::DeviceState;
use super::api::reset_login;
use crate::PortalError;
use crate::components::{Button, Deed, Field, TextArea, Tone, use_toasts};
use crate::session::may;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use model::Permission;
use model::task::TaskKind;

#[component]
pub fn Advanced() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let refresh = may(Permission::DeviceRefresh);
    let transfer = may(Permission::DeviceTransfer);
    let manage = may(Permission::DeviceManage);
    view! {
        <section class="card" aria-labelledby="adv-h">
            <div class="card__head card__head--line">
                <h2 id="adv-h">"Advanced"</h2>
                <span class="card__end">
                    <a href=move || format!("{}/tasks", state.href())>"What came of it"</a>
                </span>
            </div>
            <div class="card__body card__body--top decisions">
                {refresh.then(|| view! { <CheckIn /> <Questions /> })}
                {transfer.then(|| view! { <Vendor /> <Vouchers /> })}
                {manage.then(|| view! { <Login /> })}
            </div>
        </section>
    }
}

/// ScheduleInform.
#[component]
fn CheckIn() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let seconds = RwSignal::new("60".to_owned());
    let problem = RwSignal::new(None::<PortalError>);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        match seconds.with_untracked(|text| text.trim().parse()) {
            Ok(delay_seconds @ 1..=31_536_000) => {
                problem.set(None);
                state.ask(TaskKind::ScheduleInform { delay_seconds }, || ());
            }
            _ => problem.set(Some("Seconds from 1 to 31536000, which is a year.".into())),
        }
    };
    view! {
        <form class="decisions__group" aria-labelledby="adv-in" on:submit=go>
            <h3 id="adv-in">"Check in at a certain time"</h3>
            <Field id="adv-seconds" label="After this many seconds" error=problem>
                <input
                    class="input"
                    id="adv-seconds"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-describedby="adv-seconds-hint adv-seconds-err"
                    prop:value=move || seconds.get()
                    value=seconds.get_untracked()
                    on:input:target=move |event| seconds.set(event.target().value())
                />
            </Field>
            <div class="btn-row"><Button class="btn--sm" kind="submit">"Have it check in"</Button></div>
        </form>
    }
}

/// Requests that only ask.
#[component]
fn Questions() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let ask = move |label: &'static str, kind: fn() -> TaskKind| {
        view! {
            <Button class="btn--sm" on_click=Callback::new(move |_| state.ask(kind(), || ()))>{label}</Button>
        }
    };
    view! {
        <div class="decisions__group" role="group" aria-labelledby="adv-ask">
            <h3 id="adv-ask">"Ask the router"</h3>
            <div class="btn-row">
                {ask("Which requests it knows", || TaskKind::ReadMethods)}
                {ask("Which transfers it has", || TaskKind::ReadTransfers)}
                {ask("Which options it has", || TaskKind::ReadOptions { name: String::new() })}
            </div>
        </div>
    }
}

/// A vendor's own method.
#[component]
fn Vendor() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let method = RwSignal::new(String::new());
    let body = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<PortalError>);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let name = method.get_untracked().trim().to_owned();
        if !name.starts_with("X_") {
            problem.set(Some("Such as X_00D09E_Blink: it begins with X_ and the maker.".into()));
            return;
        }
        problem.set(None);
        state.ask(TaskKind::Vendor { method: name, body: body.get_untracked().trim().to_owned() }, || ());
    };
    view! {
        <form class="decisions__group" aria-labelledby="adv-vendor" on:submit=go>
            <h3 id="adv-vendor">"A request of the maker's own"</h3>
            <Field id="adv-method" label="Its name" error=problem>
                <input
                    class="input mono"
                    id="adv-method"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="64"
                    placeholder="X_"
                    aria-describedby="adv-method-hint adv-method-err"
                    prop:value=move || method.get()
                    on:input:target=move |event| method.set(event.target().value())
                />
            </Field>
            <Field id="adv-body" label="What stands inside it, as XML">
                <TextArea id="adv-body" value=body rows=3 />
            </Field>
            <div class="btn-row"><Button class="btn--sm" kind="submit">"Send it"</Button></div>
        </form>
    }
}

/// SetVouchers: kept for old devices.
#[component]
fn Vouchers() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let text = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<PortalError>);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let vouchers: Vec<String> = text.with_untracked(|text| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        });
        if vouchers.is_empty() {
            problem.set(Some("One voucher a line, in Base64.".into()));
            return;
        }
        problem.set(None);
        state.ask(TaskKind::SetVouchers { vouchers }, || ());
    };
    view! {
        <form class="decisions__group" aria-labelledby="adv-vouchers" on:submit=go>
            <h3 id="adv-vouchers">"Vouchers for options"</h3>
            <Field id="adv-voucher-text" label="One a line, in Base64" error=problem>
                <TextArea id="adv-voucher-text" value=text rows=3 />
            </Field>
            <div class="btn-row"><Button class="btn--sm" kind="submit">"Set vouchers"</Button></div>
        </form>
    }
}

/// A device that lost its own login without saying so.
#[component]
fn Login() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let toasts = use_toasts();
    let deed = Deed::default();
    let go = Callback::new(move |_| {
        let done = move |()| toasts.push(Tone::Ok, "The shared password is taken from it again, once.");
        deed.run_or(reset_login(state.id.get_untracked()), done, move |error| toasts.fail(error));
    });
    view! {
        <div class="decisions__group" role="group" aria-labelledby="adv-login">
            <h3 id="adv-login">"A router that is refused"</h3>
            <p class="muted">
                "If it lost the password of its own, it can come with the shared one again. It gets a new one of its own then."
            </p>
            <div class="btn-row">
                <Button class="btn--sm" icon="key" busy=deed.busy on_click=go>"Take the shared password again"</Button>
            </div>
        </div>
    }
}
