//! Results, annotations and groups.

use std::path::PathBuf;

use serde_json::json;

use super::{TRAP, agent, runner};
use crate::harness::{A, Azure, B, MINTED, Program, repository};

/// The program in a step of a GitHub job, and the file of its outputs.
fn on_github(azure: &Azure, secretfile: &str) -> (Program, PathBuf) {
    let path = azure.folder().join("output");
    std::fs::write(&path, "").expect("the runner makes the file");
    let program = azure.program(secretfile).env("GITHUB_ACTIONS", "true");
    (program.env("GITHUB_OUTPUT", &path.display().to_string()), path)
}

/// A secret by that name in both vaults.
fn named(name: &str) -> String {
    let name = serde_json::to_string(name).expect("JSON");
    MINTED
        .replace("- name: db", &format!("- name: {name}"))
        .replace("azure.net'}", "azure.net', secret_name: db}")
}

#[test]
fn a_github_step_gets_every_output() {
    let azure = Azure::start();
    let (program, path) = on_github(&azure, MINTED);
    program.args(&["sync"]).run().expect(0);
    let outputs = runner::pairs(&path).expect("the runner takes the file");
    assert_eq!((outputs["changed"].as_str(), outputs["created"].as_str()), ("true", r#"["db"]"#));
    for name in ["rotated", "updated", "repaired", "copied", "adopted", "recovered", "deleted"] {
        assert_eq!(outputs[name], "[]", "{name}");
    }
    assert_eq!(outputs["vaults"], json!([A, B]).to_string());
    let references: serde_json::Value = serde_json::from_str(&outputs["references"]).expect("JSON");
    assert_eq!(references["db"][0]["uri"], format!("https://{A}/secrets/db"));
    assert_eq!(references["db"][1]["version"], azure.versions(B, "db")[0].id);
    assert!(outputs["next-rotation"].parse::<jiff::Timestamp>().is_ok());

    let (program, path) = on_github(&azure, MINTED);
    program.args(&["plan"]).run().expect(0);
    let outputs = runner::pairs(&path).expect("the runner takes the file");
    assert_eq!(
        (outputs["changed"].as_str(), outputs["unchanged"].as_str()),
        ("false", r#"["db"]"#)
    );
    assert!(outputs["plan-digest"].starts_with("1."));
}

#[test]
fn references_that_are_too_long_are_said_to_be_missing_and_stand_in_the_report() {
    let azure = Azure::start();
    let name = |number| format!("{}-{number}", "n".repeat(120));
    let entry = |number| {
        let config = format!("{{vault_url: 'https://{A}', secret_name: {}}}", name(number));
        let target = format!("{{provider: azure, kind: key_vault, config: {config}}}");
        // Of a length that is worth a notice.
        let made = "kind: random_string, config: {length: 25, charset: base64url}";
        format!("  - {{name: s{number}, {made}, targets: [{target}]}}\n")
    };
    let entries: String = (0..120).map(entry).collect();
    let file = format!(
        "providers: {{azure: {{kind: azure, auth: {{kind: default}}}}}}\nsecrets:\n{entries}"
    );
    let (program, path) = on_github(&azure, &file);
    let ran = program.args(&["plan", "--report", "plan.json"]).run().expect(0);
    let notices = runner::commands(&ran.stdout).into_iter().filter(|one| one.name == "notice");
    assert_eq!(notices.count(), 10, "GitHub shows no more");
    assert!(!runner::pairs(&path).expect("taken").contains_key("references"));
    let commands = runner::commands(&ran.stdout);
    let notice = commands.iter().find(|one| one.data.contains("`references` is left out"));
    assert!(notice.expect("a notice").data.contains("--report FILE.json"));
    let report = std::fs::read_to_string(azure.folder().join("plan.json")).expect("a report");
    assert!(report.contains(&format!("https://{A}/secrets/{}", name(119))));
    let ran = azure.program(&file).env("TF_BUILD", "True").args(&["plan"]).run().expect(0);
    assert!(ran.stderr.contains("notice: the output `references` is left out"), "{}", ran.stderr);
    let ran = azure.program(&file).args(&["plan"]).run().expect(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
}

#[test]
fn the_actions_description_has_every_output_and_no_other() {
    let azure = Azure::start();
    let (program, path) = on_github(&azure, MINTED);
    program.args(&["plan", "--report", "plan.json"]).run().expect(0);
    let outputs = runner::pairs(&path).expect("the runner takes the file");
    let text = std::fs::read_to_string(repository().join("action.yml")).expect("read");
    let action: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
    let described = action["outputs"].as_mapping().expect("a map");
    let mut names: Vec<&str> = described.keys().filter_map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), names);
}

#[test]
fn the_summary_is_on_the_runs_page_unless_it_is_not_wanted() {
    let azure = Azure::start();
    let summary = azure.folder().join("summary");
    for (more, is_there) in [(None, true), (Some("--no-summary"), false)] {
        std::fs::write(&summary, "").expect("the runner makes the file");
        let (program, path) = on_github(&azure, MINTED);
        let program = program.env("GITHUB_STEP_SUMMARY", &summary.display().to_string());
        let args: Vec<&str> = ["plan", "--report", "plan.md"].into_iter().chain(more).collect();
        program.args(&args).run().expect(0);
        let text = std::fs::read_to_string(&summary).expect("read");
        assert_eq!(text.contains("```mermaid"), is_there, "{text}");
        assert_eq!(runner::pairs(&path).expect("taken")["report"], "plan.md");
    }
    let folder = azure.folder().display().to_string();
    let program = azure.program(MINTED).env("TF_BUILD", "True").env("AGENT_TEMPDIRECTORY", &folder);
    let ran = program.args(&["plan"]).run().expect(0);
    let commands = agent::commands(&ran.stdout);
    let upload = commands.iter().find(|one| one.name == "task.uploadsummary").expect("a summary");
    assert!(std::fs::read_to_string(&upload.data).expect("the file").contains("```mermaid"));
}

#[test]
fn status_says_what_is_due() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let (program, path) = on_github(&azure, MINTED);
    program.args(&["status", "--due-within", "100d"]).run().expect(10);
    let outputs = runner::pairs(&path).expect("the runner takes the file");
    assert_eq!(outputs["due"], r#"["db"]"#);
}

#[test]
fn no_run_that_writes_vaults_prints_a_mask() {
    let azure = Azure::start();
    for args in [&["plan"][..], &["sync"], &["rotate", "--all"], &["status"]] {
        let (program, _) = on_github(&azure, MINTED);
        let ran = program.args(args).run().expect(0);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("add-mask"), "{args:?}");
        let ran = azure.program(MINTED).env("TF_BUILD", "True").args(args).run().expect(0);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("setsecret"), "{args:?}");
    }
}

