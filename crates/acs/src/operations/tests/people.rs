//! People: signing in, second factors, who manages whom.

use super::Desk;
use crate::clock::now;
use crate::{Acs, AcsError, Actor, SignIn};
use model::account::{AccountProblem, AgentView};
use model::person::{PersonState, SecondFactorRule, SecondStep};
use model::{Permission, Permissions, Role, RoleKey, Scope};
use std::net::IpAddr;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));
const PASSWORD: &str = "correct horse battery";

async fn add(acs: &Acs, username: &str, role: Role) -> AgentView {
    acs.add_agent(&Actor::System, username, username, PASSWORD, role.into(), Scope::default()).await.unwrap()
}

async fn sign_in(acs: &Acs, username: &str, password: &str) -> Result<SignIn, AcsError> {
    acs.sign_in(HERE, username, password).await
}

fn half_in(signed_in: SignIn) -> crate::PendingSignIn {
    match signed_in {
        SignIn::Second(pending) => pending,
        SignIn::Done(agent) => panic!("{} is in", agent.username),
    }
}

/// The code that the app shows, `steps` later.
fn code(secret: &str, steps: i64) -> String {
    let time = now().plus_seconds(steps * 30);
    let secret: String = secret.split(' ').collect();
    crate::accounts::totp_code(&secret, time)
}

