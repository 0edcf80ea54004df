//! The last step of an action: no file of `fetch` outlives the job.

use std::path::PathBuf;

use super::runner;
use crate::harness::{Azure, MINTED, Program};

/// A step of an action with a file for its state.
fn first_step(azure: &Azure) -> (Program, PathBuf) {
    let state = azure.folder().join("state");
    std::fs::write(&state, "").expect("the runner makes the file");
    let program = azure.program(MINTED).env("GITHUB_ACTIONS", "true");
    (program.env("GITHUB_STATE", &state.display().to_string()), state)
}

/// The action's last step: another name of the program, and the same arguments and inputs.
fn last_step(azure: &Azure, state: &str) -> Program {
    let program = azure.program(MINTED).called("/secretzero-post").args(&["--from-action"]);
    let program = program.env("GITHUB_ACTIONS", "true").env("INPUT_COMMAND", "sync");
    program
        .env("GITHUB_WORKSPACE", &azure.folder().display().to_string())
        .env("STATE_secretzero_files", state)
}

#[test]
fn the_files_of_fetch_are_removed_at_the_end_of_the_job() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let (program, state) = first_step(&azure);
    let program = program.args(&["fetch", "--export", "db=file:one", "--export", "db=file:two"]);
    program.run().expect(0);
    let state = runner::pairs(&state).expect("the runner takes the file");
    std::fs::remove_file(azure.folder().join("two")).expect("a step removed it");
    let ran = last_step(&azure, &state["secretzero_files"]).run().expect(0);
    assert!(ran.stdout.contains("/one\n") && ran.stdout.contains("/two is gone"), "{}", ran.stdout);
    assert!(!azure.folder().join("one").exists());
}

#[test]
fn a_file_that_cannot_be_removed_is_an_error_with_a_way_out() {
    let azure = Azure::start();
    let path = azure.folder().canonicalize().expect("there").join("one");
    std::fs::create_dir(&path).expect("a step made a folder of it");
    let ran = last_step(&azure, &format!("[{:?}]", path.display().to_string())).run().expect(3);
    let commands = runner::commands(&ran.stdout);
    assert_eq!(commands[0].name, "error");
    assert!(commands[0].data.contains("if: always()"), "{}", ran.stdout);
}

#[test]
fn a_job_without_files_ends_without_a_word_and_without_another_sync() {
    let azure = Azure::start();
    let (program, state) = first_step(&azure);
    program.args(&["sync"]).run().expect(0);
    assert_eq!(std::fs::read_to_string(state).expect("read"), "");
    azure.control().clear_requests();
    let ran = last_step(&azure, "").run().expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert!(azure.control().requests().is_empty());
}
