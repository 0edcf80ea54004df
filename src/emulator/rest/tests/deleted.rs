//! Deleting, recovering and purging.

use super::*;

/// A vault whose deletes, recoveries and purges take ten seconds.
fn slow() -> Service {
    let service = Service::with(|options| {
        let delay = Duration::from_secs(10);
        (options.delete_delay, options.recover_delay, options.purge_delay) = (delay, delay, delay);
    });
    service.given("db", "x");
    service
}

#[track_caller]
fn cannot_be_put(service: &Service, inner: &str, text: &str) {
    let told = service.put("/secrets/db", json!({"value": "y"}));
    told.refused(409, "Conflict", Some(inner), text);
}

const BEING_DELETED: &str =
    "Secret db is currently being deleted and cannot be re-created; retry later.";

#[test]
fn a_delete_takes_every_version_and_answers_the_newest_without_its_value() {
    let service = Service::start();
    let old = service.given("db", "1");
    let new = service.given("db", "2");
    let told = service.delete("/secrets/db").expect(200);
    let expected = format!(
        r#"{{"recoveryId":"https://{HOST}/deletedsecrets/db","deletedDate":{START},"scheduledPurgeDate":{},"id":"https://{HOST}/secrets/db/{new}","attributes":{{"enabled":true,"created":{START},"updated":{START},"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}}}}"#,
        START + 90 * 86_400
    );
    assert_eq!(told.to_string(), expected);
    assert_eq!(service.get("/deletedsecrets/db").text(), expected);
    service.get(&format!("/secrets/db/{old}")).expect(404);
    service.given("other", "x");
    assert_eq!(names(&service.pages("/secrets").concat()), ["other"]);
}

#[test]
fn a_disabled_secret_can_be_deleted() {
    let service = Service::start();
    service.put("/secrets/db", json!({"value": "x", "attributes": {"enabled": false}}));
    service.delete("/secrets/db").expect(200);
    service.get("/deletedsecrets/db").expect(200);
}

#[test]
fn while_a_delete_is_under_way_nothing_is_there_and_nothing_can_be_put() {
    let service = slow();
    service.delete("/secrets/db").expect(200);
    service.get("/secrets/db").refused(404, "SecretNotFound", None, &not_found("db"));
    service.delete("/secrets/db").refused(404, "SecretNotFound", None, &not_found("db"));
    let text = "Deleted Secret not found: db";
    service.get("/deletedsecrets/db").refused(404, "SecretNotFound", None, text);
    assert_eq!(service.get("/deletedsecrets").expect(200)["value"], json!([]));
    cannot_be_put(&service, "ObjectIsBeingDeleted", BEING_DELETED);
    let text = "Secret is currently being deleted.";
    let inner = Some("ObjectIsBeingDeleted");
    service.delete("/deletedsecrets/db").refused(409, "Conflict", inner, text);
    service.post("/deletedsecrets/db/recover").refused(409, "Conflict", inner, text);
    service.wait(10);
    service.get("/deletedsecrets/db").expect(200);
}

#[test]
fn a_deleted_name_cannot_be_put_and_is_missing_a_second_time() {
    let service = Service::start();
    service.given("db", "x");
    service.delete("/secrets/db").expect(200);
    service.delete("/secrets/db").refused(404, "SecretNotFound", None, &not_found("db"));
    cannot_be_put(
        &service,
        "ObjectIsDeletedButRecoverable",
        "Secret db is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.",
    );
}

#[test]
fn a_deleted_item_has_no_version_but_the_deleted_secret_has() {
    let service = Service::start();
    let id = service.given("db", "x");
    service.delete("/secrets/db").expect(200);
    let items = service.pages("/deletedsecrets").concat();
    assert_eq!(items[0]["id"], format!("https://{HOST}/secrets/db"));
    assert_eq!(items[0]["recoveryId"], format!("https://{HOST}/deletedsecrets/db"));
    let told = service.get("/deletedsecrets/db").expect(200);
    assert_eq!(told["id"], format!("https://{HOST}/secrets/db/{id}"));
}

