//! The form of a subscriber, new or known.

use super::api::time_zones;
use crate::PortalError;
use crate::components::{Field, Icon, Refusal, Said};
use crate::unsent::{Kept, Unsent, keep_fields};
use leptos::prelude::*;
use model::subscriber::{FieldProblem, PHONES_MAX, Phone, SubscriberChange, SubscriberField, SubscriberView};

/// A phone in the form: what tells it from the others, its number, what it is.
type Row = (u32, RwSignal<String>, RwSignal<String>);

/// What stands in the form.
#[derive(Clone, Copy)]
pub struct Draft {
    account: RwSignal<String>,
    name: RwSignal<String>,
    phones: RwSignal<Vec<Row>>,
    email: RwSignal<String>,
    address: RwSignal<String>,
    locality: RwSignal<String>,
    region: RwSignal<String>,
    partner: RwSignal<String>,
    plan: RwSignal<String>,
    /// Mbit/s, as people say it.
    down: RwSignal<String>,
    up: RwSignal<String>,
    time_zone: RwSignal<String>,
    tags: RwSignal<String>,
    ppp_user: RwSignal<String>,
    serials: RwSignal<String>,
    next: StoredValue<u32>,
    pub problems: RwSignal<Vec<FieldProblem>>,
    pub refused: RwSignal<Option<PortalError>>,
}

impl Draft {
    pub fn new() -> Self {
        let text = || RwSignal::new(String::new());
        let draft = Self {
            account: text(),
            name: text(),
            phones: RwSignal::new(Vec::new()),
            email: text(),
            address: text(),
            locality: text(),
            region: text(),
            partner: text(),
            plan: text(),
            down: text(),
            up: text(),
            time_zone: text(),
            tags: text(),
            ppp_user: text(),
            serials: text(),
            next: StoredValue::new(0),
            problems: RwSignal::new(Vec::new()),
            refused: RwSignal::new(None),
        };
        draft.add_phone(&Phone::default());
        draft
    }

    pub fn of(view: &SubscriberView) -> Self {
        let draft = Self::new();
        draft.account.set(view.account.clone());
        draft.name.set(view.name.clone());
        if !view.phones.is_empty() {
            draft.phones.update(Vec::clear);
            view.phones.iter().for_each(|phone| draft.add_phone(phone));
        }
        draft.email.set(view.email.clone());
        draft.address.set(view.address.clone());
        draft.locality.set(view.locality.clone());
        draft.region.set(view.region.clone());
        draft.partner.set(view.partner.clone());
        draft.plan.set(view.plan.clone());
        draft.down.set(megabits(view.plan_down_kbit));
        draft.up.set(megabits(view.plan_up_kbit));
        draft.time_zone.set(view.time_zone.clone());
        draft.tags.set(view.tags.join(", "));
        draft.ppp_user.set(view.ppp_user.clone());
        draft
    }