#[test]
fn a_mistake_is_an_annotation_at_its_line() {
    let azure = Azure::start();
    let (program, _) = on_github(&azure, &MINTED.replace("kind: random_password", "knid: x"));
    let ran = program.args(&["validate"]).run().expect(3);
    let errors = runner::commands(&ran.stdout);
    let error = errors.iter().find(|one| one.property("line") == Some("5")).expect("at line 5");
    assert_eq!((error.name.as_str(), error.property("file")), ("error", Some("Secretfile.yml")));
    let program = azure.program(&MINTED.replace("kind: random_password", "knid: x"));
    let ran = program.env("TF_BUILD", "True").args(&["validate"]).run().expect(3);
    let issues = agent::commands(&ran.stdout);
    let issue = issues.iter().find(|one| one.property("linenumber") == Some("5"));
    assert_eq!(issue.expect("at line 5").name, "task.logissue");
}

#[test]
fn a_target_that_failed_is_an_annotation_at_its_line() {
    let azure = Azure::start();
    azure.control().put(
        A,
        "db",
        "theirs",
        [("ManagedBy".to_owned(), "terraform".to_owned())].into(),
    );
    let (program, _) = on_github(&azure, MINTED);
    let ran = program.args(&["sync"]).run();
    let errors = runner::commands(&ran.stdout);
    let error = errors.iter().find(|one| one.name == "error").expect("an error");
    assert_eq!(
        (error.property("line"), error.property("file")),
        (Some("8"), Some("Secretfile.yml"))
    );
    assert!(error.data.contains("terraform"), "{}", error.data);
}

