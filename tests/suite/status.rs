//! How every target stands, said without reading a value.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::{AccessModel, Action, Fault, Rights};

use crate::harness::{A, Azure, B, GIVEN, MINTED, Ran, generation};

/// One day.
const DAY: Duration = Duration::from_secs(86_400);

fn status(azure: &Azure, file: &str, args: &[&str]) -> Ran {
    azure.program(file).args(&["status", "--format", "json"]).args(args).run()
}

/// The report on the only secret.
fn secret(ran: &Ran) -> serde_json::Value {
    ran.json()["secrets"][0].clone()
}

fn states(ran: &Ran) -> Vec<String> {
    let targets = secret(ran)["targets"].as_array().expect("targets").clone();
    targets.iter().map(|t| t["state"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_secret_of_ours_is_said_with_its_generation_age_and_due_date() {
    let azure = Azure::start();
    assert_eq!(states(&status(&azure, MINTED, &[]).expect(0)), ["missing", "missing"]);
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(12 * DAY + Duration::from_secs(3_600));
    let ran = status(&azure, MINTED, &[]).expect(0);
    assert_eq!(states(&ran), ["ours", "ours"]);
    let (secret, version) = (secret(&ran), &azure.versions(A, "db")[0]);
    assert_eq!(secret["generation"], generation(version));
    assert_eq!(secret["age_days"], 12);
    let due = version.created + jiff::SignedDuration::from_hours(90 * 24);
    assert_eq!(secret["due"]["at"], due.to_string());
    assert_eq!(secret["due"]["is"], "ahead");
    assert_eq!(secret["targets"][1]["version_count"], 1);
    assert_eq!(ran.json()["counts"]["ours"], 2);
}

#[test]
fn what_is_due_or_expires_within_a_period_is_exit_code_10() {
    let azure = Azure::start();
    let expiring = MINTED.replace("net'}", "net', expires: 120d}");
    azure.program(&expiring).args(&["sync"]).run().expect(0);
    status(&azure, &expiring, &["--due-within", "30d"]).expect(0);
    azure.clock.wait(65 * DAY);
    let ran = status(&azure, &expiring, &["--due-within", "30d"]).expect(10);
    assert_eq!(secret(&ran)["due"]["is"], "near");
    status(&azure, &expiring, &["--due-within", "1w"]).expect(0);
    status(&azure, &expiring, &[]).expect(0);
    azure.clock.wait(60 * DAY);
    let ran = status(&azure, &expiring, &["--due-within", "1h"]).expect(10);
    assert_eq!(secret(&ran)["due"]["is"], "over");
    assert_eq!(secret(&ran)["targets"][0]["expires"]["is"], "over");
    let unknown = status(&azure, &expiring, &["--due-within", "soon"]).expect(3);
    assert!(unknown.stderr.contains("not a period"), "{}", unknown.stderr);
}

#[test]
fn a_given_secret_that_is_due_waits_for_its_owner() {
    let azure = Azure::start();
    let file = GIVEN.replace("kind: static\n", "kind: static\n    rotation_period: 30d\n");
    azure.program(&file).env("API_KEY", "first").args(&["sync"]).run().expect(0);
    azure.clock.wait(31 * DAY);
    let ran = azure.program(&file).args(&["status", "--due-within", "1d"]).run().expect(10);
    assert!(ran.stdout.contains("only its owner can supply a new value"), "{}", ran.stdout);
}

#[test]
fn every_other_state_is_said_by_its_name() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(DAY);
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.control().delete(B, "db");
    let ran = status(&azure, MINTED, &[]).expect(0);
    assert_eq!(states(&ran), ["changed-outside", "soft-deleted"]);
    let purge = (azure.clock.now() + jiff::SignedDuration::from_hours(90 * 24)).to_string();
    let said = secret(&ran)["targets"][1]["purge"].as_str().unwrap_or_default().to_owned();
    assert_eq!(said[..10], purge[..10]);

    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.control().put_managed(B, "db", "of a certificate");
    assert_eq!(states(&status(&azure, MINTED, &[]).expect(0)), ["pre-existing", "managed"]);

    let azure = Azure::start();
    let theirs = BTreeMap::from([("ManagedBy".to_owned(), "terraform".to_owned())]);
    azure.control().put(A, "db", "theirs", theirs);
    azure.program(MINTED).args(&["sync"]).run();
    let ran = status(&azure, MINTED, &["--vault", "shop-a-kv"]).expect(0);
    assert_eq!(states(&ran), ["foreign"]);
    assert_eq!(secret(&ran)["targets"][0]["owner"], "terraform");
}

#[test]
fn a_target_behind_the_newest_generation_is_drift() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(DAY);
    azure.control().on_request(Arc::new(|request| {
        let is_second = request.method == "PUT" && request.host == B;
        is_second.then(|| Fault::Answer { status: 403, headers: Vec::new(), body: String::new() })
    }));
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(9);
    let ran = status(&azure, MINTED, &[]).expect(0);
    let targets = &secret(&ran)["targets"];
    assert_eq!((&targets[0]["behind"], &targets[1]["behind"]), (&false.into(), &true.into()));
    assert_eq!((&targets[0]["age_days"], &targets[1]["age_days"]), (&0.into(), &1.into()));
    let ran = azure.program(MINTED).args(&["status"]).run().expect(0);
    assert!(ran.stdout.contains("ours, behind the newest"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the next `sync` repairs it"), "{}", ran.stdout);
}

#[test]
fn a_target_that_is_not_known_is_the_exit_code_of_its_kind_or_9() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().on_request(Arc::new(|request| {
        (request.host == B).then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByFirewall"}}}"#.to_owned(),
        })
    }));
    let ran = status(&azure, MINTED, &["--due-within", "100d"]).expect(9);
    assert_eq!(states(&ran), ["ours", "unknown"]);
    assert_eq!(secret(&ran)["targets"][1]["error"]["kind"], "refused");
    let ran = azure.program(MINTED).args(&["status", "--vault", "shop-b-kv"]).run().expect(5);
    assert!(ran.stdout.contains("error: db: shop-b-kv"), "{}", ran.stdout);
}