    fn add_phone(self, phone: &Phone) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let entry = (id, RwSignal::new(phone.number.clone()), RwSignal::new(phone.label.clone()));
        self.phones.update(|phones| phones.push(entry));
    }

    /// Keeps what was changed until it was sent.
    pub fn keep(self, place: &str) -> Unsent {
        use SubscriberField as F;
        let texts = [
            (F::Account, self.account),
            (F::Name, self.name),
            (F::Email, self.email),
            (F::Address, self.address),
            (F::Locality, self.locality),
            (F::Region, self.region),
            (F::Partner, self.partner),
            (F::Plan, self.plan),
            (F::PlanDownKbit, self.down),
            (F::PlanUpKbit, self.up),
            (F::TimeZone, self.time_zone),
            (F::Tags, self.tags),
            (F::PppUser, self.ppp_user),
            (F::Serials, self.serials),
        ];
        let mut fields: Vec<Kept> = texts.into_iter().map(|(field, text)| Kept::text(field.as_str(), text)).collect();
        fields.push(Kept::new(F::Phones.as_str(), move || self.phones_text(), move |text| self.take_phones(&text)));
        keep_fields(place, fields)
    }

    /// Tracked.
    fn phones_text(self) -> String {
        let phones: Vec<Phone> = self.phones.with(|phones| {
            phones.iter().map(|(_, number, label)| Phone { number: number.get(), label: label.get() }).collect()
        });
        serde_json::to_string(&phones).unwrap_or_default()
    }

    fn take_phones(self, text: &str) {
        let Ok(phones) = serde_json::from_str::<Vec<Phone>>(text) else { return };
        self.phones.update(Vec::clear);
        phones.iter().take(PHONES_MAX).for_each(|phone| self.add_phone(phone));
    }

    /// What the form says, checked; `None` if something is wrong, which the fields then show.
    pub fn change(self, new: bool) -> Option<SubscriberChange> {
        let list = |text: RwSignal<String>| {
            text.get_untracked()
                .split([',', '\n'])
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        };
        let mut problems = Vec::new();
        let mut speed = |field, text: RwSignal<String>| match kilobits(&text.get_untracked()) {
            Ok(kbit) => Some(kbit),
            Err(problem) => {
                problems.push(FieldProblem { field, problem });
                None
            }
        };
        let phones = self.phones.get_untracked();
        let phone = |(_, number, label): &Row| Phone { number: number.get_untracked(), label: label.get_untracked() };
        let mut change = SubscriberChange {
            account: self.account.get_untracked(),
            name: Some(self.name.get_untracked()),
            phones: Some(phones.iter().map(phone).collect()),
            email: Some(self.email.get_untracked()),
            address: Some(self.address.get_untracked()),
            locality: Some(self.locality.get_untracked()),
            region: Some(self.region.get_untracked()),
            partner: Some(self.partner.get_untracked()),
            plan: Some(self.plan.get_untracked()),
            plan_down_kbit: speed(SubscriberField::PlanDownKbit, self.down),
            plan_up_kbit: speed(SubscriberField::PlanUpKbit, self.up),
            time_zone: Some(self.time_zone.get_untracked()),
            tags: Some(list(self.tags)),
            ppp_user: Some(self.ppp_user.get_untracked()),
            serials: new.then(|| list(self.serials)),
        };
        problems.extend(change.check());
        self.problems.set(problems.clone());
        problems.is_empty().then_some(change)
    }

    /// What the server says of it.
    pub fn fail(self, error: PortalError) {
        match error {
            PortalError::Fields(problems) => {
                self.problems.try_set(problems);
            }
            error => {
                self.refused.try_set(Some(error));
            }
        }
    }

    fn problem(self, field: SubscriberField) -> Signal<Option<PortalError>> {
        Signal::derive(move || {
            let of = |one: &&FieldProblem| one.field == field;
            self.problems.with(|problems| problems.iter().find(of).map(|one| one.problem.clone().into()))
        })
    }
}

fn megabits(kbit: Option<u32>) -> String {
    kbit.map(|kbit| {
        let text = format!("{:.3}", f64::from(kbit) / 1000.0);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    })
    .unwrap_or_default()
}

fn kilobits(text: &str) -> Result<Option<u32>, String> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("{text:?} is no speed in Mbit/s. Leave it empty if it is not known.");
    let number: f64 = text.parse().map_err(|_| wrong())?;
    let kbit = (number * 1000.0).round();
    if (1.0..=f64::from(u32::MAX)).contains(&kbit) { Ok(Some(kbit as u32)) } else { Err(wrong()) }
}

/// All fields. `new`: the account and the routers are entered, too.
#[component]
pub fn Fields(draft: Draft, new: bool) -> impl IntoView {
    use SubscriberField as F;
    let zones = LocalResource::new(time_zones);
    let text = move |field: F, value: RwSignal<String>, hint: &'static str, auto: &'static str| {
        let id = field.as_str();
        let error = draft.problem(field);
        view! {
            <Field id=id label=field.label() hint=Signal::stored(hint.to_owned()) error>
                <input
                    class="input" id=id autocomplete="off" inputmode=auto spellcheck="false"
                    list=(field == F::TimeZone).then_some("zones")
                    aria-describedby=format!("{id}-hint {id}-err")
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    value=value.get_untracked()
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </Field>
        }
    };
    view! {
        <Refusal refused=draft.refused />
        <div class="fields">
            {text(F::Name, draft.name, "Of the person or the firm.", "text")}
            {new.then(|| text(F::Account, draft.account, "Your own number for this customer. It cannot be changed later.", "text"))}
            <Phones draft />
            {text(F::Email, draft.email, "", "email")}
            {text(F::Address, draft.address, "Where the line ends.", "text")}
            {text(F::Locality, draft.locality, "Shown in lists.", "text")}
            <div class="fields fields--pair">
                {text(F::Region, draft.region, "Part of the network.", "text")}
                {text(F::Partner, draft.partner, "Who sold the line.", "text")}
            </div>
            {text(F::Plan, draft.plan, "As your customers know it.", "text")}
            <div class="fields fields--pair">
                {text(F::PlanDownKbit, draft.down, "Mbit/s. Speed tests are held against it.", "decimal")}
                {text(F::PlanUpKbit, draft.up, "Mbit/s.", "decimal")}
            </div>
            {text(F::TimeZone, draft.time_zone, "Such as Europe/Lisbon.", "text")}
            {text(F::Tags, draft.tags, "With commas between them.", "text")}
            {text(F::PppUser, draft.ppp_user, "What the router signs in with at the line, if you link routers by it.", "text")}
            {new.then(|| text(F::Serials, draft.serials, "Of the routers at the line, known or not yet. With commas between them.", "text"))}
        </div>
        <datalist id="zones">
            {move || {
                zones.get().and_then(Result::ok).unwrap_or_default().into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()
            }}
        </datalist>
    }
}

