//! No value that the program made or read stays in its memory: when it writes its report, its last act, it is
//! searched from outside, as whoever dumps a runner's memory would.
//!
//! For the release build, since only that is shipped: `cargo test --release --test memory -- --ignored`.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers fail like tests")]
#![cfg(target_os = "linux")]

mod azure;
mod paused;
mod search;

use azure::{A, Azure, B};
use paused::Paused;
use search::{Needles, may_search};

/// Fails with what is left where.
#[track_caller]
fn assert_forgotten(paused: Paused, values: &[String]) {
    let left = Needles::of(values).found_in(paused.id());
    paused.end();
    let places: Vec<String> = left.iter().take(10).map(ToString::to_string).collect();
    assert!(left.is_empty(), "{} places hold values:\n{}", left.len(), places.join("\n"));
}

#[test]
#[ignore = "for the release build; .ci/run has it"]
fn the_search_finds_every_value_in_the_vaults_own_memory() {
    let azure = Azure::start();
    azure.run(&[A], &["sync"]);
    if !may_search(azure.id()) {
        return;
    }
    let values = azure.values();
    let found = Needles::of(&values).found_in(azure.id());
    for number in 0..values.len() {
        assert!(found.iter().any(|place| place.value == number), "value {number} is not found");
    }
}

#[test]
#[ignore = "for the release build; .ci/run has it"]
fn values_that_were_created_are_forgotten_when_the_run_ends() {
    let azure = Azure::start();
    let sync = Paused::start(azure.program(&[A, B], &["sync"]));
    if may_search(sync.id()) {
        assert_forgotten(sync, &azure.values());
    }
}

#[test]
#[ignore = "for the release build; .ci/run has it"]
fn values_that_were_rotated_are_forgotten_when_the_run_ends() {
    let azure = Azure::start();
    azure.run(&[A, B], &["sync"]);
    let mut values = azure.values();
    let rotate = Paused::start(azure.program(&[A, B], &["rotate", "--all"]));
    if may_search(rotate.id()) {
        values.extend(azure.values());
        assert_forgotten(rotate, &values);
    }
}

#[test]
#[ignore = "for the release build; .ci/run has it"]
fn values_that_were_copied_are_forgotten_when_the_run_ends() {
    let azure = Azure::start();
    azure.run(&[A], &["sync"]);
    let sync = Paused::start(azure.program(&[A, B], &["sync"]));
    if may_search(sync.id()) {
        assert_forgotten(sync, &azure.values());
    }
}

#[test]
#[ignore = "for the release build; .ci/run has it"]
fn values_that_were_fetched_are_forgotten_when_the_run_ends() {
    let azure = Azure::start();
    azure.run(&[A], &["sync"]);
    let values = azure.values();
    let files = [azure.new_folder(), azure.new_folder()].map(|to| format!("*=file:{to}/*"));
    let exports = ["--export", "*=env:*", "--export", &files[0], "--export", &files[1]];
    let mut fetch = azure.program(&[A], &[&["fetch", "--ci", "github"], &exports[..]].concat());
    let variables = azure.new_file();
    fetch.env("GITHUB_ENV", &variables);
    let fetch = Paused::start(fetch);
    if may_search(fetch.id()) {
        assert_forgotten(fetch, &values);
    }
    let handed = std::fs::read_to_string(variables).expect("read");
    assert!(handed.lines().filter(|line| line.contains("<<")).count() >= azure::SECRETS);
}