#[tokio::test]
async fn n2_every_refusal_is_the_same() {
    let desk = Desk::new().await;
    let gone = add(&desk.acs, "gone", Role::Helpdesk).await;
    add(&desk.acs, "maria", Role::Helpdesk).await;
    desk.acs.set_person_disabled(&Actor::System, gone.id, true).await.unwrap();
    desk.acs.invite(&Actor::System, "olu", "Olu", Role::Helpdesk.into(), Scope::default()).await.unwrap();
    for (username, password) in
        [("maria", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("olu", ""), ("olu", PASSWORD)]
    {
        let refused = sign_in(&desk.acs, username, password).await.unwrap_err();
        assert!(matches!(refused, AcsError::SignInRefused), "{username}: {refused}");
    }
    assert!(matches!(sign_in(&desk.acs, " MARIA ", PASSWORD).await, Ok(SignIn::Done(_))));
}

#[tokio::test]
async fn n2_a_victim_can_sign_in_while_others_guess() {
    let desk = Desk::new().await;
    add(&desk.acs, "maria", Role::Helpdesk).await;
    for _ in 0..5 {
        assert!(desk.acs.sign_in(ELSEWHERE, "maria", "wrong").await.is_err());
    }
    let refused = desk.acs.sign_in(ELSEWHERE, "maria", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, AcsError::Throttled(_)), "{refused}");
    assert!(sign_in(&desk.acs, "maria", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_weaker_hash_is_replaced_at_sign_in() {
    let desk = Desk::new().await;
    let maria = add(&desk.acs, "maria", Role::Helpdesk).await;
    // Argon2i with 4 MiB and one pass, of the same password.
    let old = crate::accounts::weak_hash(PASSWORD);
    desk.store.change_password(maria.id, None, &old, None).await.unwrap();
    assert!(sign_in(&desk.acs, "maria", "wrong").await.is_err());
    assert_eq!(desk.store.agent(maria.id).await.unwrap().unwrap().password_hash, old, "not by a wrong one");
    assert!(sign_in(&desk.acs, "maria", PASSWORD).await.is_ok());
    let new = desk.store.agent(maria.id).await.unwrap().unwrap().password_hash;
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    assert!(sign_in(&desk.acs, "maria", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn codes_are_asked_for_once_they_are_confirmed() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let maria = Actor::Agent(add(acs, "maria", Role::Helpdesk).await);
    let setup = acs.begin_totp(&maria).await.unwrap();
    assert_eq!(acs.begin_totp(&maria).await.unwrap(), setup, "a page that is loaded again shows the same");
    let wrong = acs.confirm_totp(&maria, HERE, "000000").await;
    assert!(matches!(wrong, Err(AcsError::CodeRefused)) || code(&setup.secret, 0) == "000000");
    assert!(matches!(sign_in(acs, "maria", PASSWORD).await, Ok(SignIn::Done(_))), "not in force yet");
    acs.confirm_totp(&maria, HERE, &code(&setup.secret, -1)).await.unwrap();

    let pending = half_in(sign_in(acs, "maria", PASSWORD).await.unwrap());
    assert_eq!(acs.second_step(&pending).await.unwrap(), SecondStep::Give { code: true, passkey: false });
    let used = acs.sign_in_code(HERE, &pending, &code(&setup.secret, -1)).await;
    assert!(matches!(used, Err(AcsError::CodeRefused)), "it confirmed the app");
    let right = code(&setup.secret, 0);
    acs.sign_in_code(HERE, &pending, &right).await.unwrap();
    assert!(matches!(acs.sign_in_code(HERE, &pending, &right).await, Err(AcsError::CodeRefused)), "not twice");
    assert!(matches!(acs.sign_in_set_up(HERE, &pending, &right).await, Err(AcsError::CodeRefused)), "no way around");

    // A recovery code, however it is typed, once.
    let recovery = setup.codes[3].to_uppercase().replace('-', " ");
    acs.sign_in_code(HERE, &pending, &recovery).await.unwrap();
    assert!(matches!(acs.sign_in_code(HERE, &pending, &recovery).await, Err(AcsError::CodeRefused)));
    assert_eq!(acs.own_factors(&maria).await.unwrap().codes_left, 9);
    let new = acs.new_recovery_codes(&maria).await.unwrap();
    assert!(matches!(acs.sign_in_code(HERE, &pending, &setup.codes[4]).await, Err(AcsError::CodeRefused)));
    acs.confirm_by_code(&maria, HERE, &new[0]).await.unwrap();

    // Another password ends what waits for its second step.
    acs.change_own_password(&maria, HERE, PASSWORD, "another horse battery", "").await.unwrap();
    let ended = acs.sign_in_code(HERE, &pending, &new[1]).await.unwrap_err();
    assert!(matches!(&ended, AcsError::Invalid(text) if text.contains("Sign in again")), "{ended}");
    acs.remove_totp(&maria).await.unwrap();
    assert!(matches!(sign_in(acs, "maria", "another horse battery").await, Ok(SignIn::Done(_))));
}

#[tokio::test]
async fn n2_codes_are_slow_to_guess() {
    let desk = Desk::new().await;
    let maria = Actor::Agent(add(&desk.acs, "maria", Role::Helpdesk).await);
    let setup = desk.acs.begin_totp(&maria).await.unwrap();
    desk.acs.confirm_totp(&maria, HERE, &code(&setup.secret, -1)).await.unwrap();
    let pending = half_in(desk.acs.sign_in(ELSEWHERE, "maria", PASSWORD).await.unwrap());
    for _ in 0..5 {
        let wrong = desk.acs.sign_in_code(ELSEWHERE, &pending, "not a code").await;
        assert!(matches!(wrong, Err(AcsError::CodeRefused)));
    }
    let right = code(&setup.secret, 0);
    let refused = desk.acs.sign_in_code(ELSEWHERE, &pending, &right).await;
    assert!(matches!(refused, Err(AcsError::Throttled(_))));
    desk.acs.sign_in_code(HERE, &pending, &right).await.unwrap();
}

#[tokio::test]
async fn who_must_have_a_second_factor_sets_one_up_at_sign_in() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let maria = Actor::Agent(add(acs, "maria", Role::Helpdesk).await);
    add(acs, "ana", Role::ReadOnly).await;
    let rule = SecondFactorRule::Roles(vec![Role::Helpdesk.into()]);
    assert!(matches!(acs.set_second_factor_rule(&maria, &rule).await, Err(AcsError::Denied(_))));
    acs.set_second_factor_rule(&Actor::System, &rule).await.unwrap();
    assert!(matches!(sign_in(acs, "ana", PASSWORD).await, Ok(SignIn::Done(_))));
    let pending = half_in(sign_in(acs, "maria", PASSWORD).await.unwrap());
    let SecondStep::SetUp(setup) = acs.second_step(&pending).await.unwrap() else { panic!("there is none yet") };
    assert!(acs.sign_in_code(HERE, &pending, &setup.codes[0]).await.is_err(), "not in force yet");
    let agent = acs.sign_in_set_up(HERE, &pending, &code(&setup.secret, 0)).await.unwrap();
    assert_eq!(agent.username, "maria");
    let refused = acs.remove_totp(&maria).await.unwrap_err();
    assert!(matches!(&refused, AcsError::Invalid(text) if text.contains("required")), "{refused}");
    acs.reset_second_factors(&Actor::System, agent.id).await.unwrap();
    assert!(!acs.own_factors(&maria).await.unwrap().has_second());
}

#[tokio::test]
async fn nobody_manages_somebody_who_may_do_more() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let boss = add(acs, "boss", Role::Administrator).await;
    let olu = add(acs, "olu", Role::ReadOnly).await;
    let manages: Permissions = Role::Helpdesk.permissions().iter().chain([Permission::AgentManage]).collect();
    let role = acs.put_role(&Actor::System, None, "Team lead", manages).await.unwrap();
    let lead = acs.add_agent(&Actor::System, "lead", "Lead", PASSWORD, role.key, Scope::default()).await.unwrap();
    let lead = Actor::Agent(lead);
    let everything = Scope::default;

    let helpdesk: RoleKey = Role::Helpdesk.into();
    acs.change_person(&lead, olu.id, "Olu", helpdesk, everything()).await.unwrap();
    acs.new_password_link(&lead, olu.id).await.unwrap();
    let above: RoleKey = Role::Administrator.into();
    assert!(matches!(acs.change_person(&lead, olu.id, "Olu", above, everything()).await, Err(AcsError::Invalid(_))));
    assert!(matches!(acs.invite(&lead, "x.y", "X", above, everything()).await, Err(AcsError::Invalid(_))));
    assert!(matches!(acs.new_password_link(&lead, boss.id).await, Err(AcsError::Invalid(_))));
    assert!(matches!(acs.set_person_disabled(&lead, boss.id, true).await, Err(AcsError::Invalid(_))));
    assert!(matches!(acs.reset_second_factors(&lead, boss.id).await, Err(AcsError::Invalid(_))));
    assert!(matches!(acs.end_sessions_of(&lead, boss.id).await, Err(AcsError::Invalid(_))));
    assert!(matches!(
        acs.set_password_of(&Actor::Agent(boss.clone()), olu.id, PASSWORD).await,
        Err(AcsError::Denied(_))
    ));
    let program: RoleKey = Role::Integration.into();
    assert!(matches!(acs.invite(&Actor::System, "crm", "CRM", program, everything()).await, Err(AcsError::Invalid(_))));

    // Nor does the last administrator go.
    for refused in [
        acs.set_person_disabled(&Actor::System, boss.id, true).await,
        acs.change_person(&Actor::System, boss.id, "Boss", helpdesk, everything()).await,
        acs.set_person_disabled(&Actor::Agent(boss.clone()), boss.id, true).await,
    ] {
        assert!(matches!(refused, Err(AcsError::Invalid(_))), "{refused:?}");
    }
    let maria = Actor::of_role(Role::SeniorHelpdesk);
    assert!(matches!(acs.people(&maria).await, Err(AcsError::Denied(Permission::AgentManage))));
}

#[tokio::test]
async fn an_invitation_is_followed_once() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let everything = Scope::default;
    let first = acs.invite(&Actor::System, "olu", "Olu", Role::Helpdesk.into(), everything()).await.unwrap();
    assert!(acs.invite(&Actor::System, "OLU", "Olu", Role::Helpdesk.into(), everything()).await.is_err(), "taken");
    let link = acs.new_password_link(&Actor::System, first.id).await.unwrap();
    assert!(matches!(acs.one_time_link(&first.token).await, Err(AcsError::Link)), "another was made");
    assert_eq!(acs.one_time_link(&link.token).await.unwrap().username, "olu");
    let weak = acs.use_one_time_link(&link.token, "Olu Adeyemi", "password1234").await;
    assert!(matches!(weak, Err(AcsError::Account(AccountProblem::PasswordCommon))), "{weak:?}");
    acs.use_one_time_link(&link.token, "Olu Adeyemi", PASSWORD).await.unwrap();
    assert!(matches!(acs.use_one_time_link(&link.token, "Olu", PASSWORD).await, Err(AcsError::Link)));
    let SignIn::Done(olu) = sign_in(acs, "olu", PASSWORD).await.unwrap() else { panic!("no second factor") };
    assert_eq!(olu.name, "Olu Adeyemi");
    let person = acs.person(&Actor::System, "olu").await.unwrap();
    assert!(person.state == PersonState::Active && person.signed_in_at.is_some());

    // A link for a new password does not rename, and is nothing for somebody who is disabled.
    let link = acs.new_password_link(&Actor::System, olu.id).await.unwrap();
    assert!(sign_in(acs, "olu", PASSWORD).await.is_ok(), "good until the link is used");
    acs.use_one_time_link(&link.token, "Somebody else", "another horse battery").await.unwrap();
    assert_eq!(acs.person(&Actor::System, "olu").await.unwrap().name, "Olu Adeyemi");
    assert!(sign_in(acs, "olu", PASSWORD).await.is_err());
    acs.set_person_disabled(&Actor::System, olu.id, true).await.unwrap();
    assert!(acs.new_password_link(&Actor::System, olu.id).await.is_err());
    assert_eq!(acs.agent(olu.id).await.unwrap(), None);
}

#[tokio::test]
async fn n3_a_change_is_known_at_once() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let olu = add(acs, "olu", Role::Helpdesk).await;
    assert!(acs.agent(olu.id).await.unwrap().is_some());
    let before = acs.account_changes();
    acs.change_person(&Actor::System, olu.id, "Olu", Role::ReadOnly.into(), Scope::default()).await.unwrap();
    assert_ne!(acs.account_changes(), before);
    assert_eq!(acs.agent(olu.id).await.unwrap().unwrap().role, Role::ReadOnly.view());
}

#[tokio::test]
async fn dangerous_acts_ask_again_after_a_while() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let maria = Actor::Agent(add(acs, "maria", Role::Administrator).await);
    assert!(acs.require_confirmed(&maria, Some(now().plus_seconds(-599))).is_ok());
    for at in [None, Some(now().plus_seconds(-600)), Some(now().plus_seconds(60))] {
        assert!(matches!(acs.require_confirmed(&maria, at), Err(AcsError::Unconfirmed)), "{at:?}");
    }
    assert!(acs.require_confirmed(&Actor::System, None).is_ok());
    acs.confirm_by_password(&maria, HERE, PASSWORD).await.unwrap();
    assert!(matches!(acs.confirm_by_password(&maria, HERE, "wrong").await, Err(AcsError::PasswordRefused)));
    assert!(matches!(acs.confirm_by_code(&maria, HERE, "123456").await, Err(AcsError::CodeRefused)));
    assert!(acs.own_sessions(&Actor::System, "").await.is_err(), "the system has no account");
}

