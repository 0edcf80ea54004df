//! Lists and their pages.

use super::*;

#[test]
fn names_are_in_the_order_of_their_upper_case() {
    let service = Service::start();
    for name in ["Properties2", "PropertieVersions", "Zebra", "apple", "9", "a-b", "A"] {
        service.given(name, "x");
    }
    let names = names(&service.pages("/secrets").concat());
    assert_eq!(names, ["9", "A", "a-b", "apple", "Properties2", "PropertieVersions", "Zebra"]);
}

#[test]
fn versions_are_in_the_order_of_their_ids_and_not_of_time() {
    let service = Service::start();
    let mut ids: Vec<String> =
        (0..30).map(|value| service.given("db", &value.to_string())).collect();
    ids.sort();
    let pages = service.pages("/secrets/db/versions");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [25, 5]);
    assert_eq!(names(&pages.concat()), ids);
}

#[test]
fn a_name_is_one_item_with_the_attributes_of_its_newest_version_and_no_value() {
    let service = Service::start();
    service.given("db", "1");
    service.put("/secrets/db", json!({"value": "2", "contentType": "t"}));
    let items = service.pages("/secrets").concat();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["id"], format!("https://{HOST}/secrets/db"));
    assert_eq!(items[0]["contentType"], "t");
    assert!(items[0].get("value").is_none());
}

#[test]
fn versions_of_an_unknown_or_deleted_name_are_an_empty_list() {
    let service = Service::start();
    let empty = json!({"value": [], "nextLink": null});
    assert_eq!(service.get("/secrets/db/versions").expect(200), empty);
    service.given("db", "x");
    service.delete("/secrets/db");
    assert_eq!(service.get("/secrets/db/versions").expect(200), empty);
}

#[test]
fn disabled_expired_and_managed_secrets_are_listed() {
    let service = Service::start();
    service.put("/secrets/a", json!({"value": "x", "attributes": {"enabled": false}}));
    service.put("/secrets/b", json!({"value": "x", "attributes": {"exp": 1}}));
    service.vaults.put_managed(HOST, "c", "pfx");
    let items = service.pages("/secrets").concat();
    assert_eq!(items[0]["attributes"]["enabled"], false);
    assert_eq!(items[1]["attributes"]["exp"], 1);
    assert_eq!((&items[2]["managed"], &items[2]["tags"]), (&json!(true), &json!({})));
}

#[test]
fn a_page_has_25_items_at_most_and_full_pages_end() {
    let service = Service::start();
    for number in 0..50 {
        service.given(&format!("n{number}"), "x");
    }
    let lengths = |path| service.pages(path).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths("/secrets"), [25, 25]);
    assert_eq!(lengths("/secrets?maxresults=20"), [20, 20, 10]);
}

#[test]
fn a_next_link_has_the_port_the_version_the_token_and_the_callers_maximum() {
    let service = Service::start();
    service.given("a", "x");
    service.given("b", "x");
    let link = |path| service.get(path).expect(200)["nextLink"].as_str().unwrap().to_owned();
    let first = link("/secrets?maxresults=1&api-version=7.3");
    let start = format!("https://{HOST}:443/secrets?api-version=7.3&$skiptoken=");
    assert!(first.starts_with(&start) && first.ends_with("&maxresults=1"), "{first}");
    let mut local = request("GET", "/secrets?maxresults=1", None);
    local.host = "localhost:8443".to_owned();
    for name in ["a", "b"] {
        service.vaults.put(&local.host, name, "x", Default::default());
    }
    let told = service.send(&local).expect(200);
    assert!(told["nextLink"].as_str().unwrap().starts_with("https://localhost:8443/secrets?"));
    assert_eq!(told["value"][0]["id"], "https://localhost:8443/secrets/a");
}

#[test]
fn a_next_link_works_in_its_own_vault_and_list_alone() {
    let service = Service::start();
    service.given("a", "x");
    service.given("b", "x");
    let page = service.get("/secrets?maxresults=1").expect(200);
    let query = page["nextLink"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    service.get(&format!("/secrets?{query}")).expect(200);
    service.get(&format!("/deletedsecrets?{query}")).expect(400);
    let mut elsewhere = request("GET", &format!("/secrets?{query}"), None);
    elsewhere.host = "other-kv.vault.azure.net".to_owned();
    service.send(&elsewhere).expect(400);
}

#[test]
fn a_maximum_outside_1_to_25_and_a_foreign_token_are_bad_parameters() {
    let service = Service::start();
    for query in ["maxresults=0", "maxresults=26", "maxresults=x", "$skiptoken=AAAA"] {
        let told = service.get(&format!("/secrets?{query}")).expect(400);
        assert_eq!(told["error"]["code"], "BadParameter", "{query}");
    }
}

#[test]
fn pages_may_be_short_or_empty_and_still_lead_on() {
    let service = Service::with(|options| options.short_pages = true);
    for name in ["a", "b", "c", "d"] {
        service.given(name, "1");
        service.given(name, "2");
    }
    service.delete("/secrets/b");
    let pages = service.pages("/secrets?maxresults=2");
    assert!(pages.iter().any(Vec::is_empty), "{pages:?}");
    assert_eq!(names(&pages.concat()), ["a", "c", "d"]);
    assert_eq!(service.pages("/secrets/a/versions?maxresults=1").concat().len(), 2);
    assert_eq!(names(&service.pages("/deletedsecrets?maxresults=2").concat()), ["b"]);
}
