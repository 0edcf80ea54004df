//! PUT and PATCH.

use super::*;

#[test]
fn a_put_answers_the_members_in_the_order_of_the_wire_and_leaves_absent_ones_out() {
    let service = Service::start();
    let id = service.given("plain", "x");
    let told = service.get("/secrets/plain").text();
    let expected = format!(
        r#"{{"value":"x","id":"https://{HOST}/secrets/plain/{id}","attributes":{{"enabled":true,"created":{START},"updated":{START},"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}}}}"#
    );
    assert_eq!(told, expected);
    let body = json!({"tags": {"a": "1"}, "attributes": {"exp": 2, "nbf": 1}, "contentType": "t", "value": "x"});
    let told = service.put("/secrets/full", body).expect(200);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&told), ["value", "contentType", "id", "attributes", "tags"]);
    let attributes = "enabled nbf exp created updated recoveryLevel recoverableDays";
    assert_eq!(keys(&told["attributes"]).join(" "), attributes);
}

#[test]
fn version_ids_are_32_lower_case_hex_digits() {
    let id = Service::start().given("db", "x");
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
}

#[test]
fn an_empty_value_is_a_value() {
    let service = Service::start();
    assert_eq!(service.put("/secrets/db", json!({"value": ""})).expect(200)["value"], "");
}

#[test]
fn a_put_of_a_disabled_version_answers_its_value() {
    let body = json!({"value": "x", "attributes": {"enabled": false}});
    let told = Service::start().put("/secrets/db", body).expect(200);
    assert_eq!(told["value"], "x");
    assert_eq!(told["attributes"]["enabled"], false);
}

#[test]
fn dates_may_be_later_than_2038() {
    let body = json!({"value": "x", "attributes": {"exp": 32_503_680_000_i64}});
    let told = Service::start().put("/secrets/db", body).expect(200);
    assert_eq!(told["attributes"]["exp"], 32_503_680_000_i64);
}

#[test]
fn a_new_version_inherits_nothing_and_keeps_the_name_as_it_was_first_written() {
    let service = Service::start();
    service.put("/secrets/Db", json!({"value": "1", "contentType": "t", "tags": {"a": "b"}}));
    let told = service.put("/secrets/DB", json!({"value": "2"})).expect(200);
    assert!(told.get("tags").is_none() && told.get("contentType").is_none(), "{told}");
    assert!(told["id"].as_str().unwrap().contains("/secrets/Db/"), "{told}");
}

#[test]
fn empty_tags_are_answered_only_if_they_were_set() {
    let service = Service::start();
    let told = service.put("/secrets/a", json!({"value": "x", "tags": {}})).expect(200);
    assert_eq!(told["tags"], json!({}));
    assert!(service.put("/secrets/b", json!({"value": "x"})).expect(200).get("tags").is_none());
}

#[test]
fn created_may_be_a_second_ahead_and_two_versions_may_share_it() {
    let service = Service::with(|options| options.created_ahead = Duration::from_secs(1));
    service.given("db", "1");
    service.given("db", "2");
    let versions = service.vaults.versions(HOST, "db");
    let created: Vec<i64> = versions.iter().map(|version| version.created.as_second()).collect();
    assert_eq!(created, [START + 1, START + 1]);
    assert_eq!(service.get("/secrets/db").expect(200)["value"], "2");
}

#[test]
fn a_patch_merges_attributes_replaces_tags_moves_updated_and_answers_no_value() {
    let service = Service::start();
    let body = json!({"value": "x", "contentType": "t", "attributes": {"exp": 9}, "tags": {"a": "1", "b": "2"}});
    service.put("/secrets/db", body);
    service.wait(5);
    let told = service.patch("/secrets/db/", json!({"attributes": {"nbf": 1}, "tags": {"c": "3"}}));
    let told = told.expect(200);
    assert!(told.get("value").is_none());
    assert_eq!(told["contentType"], "t");
    assert_eq!(told["tags"], json!({"c": "3"}));
    let attributes = &told["attributes"];
    assert_eq!((&attributes["nbf"], &attributes["exp"]), (&json!(1), &json!(9)));
    assert_eq!(
        (&attributes["created"], &attributes["updated"]),
        (&json!(START), &json!(START + 5))
    );
    assert_eq!(service.get("/secrets/db").expect(200)["value"], "x");
}

#[test]
fn a_patch_of_an_older_version_changes_that_one_alone() {
    let service = Service::start();
    let old = service.given("db", "1");
    service.given("db", "2");
    service.patch(&format!("/secrets/db/{old}"), json!({"tags": {"old": "yes"}})).expect(200);
    let versions = service.vaults.versions(HOST, "db");
    assert_eq!(versions[0].tags.len(), 1);
    assert!(versions[1].tags.is_empty());
}

#[test]
fn a_patch_enables_a_disabled_secret() {
    let service = Service::start();
    service.put("/secrets/db", json!({"value": "x", "attributes": {"enabled": false}}));
    service.get("/secrets/db").expect(403);
    service.patch("/secrets/db", json!({"attributes": {"enabled": true}})).expect(200);
    service.get("/secrets/db").expect(200);
}

#[test]
fn a_patch_with_null_leaves_the_expiry() {
    let service = Service::start();
    service.put("/secrets/db", json!({"value": "x", "attributes": {"exp": 9}}));
    let told = service.patch("/secrets/db", json!({"attributes": {"exp": null}})).expect(200);
    assert_eq!(told["attributes"]["exp"], 9);
}

#[test]
fn a_patch_of_an_unknown_name_or_version_is_404() {
    let service = Service::start();
    service.patch("/secrets/db", json!({})).refused(404, "SecretNotFound", None, &not_found("db"));
    service.given("db", "x");
    service.patch("/secrets/db/0123", json!({})).refused(
        404,
        "SecretNotFound",
        None,
        &not_found("db/0123"),
    );
}

#[test]
fn too_many_tags_and_texts_that_are_too_long_are_an_invalid_property() {
    let tags: serde_json::Map<String, Value> =
        (0..16).map(|number| (number.to_string(), json!(""))).collect();
    for body in [
        json!({"value": "x", "tags": tags}),
        json!({"value": "x", "contentType": "t".repeat(256)}),
        json!({"value": "x", "tags": {"t".repeat(513): ""}}),
        json!({"value": "x", "tags": {"t": "t".repeat(513)}}),
        json!({"value": "x".repeat(25_601)}),
    ] {
        let told = Service::start().put("/secrets/db", body);
        told.refused(400, "BadParameter", None, "Property  has invalid value\r\n");
    }
    let most = json!({"value": "x".repeat(25_600), "contentType": "t".repeat(255)});
    Service::start().put("/secrets/db", most).expect(200);
}

#[test]
fn the_secret_of_a_certificate_cannot_be_put() {
    let service = Service::start();
    service.vaults.put_managed(HOST, "cert", "pfx");
    service.put("/secrets/cert", json!({"value": "x"})).refused(
        403,
        "Forbidden",
        Some("SecretManagedByKeyVault"),
        "Operation \"set\" is not allowed as this object's lifetime is managed by Key Vault.",
    );
}

#[test]
fn a_refused_body_is_not_quoted() {
    let service = Service::start();
    for body in [json!("hunter2"), json!({"value": ["hunter2"]}), json!({"tags": {"a": "hunter2"}})]
    {
        let told = service.put("/secrets/db", body);
        assert!(!told.text().contains("hunter2"));
        told.expect(400);
    }
}