#[test]
fn a_name_cannot_smuggle_a_command() {
    let azure = Azure::start();
    let file = named(TRAP);
    let (program, path) = on_github(&azure, &file);
    let ran = program.args(&["sync"]).run().expect(0);
    for command in runner::commands(&format!("{}\n{}", ran.stdout, ran.stderr)) {
        assert!(["group", "endgroup", "notice"].contains(&command.name.as_str()), "{command:?}");
    }
    let outputs = runner::pairs(&path).expect("the runner takes the file");
    assert!(outputs["created"].contains("$(Build.BuildId)"));

    let ran = azure.program(&file).env("TF_BUILD", "True").args(&["sync"]).run().expect(0);
    for command in agent::commands(&format!("{}\n{}", ran.stdout, ran.stderr)) {
        assert_eq!(command.name, "task.setvariable");
        assert!(!agent::is_expanded(&command.data), "{command:?}");
        let list: Result<Vec<String>, _> = serde_json::from_str(&command.data);
        if command.property("variable") == Some("unchanged") {
            assert!(list.expect("a list")[0].contains("%0A%3B$(Build.BuildId)"));
        }
    }
}

#[test]
fn azure_gets_output_variables_without_dashes() {
    let azure = Azure::start();
    let ran = azure.program(MINTED).env("TF_BUILD", "True").args(&["plan"]).run().expect(0);
    let commands = agent::commands(&ran.stdout);
    let of = |name| commands.iter().find(|one| one.property("variable") == Some(name));
    let digest = of("plan_digest").expect("the digest");
    assert!(digest.data.starts_with("1.") && digest.property("isoutput") == Some("true"));
    assert_eq!(of("created").expect("a list").data, r#"["db"]"#);
}

#[test]
fn gitlab_gets_a_dotenv_report_that_it_takes() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("GITLAB_CI", "true");
    let folder = azure.folder().display().to_string();
    let ran = program.env("CI_PROJECT_DIR", &folder).args(&["sync"]).run().expect(0);
    let text = std::fs::read_to_string(azure.folder().join("secretzero.env")).expect("a report");
    for line in text.lines() {
        let (key, value) = line.split_once('=').expect("NAME=VALUE");
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{line}");
        assert!(!value.contains('$'), "{line}");
    }
    assert!(text.contains("SECRETZERO_CHANGED=true\n"), "{text}");
    assert!(ran.stderr.contains("section_start:") && ran.stderr.contains("section_end:"));
}

#[test]
fn commands_leave_stdout_alone_where_it_is_data() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("TF_BUILD", "True");
    let ran = program.args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.json()["exit_code"], 0);
    assert!(agent::commands(&ran.stderr).len() > 10);
}

#[test]
fn a_container_without_the_command_files_is_told_which_flags_it_lacks() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("GITHUB_ACTIONS", "true");
    let ran = program.env("GITHUB_OUTPUT", "/nowhere/set_output_1").args(&["sync"]).run().expect(3);
    let flags = "-e GITHUB_OUTPUT -v \"/nowhere:/nowhere\"";
    assert!(ran.stderr.contains(flags), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty(), "nothing was asked before");
    let program = azure.program(MINTED).env("GITHUB_ACTIONS", "true");
    let ran = program.args(&["sync"]).run().expect(0);
    assert!(ran.stdout.contains("docker run -e GITHUB_OUTPUT"), "{}", ran.stdout);
}

#[test]
fn the_ci_system_can_be_named() {
    let azure = Azure::start();
    let (program, path) = on_github(&azure, MINTED);
    let ran = program.args(&["sync", "--ci", "plain"]).run().expect(0);
    assert!(runner::commands(&format!("{}{}", ran.stdout, ran.stderr)).is_empty());
    assert_eq!(std::fs::read_to_string(path).expect("read"), "");
}

#[test]
fn a_debug_switch_says_more() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("TF_BUILD", "True").env("SYSTEM_DEBUG", "true");
    let ran = program.args(&["plan"]).run().expect(0);
    assert!(ran.stderr.contains("debug: "), "{}", ran.stderr);
}
