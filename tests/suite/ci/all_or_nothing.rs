//! `fetch` hands over everything, hidden, or nothing.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;
use std::process::Command;

use super::step::{exports, fetch, file, masks, on_azure, on_github, read, variables, with_values};
use super::{agent, runner};
use crate::harness::{Azure, Program};

/// Each of 300 bytes.
fn long_values() -> Vec<String> {
    ["a", "b", "c"].map(|letter| letter.repeat(300)).into()
}

/// Exports to a variable and a file each.
fn to_variables_and_files(count: usize) -> Vec<String> {
    let mut all = exports(count, |number| format!("file:file-{number}"));
    all.extend(exports(count, |number| format!("env:V{number}")));
    all
}

#[test]
fn a_disk_that_is_full_leaves_no_value_behind() {
    let azure = with_values(&long_values());
    // No file gets more than 512 bytes, so that the second variable is one too many.
    let full = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let mut all = vec!["--export".to_owned(), "v0=output:v0".to_owned()];
    all.extend(to_variables_and_files(3));
    for before in ["", "KEPT=as it was\n", "KEPT=as it was, its line open"] {
        let program = on_github(&azure, &file(3));
        std::fs::write(azure.folder().join("env"), before).expect("written");
        let args: Vec<&str> = all.iter().map(String::as_str).collect();
        let ran = program.args(&["fetch"]).args(&args).by_shell(full).run().expect(3);
        assert!(ran.stderr.contains("cannot be written: File too large"), "{}", ran.stderr);
        let text = |name| std::fs::read_to_string(azure.folder().join(name)).expect("there");
        assert_eq!((text("env").as_str(), text("output").as_str()), (before, ""));
        assert!((0..3).all(|number| !azure.folder().join(format!("file-{number}")).exists()));
    }
}

#[test]
fn what_one_value_forbids_keeps_the_others_back() {
    let azure = with_values(&["carried".to_owned(), "zwei\nzeilen".to_owned()]);
    let ran = fetch(on_azure(&azure, &file(2)), &to_variables_and_files(2)).expect(3);
    assert!(agent::commands(&ran.stdout).iter().all(|one| one.name == "task.logissue"));
    assert!(!azure.folder().join("file-0").exists());
}

#[test]
fn a_log_in_a_file_hides_nothing_so_that_no_value_is_handed_over() {
    let azure = with_values(&["a value of ours".to_owned()]);
    for (line, args, stream) in [
        ("exec \"$@\" > log", &["fetch"][..], "stdout"),
        ("exec \"$@\" > /dev/null", &["fetch"], "stdout"),
        ("exec \"$@\" >> log 2>&1", &["fetch"], ""),
        ("exec \"$@\" 2> log", &["fetch", "--format", "json"], "stderr"),
    ] {
        for program in [on_github(&azure, &file(1)), on_azure(&azure, &file(1))] {
            azure.control().clear_requests();
            let args = [args, &["--export", "v0=env:V0"]].concat();
            let ran = program.args(&args).by_shell(line).run().expect(3);
            let said = ran.stdout + &ran.stderr;
            let what = format!("{stream} does not reach the CI system");
            assert!(stream.is_empty() || said.contains(&what), "{line}: {said}");
            assert!(azure.control().requests().is_empty() && read(&azure, "env").is_empty());
        }
    }
    let log = std::fs::read_to_string(azure.folder().join("log")).expect("a log");
    assert!(!log.contains("a value of ours"), "{log}");
}

#[test]
fn a_report_in_a_file_leaves_the_masks_to_the_ci_system() {
    let azure = with_values(&["a value of ours".to_owned()]);
    let fetched = |program: Program, line: &str| {
        let args = ["fetch", "--format", "json", "--export", "v0=env:V0"];
        program.args(&args).by_shell(line).run().expect(0)
    };
    let ran = fetched(on_github(&azure, &file(1)), "exec \"$@\" > log");
    let told = runner::commands(&ran.stderr).into_iter().map(|one| one.data);
    assert!(told.collect::<Vec<_>>().contains(&"a value of ours".to_owned()));
    assert_eq!(read(&azure, "env")["V0"], "a value of ours");
    let ran = fetched(on_azure(&azure, &file(1)), "exec \"$@\" > log");
    assert_eq!(variables(&agent::commands(&ran.stderr))["V0"], "a value of ours");
    let log = std::fs::read_to_string(azure.folder().join("log")).expect("a log");
    assert!(log.contains("env:V0") && !log.contains("a value of ours"), "{log}");
}

#[test]
fn a_log_in_a_file_is_no_obstacle_where_nothing_is_hidden_by_commands() {
    let azure = with_values(&["a value of ours".to_owned()]);
    let args = ["fetch", "--export", "v0=file:v0"];
    let program = azure.program(&file(1)).env("GITLAB_CI", "true").args(&args);
    program.by_shell("exec \"$@\" > log").run().expect(0);
    let log = std::fs::read_to_string(azure.folder().join("log")).expect("a log");
    assert!(log.contains("file:v0") && !log.contains("a value of ours"), "{log}");
}

/// A folder whose owner has no number in a user namespace of this user alone.
fn workspace_of_another(azure: &Azure) -> PathBuf {
    let mine = azure.folder().join("workspace");
    std::fs::create_dir(&mine).expect("made");
    match chown(&mine, Some(12345), None) {
        Ok(()) => mine,
        // Who may not give it away is not root, whose folder this is.
        Err(_) => PathBuf::from("/"),
    }
}

#[allow(clippy::print_stderr, reason = "what was not tried is said")]
#[test]
fn a_file_that_cannot_be_given_away_is_this_users_alone_and_the_report_says_so() {
    let is_possible = Command::new("unshare").args(["--user", "--map-root-user", "true"]).output();
    if !is_possible.is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: this machine makes no user namespaces");
        return;
    }
    let azure = with_values(&["a value of ours".to_owned()]);
    let workspace = workspace_of_another(&azure).display().to_string();
    let program = on_github(&azure, &file(1)).env("GITHUB_WORKSPACE", &workspace);
    let program = program.args(&["fetch", "--export", "v0=file:v0", "--export", "v0=env:V0"]);
    let ran = program.by_shell("exec unshare --user --map-root-user \"$@\"").run().expect(0);
    assert!(ran.stdout.contains("notice: v0 stays user 0's own"), "{}", ran.stdout);
    assert_eq!(masks(&ran)[0], "a value of ours");
    let made = std::fs::metadata(azure.folder().join("v0")).expect("a file");
    let folder = std::fs::metadata(azure.folder()).expect("a folder");
    assert_eq!((made.mode() & 0o7777, made.uid()), (0o600, folder.uid()));
    assert_eq!(read(&azure, "env")["V0"], "a value of ours");
}
