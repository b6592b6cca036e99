//! Who is let in: logins, certificates, enrolment, and claims that are turned away.

use super::*;
use crate::{EnrolmentPolicy, Rebootstrap, Registered};
use cwmp::digest::basic_authorization;
use model::DeviceId;
use model::device::{DeviceFilter, Enrolment};
use model::event::EventKind;

const OWN_NAME: &str = "02A0E1-HG640-A";

impl House {
    pub(super) async fn only(&self) -> store::DeviceRecord {
        self.acs.exchange().writing.store.device(DeviceId(1)).await.unwrap().unwrap()
    }

    async fn events(&self) -> Vec<EventKind> {
        super::told(&self.acs, DeviceId(1)).await.into_iter().map(|event| event.kind).collect()
    }

    async fn rejections(&self) -> usize {
        self.events().await.iter().filter(|kind| matches!(kind, EventKind::Rejected { .. })).count()
    }

    async fn state(&self, state: Enrolment) -> usize {
        let filter = DeviceFilter { enrolment: Some(state), ..DeviceFilter::default() };
        let query = DeviceQuery { filter, ..DeviceQuery::default() };
        self.acs.devices(&Actor::System, &query).await.unwrap().items.len()
    }

    /// As an operator decides about one device.
    async fn overrides(&self, text: &str) {
        let patch = store::DevicePatch { overrides: Some(text.to_owned()), ..store::DevicePatch::default() };
        let write = store::Write::Device { id: DeviceId(1), patch };
        self.acs.exchange().writing.commit(vec![write]).await.unwrap();
    }
}

impl Cpe<'_> {
    /// A session of a device that has its login among its parameters, and takes what it is given.
    async fn rotating_session(&mut self) -> Vec<String> {
        let response = self.post(self.inform()).await;
        assert_eq!(response.status, 200, "{response:?}");
        let (mut methods, mut body, mut given) = (Vec::new(), Vec::new(), None);
        loop {
            let response = self.post(body).await;
            if response.status == 204 {
                break;
            }
            let (request, id) = self.asked(&response);
            methods.push(request.method().to_owned());
            let value = |name: &str, value: &str| ParameterValue {
                name: format!("Device.ManagementServer.{name}"),
                value: value.into(),
                ..ParameterValue::default()
            };
            let answer = match &request {
                AcsRequest::GetParameterNames { .. } => CpeResponse::GetParameterNames {
                    parameters: ["Username", "Password"]
                        .map(|name| ParameterInfo { name: value(name, "").name, writable: true })
                        .to_vec(),
                },
                AcsRequest::GetParameterValues { .. } => {
                    let name = given.as_ref().map_or("shared", |(name, _): &(String, String)| name.as_str());
                    CpeResponse::GetParameterValues { parameters: vec![value("Username", name), value("Password", "")] }
                }
                AcsRequest::SetParameterValues { values, .. } => {
                    given = Some((values[0].value.clone(), values[1].value.clone()));
                    CpeResponse::SetParameterValues { status: 0 }
                }
                other => panic!("{other:?}"),
            };
            body = encode(CpeMessage::Response(answer), &id);
        }
        if let Some((name, password)) = given {
            assert_eq!(name, OWN_NAME, "rule 51");
            (self.username, self.password) = (OWN_NAME, password);
        }
        methods
    }
}

/// A device whose login was rotated, and was used.
async fn rotated(settings: AcsSettings) -> (House, String) {
    let house = House::with(AcsSettings { auth: shared(), ..settings }).await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let methods = cpe.rotating_session().await;
    assert_eq!(methods[2..], ["SetParameterValues", "GetParameterValues"], "rule 53 and rule 182: the last");
    let mut again = Cpe::new(&house, "A", 2);
    (again.username, again.password) = (OWN_NAME, cpe.password.clone());
    again.session().await;
    let password = cpe.password;
    assert_eq!(house.only().await.cpe_password, password);
    (house, password)
}

#[tokio::test]
async fn a5_the_shared_login_is_refused_once_the_devices_own_was_used() {
    let (house, password) = rotated(AcsSettings::default()).await;
    let before = house.only().await;
    for _ in 0..3 {
        assert_eq!(Cpe::new(&house, "A", 3).post(Cpe::new(&house, "A", 3).inform()).await.status, 401);
    }
    // Under its own name, too.
    let mut cpe = Cpe::new(&house, "A", 4);
    cpe.username = OWN_NAME;
    assert_eq!(cpe.post(cpe.inform()).await.status, 401);
    assert_eq!(house.only().await, before, "nothing of it is stored");
    assert_eq!(house.rejections().await, 1, "told, but not each time");
    let mut cpe = Cpe::new(&house, "A", 5);
    (cpe.username, cpe.password) = (OWN_NAME, password);
    cpe.session().await;
}

