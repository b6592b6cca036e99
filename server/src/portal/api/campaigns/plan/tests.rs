use super::*;
use model::Timestamp;
use serde_json::{Value, json};

fn read(body: Value) -> CampaignPlan {
    serde_json::from_value(body).unwrap()
}

/// The field that is too long.
fn refused(body: Value) -> String {
    let problem = serde_json::to_value(read(body).bounded("").unwrap_err()).unwrap();
    assert_eq!(problem["status"], 422);
    problem["errors"][0]["field"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_left_out_is_as_a_manager_begins() {
    let plan = read(json!({"name": "GX21", "what": {"kind": "firmware", "images": [1]}})).bounded("").unwrap();
    assert_eq!(plan, campaign::CampaignPlan::new("GX21", CampaignKind::Firmware { images: vec![FileId(1)] }));
    // Also inside of what is there.
    let parts = json!({
        "name": "GX21", "what": {"kind": "reboot"}, "audience": {"leave_out": {"silent_hours": null}},
        "window": {}, "pace": {"at_once": 7}, "thresholds": {"pause": {"percent": 1, "count": 1}},
        "stages": [{"reach": "percent", "percent": 100, "gate": {"soak_minutes": 5}}],
    });
    let plan = read(parts).bounded("").unwrap();
    assert!(plan.audience.leave_out.in_campaigns && plan.audience.leave_out.silent_hours.is_none());
    assert_eq!(plan.window, Some(campaign::Window::default()));
    assert_eq!((plan.pace.at_once, plan.pace.per_minute), (7, 200));
    assert_eq!((plan.thresholds.pause.count, plan.thresholds.lost.count), (1, 2));
    assert_eq!((plan.stages[0].gate.soak_minutes, plan.stages[0].gate.min_sample), (5, 10));
    assert_eq!(
        read(json!({"name": "a", "what": {"kind": "reboot"}, "window": null})).bounded("").unwrap().window,
        None
    );
}

#[test]
fn a_plan_is_read_and_written_the_same() {
    let base = campaign::CampaignPlan::new("GX21", CampaignKind::Reboot);
    let values = vec![model::task::SetValue { path: "Device.A".into(), value: "1".into(), value_type: None }];
    let kinds = [
        CampaignKind::Firmware { images: vec![FileId(1), FileId(2)] },
        CampaignKind::Configuration { values },
        CampaignKind::Reboot,
        CampaignKind::File { file: FileId(3) },
        CampaignKind::Refresh { paths: vec!["Device.WiFi.".into()] },
    ];
    for kind in kinds {
        let mut plan = campaign::CampaignPlan {
            kind,
            why: "w".into(),
            canaries: vec![DeviceId(5)],
            window: None,
            starts_at: Some(Timestamp(1_763_820_482_999)),
            ends_at: Some(Timestamp(1_863_820_482_000)),
            downgrade: true,
            tell: vec!["ada@example.com".into()],
            ..base.clone()
        };
        plan.stages[0].reach = campaign::Reach::Canaries;
        plan.audience.joins_up_to = Some(9);
        plan.audience.filter.presence = Some(model::device::Presence::Late);
        plan.audience.leave_out.devices = vec![DeviceId(6)];
        let told = serde_json::to_value(CampaignPlan::from(plan.clone())).unwrap();
        assert_eq!(told["starts_at"], "2025-11-22T14:08:02.999Z");
        assert_eq!(told["stages"][0]["reach"], "canaries");
        assert_eq!(read(told).bounded("").unwrap(), plan);
    }
}

#[test]
fn n5_secrets_of_a_plan_are_told_to_nobody() {
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
    let values = vec![model::task::SetValue { path, value: "canary".into(), value_type: None }];
    let plan = campaign::CampaignPlan::new("a", CampaignKind::Configuration { values });
    let told = serde_json::to_string(&CampaignPlan::from(plan)).unwrap();
    assert!(!told.contains("canary") && told.contains("KeyPassphrase"), "{told}");
}

#[test]
fn i2_long_lists_and_texts_are_refused() {
    let plan = |more: Value| {
        let mut plan = json!({"name": "a", "what": {"kind": "reboot"}});
        plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        plan
    };
    assert_eq!(refused(plan(json!({"canaries": vec![1; NAMED_MAX + 1]}))), "canaries");
    let many = json!({"leave_out": {"devices": vec![1; NAMED_MAX + 1]}});
    assert_eq!(refused(plan(json!({"audience": many}))), "audience.leave_out.devices");
    assert_eq!(refused(plan(json!({"what": {"kind": "firmware", "images": vec![1; IMAGES_MAX + 1]}}))), "what.images");
    let paths = vec!["Device."; LIST_MAX + 1];
    assert_eq!(refused(plan(json!({"what": {"kind": "refresh", "paths": paths}}))), "what.paths");
    let stage = json!({"reach": "canaries"});
    assert_eq!(refused(plan(json!({"stages": vec![stage; STAGES_MAX + 1]}))), "stages");
    assert_eq!(refused(plan(json!({"window": {"days": vec!["monday"; 8]}}))), "window.days");
    let text = json!({"filter": {"model": "x".repeat(TEXT_MAX + 1)}});
    assert_eq!(refused(plan(json!({"audience": text}))), "audience.filter.model");
    let inside = read(plan(json!({"tell": vec!["a@b"; TOLD_MAX + 1]}))).bounded("plan.").unwrap_err();
    assert_eq!(serde_json::to_value(inside).unwrap()["errors"][0]["field"], "plan.tell");
    assert!(read(plan(json!({"canaries": vec![1; NAMED_MAX]}))).bounded("").is_ok());
}

#[test]
fn what_is_not_known_is_refused() {
    for wrong in [
        json!({"name": "a", "what": {"kind": "reboot"}, "colour": 1}),
        json!({"name": "a", "what": {"kind": "reboot", "files": [1]}}),
        json!({"name": "a", "what": {"kind": "explode"}}),
        json!({"name": "a", "what": {"kind": "reboot"}, "stages": [{"reach": "devices"}]}),
        json!({"name": "a", "what": {"kind": "reboot"}, "stages": [{"reach": "canaries", "devices": 5}]}),
        json!({"name": "a", "what": {"kind": "reboot"}, "thresholds": {"pause": {"percent": 1}}}),
        json!({"what": {"kind": "reboot"}}),
        json!({"name": "a"}),
    ] {
        assert!(serde_json::from_value::<CampaignPlan>(wrong.clone()).is_err(), "{wrong}");
    }
}