#[component]
fn Phones(draft: Draft) -> impl IntoView {
    let error = draft.problem(SubscriberField::Phones);
    let phones = draft.phones;
    let row = move |(id, number, label): Row| {
        let at = move || phones.with(|phones| phones.iter().position(|(other, ..)| *other == id).unwrap_or(0) + 1);
        view! {
            <div class="phone">
                <input
                    class="input" type="tel" autocomplete="off" placeholder="Number"
                    aria-label=move || format!("Phone {}", at()) aria-describedby="phones-err"
                    value=number.get_untracked()
                    prop:value=move || number.get()
                    on:input:target=move |event| number.set(event.target().value())
                />
                <input
                    class="input" autocomplete="off" placeholder="Mobile, work…"
                    aria-label=move || format!("What phone {} is", at())
                    value=label.get_untracked()
                    prop:value=move || label.get()
                    on:input:target=move |event| label.set(event.target().value())
                />
                <button
                    class="btn btn--ghost btn--icon" type="button" title="Remove"
                    aria-label=move || format!("Remove phone {}", at())
                    on:click=move |_| phones.update(|phones| phones.retain(|(other, ..)| *other != id))
                >
                    <Icon name="x" />
                </button>
            </div>
        }
    };
    view! {
        <fieldset class="field">
            <legend class="field__label">"Phones"</legend>
            <For each=move || phones.get() key=|(id, ..)| *id let:entry>{row(entry)}</For>
            <button
                class="linkbtn" type="button"
                hidden=move || phones.with(|phones| phones.len() >= PHONES_MAX)
                on:click=move |_| draft.add_phone(&Phone::default())
            >
                "Add a phone"
            </button>
            <span class="field__error" id="phones-err" role="alert" hidden=move || error.with(Option::is_none)>
                <Icon name="octagon" />
                <span>{move || error.get().map(|error| view! { <Said error /> })}</span>
            </span>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_entered_in_megabits() {
        assert_eq!(kilobits(" 500 "), Ok(Some(500_000)));
        assert_eq!(kilobits("0,64"), Ok(Some(640)));
        assert_eq!(kilobits(""), Ok(None));
        for wrong in ["fast", "0", "-1", "1e9"] {
            assert!(kilobits(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            (megabits(Some(500_000)), megabits(Some(640)), megabits(None)),
            ("500".into(), "0.64".into(), String::new())
        );
    }

    #[test]
    fn phones_are_kept_as_they_were_typed() {
        let owner = Owner::new();
        owner.set();
        let draft = Draft::new();
        draft.add_phone(&Phone { number: "030 1".into(), label: "Work".into() });
        let kept = draft.phones_text();
        let other = Draft::new();
        other.take_phones(&kept);
        assert_eq!(other.phones_text(), kept);
        other.take_phones("no list");
        assert_eq!(other.phones_text(), kept, "what another version wrote is left");
    }

    #[test]
    fn the_form_says_what_is_wrong_with_which_field() {
        let owner = Owner::new();
        owner.set();
        let draft = Draft::new();
        draft.down.set("fast".into());
        assert_eq!(draft.change(true), None);
        let fields: Vec<_> = draft.problems.get_untracked().iter().map(|one| one.field).collect();
        use SubscriberField as F;
        assert_eq!(fields, [F::PlanDownKbit, F::Account, F::Name]);
        draft.account.set("A1".into());
        draft.name.set("Ada".into());
        draft.down.set("5".into());
        draft.tags.set("vip, b2b".into());
        let change = draft.change(true).expect("all is right");
        assert_eq!((change.plan_down_kbit, change.tags.unwrap_or_default().len()), (Some(Some(5000)), 2));
        assert_eq!((change.serials, change.phones), (Some(Vec::new()), Some(Vec::new())));
    }
}