#[tokio::test]
async fn rule_53_both_logins_are_taken_until_the_new_one_was_used() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.rotating_session().await;
    Cpe::new(&house, "A", 2).session().await;
    cpe.connection = 3;
    (cpe.digest, cpe.cookie) = (None, None);
    cpe.session().await;
    assert_eq!(Cpe::new(&house, "A", 4).post(Cpe::new(&house, "A", 4).inform()).await.status, 401);
    assert!(house.events().await.contains(&EventKind::Login { own: true }));
}

#[tokio::test]
async fn a_device_may_use_what_it_was_given_within_the_session() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.habits.reconnects = true;
    cpe.rotating_session().await;
    cpe.session().await;
    assert_eq!(house.only().await.cpe_username, OWN_NAME);
}

#[tokio::test]
async fn no_login_is_given_where_none_is_asked_for_or_wanted() {
    let house = House::open().await;
    assert_eq!(Cpe::new(&house, "A", 1).rotating_session().await, DISCOVERY);
    let settings = AcsSettings { auth: shared(), provision_cpe_credentials: false, ..AcsSettings::default() };
    let house = House::with(settings).await;
    assert_eq!(Cpe::new(&house, "A", 1).rotating_session().await, DISCOVERY);
}

#[tokio::test]
async fn a_router_that_was_reset_gets_a_new_login() {
    let (house, old) = rotated(AcsSettings::default()).await;
    let mut cpe = Cpe::new(&house, "A", 3);
    cpe.events = vec![EventCode::Bootstrap];
    let methods = cpe.rotating_session().await;
    assert_eq!(methods[methods.len() - 2..], ["SetParameterValues", "GetParameterValues"]);
    assert_ne!(cpe.password, old);
    assert!(house.events().await.contains(&EventKind::Login { own: false }));
    // Was it another one that said so? The router itself is still let in, and what the other was given is void.
    let mut router = Cpe::new(&house, "A", 4);
    (router.username, router.password) = (OWN_NAME, old);
    router.session().await;
    let mut other = Cpe::new(&house, "A", 5);
    (other.username, other.password) = (OWN_NAME, cpe.password);
    assert_eq!(other.post(other.inform()).await.status, 401);
}

#[tokio::test]
async fn a_router_that_says_it_was_reset_may_have_to_be_approved() {
    let settings = AcsSettings { rebootstrap: Rebootstrap::Quarantine, ..AcsSettings::default() };
    let (house, own) = rotated(settings).await;
    let mut cpe = Cpe::new(&house, "A", 3);
    cpe.events = vec![EventCode::Bootstrap];
    assert_eq!(cpe.session().await, Vec::<String>::new(), "nothing is asked of it");
    assert_eq!(house.state(Enrolment::Quarantined).await, 1);
    cpe.events = vec![EventCode::Periodic];
    assert_eq!(cpe.session().await, Vec::<String>::new());

    // Its own login proves that it was not reset.
    let mut router = Cpe::new(&house, "A", 4);
    (router.username, router.password) = (OWN_NAME, own);
    router.session().await;
    assert_eq!(house.state(Enrolment::Quarantined).await, 0);
    assert_eq!(Cpe::new(&house, "A", 5).post(Cpe::new(&house, "A", 5).inform()).await.status, 401);

    // Reset indeed, and approved.
    let mut cpe = Cpe::new(&house, "A", 6);
    cpe.events = vec![EventCode::Bootstrap];
    cpe.session().await;
    assert_eq!(house.acs.decide_enrolment(&Actor::System, &[DeviceId(1)], Enrolment::Approved).await.unwrap(), 1);
    let mut cpe = Cpe::new(&house, "A", 7);
    let methods = cpe.rotating_session().await;
    assert_eq!(methods[methods.len() - 2..], ["SetParameterValues", "GetParameterValues"]);
    cpe.session().await;
    assert_eq!(house.only().await.cpe_password, cpe.password);
}

#[tokio::test]
async fn an_agent_can_let_a_router_use_the_shared_login_again() {
    let (house, _) = rotated(AcsSettings::default()).await;
    house.acs.reset_login(&Actor::System, DeviceId(1)).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 3);
    let methods = cpe.rotating_session().await;
    assert!(methods.contains(&"SetParameterValues".to_owned()), "{methods:?}");
}