/// A challenge out of the JSON that a browser is given.
fn challenge(options: &str) -> String {
    let options: serde_json::Value = serde_json::from_str(options).unwrap();
    options["challenge"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn passkeys_sign_in_alone_and_as_the_second_step() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let site = crate::Site::of("https://acs.example.net").unwrap();
    let (maria, olu) = (add(acs, "maria", Role::Helpdesk).await, add(acs, "olu", Role::Helpdesk).await);
    let (maria, olu) = (Actor::Agent(maria), Actor::Agent(olu));
    let soft = crate::accounts::Soft::new();
    let begun = challenge(&acs.begin_passkey(&maria, &site).await.unwrap());
    let made = soft.create(&site, &begun).to_string();
    assert!(matches!(acs.add_passkey(&olu, &site, &made, "Mine").await, Err(AcsError::PasskeyRefused)), "hers");
    assert!(matches!(acs.add_passkey(&maria, &site, &made, "Laptop").await, Err(AcsError::PasskeyRefused)), "used up");
    let begun = challenge(&acs.begin_passkey(&maria, &site).await.unwrap());
    acs.add_passkey(&maria, &site, &soft.create(&site, &begun).to_string(), " My  laptop ").await.unwrap();
    let factors = acs.own_factors(&maria).await.unwrap();
    assert_eq!(factors.passkeys[0].name, "My laptop");

    // As the second step. The answer is bound to the question, and to whose sign-in it is.
    let pending = half_in(sign_in(acs, "maria", PASSWORD).await.unwrap());
    assert_eq!(acs.second_step(&pending).await.unwrap(), SecondStep::Give { code: false, passkey: true });
    let asked = challenge(&acs.ask_second_passkey(&pending, &site).await.unwrap());
    let answer = soft.get(&site, &asked, 0x01, 1).to_string();
    assert!(acs.sign_in_passkey(HERE, &site, &answer).await.is_err(), "another question");
    let asked = challenge(&acs.ask_second_passkey(&pending, &site).await.unwrap());
    let answer = soft.get(&site, &asked, 0x01, 1).to_string();
    assert_eq!(acs.sign_in_second_passkey(HERE, &pending, &site, &answer).await.unwrap().username, "maria");
    let again = acs.sign_in_second_passkey(HERE, &pending, &site, &answer).await;
    assert!(matches!(again, Err(AcsError::PasskeyRefused)), "not twice");

    // Alone: its owner has to be known to it, and its counter goes forward.
    let alone = async |flags, counter| {
        let asked = challenge(&acs.ask_any_passkey(&site));
        acs.sign_in_passkey(HERE, &site, &soft.get(&site, &asked, flags, counter).to_string()).await
    };
    assert!(matches!(alone(0x01, 2).await, Err(AcsError::PasskeyRefused)), "nobody was asked");
    assert_eq!(alone(0x05, 3).await.unwrap().username, "maria");
    assert!(matches!(alone(0x05, 3).await, Err(AcsError::PasskeyRefused)), "a copy");
    desk.acs.set_person_disabled(&Actor::System, agent_id(&maria), true).await.unwrap();
    assert!(matches!(alone(0x05, 4).await, Err(AcsError::PasskeyRefused)), "disabled");
    desk.acs.set_person_disabled(&Actor::System, agent_id(&maria), false).await.unwrap();

    let asked = challenge(&acs.ask_own_passkey(&maria, &site).await.unwrap());
    acs.confirm_by_passkey(&maria, HERE, &site, &soft.get(&site, &asked, 0x01, 9).to_string()).await.unwrap();
    assert!(matches!(acs.ask_own_passkey(&olu, &site).await, Err(AcsError::NotFound(_))));
    let id = acs.own_factors(&maria).await.unwrap().passkeys[0].id;
    assert!(matches!(acs.delete_passkey(&olu, id).await, Err(AcsError::NotFound(_))));
    acs.rename_passkey(&maria, id, "Key").await.unwrap();
    acs.delete_passkey(&maria, id).await.unwrap();
    assert!(matches!(sign_in(acs, "maria", PASSWORD).await, Ok(SignIn::Done(_))));
}

/// Acts of the audit log with who, to whom and how, the oldest first.
async fn log(desk: &Desk) -> Vec<String> {
    let page = desk.acs.audit_page(&Actor::System, &model::audit::AuditQuery::default()).await.unwrap();
    let line = |entry: &model::audit::AuditEntry| {
        let how = entry.after.clone().or_else(|| entry.before.clone()).unwrap_or_default();
        format!("{} {} {} {how}", entry.who.name, entry.act, entry.target.label).trim_end().to_owned()
    };
    page.page.items.iter().rev().map(line).collect()
}

#[tokio::test]
async fn what_people_do_of_their_accounts_is_written_down() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let maria = Actor::Agent(add(acs, "maria", Role::Helpdesk).await);
    sign_in(acs, "maria", "wrong").await.unwrap_err();
    // Who types a password into the field of the name does not find it in the log.
    sign_in(acs, "quiet-otter-lamp", "maria").await.unwrap_err();
    sign_in(acs, "maria", PASSWORD).await.unwrap();
    let setup = acs.begin_totp(&maria).await.unwrap();
    acs.confirm_totp(&maria, HERE, &code(&setup.secret, -1)).await.unwrap();
    let pending = half_in(sign_in(acs, "maria", PASSWORD).await.unwrap());
    acs.sign_in_code(HERE, &pending, "not a code").await.unwrap_err();
    acs.sign_in_code(HERE, &pending, &setup.codes[0]).await.unwrap();
    acs.confirm_by_password(&maria, HERE, PASSWORD).await.unwrap();
    let codes = acs.new_recovery_codes(&maria).await.unwrap();
    acs.change_own_password(&maria, HERE, PASSWORD, "another horse battery", "").await.unwrap();
    acs.end_other_sessions(&maria, "").await.unwrap();
    acs.remove_totp(&maria).await.unwrap();
    acs.sign_out(&maria).await;
    let log = log(&desk).await;
    let expected = [
        "Lastmile agent.added maria {\"name\":\"maria\",\"role\":\"helpdesk\",\"scope\":{}}",
        "maria session.refused maria password",
        "somebody unknown session.refused  password",
        "maria session.begun maria password",
        "maria second-factor.added maria codes of an app",
        "maria session.refused maria code",
        "maria recovery-code.used maria",
        "maria session.begun maria code as the second step",
        "maria session.confirmed maria password",
        "maria recovery-codes.made maria",
        "maria password.changed maria the old one",
        "maria session.revoked maria all other sessions",
        "maria second-factor.removed maria codes of an app",
        "maria session.ended maria",
    ];
    assert_eq!(log, expected);
    let secrets = [PASSWORD, "horse", "otter", &setup.secret, &setup.codes[0], &codes[0]];
    assert!(!secrets.iter().any(|secret| log.concat().contains(secret)));
    assert_eq!(desk.acs.verify_audit(&Actor::System, None).await.unwrap().fault, None);
}

