//! A second person decides, about what they have seen (catalogue row N6).

use super::*;
use crate::AcsError;
use model::account::AgentView;
use model::campaign::CampaignLogKind;
use model::token::{TokenOwner, TokenView};
use model::{Role, Scope, TokenId};
use store::NewAgent;

async fn person(store: &Store, name: &str, role: Role) -> Actor {
    let new = NewAgent {
        username: name.into(),
        name: name.into(),
        role: role.into(),
        scope: Scope::default(),
        password_hash: String::new(),
        now: Timestamp(1),
    };
    let id = store.insert_agent(new).await.unwrap().id;
    Actor::Agent(AgentView { id, username: name.into(), name: name.into(), role: role.view(), scope: Scope::default() })
}

/// A program's own token, or somebody's.
fn token(owner: Option<&Actor>) -> Actor {
    let owner = owner.map(|owner| {
        let Actor::Agent(agent) = owner else { panic!("an agent") };
        TokenOwner { id: agent.id, name: agent.name.clone(), disabled: false }
    });
    Actor::Token(TokenView {
        id: TokenId(1),
        name: "rollouts".into(),
        role: Role::RolloutManager.view(),
        restricted: false,
        owner,
        scope: Scope::default(),
        created_at: Timestamp(1),
        created_by: "ada".into(),
        expires_at: None,
        used_at: None,
        revoked_at: None,
    })
}

/// The first so many devices run a version.
async fn they_run(world: &World, version: &str, devices: usize) {
    let writes = world.devices.iter().take(devices).map(|device| {
        let patch = DevicePatch { software_version: Some(version.to_owned()), ..DevicePatch::default() };
        Write::Device { id: device.id, patch }
    });
    world.write(writes.collect()).await;
}

/// More devices than one person may start with, and a campaign of Ada's for all of them.
struct Large {
    world: World,
    acs: Acs,
    ada: Actor,
    ben: Actor,
    id: CampaignId,
    revision: i64,
}

impl Large {
    async fn planned(store: Store) -> Self {
        let mut world = World::new(store.clone()).await;
        let ada = person(&store, "ada", Role::RolloutManager).await;
        let ben = person(&store, "ben", Role::RolloutManager).await;
        world.now = crate::clock::now();
        world.fleet("HG640", vec![Fate::Good; 101]).await;
        let image = world.image("2.0").await;
        let plan = plan(&image, &[Reach::Devices(5), Reach::Percent(100.0)]);
        let acs = world.acs.clone();
        let view = acs.create_campaign(&ada, plan).await.unwrap();
        assert!(view.needs_approval);
        Self { world, acs, ada, ben, id: view.id, revision: view.revision }
    }

    async fn asked(store: Store) -> Self {
        let large = Self::planned(store).await;
        large.acs.ask_approval(&large.ada, large.id, large.revision).await.unwrap();
        large
    }

    async fn approved(store: Store) -> Self {
        let large = Self::asked(store).await;
        large.acs.approve_campaign(&large.ben, large.id, large.revision).await.unwrap();
        large
    }
}

#[tokio::test]
async fn n6_nobody_approves_their_own_campaign() {
    on_both(|store| async move {
        let Large { world, acs, ada, ben, id, revision } = Large::planned(store.clone()).await;
        let help = person(&store, "hal", Role::Helpdesk).await;
        let refused = acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap_err();
        assert!(refused.to_string().contains("second person"), "{refused}");
        acs.ask_approval(&ada, id, revision).await.unwrap();
        let own = acs.approve_campaign(&ada, id, revision).await.unwrap_err();
        assert!(own.to_string().contains("Somebody else"), "{own}");
        assert!(matches!(acs.approve_campaign(&help, id, revision).await, Err(AcsError::Denied(_))));
        // Nor one that somebody else wrote and they asked for.
        let other = acs.create_campaign(&ben, world.record(id).await.plan).await.unwrap();
        acs.ask_approval(&ada, other.id, other.revision).await.unwrap();
        assert!(acs.approve_campaign(&ada, other.id, other.revision).await.is_err());
        assert!(acs.approve_campaign(&ben, other.id, other.revision).await.is_err());

        acs.approve_campaign(&ben, id, revision).await.unwrap();
        let view = acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap();
        assert_eq!((view.state, view.approved_by.as_deref()), (CampaignState::Running, Some("ben")));
    })
    .await;
}