#[tokio::test]
async fn a1_the_claim_to_be_another_device_is_noted_and_changes_nothing() {
    let house = House::guarded().await;
    Cpe::new(&house, "A", 1).session().await;
    let before = house.only().await;
    let mut thief = Cpe::new(&house, "A", 2);
    thief.username = "02A0E1-HG640-B";
    thief.address = "198.51.100.66:1".parse().unwrap();
    for _ in 0..3 {
        assert_eq!(thief.post(thief.inform()).await.status, 403);
    }
    assert_eq!(house.only().await, before);
    let told: Vec<_> =
        house.events().await.into_iter().filter(|kind| matches!(kind, EventKind::Rejected { .. })).collect();
    assert!(matches!(&told[..], [EventKind::Rejected { address, .. }] if address == "198.51.100.66"), "{told:?}");
    assert_eq!(house.serials().await, ["A"]);
}

#[tokio::test]
async fn a3_what_is_not_a_fresh_answer_gets_401() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let challenge = cpe.raw(cpe.inform(), None).await;
    let mut digest = DigestClient::new(&challenge.challenges.join(", ")).unwrap();
    let fresh = digest.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
    assert_eq!(cpe.raw(cpe.inform(), Some(fresh.clone())).await.status, 200);
    // The same count again, on another connection.
    let mut other = Cpe::new(&house, "A", 2);
    let replay = other.raw(other.inform(), Some(fresh.clone())).await;
    assert_eq!(replay.status, 401);
    // A nonce that is not ours, or too old.
    let mut old = DigestClient::new(&challenge.challenges[0].replace("nonce=\"", "nonce=\"A")).unwrap();
    let old = old.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
    let stale = other.raw(other.inform(), Some(old)).await;
    assert_eq!(stale.status, 401);
    assert!(stale.challenges[0].contains("stale=true"), "{stale:?}");
    // Without qop, as if it had not been offered.
    let mut plain = DigestClient::new(&challenge.challenges[0].replace("qop=\"auth\", ", "")).unwrap();
    let plain = plain.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
    assert!(!plain.contains("qop"), "{plain}");
    assert_eq!(other.raw(other.inform(), Some(plain)).await.status, 401);
    assert!(!challenge.challenges[0].contains("auth-int"), "rule 48");
}

#[tokio::test]
async fn rule_44_and_45_are_relaxed_for_one_device_by_name() {
    let house = House::guarded().await;
    Cpe::new(&house, "A", 1).session().await;
    Cpe::new(&house, "B", 2).session().await;
    let answers = async |connection: u64, serial: &str| {
        let mut cpe = Cpe::new(&house, serial, connection);
        let challenge = cpe.raw(cpe.inform(), None).await.challenges.join(", ");
        let mut plain = DigestClient::new(&challenge.replace("qop=\"auth\", ", "")).unwrap();
        let plain = plain.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
        let form = cpe.raw(cpe.inform(), Some(plain)).await.status;
        let mut digest = DigestClient::new(&challenge).unwrap();
        let fresh = digest.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
        cpe.connection += 1;
        assert_eq!(cpe.raw(cpe.inform(), Some(fresh.clone())).await.status, 200);
        cpe.connection += 1;
        cpe.cookie = None;
        let again = cpe.raw(cpe.inform(), Some(fresh)).await.status;
        (form, again)
    };
    assert_eq!(answers(10, "A").await, (401, 401));
    house.overrides("{\"digest_rfc2069\":true}").await;
    assert_eq!(answers(20, "A").await, (200, 401));
    house.overrides("{\"digest_repeated_nc\":true}").await;
    assert_eq!(answers(30, "A").await, (401, 200));
    assert_eq!(answers(40, "B").await, (401, 401), "the other one's are as strict as ever");
}

#[tokio::test]
async fn rule_46_a_device_may_name_another_path_than_it_asks_for() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let challenge = cpe.raw(cpe.inform(), None).await.challenges.join(", ");
    let answer = |uri: &str, password: &str| {
        let mut digest = DigestClient::new(&challenge).unwrap();
        digest.authorize("POST", uri, "shared", password, "0123456789abcdef")
    };
    assert_eq!(cpe.raw(cpe.inform(), Some(answer("/", "guessed"))).await.status, 401);
    // It is computed over what it says: a path put in later is wrong.
    let forged = answer("/", "secret").replace("uri=\"/\"", "uri=\"/acs\"");
    assert_eq!(cpe.raw(cpe.inform(), Some(forged)).await.status, 401);
    let right = answer("/", "secret");
    assert_eq!(cpe.raw(cpe.inform(), Some(right.clone())).await.status, 200);
    let mut other = Cpe::new(&house, "A", 2);
    assert_eq!(other.raw(other.inform(), Some(right)).await.status, 401, "it counts once as ever");
}