#[tokio::test]
async fn who_manages_whom_is_written_down() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let root = Actor::Agent(add(acs, "root", Role::Administrator).await);
    let invited = acs.invite(&root, "olu", "Olu", Role::Helpdesk.into(), Scope::default()).await.unwrap();
    acs.use_one_time_link(&invited.token, "", PASSWORD).await.unwrap();
    let olu = invited.id;
    acs.change_person(&root, olu, "Olu B", Role::ReadOnly.into(), Scope::default()).await.unwrap();
    let link = acs.new_password_link(&root, olu).await.unwrap();
    acs.use_one_time_link(&link.token, "", "another horse battery").await.unwrap();
    acs.end_sessions_of(&root, olu).await.unwrap();
    acs.reset_second_factors(&root, olu).await.unwrap();
    acs.set_person_disabled(&root, olu, true).await.unwrap();
    acs.set_person_disabled(&root, olu, false).await.unwrap();
    acs.set_password_of(&Actor::System, olu, "yet another horse").await.unwrap();
    let eve = acs.invite(&root, "eve", "Eve", Role::Helpdesk.into(), Scope::default()).await.unwrap().id;
    acs.withdraw_invitation(&root, eve).await.unwrap();
    acs.set_second_factor_rule(&root, &SecondFactorRule::Everybody).await.unwrap();
    let log = log(&desk).await;
    let expected = [
        "root agent.invited olu {\"name\":\"Olu\",\"role\":\"helpdesk\",\"scope\":{}}",
        "Olu password.changed olu the invitation",
        "root agent.changed olu {\"name\":\"Olu B\",\"role\":\"read-only\",\"scope\":{}}",
        "root password.link-made olu",
        "Olu B password.reset olu a one-time link",
        "root session.revoked olu all sessions",
        "root second-factor.removed olu all of them",
        "root agent.disabled olu",
        "root agent.enabled olu",
        "Lastmile password.reset olu",
        "root agent.invited eve {\"name\":\"Eve\",\"role\":\"helpdesk\",\"scope\":{}}",
        "root agent.deleted eve invited",
    ];
    assert_eq!(log[1..=expected.len()], expected);
    assert!(log.last().unwrap().starts_with("root setting.changed Second factor"), "{log:?}");
    assert!(!log.concat().contains(&invited.token) && !log.concat().contains(&link.token));
}

