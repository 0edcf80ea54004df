//! A step that fetches: its vault, its command files, and what was handed over.

use std::collections::BTreeMap;

use super::{Command, agent, runner};
use crate::harness::{A, Azure, Program, Ran};

/// An entry `v0`, `v1`, … per value, in one vault.
pub fn file(count: usize) -> String {
    let mut file = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
"
    .to_owned();
    for number in 0..count {
        file.push_str(&format!(
            "  - {{name: v{number}, kind: random_password, targets: [{{provider: azure, kind: key_vault, \
             config: {{vault_url: 'https://{A}'}}}}]}}\n"
        ));
    }
    file
}

pub fn with_values(values: &[String]) -> Azure {
    let azure = Azure::start();
    for (number, value) in values.iter().enumerate() {
        azure.control().put(A, &format!("v{number}"), value, BTreeMap::new());
    }
    azure
}

/// A step of a GitHub job with its command files, empty.
pub fn on_github(azure: &Azure, secretfile: &str) -> Program {
    let program = azure.program(secretfile).env("GITHUB_ACTIONS", "true");
    [("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output")].iter().fold(
        program,
        |program, (name, file)| {
            let path = azure.folder().join(file);
            std::fs::write(&path, "").expect("the runner makes the file");
            program.env(name, &path.display().to_string())
        },
    )
}

/// A step of a job in Azure Pipelines.
pub fn on_azure(azure: &Azure, secretfile: &str) -> Program {
    azure.program(secretfile).env("TF_BUILD", "True")
}

/// The secret variables that the agent was told, by name, outputs marked by a dot.
pub fn variables(commands: &[Command]) -> BTreeMap<String, String> {
    let set = commands.iter().filter(|one| one.name == "task.setvariable");
    let pair = |one: &Command| {
        assert_eq!(one.property("issecret"), Some("true"));
        let mark = one.property("isoutput").map_or("", |_| ".");
        (mark.to_owned() + one.property("variable").expect("a name"), one.data.clone())
    };
    set.map(pair).collect()
}

/// Whether Azure Pipelines has no way to carry a value in a secret variable.
pub fn is_too_much_for_azure(value: &str) -> bool {
    value.contains(['\n', '\r', '\0']) || agent::is_expanded(value)
}

/// What the runner reads from a command file.
pub fn read(azure: &Azure, file: &str) -> BTreeMap<String, String> {
    runner::pairs(&azure.folder().join(file)).expect("the runner takes the file")
}

/// What the CI system is told to hide.
pub fn masks(ran: &Ran) -> Vec<String> {
    let github = runner::commands(&ran.stdout).into_iter().filter(|one| one.name == "add-mask");
    let azure = agent::commands(&ran.stdout).into_iter().filter(|one| one.name == "task.setsecret");
    github.chain(azure).map(|one| one.data).collect()
}

/// Values that break one writer or reader or another.
pub fn hard_values() -> Vec<String> {
    let text = include_str!("../../cases/values.json");
    let mut values: Vec<String> = serde_json::from_str(text).expect("a list of texts");
    values.push("0123456789abcdefghijklmno\n".repeat(950));
    values
}

/// `v0`, `v1`, … to a place each.
pub fn exports(count: usize, to: impl Fn(usize) -> String) -> Vec<String> {
    let one = |number| ["--export".to_owned(), format!("v{number}={}", to(number))];
    (0..count).flat_map(one).collect()
}

pub fn fetch(program: Program, exports: &[String]) -> Ran {
    let args: Vec<&str> = exports.iter().map(String::as_str).collect();
    program.args(&["fetch"]).args(&args).run()
}