#[tokio::test]
async fn rule_40_md5_sess_is_taken() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let challenge = cpe.raw(cpe.inform(), None).await.challenges.join(", ");
    let mut digest = DigestClient::new(&challenge.replace("algorithm=MD5", "algorithm=MD5-sess")).unwrap();
    let answer = digest.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
    assert!(answer.contains("MD5-sess"), "{answer}");
    assert_eq!(cpe.raw(cpe.inform(), Some(answer)).await.status, 200);
}

#[tokio::test]
async fn rule_35_and_37_basic_over_tls() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.secure = true;
    let response = cpe.raw(cpe.inform(), None).await;
    assert!(response.challenges.iter().any(|one| one.starts_with("Basic ")), "{:?}", response.challenges);
    let wrong = cpe.raw(cpe.inform(), Some(basic_authorization("shared", "secret2"))).await;
    assert_eq!(wrong.status, 401);
    let other = cpe.raw(cpe.inform(), Some(basic_authorization("02A0E1-HG640-B", "secret"))).await;
    assert_eq!(other.status, 403);
    assert_eq!(cpe.raw(cpe.inform(), Some(basic_authorization("shared", "secret"))).await.status, 200);
}

#[tokio::test]
async fn rule_54_basic_at_its_edges() {
    for (username, password) in [("dus er", "a:b:c"), ("shared", ""), ("", "secret"), ("übermut", "pässwörd")] {
        let auth = CpeAuth::Shared { username: username.into(), password: password.into() };
        let house = House::new(auth).await;
        let mut cpe = Cpe::new(&house, "A", 1);
        cpe.secure = true;
        let right = basic_authorization(username, password);
        assert_eq!(cpe.raw(cpe.inform(), Some(right)).await.status, 200, "{username}:{password}");
        cpe.connection = 2;
        let wrong = basic_authorization(username, &format!("{password}x"));
        assert_eq!(cpe.raw(cpe.inform(), Some(wrong)).await.status, 401);
    }
    let house = House::new(CpeAuth::Shared { username: "ü".into(), password: "ß".into() }).await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.secure = true;
    // Latin-1: FC 3A DF.
    assert_eq!(cpe.raw(cpe.inform(), Some("Basic /Drf".into())).await.status, 200);
}

fn certificate(name: &str, ouis: &[&str]) -> ClientCertificate {
    let ouis = ouis.iter().map(|oui| (*oui).to_owned()).collect();
    ClientCertificate { common_name: name.to_owned(), ouis }
}

#[tokio::test]
async fn rule_35_37_and_61_a_client_certificate_is_proof_enough() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    (cpe.secure, cpe.certificate) = (true, Some(certificate(OWN_NAME, &[])));
    assert_eq!(cpe.session().await, DISCOVERY);
    assert_eq!(cpe.challenged, 0);
    // Whatever password it sends besides.
    let mut cpe = Cpe::new(&house, "A", 2);
    (cpe.secure, cpe.certificate) = (true, Some(certificate("02a0e1-A", &[])));
    assert_eq!(cpe.raw(cpe.inform(), Some(basic_authorization("x", "y"))).await.status, 200);
}

#[tokio::test]
async fn rule_61_and_62_a_certificate_of_another_device_or_maker() {
    let house = House::guarded().await;
    Cpe::new(&house, "A", 1).session().await;
    for (connection, name, ouis) in
        [(2, "02A0E1-HG640-B", &[][..]), (3, OWN_NAME, &["00D09E"][..]), (4, "any gateway", &["00D09E"][..])]
    {
        let mut cpe = Cpe::new(&house, "A", connection);
        (cpe.secure, cpe.certificate) = (true, Some(certificate(name, ouis)));
        assert_eq!(cpe.post(cpe.inform()).await.status, 403, "{name}");
    }
    assert_eq!(house.rejections().await, 1);
}

#[tokio::test]
async fn rule_61_a_certificate_of_many_needs_a_login_besides() {
    let house = House::guarded().await;
    for (connection, name) in [(1, "Kestrel gateways"), (2, "02A0E1-HG640")] {
        let mut cpe = Cpe::new(&house, "A", connection);
        (cpe.secure, cpe.certificate) = (true, Some(certificate(name, &["02A0E1"])));
        cpe.session().await;
        assert_eq!(cpe.challenged, 1, "{name}");
    }
}