#[test]
fn every_version_is_listed_with_the_current_one_marked() {
    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.clock.wait(DAY);
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(DAY);
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    let ran = status(&azure, MINTED, &["db", "--versions"]).expect(0);
    let listed = secret(&ran)["targets"][0]["versions"].as_array().expect("versions").clone();
    let stored = azure.versions(A, "db");
    for (listed, stored) in listed.iter().zip(stored.iter().rev()) {
        assert_eq!(listed["id"], stored.id);
        assert_eq!(listed["enabled"], stored.enabled);
        assert_eq!(listed["generation"], generation(stored));
    }
    let current: Vec<bool> = listed.iter().map(|v| v["current"] == true).collect();
    assert_eq!(current, [true, false]);
    let text = azure.program(MINTED).args(&["status", "--versions"]).run().expect(0).stdout;
    assert!(text.contains(&format!("* {}", stored[1].id)), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn versions_of_one_second_have_their_current_one_marked_by_what_the_list_says() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    let ran = status(&azure, MINTED, &["--versions"]).expect(0);
    let listed = secret(&ran)["targets"][0]["versions"].as_array().expect("versions").clone();
    let current = listed.iter().find(|version| version["current"] == true).expect("one");
    assert_eq!(current["id"], azure.versions(A, "db")[1].id);
}

#[test]
fn status_needs_only_to_list_reads_no_value_and_writes_nothing() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().delete(B, "db");
    azure.grant(Rights::only(AccessModel::Rbac, &[Action::List]));
    azure.control().clear_requests();
    let ran = status(&azure, MINTED, &["--versions"]).expect(0);
    assert_eq!(states(&ran), ["ours", "soft-deleted"]);
    for request in azure.control().requests() {
        if [A, B].contains(&request.host.as_str()) {
            let reads_value =
                request.path.starts_with("/secrets/") && !request.path.ends_with("/versions");
            assert!(request.method == "GET" && !reads_value, "{} {}", request.method, request.path);
        }
    }
}

#[test]
fn a_name_that_the_file_does_not_have_gets_a_suggestion() {
    let ran = status(&Azure::start(), MINTED, &["dbb"]).expect(3);
    assert!(ran.stderr.contains("did you mean `db`?"), "{}", ran.stderr);
}

#[test]
fn who_may_neither_list_nor_get_is_told_of_the_right_to_list_alone() {
    let azure = Azure::start();
    azure.grant(Rights::only(AccessModel::Rbac, &[]));
    let ran = status(&azure, MINTED, &[]).expect(5);
    let said = secret(&ran)["targets"][0]["error"].to_string();
    assert!(said.contains("Key Vault Reader") && !said.contains("Secrets User"), "{said}");
}
