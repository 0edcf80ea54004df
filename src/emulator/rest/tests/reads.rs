//! GET of a secret, and backups.

use super::*;

#[test]
fn a_disabled_version_is_refused_by_name_and_by_id_and_no_older_one_stands_in() {
    let service = Service::start();
    let old = service.given("db", "1");
    let new = service.given("db", "2");
    service.patch("/secrets/db", json!({"attributes": {"enabled": false}})).expect(200);
    let text = "Operation get is not allowed on a disabled secret.";
    for path in ["/secrets/db".to_owned(), format!("/secrets/db/{new}")] {
        service.get(&path).refused(403, "Forbidden", Some("SecretDisabled"), text);
    }
    assert_eq!(service.get(&format!("/secrets/db/{old}")).expect(200)["value"], "1");
}

#[test]
fn expired_and_future_secrets_are_read_as_any_other() {
    let service = Service::start();
    service.put("/secrets/old", json!({"value": "x", "attributes": {"exp": 1}}));
    service.put("/secrets/new", json!({"value": "x", "attributes": {"nbf": START * 2}}));
    service.get("/secrets/old").expect(200);
    service.get("/secrets/new").expect(200);
}

#[test]
fn a_missing_secret_is_404_with_the_name_or_the_version_that_was_asked() {
    let service = Service::start();
    service.get("/secrets/Db").refused(404, "SecretNotFound", None, &not_found("Db"));
    service.get("/secrets/db/ff").refused(404, "SecretNotFound", None, &not_found("db/ff"));
}

#[test]
fn names_and_versions_have_no_case() {
    let service = Service::start();
    let id = service.given("Db", "x");
    service.get("/SECRETS/dB").expect(200);
    service.get(&format!("/secrets/DB/{}", id.to_uppercase())).expect(200);
}

#[test]
fn recoverable_days_came_with_7_1() {
    let service = Service::start();
    service.given("db", "x");
    for (version, days) in [("2016-10-01", Value::Null), ("7.0", Value::Null), ("7.1", json!(90))] {
        let told = service.get(&format!("/secrets/db?api-version={version}")).expect(200);
        assert_eq!(told["attributes"]["recoverableDays"], days, "{version}");
    }
}

#[test]
fn the_previous_version_of_a_certificates_secret_came_in_2025() {
    let service = Service::start();
    service.vaults.put_managed(HOST, "cert", "1");
    service.vaults.put_managed(HOST, "cert", "2");
    let previous = json!(service.vaults.versions(HOST, "cert")[0].id);
    let told = |version| service.get(&format!("/secrets/cert?api-version={version}")).expect(200);
    assert_eq!(told("7.6")["previousVersion"], Value::Null);
    assert_eq!(told("2025-06-01-preview")["previousVersion"], previous);
    assert_eq!(told("7.6")["managed"], true);
    assert_eq!(told("7.6")["tags"], json!({}));
}

#[test]
fn a_backup_brings_ids_and_dates_back_but_not_over_a_living_name() {
    let service = Service::start();
    service.put("/secrets/Db", json!({"value": "1", "attributes": {"enabled": false}}));
    service.wait(60);
    service.given("db", "2");
    let before = service.vaults.versions(HOST, "db");
    let blob = service.post("/secrets/db/backup").expect(200);
    let restore = || service.send(&request("POST", "/secrets/restore", Some(blob.clone())));
    restore().expect(409);
    service.delete("/secrets/db");
    restore().expect(409);
    service.delete("/deletedsecrets/db");
    service.wait(60);
    let told = restore().expect(200);
    assert!(told.get("value").is_none());
    assert!(told["id"].as_str().unwrap().ends_with(&before[1].id), "{told}");
    assert_eq!(service.vaults.versions(HOST, "db"), before);
}

#[test]
fn a_backup_of_an_unknown_name_is_404() {
    let told = Service::start().post("/secrets/db/backup");
    told.refused(404, "SecretNotFound", None, &not_found("db"));
}

#[test]
fn what_is_no_backup_is_a_malformed_blob() {
    let service = Service::start();
    service.given("db", "x");
    let blob = service.post("/secrets/db/backup").expect(200)["value"].as_str().unwrap().to_owned();
    let cut = &blob[..blob.len() - 4];
    for text in ["", "garbage!", "AAAA", cut] {
        let body = Some(json!({"value": text}));
        let told = service.send(&request("POST", "/secrets/restore", body));
        told.refused(400, "Malformed backup blob", None, "Backup blob is corrupt.");
    }
}
