//! Who hears of campaigns: webhooks and e-mail, once each.

use super::*;
use crate::MailSecurity;
use model::campaign::{CampaignLogKind, Notice};
use model::webhook::WebhookInput;
use model::{Scope, WebhookId};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A mail server on the loopback interface that takes everything but what is for `nobody@…`; what it took, head and body.
async fn mailbox() -> (MailSettings, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = MailSettings {
        server: "127.0.0.1".into(),
        port: listener.local_addr().unwrap().port(),
        security: MailSecurity::None,
        login: None,
        authority: None,
        from: "Lastmile <lastmile@example.net>".into(),
        campaigns_to: vec!["noc@example.net".into()],
        portal: "https://acs.example.net".into(),
    };
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = taken.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 here\r\n").await.unwrap();
            let mut mail = None::<String>;
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let answer = match &mut mail {
                    Some(text) if line == ".\r\n" => {
                        kept.lock().unwrap().push(std::mem::take(text));
                        mail = None;
                        "250 taken"
                    }
                    Some(text) => {
                        text.push_str(&line);
                        line.clear();
                        continue;
                    }
                    None if line.starts_with("RCPT TO:<nobody@") => "550 no such person",
                    None if line.starts_with("DATA") => {
                        mail = Some(String::new());
                        "354 go on"
                    }
                    None => "250 yes",
                };
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                line.clear();
            }
        }
    });
    (settings, taken)
}

async fn hook(world: &World, name: &str, kinds: &[&str], scope: Scope) -> WebhookId {
    let input = WebhookInput {
        name: name.into(),
        url: "http://127.0.0.1:9/".into(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        scope,
        enabled: true,
    };
    world.acs.create_webhook(&Actor::System, input).await.unwrap().webhook.id
}

async fn told(world: &World, hook: WebhookId) -> Vec<String> {
    let mut kinds: Vec<String> =
        world.store.deliveries(hook, 100).await.unwrap().into_iter().map(|one| one.kind).collect();
    kinds.reverse();
    kinds
}

impl World {
    async fn tell(&self) {
        self.acs.tell_notices(Notice::headline).await.unwrap();
        let settings = self.acs.exchange().settings.mail.clone().unwrap();
        for due in self.store.due_mail(crate::clock::now(), 100).await.unwrap() {
            self.acs.try_mail(&settings, &due).await.unwrap();
        }
    }
}

#[tokio::test]
async fn start_pause_and_end_are_told_once() {
    on_both(|store| async move {
        let (settings, taken) = mailbox().await;
        let mut world = World::with_mail(store, Some(settings)).await;
        world.fleet("HG640", vec![Fate::Good; 3]).await;
        let all = hook(&world, "all", &[], Scope::default()).await;
        let pauses = hook(&world, "pauses", &["campaign_paused", "boot"], Scope::default()).await;
        let part = Scope { tags: vec!["north".into()], ..Scope::default() };
        let part = hook(&world, "part", &[], part).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.tell = vec!["ops@example.net".into(), "noc@example.net".into()];
        let id = world.start(plan).await;
        world.pass(60).await;
        world.acs.pause_campaign(&Actor::System, id, "the phones ring").await.unwrap();
        world.acs.resume_campaign(&Actor::System, id, "they are quiet").await.unwrap();
        world.now = crate::clock::now();
        world.inform().await;
        world.until(id, CampaignState::Completed, 4).await;
        // Looking again, as after a crash, tells nothing twice.
        for _ in 0..3 {
            world.tell().await;
        }
        assert_eq!(told(&world, all).await, ["campaign_started", "campaign_paused", "campaign_ended"]);
        assert_eq!(told(&world, pauses).await, ["campaign_paused"]);
        assert!(told(&world, part).await.is_empty(), "campaigns are of the whole fleet");

        let taken = taken.lock().unwrap().clone();
        assert_eq!(taken.len(), 6, "three things, two addresses, each once: {taken:#?}");
        let paused: Vec<&String> = taken.iter().filter(|mail| mail.contains("the phones ring")).collect();
        assert_eq!(paused.len(), 2);
        assert!(paused[0].contains("Subject: Campaign \"Rollout\" paused by Lastmile\r\n"), "{}", paused[0]);
        assert!(paused[0].contains(&format!("https://acs.example.net/campaigns/{id}\r\n")));
        let mut to: Vec<&str> =
            paused.iter().filter_map(|mail| mail.lines().find(|line| line.starts_with("To: "))).collect();
        to.sort_unstable();
        assert_eq!(to, ["To: noc@example.net", "To: ops@example.net"]);
        assert!(taken.iter().any(|mail| mail.contains("finished") && mail.contains("Routers: 3 verified.")));
    })
    .await;
}

#[tokio::test]
async fn mail_that_cannot_be_delivered_stands_in_the_log() {
    on_both(|store| async move {
        let (mut settings, taken) = mailbox().await;
        settings.campaigns_to.clear();
        let mut world = World::with_mail(store, Some(settings.clone())).await;
        world.fleet("HG640", vec![Fate::Good]).await;
        let image = world.image("2.0").await;
        let mut plan = plan(&image, &[Reach::Percent(100.0)]);
        plan.tell = vec!["nobody@example.net".into()];
        let id = world.start(plan).await;
        world.tell().await;
        let log = world.store.campaign_log(id, None, 1).await.unwrap();
        assert!(
            matches!(&log[0].1.kind, CampaignLogKind::NotTold { to, why } if to == "nobody@example.net" && why.contains("no such person")),
            "{log:?}"
        );
        assert!(taken.lock().unwrap().is_empty());
        assert!(world.store.due_mail(Timestamp(i64::MAX), 10).await.unwrap().is_empty(), "it is given up");

        // A server that is away is tried again.
        let away = MailSettings { port: 9, ..settings };
        let error = away.send("x", "ops@example.net", "a\r\nBcc: b@example.net", "text").await.unwrap_err();
        assert!(!error.for_good, "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn addresses_need_a_mail_server() {
    on_both(|store| async move {
        let world = World::new(store).await;
        let image = world.image("2.0").await;
        let plan = CampaignPlan { tell: vec!["ops@example.net".into()], ..plan(&image, &[Reach::Percent(100.0)]) };
        let problems = world.acs.check_campaign(&Actor::System, &plan).await.unwrap();
        assert!(problems.iter().any(|one| one.problem.contains("no mail server")), "{problems:?}");
        let wrong = CampaignPlan { tell: vec!["ops".into()], ..plan };
        assert!(wrong.problems().iter().any(|one| one.problem.contains("\"ops\" is no e-mail address")));
    })
    .await;
}
