//! Every route of the API, called with a token of every role.

use super::common::http::{Answer, exchange, get, request};
use super::common::{OPEN, Server};
use super::{make, problem};
use model::{Permission, Role};
use serde_json::Value;

/// What each operation takes. One that is missing here fails the walk.
fn permission(operation: &str) -> Permission {
    use Permission as P;
    match operation {
        "listDevices"
        | "readDevice"
        | "listParameters"
        | "listTasks"
        | "listTasksOfDevice"
        | "readTask"
        | "listDiagnosticsOfDevice"
        | "readDiagnostic"
        | "listEventsOfDevice"
        | "followEvents" => P::DeviceRead,
        // A reading, by the body that is sent here; who may cancel any task may cancel readings.
        "createTask" | "startDiagnostic" | "cancelTask" => P::DeviceRefresh,
        "listFiles" | "readFile" | "downloadFile" => P::FileRead,
        "uploadFile" | "deleteFile" => P::FileWrite,
        "listSubscribers" | "readSubscriber" | "listDevicesOfSubscriber" => P::SubscriberRead,
        "putSubscriber" | "deleteSubscriber" => P::SubscriberWrite,
        "linkDevice" | "unlinkDevice" => P::SubscriberLink,
        "listWebhooks" | "createWebhook" | "readWebhook" | "putWebhook" | "deleteWebhook" | "tryWebhook"
        | "listDeliveries" => P::WebhookManage,
        "listCampaigns" | "readCampaign" | "listDevicesOfCampaign" | "readDeviceOfCampaign" | "listLogOfCampaign" => {
            P::CampaignRead
        }
        // Of a restart, too, by the body that is sent here: whoever may plan campaigns may restart routers.
        "createCampaign"
        | "previewCampaign"
        | "putCampaign"
        | "deleteCampaign"
        | "askApprovalOfCampaign"
        | "startCampaign"
        | "pauseCampaign"
        | "resumeCampaign"
        | "cancelCampaign"
        | "rollBackCampaign"
        | "putLimitsOfCampaign" => P::CampaignWrite,
        other => panic!("no permission is known of {other}"),
    }
}

fn call(server: &Server, token: &str, method: &str, path: &str, operation: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str())];
    let path = path.replace("{id}", "999999").replace("{account}", "nobody").replace("{serial}", "NONE");
    let path = path.replace("{device}", "999999");
    let (path, body) = match operation {
        "createTask" => (path, r#"{"kind":"refresh"}"#),
        "startDiagnostic" => (path, r#"{"test":"ping","host":"192.0.2.1"}"#),
        "createCampaign" | "previewCampaign" => (path, r#"{"name":"a","what":{"kind":"reboot"}}"#),
        "putCampaign" => (path, r#"{"revision":1,"plan":{"name":"a","what":{"kind":"reboot"}}}"#),
        "askApprovalOfCampaign" => (path, r#"{"revision":1}"#),
        "startCampaign" => (path, r#"{"revision":1,"name":"a"}"#),
        "pauseCampaign" => (path, "{}"),
        "resumeCampaign" => (path, r#"{"reason":"a"}"#),
        "cancelCampaign" => (path, r#"{"name":"a"}"#),
        "rollBackCampaign" => (path, r#"{"image":999999,"reason":"a"}"#),
        "putLimitsOfCampaign" => (path, r#"{"pace":{},"thresholds":{},"reason":"a"}"#),
        "putSubscriber" => (path, r#"{"name":"Ada"}"#),
        "createWebhook" | "putWebhook" => (path, r#"{"name":"a","url":"https://example.net/"}"#),
        "listTasks" => (format!("{path}?ids=999999"), ""),
        "uploadFile" => (format!("{path}?name=a&type=tone"), "content"),
        _ => (path, ""),
    };
    if !body.is_empty() && operation != "uploadFile" {
        headers.push(("Content-Type", "application/json"));
    }
    exchange(server.portal, request(&method.to_uppercase(), server.portal, &path, None, &headers, body).as_bytes())
}

#[test]
fn n4_every_route_asks_every_role_for_its_permission() {
    let server = Server::start(OPEN);
    let document: Value = serde_json::from_str(&get(server.portal, "/api/v1/openapi.json", None).text()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            routes.push((path.clone(), method.clone(), operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    assert!(routes.len() >= 20, "{}", routes.len());
    let mut denied = 0;
    for role in Role::ALL {
        let token = make(&server, role.as_str());
        for (path, method, operation) in &routes {
            let answer = call(&server, &token, method, path, operation);
            let allowed = role.view().permissions.contains(permission(operation));
            let what = format!("{} {method} {path}: {answer:?}", role.as_str());
            if allowed {
                assert!(![401, 403, 405, 500].contains(&answer.status), "{what}");
            } else {
                assert!([403, 404].contains(&answer.status), "{what}");
                problem(&answer);
                denied += 1;
            }
        }
    }
    assert!(denied > 20, "{denied}");
    // Without a token nothing at all.
    for (path, method, operation) in &routes {
        let answer = call(&server, "", method, path, operation);
        assert_eq!(answer.status, 401, "{method} {path}");
    }
}
