//! Paths, methods, versions and bodies, whatever they ask for.

use super::*;

#[test]
fn doubled_and_trailing_slashes_lead_to_the_same_secret() {
    let service = Service::start();
    service.given("db", "x");
    for path in ["//secrets/db", "/secrets//db/", "/secrets/db/"] {
        service.get(path).expect(200);
    }
}

#[test]
fn an_illegal_name_is_a_bad_parameter() {
    let service = Service::start();
    let long = "n".repeat(128);
    for (path, name) in [("my_db", "my_db"), ("a.b", "a.b"), ("a%20b", "a b"), (&long, &long)] {
        let text = format!("The request URI contains an invalid name: {name}");
        let told = service.put(&format!("/secrets/{path}"), json!({"value": "x"}));
        told.refused(400, "BadParameter", None, &text);
    }
    service.given(&"n".repeat(127), "x");
    service.given("9-lives-", "x");
}

#[test]
fn an_empty_name_and_a_wrong_method_are_not_allowed() {
    let service = Service::start();
    let told = service.put("/secrets/", json!({"value": "x"}));
    told.refused(405, "MethodNotAllowed", None, "HTTP PUT not allowed");
    let told = service.post("/secrets/db");
    told.refused(405, "MethodNotAllowed", None, "HTTP POST not allowed");
}

#[test]
fn an_unknown_path_is_404() {
    Service::start().get("/nothing").expect(404);
    Service::start().get("/secrets/a/b/c").expect(404);
}

#[test]
fn a_body_without_a_type_is_415_without_the_envelope() {
    let mut request = request("PUT", "/secrets/db", Some(json!({"value": "x"})));
    request.headers.clear();
    let told = Service::start().send(&request);
    let text = r#"{"Message":"The request contains an entity body but no Content-Type header. The inferred media type 'application/octet-stream' is not supported for this resource."}"#;
    assert_eq!(told.text(), text);
    assert_eq!(told.text().len(), 164);
    told.expect(415);
}

#[test]
fn an_empty_body_is_a_bad_parameter() {
    let told = Service::start().send(&request("PUT", "/secrets/db", None)).expect(400);
    assert_eq!(told["error"]["code"], "BadParameter");
}

#[test]
fn the_version_of_the_api_has_to_be_one_that_is_known() {
    let service = Service::start();
    for version in ["2016-10-01", "7.0", "7.6", "2025-07-01", "2026-04-01"] {
        service.get(&format!("/secrets?api-version={version}")).expect(200);
    }
    service.get("/secrets?api-version=").expect(400);
    service.get("/secrets?api-version=9.9").refused(
        400,
        "BadParameter",
        None,
        "The specified version (9.9) is not recognized. Consider using the latest supported version (2026-04-01).",
    );
}

#[test]
fn a_post_may_carry_another_method() {
    let service = Service::start();
    let mut put = request("POST", "/secrets/db", Some(json!({"value": "x"})));
    put.headers.push(("x-http-method".to_owned(), "PUT".to_owned()));
    service.send(&put).expect(200);
    service.get("/secrets/db").expect(200);
}

#[test]
fn a_secret_may_be_called_restore() {
    let service = Service::start();
    service.given("restore", "x");
    service.get("/secrets/restore").expect(200);
}

#[test]
fn health_needs_no_version() {
    let told = Service::start().get("/healthstatus?api-version=");
    assert_eq!(told.text(), "\"OK\"");
    told.expect(200);
}

#[test]
fn errors_are_as_long_as_recorded() {
    let service = Service::start();
    let length = |told: Told| told.text().len();
    assert_eq!(length(service.put("/secrets/", json!({}))), 70);
    service.put("/secrets/db", json!({"value": "x", "attributes": {"enabled": false}}));
    assert_eq!(length(service.get("/secrets/db")), 132);
    let restore = request("POST", "/secrets/restore", Some(json!({"value": "?"})));
    assert_eq!(length(service.send(&restore)), 78);
    let slow = Service::with(|options| options.delete_delay = Duration::from_secs(10));
    slow.given("db", "x");
    slow.delete("/secrets/db").expect(200);
    assert_eq!(length(slow.delete("/deletedsecrets/db")), 121);
}

#[test]
fn every_vault_has_secrets_of_its_own() {
    let service = Service::start();
    service.given("db", "x");
    let mut elsewhere = request("GET", "/secrets/db", None);
    elsewhere.host = "other-kv.vault.azure.net".to_owned();
    service.send(&elsewhere).expect(404);
}