#[tokio::test]
async fn n6_an_edit_voids_the_approval() {
    on_both(|store| async move {
        let Large { world, acs, ada, ben, id, revision } = Large::approved(store).await;
        let mut plan = world.record(id).await.plan;
        plan.pace.at_once = 5000;
        let edited = acs.edit_campaign(&ada, id, revision, plan).await.unwrap();
        assert_eq!((edited.state, edited.approved_by, edited.needs_approval), (CampaignState::Draft, None, true));
        assert!(acs.start_campaign(&ada, id, edited.revision, "Rollout").await.is_err());
        // Whoever has the old one before them approves nothing.
        acs.ask_approval(&ada, id, edited.revision).await.unwrap();
        let late = acs.approve_campaign(&ben, id, revision).await.unwrap_err();
        assert!(matches!(late, AcsError::Conflict(_)), "{late}");
        assert_eq!(world.record(id).await.state, CampaignState::AwaitingApproval);
    })
    .await;
}

#[tokio::test]
async fn n6_whoever_wrote_at_a_plan_does_not_approve_it() {
    on_both(|store| async move {
        let Large { world, acs, ada, ben, id, revision } = Large::planned(store.clone()).await;
        let cyd = person(&store, "cyd", Role::RolloutManager).await;
        let plan = world.record(id).await.plan;
        let longer = CampaignPlan { why: "More.".into(), ..plan.clone() };
        let longest = CampaignPlan { why: "More and more.".into(), ..plan.clone() };
        // Who only had its routers counted anew has written nothing.
        let mut revision = acs.edit_campaign(&cyd, id, revision, plan).await.unwrap().revision;
        for (actor, plan) in [(&ben, longer), (&ada, longest)] {
            revision = acs.edit_campaign(actor, id, revision, plan).await.unwrap().revision;
        }
        acs.ask_approval(&ada, id, revision).await.unwrap();
        let own = acs.approve_campaign(&ben, id, revision).await.unwrap_err();
        assert!(own.to_string().contains("Somebody else"), "{own}");
        assert!(acs.reject_campaign(&ben, id, revision, "mine is better").await.is_err());
        acs.approve_campaign(&cyd, id, revision).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn n6_those_who_may_join_count() {
    on_both(|store| async move {
        let mut world = World::new(store.clone()).await;
        world.now = crate::clock::now();
        let ada = person(&store, "ada", Role::RolloutManager).await;
        world.fleet("HG640", [Fate::Good]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.audience.joins_up_to = Some(1_000_000);
        plan.ends_at = Some(world.now.plus_seconds(86_400));
        let acs = world.acs.clone();
        assert!(acs.try_campaign(&ada, &plan).await.unwrap().needs_approval);
        let view = acs.create_campaign(&ada, plan).await.unwrap();
        assert!(view.needs_approval);
        let refused = acs.start_campaign(&ada, view.id, view.revision, "Rollout").await.unwrap_err();
        assert!(refused.to_string().contains("may come to 1000000 routers: a second person"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn n6_an_approval_is_for_as_many_as_were_seen() {
    on_both(|store| async move {
        let Large { mut world, acs, ada, ben, id, revision } = Large::approved(store).await;
        world.fleet("HG640", vec![Fate::Good; 11]).await;
        let refused = acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap_err();
        assert!(refused.to_string().contains("112 routers match now, and it was approved for 101"), "{refused}");
        // It goes on with an edit.
        let plan = world.record(id).await.plan;
        let edited = acs.edit_campaign(&ada, id, revision, plan).await.unwrap();
        assert_eq!((edited.state, edited.expected, edited.needs_approval), (CampaignState::Draft, 112, true));
        acs.ask_approval(&ada, id, edited.revision).await.unwrap();
        acs.approve_campaign(&ben, id, edited.revision).await.unwrap();
        let view = acs.start_campaign(&ada, id, edited.revision, "Rollout").await.unwrap();
        assert_eq!(view.state, CampaignState::Running);
    })
    .await;
}

#[tokio::test]
async fn n6_what_has_grown_by_its_time_does_not_start_by_itself() {
    on_both(|store| async move {
        let Large { mut world, acs, ada, ben, id, revision } = Large::planned(store).await;
        let at = world.now.plus_seconds(3600);
        let plan = CampaignPlan { starts_at: Some(at), ..world.record(id).await.plan };
        let revision = acs.edit_campaign(&ada, id, revision, plan.clone()).await.unwrap().revision;
        acs.ask_approval(&ada, id, revision).await.unwrap();
        acs.approve_campaign(&ben, id, revision).await.unwrap();
        // Two more are for few, and need nobody: one of them will have grown by then.
        they_run(&world, "1.1", 2).await;
        let mut few = Vec::new();
        for version in ["1.1", "1.0"] {
            let mut plan = plan.clone();
            plan.audience.versions = vec![version.into()];
            let view = acs.create_campaign(&ada, plan).await.unwrap();
            acs.start_campaign(&ada, view.id, view.revision, "Rollout").await.unwrap();
            few.push(view.id);
        }
        // A tenth more is no matter.
        world.fleet("HG640", vec![Fate::Good; 10]).await;
        let view = acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap();
        assert_eq!(view.state, CampaignState::Scheduled);
        world.fleet("HG640", [Fate::Good]).await;
        they_run(&world, "1.1", 111).await;
        acs.look_after_campaigns(at).await.unwrap();
        for (id, devices, approved) in [(id, 112, Some(101)), (few[0], 111, None)] {
            let record = world.record(id).await;
            assert_eq!((record.state, record.expected, record.approved), (CampaignState::Draft, devices, None));
            let (_, log) = world.store.campaign_log(id, None, 1).await.unwrap().remove(0);
            assert_eq!(log.kind, CampaignLogKind::NotStarted { devices, approved });
            let refused = acs.start_campaign(&ada, id, record.revision, "Rollout").await.unwrap_err();
            assert!(refused.to_string().contains("second person"), "{refused}");
        }
        assert_eq!(world.record(few[1]).await.state, CampaignState::Running);
    })
    .await;
}

#[tokio::test]
async fn n6_what_was_approved_of_an_image_stays_as_it_is() {
    on_both(|store| async move {
        let Large { mut world, acs, ada, ben, id, revision } = Large::planned(store).await;
        let image = world.record(id).await.plan.kind.files()[0];
        let said = world.store.file(image).await.unwrap().unwrap().input;
        let other = FileInput { versions: vec!["2.0-b7".into()], ..said.clone() };
        let noted = FileInput { notes: "For the north.".into(), ..said.clone() };
        // Nobody has decided about a draft.
        for input in [&other, &said] {
            acs.update_file(&Actor::System, image, input.clone()).await.unwrap();
        }
        for state in [CampaignState::AwaitingApproval, CampaignState::Approved, CampaignState::Running] {
            let view = match state {
                CampaignState::AwaitingApproval => acs.ask_approval(&ada, id, revision).await.unwrap(),
                CampaignState::Approved => acs.approve_campaign(&ben, id, revision).await.unwrap(),
                _ => acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap(),
            };
            assert_eq!(view.state, state);
            let changed = acs.update_file(&Actor::System, image, other.clone()).await.unwrap_err().to_string();
            assert!(changed.ends_with("is used by the campaign “Rollout”. Nothing was changed."), "{changed}");
            let deleted = acs.delete_file(&Actor::System, image).await.unwrap_err().to_string();
            assert!(deleted.ends_with("is used by the campaign “Rollout”. Nothing was deleted."), "{deleted}");
            acs.update_file(&Actor::System, image, noted.clone()).await.unwrap();
        }
        acs.cancel_campaign(&ada, id, "enough", "Rollout").await.unwrap();
        world.pass(180).await;
        acs.update_file(&Actor::System, image, other).await.unwrap();
        acs.delete_file(&Actor::System, image).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn n6_of_two_decisions_at_once_one_counts() {
    on_both(|store| async move {
        let Large { world, acs, ben, id, revision, .. } = Large::asked(store.clone()).await;
        let cyd = person(&store, "cyd", Role::RolloutManager).await;
        let (one, two) =
            tokio::join!(acs.approve_campaign(&ben, id, revision), acs.reject_campaign(&cyd, id, revision, "too soon"));
        assert_ne!(one.is_ok(), two.is_ok(), "one of them");
        let state = world.record(id).await.state;
        assert_eq!(state, if one.is_ok() { CampaignState::Approved } else { CampaignState::Rejected });
    })
    .await;
}

#[tokio::test]
async fn starting_names_what_is_started() {
    on_both(|store| async move {
        let mut world = World::new(store.clone()).await;
        world.now = crate::clock::now();
        let ada = person(&store, "ada", Role::RolloutManager).await;
        world.fleet("HG640", vec![Fate::Good; 2]).await;
        let image = world.image("2.0").await;
        let acs = world.acs.clone();
        let view = acs.create_campaign(&ada, plan(&image, &[Reach::Percent(100.0)])).await.unwrap();
        for (revision, name) in [(view.revision, "Rollaut"), (view.revision + 1, "Rollout")] {
            assert!(acs.start_campaign(&ada, view.id, revision, name).await.is_err());
        }
        let (one, two) = tokio::join!(
            acs.start_campaign(&ada, view.id, view.revision, "Rollout"),
            acs.start_campaign(&ada, view.id, view.revision, "Rollout")
        );
        assert_ne!(one.is_ok(), two.is_ok(), "it starts once");
        assert!(acs.delete_campaign(&ada, view.id).await.is_err(), "it stays as a record");
        assert_eq!(acs.stop_all_campaigns(&ada, "storm").await.unwrap(), 1);
        assert_eq!(world.record(view.id).await.state, CampaignState::Paused);
    })
    .await;
}

#[tokio::test]
async fn n6_no_token_approves() {
    on_both(|store| async move {
        let Large { world, acs, ada, ben, id, revision } = Large::asked(store).await;
        for nobody in [token(None), token(Some(&ben)), Actor::System] {
            let refused = acs.approve_campaign(&nobody, id, revision).await.unwrap_err();
            assert!(refused.to_string().contains("A person decides"), "{refused}");
        }
        assert_eq!(world.record(id).await.state, CampaignState::AwaitingApproval);
        // What a program did with somebody's own token is theirs.
        let by_token = acs.create_campaign(&token(Some(&ada)), world.record(id).await.plan).await.unwrap();
        acs.ask_approval(&token(Some(&ada)), by_token.id, by_token.revision).await.unwrap();
        assert!(acs.approve_campaign(&ada, by_token.id, by_token.revision).await.is_err());
        acs.approve_campaign(&ben, by_token.id, by_token.revision).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn n6_what_was_approved_is_tightened_by_anybody_and_loosened_by_somebody_else() {
    on_both(|store| async move {
        let Large { world, acs, ada, ben, id, revision } = Large::approved(store).await;
        let limits = world.record(id).await.plan.limits();
        let early = acs.change_campaign_limits(&ada, id, limits, "now").await.unwrap_err();
        assert!(matches!(early, AcsError::Conflict(_)), "before the start it is an edit: {early}");
        acs.start_campaign(&ada, id, revision, "Rollout").await.unwrap();

        let mut tight = limits;
        tight.pace.per_minute = 1;
        tight.thresholds.pause.count = 1;
        assert!(acs.change_campaign_limits(&ada, id, tight, " ").await.is_err(), "it asks for a reason");
        let view = acs.change_campaign_limits(&ada, id, tight, "the phones ring").await.unwrap();
        assert_eq!((view.plan.limits(), view.revision, view.approved_by.as_deref()), (tight, revision, Some("ben")));
        let own = acs.change_campaign_limits(&ada, id, limits, "it is quiet").await.unwrap_err();
        assert!(own.to_string().contains("Somebody else"), "{own}");
        acs.change_campaign_limits(&ben, id, limits, "it is quiet").await.unwrap();
        assert_eq!(world.record(id).await.plan.limits(), limits);
        let mut none = limits;
        none.pace.at_once = 0;
        assert!(acs.change_campaign_limits(&ben, id, none, "no").await.is_err());
    })
    .await;
}
