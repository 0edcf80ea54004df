//! The program as an action: inputs instead of arguments.

use std::collections::BTreeMap;

use secretzero::emulator::{AccessModel, Action, Rights};

use super::runner;
use crate::harness::{A, Azure, MINTED, Program, Ran};

fn run(azure: &Azure, inputs: &[(&str, &str)]) -> Ran {
    let program = azure.program(MINTED);
    let program: Program = inputs
        .iter()
        .fold(program, |program, (name, value)| program.env(&format!("INPUT_{name}"), value));
    program.args(&["--from-action"]).run()
}

#[test]
fn an_action_does_what_its_inputs_say() {
    let azure = Azure::start();
    run(&azure, &[("COMMAND", "plan"), ("SECRETS", ""), ("PARALLEL", "2")]).expect(0);
    assert!(azure.control().names(A).is_empty());
    run(&azure, &[("COMMAND", "sync"), ("FILE", "Secretfile.yml")]).expect(0);
    let first = azure.value(A, "db");
    run(&azure, &[("COMMAND", "rotate"), ("SECRETS", "\n db \n")]).expect(0);
    assert_ne!(azure.value(A, "db"), first);
}

#[test]
fn inputs_of_a_surrounding_action_are_not_read() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("INPUT_COMMAND", "sync").env("INPUT_FILE", "nowhere");
    program.args(&["plan"]).run().expect(0);
    assert!(azure.control().names(A).is_empty());
}

#[test]
fn an_input_that_makes_no_sense_is_named() {
    let azure = Azure::start();
    let ran = run(&azure, &[("COMMAND", "dance")]).expect(3);
    assert!(ran.stderr.contains("the input `command` names `dance`"), "{}", ran.stderr);
    let ran = run(&azure, &[("COMMAND", "plan"), ("PLAN-DIGEST", "1.2.3.4")]).expect(3);
    assert!(ran.stderr.contains("does not take the input `plan-digest`"), "{}", ran.stderr);
}

#[test]
fn an_input_that_is_no_argument_is_an_annotation() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("GITHUB_ACTIONS", "true");
    let program = program.env("INPUT_PARALLEL", "many").args(&["--from-action"]);
    let commands = runner::commands(&program.run().expect(3).stderr);
    assert!(commands[0].name == "error" && commands[0].data.contains("'many'"), "{commands:?}");
}

#[test]
fn the_identity_of_the_inputs_wins_over_the_file() {
    let azure = Azure::start();
    azure.grant(Rights::only(AccessModel::Rbac, &[Action::List]));
    let client = "auth: {kind: default, client_id: 99999999-8888-7777-6666-555555555555}";
    let file = MINTED.replace("auth: {kind: default}", client);
    azure.program(&file).args(&["sync"]).run().expect(5);
    let args = ["sync", "--client-id", "99999999-8888-7777-6666-444444444444"];
    azure.program(&file).args(&args).run().expect(0);
}

#[test]
fn a_step_is_red_for_what_was_chosen() {
    let azure = Azure::start();
    let command = ("COMMAND", "plan");
    run(&azure, &[command]).expect(0);
    run(&azure, &[command, ("FAIL_ON", "drift")]).expect(10);
    azure.control().put(A, "db", "theirs", BTreeMap::from([("ManagedBy".into(), "other".into())]));
    run(&azure, &[command]).expect(8);
    run(&azure, &[command, ("FAIL-ON", "due")]).expect(0);
    let ran = azure.program(MINTED).env("TF_BUILD", "True").args(&["sync", "--fail-on", "due"]);
    assert!(
        ran.run().expect(0).stdout.contains("##vso[task.complete result=SucceededWithIssues;]")
    );
}

#[test]
fn the_readme_has_every_input_and_output_in_the_words_of_the_description() {
    let read =
        |name| std::fs::read_to_string(crate::harness::repository().join(name)).expect("read");
    let (readme, text) = (read("README.md"), read("action.yml"));
    let action: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
    for (key, has_default) in [("inputs", true), ("outputs", false)] {
        for (name, about) in action[key].as_mapping().expect("a map") {
            let [name, said] = [name, &about["description"]].map(|it| it.as_str().expect("a text"));
            let default = about.get("default").and_then(serde_yaml::Value::as_str);
            let default = default.map(|default| format!("`{default}`")).unwrap_or_default();
            let more = if has_default { format!(" {default} |") } else { String::new() };
            let row = format!("\n| `{name}` | {said} |{more}\n");
            assert!(readme.contains(&row), "the README lacks {row}");
        }
    }
}
