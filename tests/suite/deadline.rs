//! A run's own time limit, on the simulated clock.

use std::time::Duration;

use secretzero::emulator::VaultOptions;

use crate::harness::{A, Azure, B, MINTED};

#[test]
fn a_run_whose_time_is_over_tells_what_it_did_and_which_setting_gives_it_more() {
    let azure = Azure::start();
    let rule = format!("PUT host={B} status=429 retry-after=60");
    azure.control().add_fault(rule.parse().expect("a rule"));
    let began = azure.clock.elapsed();
    let ran = azure.run_on_its_clock(MINTED, &["sync", "--timeout", "90s", "--format", "json"]);
    let ran = ran.expect(9);
    assert_eq!(azure.clock.elapsed() - began, Duration::from_secs(90));
    assert_eq!(ran.actions(), ["created", "failed"]);
    let error = &ran.json()["secrets"][0]["targets"][1]["error"];
    assert_eq!(error["message"], "not done: the run's time limit of 90 s is over");
    assert!(error["help"].as_str().expect("a way out").contains("--timeout"));
}

#[test]
fn a_run_in_which_nothing_was_right_in_time_exits_with_7() {
    let azure = Azure::start();
    azure.control().add_fault("GET status=503".parse().expect("a rule"));
    let ran = azure.run_on_its_clock(MINTED, &["sync", "--timeout", "1s"]).expect(7);
    assert!(ran.stdout.contains("time limit of 1 s is over"), "{}", ran.stdout);
    assert!(azure.versions(A, "db").is_empty());
}

#[test]
fn sign_in_that_takes_too_long_counts_as_time_and_not_as_a_refusal() {
    let azure = Azure::start();
    let rule = "POST host=login.microsoftonline.com status=429 retry-after=30";
    azure.control().add_fault(rule.parse().expect("a rule"));
    let ran = azure.run_on_its_clock(MINTED, &["sync", "--timeout", "1m"]).expect(7);
    assert!(ran.stdout.contains("time limit of 60 s is over"), "{}", ran.stdout);
}

#[test]
fn the_limit_is_ten_minutes_where_nobody_says_another() {
    let azure = Azure::start();
    let targets = &MINTED[MINTED.find("    kind: random_password").expect("an entry")..];
    let secretfile = format!("{MINTED}  - name: db2\n{targets}");
    azure.program(&secretfile).args(&["sync"]).run().expect(0);
    // Each name is waited for up to five minutes.
    deletions_take_a_day(&azure);
    let began = azure.clock.elapsed();
    let args = ["delete", "db", "db2", "--yes", "--parallel", "1"];
    let ran = azure.run_on_its_clock(&secretfile, &args).expect(7);
    assert_eq!(azure.clock.elapsed() - began, Duration::from_secs(600));
    assert!(ran.stdout.contains("the run's time limit of 600 s is over"), "{}", ran.stdout);
}

#[test]
fn the_wait_for_a_deletion_ends_with_the_run() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    deletions_take_a_day(&azure);
    let began = azure.clock.elapsed();
    let args = ["delete", "db", "--yes", "--parallel", "1", "--timeout", "1m"];
    let ran = azure.run_on_its_clock(MINTED, &args).expect(7);
    assert_eq!(azure.clock.elapsed() - began, Duration::from_secs(60));
    assert!(
        ran.stdout.contains("its end was not seen: not done: the run's time"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_name_that_stays_in_recovery_is_given_up_after_a_bound_that_is_said() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let rule = "DELETE /secrets/db status=409 code=Conflict inner=ObjectIsBeingRecovered";
    azure.control().add_fault(rule.parse().expect("a rule"));
    let args = ["delete", "db", "--yes", "--vault", A];
    let ran = azure.run_on_its_clock(MINTED, &args).expect(7);
    assert!(ran.stdout.contains("; given up after 295 s"), "{}", ran.stdout);
    assert_eq!(azure.versions(A, "db").len(), 1);
}

#[test]
fn times_that_make_no_sense_are_refused_with_the_rule() {
    let azure = Azure::start();
    let refused = |args: &[&str]| azure.run_on_its_clock(MINTED, args).expect(3).stderr;
    let said = refused(&["sync", "--timeout", "10"]);
    assert!(said.contains("s, m (minutes) or h"), "{said}");
    let said = refused(&["sync", "--timeout", "5m", "--wait-for-access", "5m"]);
    assert!(said.contains("the whole run (`--timeout`) has 300 s"), "{said}");
    assert!(azure.control().requests().is_empty());
}

fn deletions_take_a_day(azure: &Azure) {
    let delete_delay = Duration::from_secs(86_400);
    for vault in [A, B] {
        let options = VaultOptions { delete_delay, ..VaultOptions::default() };
        azure.control().set_options(vault, options);
    }
}