#[test]
fn a_recovery_brings_every_version_back_once_it_is_complete() {
    let service = slow();
    let id = service.given("db", "y");
    let before = service.vaults.versions(HOST, "db");
    service.delete("/secrets/db").expect(200);
    service.wait(10);
    let told = service.post("/deletedsecrets/db/recover").expect(200);
    assert!(told.get("value").is_none());
    assert_eq!(told["id"], format!("https://{HOST}/secrets/db/{id}"));
    service.get("/secrets/db").refused(404, "SecretNotFound", None, &not_found("db"));
    let text = "Secret db is currently being recovered and cannot be re-created; retry later.";
    cannot_be_put(&service, "ObjectIsBeingRecovered", text);
    service.wait(10);
    assert_eq!(service.get("/secrets/db").expect(200)["value"], "y");
    assert_eq!(service.vaults.versions(HOST, "db"), before);
    service.given("db", "z");
}

#[test]
fn recovering_an_unknown_name_is_404_in_the_words_for_a_living_one() {
    let told = Service::start().post("/deletedsecrets/db/recover");
    told.refused(404, "SecretNotFound", None, &not_found("db"));
}

#[test]
fn a_purge_has_no_body_and_frees_the_name_once_it_is_complete() {
    let service = slow();
    service.delete("/secrets/db").expect(200);
    service.wait(10);
    let Told(reply) = service.delete("/deletedsecrets/db");
    assert_eq!((reply.status, reply.body), (204, Vec::new()));
    assert!(reply.headers.iter().all(|(name, _)| name != "Content-Type"), "{:?}", reply.headers);
    service.get("/secrets/db").expect(404);
    service.get("/deletedsecrets/db").expect(404);
    cannot_be_put(&service, "ObjectIsBeingDeleted", BEING_DELETED);
    service.wait(10);
    service.given("db", "y");
    assert_eq!(service.vaults.versions(HOST, "db").len(), 1);
}

#[test]
fn a_purge_of_an_unknown_name_is_404() {
    let told = Service::start().delete("/deletedsecrets/db");
    told.refused(404, "SecretNotFound", None, "Deleted Secret not found: db");
}

#[test]
fn purge_protection_refuses_a_purge_without_an_inner_code_and_shows_in_the_level() {
    let service = Service::with(|options| options.purge_protection = true);
    service.given("db", "x");
    let told = service.delete("/secrets/db").expect(200);
    assert_eq!(told["attributes"]["recoveryLevel"], "Recoverable");
    service.delete("/deletedsecrets/db").refused(
        403,
        "Forbidden",
        None,
        "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: shop-kv;location=westus2",
    );
}

#[test]
fn the_end_of_the_retention_purges_by_itself() {
    let service = Service::with(|options| options.retention_days = 7);
    service.given("db", "x");
    let told = service.delete("/secrets/db").expect(200);
    assert_eq!(told["attributes"]["recoveryLevel"], "CustomizedRecoverable+Purgeable");
    assert_eq!(told["scheduledPurgeDate"], START + 7 * 86_400);
    service.wait(7 * 86_400 - 1);
    service.get("/deletedsecrets/db").expect(200);
    service.wait(1);
    service.get("/deletedsecrets/db").expect(404);
    service.given("db", "y");
}

#[test]
fn without_soft_delete_a_delete_frees_the_name_at_once() {
    let service = Service::with(|options| options.soft_delete = false);
    service.given("db", "x");
    let told = service.delete("/secrets/db").expect(200);
    assert_eq!(told["attributes"]["recoveryLevel"], "Purgeable");
    assert!(told.get("recoveryId").is_none() && told.get("deletedDate").is_none(), "{told}");
    service.given("db", "y");
    assert_eq!(service.vaults.versions(HOST, "db").len(), 1);
}

#[test]
fn a_test_deletes_without_delay() {
    let service = slow();
    service.vaults.delete(HOST, "db", Duration::ZERO);
    service.get("/deletedsecrets/db").expect(200);
}
