//! A plan is a contract: what it rests on can be handed to the run that carries it out.

use std::collections::BTreeMap;

use crate::harness::{A, Azure, B, GIVEN, MINTED, Program};

fn digest(program: Program) -> String {
    digest_with(program, &[])
}

fn digest_with(program: Program, options: &[&str]) -> String {
    // A plan that cannot succeed as it is has a digest, too.
    let plan = program.args(&["plan", "--format", "json"]).args(options).run();
    plan.json()["plan_digest"].as_str().expect("a plan has a digest").to_owned()
}

fn carried_out(program: Program, digest: &str) -> Program {
    program.args(&["sync", "--format", "json", "--plan-digest", digest])
}

#[test]
fn a_sync_does_what_was_planned() {
    let azure = Azure::start();
    let digest = digest(azure.program(MINTED));
    let ran = carried_out(azure.program(MINTED), &digest).run().expect(0);
    assert_eq!(ran.actions(), ["created", "created"]);
}

#[test]
fn a_pull_request_without_inputs_plans_the_same_as_the_job_that_has_them() {
    let azure = Azure::start();
    let with_input = || azure.program(GIVEN).env("API_KEY", "first");
    assert_eq!(digest(azure.program(GIVEN)), digest(with_input()));
    with_input().args(&["sync"]).run().expect(0);
    let later = digest(azure.program(GIVEN));
    let ran = carried_out(azure.program(GIVEN).env("API_KEY", "second"), &later).run().expect(0);
    assert_eq!(ran.actions(), ["updated", "updated"]);
}

#[test]
fn a_pull_request_without_inputs_plans_the_same_where_the_last_value_is_to_be_purged() {
    let azure = Azure::start();
    let file = GIVEN.replace("net'}", "net', on_soft_deleted: purge}");
    let with_input = || azure.program(&file).env("API_KEY", "first");
    with_input().args(&["sync"]).run().expect(0);
    for vault in [A, B] {
        azure.control().delete(vault, "db");
    }
    let planned = digest(azure.program(&file));
    assert_eq!(planned, digest(with_input()));
    let ran = carried_out(with_input(), &planned).run().expect(0);
    assert_eq!(ran.actions(), ["created", "created"]);
}

#[test]
fn a_dry_run_does_not_pass_over_the_digest_of_a_plan() {
    let azure = Azure::start();
    let digest = digest(azure.program(MINTED));
    let ran = carried_out(azure.program(MINTED), &digest).args(&["--dry-run"]).run().expect(3);
    assert!(ran.stderr.contains("--plan-digest"), "{}", ran.stderr);
}

#[test]
fn a_vault_that_moved_since_the_plan_is_named_and_nothing_is_written() {
    let azure = Azure::start();
    let digest = digest(azure.program(MINTED));
    azure.control().put(B, "db", "by hand", BTreeMap::new());
    let ran = carried_out(azure.program(MINTED), &digest).run().expect(8);
    assert!(ran.stderr.contains("changed since: db"), "{}", ran.stderr);
    assert!(azure.versions(A, "db").is_empty());
    assert_eq!(azure.versions(B, "db").len(), 1);
}

#[test]
fn another_file_than_the_planned_one_is_refused() {
    let azure = Azure::start();
    let digest = digest(azure.program(MINTED));
    let longer = MINTED.replace("90d", "30d");
    let ran = carried_out(azure.program(&longer), &digest).run().expect(8);
    assert!(ran.stderr.contains("not those of the plan"), "{}", ran.stderr);
    let nonsense = carried_out(azure.program(MINTED), "yes").run().expect(3);
    assert!(nonsense.stderr.contains("plan digest"), "{}", nonsense.stderr);
}

#[test]
fn a_plan_with_other_options_is_no_plan_for_this_run() {
    let azure = Azure::start();
    azure.control().put(A, "db", "one", BTreeMap::new());
    azure.control().put(B, "db", "two", BTreeMap::new());
    for options in [["--prefer", A], ["--vault", A]] {
        let planned = digest_with(azure.program(MINTED), &options);
        for others in [[options[0], B].as_slice(), &[]] {
            let ran = carried_out(azure.program(MINTED), &planned).args(others).run().expect(8);
            assert!(ran.stderr.contains("not those of the plan"), "{}", ran.stderr);
        }
    }
    let planned = digest_with(azure.program(MINTED), &["--prefer", A]);
    carried_out(azure.program(MINTED), &planned).args(&["--prefer", "shop-a-kv"]).run().expect(0);
    assert_eq!(azure.value(B, "db"), "one");
}

#[test]
fn a_plan_carried_out_is_no_plan_for_the_next_run() {
    let azure = Azure::start();
    let digest = digest(azure.program(MINTED));
    carried_out(azure.program(MINTED), &digest).run().expect(0);
    carried_out(azure.program(MINTED), &digest).run().expect(8);
    assert_eq!(azure.versions(A, "db").len(), 1);
}
