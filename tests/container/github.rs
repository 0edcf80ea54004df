//! The action in a job of GitHub's runner.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::job::{Job, action};
use crate::{GIVEN, SECRETFILE, lines};

/// Vaults in the workspace.
const LOCAL: (&str, &str) = ("local", ".secretzero");

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_step_syncs_and_tells_the_next_steps_what_changed() {
    let job = Job::new(SECRETFILE);
    let inputs =
        [LOCAL, ("report", "report.html"), ("var-files", ""), ("fail-on", "failed, drift")];
    let first = job.step(&inputs, &[("GIVEN", GIVEN)]).expect(0);
    let outputs = first.outputs();
    let action = action();
    let described = action["outputs"].as_mapping().expect("a map").keys();
    for name in described.filter_map(|name| name.as_str()) {
        assert!(outputs.contains_key(name), "{name}");
    }
    assert_eq!(
        (outputs["changed"].as_str(), outputs["created"].as_str()),
        ("true", r#"["db","given"]"#)
    );
    assert!(first.summary().contains("```mermaid"), "{}", first.summary());
    assert!(first.commands().iter().all(|one| one.name != "add-mask"));
    assert!(job.workspace().join(&outputs["report"]).is_file());
    let second = job.step(&[LOCAL], &[]).expect(0);
    assert_eq!(second.outputs()["changed"], "false");
    job.assert_owned();
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn values_reach_the_next_steps_unchanged_and_hidden_and_their_files_go_with_the_job() {
    let job = Job::new(SECRETFILE);
    job.make_folder("keys");
    job.step(&[LOCAL], &[("GIVEN", GIVEN)]).expect(0);
    let export = "given=env:GIVEN_VALUE\ngiven=output:value\n given=file:keys/given\n\
                  db=file:/github/runner_temp/db\n";
    let inputs = [LOCAL, ("command", "fetch"), ("export", export)];
    let first = job.step(&inputs, &[]).expect(0);
    let path = job.workspace().join("keys/given");
    assert_eq!(first.pairs("set_env")["GIVEN_VALUE"], GIVEN);
    assert_eq!(first.outputs()["value"], GIVEN);
    assert_eq!(fs::read_to_string(&path).expect("read"), GIVEN);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o7777, 0o600);
    let db = fs::read_to_string(job.temp().join("db")).expect("read");
    assert_eq!(db.len(), 32);
    let commands = first.commands();
    let masks: Vec<&str> =
        commands.iter().filter(|one| one.name == "add-mask").map(|one| one.data.as_str()).collect();
    assert!(masks.contains(&db.as_str()) && commands.iter().all(|one| one.name != "error"));
    for line in lines(&first.ran.log()).iter().filter(|line| !line.starts_with("::add-mask::")) {
        assert!(!line.contains(&db) && !line.contains(&STANDARD.encode(&db)), "{line}");
        assert!(!line.contains("x=y<<EOF") && !line.contains("$(id)"), "{line}");
    }
    let last = job.last_step(&inputs, &first).expect(0);
    assert!(
        last.ran.stdout.contains("removed /github/workspace/keys/given\n"),
        "{}",
        last.ran.stdout
    );
    assert!(!path.exists() && !job.temp().join("db").exists());
    job.last_step(&inputs, &first).expect(0);
    job.assert_owned();
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn the_last_step_removes_nothing_but_what_the_first_one_made() {
    let job = Job::new(SECRETFILE);
    job.step(&[LOCAL], &[("GIVEN", GIVEN)]).expect(0);
    let inputs = [LOCAL, ("command", "fetch"), ("export", "db=file:key")];
    let first = job.step(&inputs, &[]).expect(0);
    let (path, other) = (job.workspace().join("key"), job.workspace().join("other"));
    fs::rename(&path, &other).expect("moved");
    symlink("other", &path).expect("linked");
    let last = job.last_step(&inputs, &first).expect(3);
    assert!(last.commands().iter().any(|one| one.name == "error"), "{}", last.ran.log());
    assert!(other.exists());
    let step_without_files = job.step(&[LOCAL, ("command", "plan")], &[]).expect(0);
    let last = job.last_step(&[LOCAL], &step_without_files).expect(0);
    assert_eq!((last.ran.log().trim(), last.outputs().len()), ("", 0));
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_step_that_fails_says_where() {
    let job = Job::new(&SECRETFILE.replace("rotation_period", "rotatoin_period"));
    let step = job.step(&[LOCAL], &[]).expect(3);
    let commands = step.commands();
    let error = commands.iter().find(|one| one.name == "error").expect("an annotation");
    assert_eq!(
        (error.property("file"), error.property("line")),
        (Some("Secretfile.yml"), Some("6"))
    );
    let step = Job::new(SECRETFILE).step(&[("command", "dance")], &[]).expect(3);
    assert!(step.ran.stderr.contains("the input `command` names `dance`"), "{}", step.ran.stderr);
}
