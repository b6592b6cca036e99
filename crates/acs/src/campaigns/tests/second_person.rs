//! A second person decides, about what they have seen (catalogue row N6).

use super::*;
use crate::AcsError;
use model::account::AgentView;
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
