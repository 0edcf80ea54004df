//! Every operation against the embedded vault, over TLS.

use std::time::Duration;

use super::*;
use crate::azure::Code;
use crate::clock::Clock;
use crate::emulator::{self, AccessModel, Action, Emulator, Rights, VaultOptions};
use crate::env::Env;
use crate::http::{Limits, Network};

/// A client, and the service that it talks to.
struct World {
    vault: KeyVault,
    server: Emulator,
    clock: Clock,
}

const HOST: &str = "shop-kv.vault.azure.net";

fn world() -> World {
    let clock = Clock::simulated(Timestamp::now());
    let server = Emulator::start(emulator::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data: None,
        clock: clock.clone(),
        allow_remote: false,
    })
    .expect("the embedded vault starts");
    let network = Network::Embedded { address: server.address(), ca: server.ca_der().to_vec() };
    let minute = Duration::from_secs(60);
    let limits = Limits { connect: minute, first_byte: minute, call: minute };
    let http = Http::new(&network, &Env::default(), limits, clock.clone()).expect("a client");
    let url = VaultUrl::new(&format!("https://{HOST}"), None).expect("valid");
    let tokens = TokenSource::rehearsal(http.clone(), url.cloud().clone());
    let access = Access::new(clock.clone(), None);
    World { vault: KeyVault::new(http, url, Arc::new(tokens), Arc::new(access)), server, clock }
}

fn name(text: &str) -> SecretName {
    SecretName::strict(text).expect("valid")
}

impl World {
    fn set(&self, text: &str, value: &str) -> Properties {
        let value = SecretValue::new(value.to_owned());
        let tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        let changes = Changes { tags: Some(tags), ..Changes::default() };
        self.vault.set(&name(text), &NewVersion { value: &value, changes }).expect("it is set")
    }

    fn value(&self, text: &str, version: Option<&VersionId>) -> String {
        let bundle = self.vault.get(&name(text), version).expect("it is read");
        bundle.value.expose().to_owned()
    }
}

#[test]
fn a_value_is_set_and_read_by_name_and_by_version() {
    let world = world();
    let first = world.set("db", "one");
    world.clock.wait(Duration::from_secs(1));
    let second = world.set("db", "two \"quoted\" \u{1F511}\n");
    assert_eq!(world.value("db", None), "two \"quoted\" \u{1F511}\n");
    assert_eq!(world.value("db", first.version.as_ref()), "one");
    assert_ne!(first.version, second.version);
    assert_eq!(world.vault.versions(&name("db")).expect("versions").len(), 2);
    assert!(world.vault.versions(&name("other")).expect("none").is_empty());
    let missing = world.vault.get(&name("other"), None).map(|_| ()).expect_err("not there");
    assert_eq!(missing.code, Code::NotFound);
}

#[test]
fn lists_are_read_to_their_end_over_short_and_empty_pages() {
    let world = world();
    for number in 0..60 {
        world.set(&format!("secret-{number}"), "x");
    }
    for short_pages in [false, true] {
        let options = VaultOptions { short_pages, ..VaultOptions::default() };
        world.server.control().set_options(HOST, options);
        let (mut names, mut pages, mut next) = (Vec::new(), 0, None);
        loop {
            let page = world.vault.list(next.as_ref()).expect("a page");
            names.extend(page.items.into_iter().map(|item| item.name.key()));
            pages += 1;
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 60);
        assert!(pages >= 3, "{pages} pages");
    }
}

#[test]
fn properties_are_changed_without_a_new_version() {
    let world = world();
    let made = world.set("db", "one");
    let changes = Changes {
        content_type: Some("text/plain".to_owned()),
        enabled: Some(false),
        expires: Some(32_503_680_000),
        not_before: Some(1),
        tags: None,
    };
    let version = made.version.expect("a version");
    let changed = world.vault.update(&name("db"), &version, &changes).expect("changed");
    assert_eq!(changed.version, Some(version));
    assert_eq!(changed.content_type.as_deref(), Some("text/plain"));
    assert_eq!((changed.expires, changed.not_before), (Some(32_503_680_000), Some(1)));
    assert_eq!(changed.tags.expect("kept").get("team").map(String::as_str), Some("a"));
    let disabled = world.vault.get(&name("db"), None).map(|_| ()).expect_err("disabled");
    assert_eq!(disabled.code, Code::Disabled);
}

#[test]
fn a_name_is_deleted_seen_recovered_and_purged() {
    let world = world();
    let made = world.set("db", "one");
    let deleted = world.vault.delete(&name("db")).expect("deleted");
    assert!(deleted.recovery_id.is_some());
    let kept = deleted.purge.expect("a date").duration_since(world.vault.now());
    assert_eq!(kept.as_hours(), 90 * 24);
    assert_eq!(world.vault.list(None).expect("a page").items.len(), 0);
    assert_eq!(world.vault.list_deleted(None).expect("a page").items.len(), 1);
    let value = SecretValue::new("two".to_owned());
    let new = NewVersion { value: &value, changes: Changes::default() };
    let taken = world.vault.set(&name("db"), &new).map(|_| ()).expect_err("taken");
    assert_eq!(taken.code, Code::SoftDeleted);
    assert_eq!(world.vault.recover(&name("db")).expect("back").version, made.version);
    assert_eq!(world.value("db", None), "one");
    world.vault.delete(&name("db")).expect("deleted");
    world.vault.purge(&name("db")).expect("purged");
    let unknown = world.vault.get_deleted(&name("db")).map(|_| ()).expect_err("gone");
    assert_eq!(unknown.code, Code::NotFound);
}

#[test]
fn what_is_under_way_and_what_is_protected_are_told_apart() {
    let world = world();
    world.set("db", "one");
    let options = VaultOptions {
        delete_delay: Duration::from_secs(10),
        recover_delay: Duration::from_secs(10),
        purge_protection: true,
        ..VaultOptions::default()
    };
    world.server.control().set_options(HOST, options);
    world.vault.delete(&name("db")).expect("deleting");
    let code = |answer: Answer<()>| answer.expect_err("refused").code;
    assert_eq!(code(world.vault.purge(&name("db"))), Code::BeingDeleted);
    world.clock.wait(Duration::from_secs(10));
    assert_eq!(code(world.vault.purge(&name("db"))), Code::PurgeProtected);
    world.vault.recover(&name("db")).expect("recovering");
    let value = SecretValue::new("two".to_owned());
    let new = NewVersion { value: &value, changes: Changes::default() };
    let set = world.vault.set(&name("db"), &new).map(|_| ());
    assert_eq!(code(set), Code::BeingRecovered);
}

#[test]
fn missing_rights_are_told_from_everything_else() {
    let world = world();
    world.set("db", "one");
    for model in [AccessModel::Policy, AccessModel::Rbac] {
        let only_list = Rights::only(model, &[Action::List]);
        let id = "00000000-0000-0000-0000-000000000000";
        world.server.control().entra(|entra| entra.grant(id, only_list.clone()));
        assert!(world.vault.list(None).is_ok());
        let refused = world.vault.get(&name("db"), None).map(|_| ()).expect_err("refused");
        assert_eq!(refused.code, Code::Rights);
    }
}

#[test]
fn the_services_time_is_ours_from_its_first_answer_on() {
    let world = world();
    world.vault.list(None).expect("a page");
    let before = world.vault.now();
    world.clock.wait(Duration::from_secs(3_600));
    assert_eq!(world.vault.now().duration_since(before).as_secs(), 3_600);
}