/// Without an entry nobody gets in, and nothing of an account changes.
#[tokio::test]
async fn an_account_does_not_change_unseen() {
    let desk = Desk::new().await;
    let acs = &desk.acs;
    let root = Actor::Agent(add(acs, "root", Role::Administrator).await);
    let maria = Actor::Agent(add(acs, "maria", Role::Helpdesk).await);
    let olu = acs.invite(&root, "olu", "Olu", Role::Helpdesk.into(), Scope::default()).await.unwrap();
    desk.break_audit().await;
    assert!(sign_in(acs, "maria", PASSWORD).await.is_err());
    assert!(acs.change_own_password(&maria, HERE, PASSWORD, "another horse battery", "").await.is_err());
    assert!(acs.use_one_time_link(&olu.token, "", PASSWORD).await.is_err());
    assert!(acs.invite(&root, "eve", "Eve", Role::Helpdesk.into(), Scope::default()).await.is_err());
    assert!(acs.set_person_disabled(&root, agent_id(&maria), true).await.is_err());
    assert!(acs.withdraw_invitation(&root, olu.id).await.is_err());
    assert!(acs.set_second_factor_rule(&root, &SecondFactorRule::Everybody).await.is_err());
    let people = acs.people(&root).await.unwrap();
    let states: Vec<_> = people.iter().map(|person| (person.username.as_str(), person.state)).collect();
    let expected = [("maria", PersonState::Active), ("olu", PersonState::Invited), ("root", PersonState::Active)];
    assert_eq!(states, expected);
    assert!(people.iter().all(|person| person.signed_in_at.is_none()));
    assert_eq!(acs.second_factor_rule(&root).await.unwrap(), SecondFactorRule::Nobody);
    // Who wants out gets out.
    acs.sign_out(&maria).await;
}

fn agent_id(actor: &Actor) -> model::AgentId {
    match actor {
        Actor::Agent(agent) => agent.id,
        _ => panic!("an agent"),
    }
}
