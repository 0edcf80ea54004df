//! A newcomer in a clean container: nothing but the image with a shell, and the pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::docker::{ACTION, CI, Ran, docker, finish, mount};

/// The numbers that a headline may say.
const NUMBERS: [&str; 4] = ["One command", "Two commands", "Three commands", "Four commands"];

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn as_many_commands_as_the_page_says_lead_to_a_rehearsal_and_a_workflow() {
    let page = read("docs/start.md");
    let (said, part) = NUMBERS
        .iter()
        .zip(1..)
        .find_map(|(words, number)| Some((number, page.split_once(&format!("## {words}"))?.1)))
        .expect("a headline says how many commands it takes");
    let commands = block(part);
    assert_eq!(commands.lines().count(), said, "{commands}");
    let folder = tempfile::tempdir().expect("a folder");
    let ran = newcomer(folder.path(), commands);
    assert!(ran.stdout.contains("2 targets: 2 created."), "{}", ran.log());
    let again = newcomer(folder.path(), commands.lines().last().expect("a command"));
    assert!(again.stdout.contains("Nothing changed"), "{}", again.log());
    let workflow = folder.path().join(".github/workflows/secrets.yml");
    judged(&workflow);
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn the_readmes_command_for_docker_runs_as_it_stands() {
    let readme = read("README.md");
    let line = readme.lines().find(|line| line.starts_with("docker run ")).expect("it has one");
    let line = line.replace("ghcr.io/secretzero/secretzero:0 ", &format!("{ACTION} "));
    assert!(line.contains(ACTION), "{line}");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("Secretfile.yml"), crate::SECRETFILE).expect("written");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path());
    let ran = finish(&mut command).expect(0);
    assert!(ran.stdout.contains("Secretfile.yml is valid"), "{}", ran.log());
}

/// What somebody types there, without any network.
fn newcomer(folder: &Path, commands: &str) -> Ran {
    let place = ["run", "--rm", "--network", "none", "-v", &mount(folder, "/work"), "-w", "/work"];
    let script = format!("set -e\n{commands}");
    docker(&[&place[..], &[CI, "bash", "-c", &script]].concat()).expect(0)
}

/// By other people's rules, where `.ci/run` has installed them; it says where not.
fn judged(workflow: &Path) {
    let Some(tools) = std::env::var_os("SECRETZERO_PYTHON_TOOLS") else {
        return;
    };
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    let offline = ["--offline", "--no-progress", "--quiet", "--persona", "auditor"];
    for (tool, args) in [("check-jsonschema", &schema[..]), ("zizmor", &offline)] {
        let mut command = Command::new(Path::new(&tools).join(tool));
        finish(command.args(args).arg(workflow)).expect(0);
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a page")
}

/// The first commands of a part of a page.
fn block(part: &str) -> &str {
    let (_, rest) = part.split_once("```sh\n").expect("it shows commands");
    rest.split_once("```").expect("they end").0
}