#[tokio::test]
async fn enrolment_of_registered_devices_only() {
    let settings = AcsSettings { auth: shared(), enrolment: EnrolmentPolicy::Registered, ..AcsSettings::default() };
    let house = House::with(settings).await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let response = cpe.post(cpe.inform()).await;
    assert_eq!(response.status, 200, "rule 3");
    let AcsMessage::Fault(fault) = read(&response) else { panic!() };
    assert_eq!(fault.code, 8001);
    assert!(house.serials().await.is_empty(), "nothing is stored");
    let known = Identity { oui: "02a0e1".into(), ..identity("A") };
    assert_eq!(house.acs.register_device(&Actor::System, &known, None).await.unwrap(), Registered::New);
    assert_eq!(house.acs.register_device(&Actor::System, &known, None).await.unwrap(), Registered::Known);
    assert_eq!(Cpe::new(&house, "A", 2).session().await, DISCOVERY);
    assert!(house.events().await.contains(&EventKind::FirstContact));
    for wrong in ["", "02A0E", "02A0EX"] {
        let wrong = Identity { oui: wrong.into(), ..identity("A") };
        assert!(house.acs.register_device(&Actor::System, &wrong, None).await.is_err());
    }
}

#[tokio::test]
async fn a_device_can_be_registered_with_its_own_login() {
    let house = House::guarded().await;
    house.acs.register_device(&Actor::System, &identity("A"), Some("printed on the box")).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 1);
    assert_eq!(cpe.post(cpe.inform()).await.status, 401, "not with the shared one");
    let mut cpe = Cpe::new(&house, "A", 2);
    (cpe.username, cpe.password) = (OWN_NAME, "printed on the box".into());
    assert_eq!(cpe.session().await, DISCOVERY);
}

#[tokio::test]
async fn quarantine_until_approved() {
    let settings = AcsSettings { auth: shared(), enrolment: EnrolmentPolicy::Quarantine, ..AcsSettings::default() };
    let house = House::with(settings).await;
    for connection in 1..3 {
        assert_eq!(Cpe::new(&house, "A", connection).session().await, Vec::<String>::new(), "nothing is asked");
    }
    assert_eq!((house.state(Enrolment::Quarantined).await, house.state(Enrolment::Approved).await), (1, 0));
    let refused = house.acs.create_task(&Actor::System, DeviceId(1), TaskKind::Reboot).await.unwrap_err();
    assert!(refused.to_string().contains("not approved"), "{refused}");

    house.acs.decide_enrolment(&Actor::System, &[DeviceId(1)], Enrolment::Refused).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 4);
    let AcsMessage::Fault(fault) = read(&cpe.post(cpe.inform()).await) else { panic!() };
    assert_eq!(fault.code, 8001);

    let approve = || house.acs.decide_enrolment(&Actor::System, &[DeviceId(1), DeviceId(99)], Enrolment::Approved);
    assert_eq!((approve().await.unwrap(), approve().await.unwrap()), (1, 0));
    assert_eq!(Cpe::new(&house, "A", 5).session().await, DISCOVERY);
    let states: Vec<_> =
        house.events().await.into_iter().filter(|kind| matches!(kind, EventKind::Enrolment { .. })).collect();
    assert_eq!(states, [Enrolment::Approved, Enrolment::Refused].map(|state| EventKind::Enrolment { state }));
}

#[tokio::test]
async fn helpdesk_does_not_decide_on_enrolment() {
    let house = House::open().await;
    let agent = Actor::of_role(model::Role::Helpdesk);
    let denied = |error| matches!(error, crate::AcsError::Denied(_));
    assert!(denied(house.acs.decide_enrolment(&agent, &[], Enrolment::Approved).await.unwrap_err()));
    assert!(denied(house.acs.reset_login(&agent, DeviceId(1)).await.unwrap_err()));
    assert!(denied(house.acs.register_device(&agent, &identity("A"), None).await.unwrap_err()));
}

#[tokio::test]
async fn rule_55_after_a_hundred_wrong_tries_the_right_one_succeeds() {
    let (house, own) = rotated(AcsSettings::default()).await;
    let mut guesser = Cpe::new(&house, "A", 9);
    for attempt in 0..100 {
        (guesser.username, guesser.password) = (OWN_NAME, format!("guess {attempt}"));
        assert_eq!(guesser.post(guesser.inform()).await.status, 401);
    }
    assert_eq!(house.rejections().await, 1, "the device's timeline tells of it");
    let mut cpe = Cpe::new(&house, "A", 10);
    (cpe.username, cpe.password) = (OWN_NAME, own);
    cpe.session().await;
    // Unknown names cost the database nothing after the first time; they get the same answer.
    guesser.username = "02A0E1-HG640-NOBODY";
    assert_eq!(guesser.post(guesser.inform()).await.status, 401);
    assert_eq!(guesser.post(guesser.inform()).await.status, 401);
}
