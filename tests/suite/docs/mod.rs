//! README.md and `docs/`: every block of code is run or checked, and every link leads somewhere.
//!
//! What stands behind a block's fence says how. Some kinds are other people's to judge, and are checked by
//! `.ci/run`, too: pipelines against their schemas and Terraform (`tests/python/docs.py`), options of `az`
//! (`tests/python/docs_az.py`), queries (`tests/node/kusto.cjs`). What a reader of a page has when its commands
//! are run stands in `tests/cases/docs.yml`.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Program, repository};
use page::{Block, Page, page, pages};

mod mermaid;
mod page;
mod reader;
mod shell;

/// A block of a kind that is not listed here fails.
const KINDS: [&str; 13] = [
    "sh",
    "sh before",
    "text",
    "yaml Secretfile",
    "yaml github-workflow",
    "yaml github-steps",
    "yaml azure-pipeline",
    "yaml gitlab-ci",
    "yaml",
    "json role",
    "kusto",
    "hcl",
    "mermaid",
];

/// What commands of the pages start; `before` are those that the reader leaves behind.
const PROGRAMS: [&str; 9] =
    ["secretzero", "az", "gh", "git", "docker", "cargo", "export", "kubectl", "mkdir"];
const PROGRAMS_BEFORE: [&str; 4] = ["az", "openssl", "git", "secretzero"];

fn blocks() -> Vec<Block> {
    pages().iter().flat_map(Page::blocks).collect()
}

fn of_kind(kind: &str) -> Vec<Block> {
    let blocks: Vec<Block> = blocks().into_iter().filter(|block| block.kind == kind).collect();
    assert!(!blocks.is_empty(), "there are blocks of {kind}");
    blocks
}

#[test]
fn every_block_says_how_it_is_checked() {
    for block in blocks() {
        // The parts of a Secretfile are the schema's own examples: see `reference`.
        let is_part =
            block.kind.starts_with("yaml Secretfile/") && block.at.contains("secretfile.md");
        assert!(is_part || KINDS.contains(&block.kind.as_str()), "{}: {}", block.at, block.kind);
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let others = ["CHANGELOG.md", "SECURITY.md", ".github/CONTRIBUTING.md"];
    let others = others.iter().map(|path| page(Path::new(path)));
    for (from, (at, to)) in pages()
        .into_iter()
        .chain(others)
        .flat_map(|page| page.links().into_iter().map(move |link| (page.path.clone(), link)))
    {
        let (file, heading) = to.split_once('#').map_or((to.as_str(), None), |(f, h)| (f, Some(h)));
        let folder = Path::new(&from).parent().expect("a folder");
        let path = if file.is_empty() { from.clone().into() } else { folder.join(file) };
        assert!(repository().join(&path).exists(), "{at}: {to}");
        if let Some(heading) = heading {
            assert!(page(&path).anchors().contains(heading), "{at}: {to}");
        }
    }
}

#[test]
fn every_page_is_reached_from_the_index() {
    let index = page(Path::new("docs/README.md"));
    let linked: Vec<String> =
        index.links().into_iter().map(|(_, to)| format!("docs/{to}")).collect();
    for page in pages() {
        let is_index = page.path.ends_with("README.md");
        assert!(is_index || linked.contains(&page.path), "{}", page.path);
    }
}

#[test]
fn commands_do_what_the_pages_say() {
    let mut ran = 0;
    for page in pages() {
        ran += reader::Reader::of(&page.path).reads(&page);
    }
    assert!(ran > 20, "the commands are found: {ran}");
}

#[test]
fn every_secretfile_is_valid_and_is_rehearsed() {
    for block in of_kind("yaml Secretfile") {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("Secretfile.yml"), &block.text).expect("written");
        for args in
            [&["validate"][..], &["plan", "--local", "vaults"], &["sync", "--local", "vaults"]]
        {
            let program =
                reader::GIVEN.iter().fold(Program::new(folder.path()), |program, name| {
                    program.env(name, reader::VALUE)
                });
            let ran = program.args(args).run();
            assert_eq!(ran.code, 0, "{}: {args:?}: {}{}", block.at, ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn every_block_of_sh_is_such_and_starts_programs_that_are_known() {
    for block in blocks().iter().filter(|block| block.kind.starts_with("sh")) {
        let mut check = Command::new("sh");
        let status = check.args(["-n", "-c", &block.text]).stdin(Stdio::null()).status();
        assert!(status.expect("sh starts").success(), "{}", block.at);
        let known = if block.kind == "sh" { &PROGRAMS[..] } else { &PROGRAMS_BEFORE };
        for command in shell::commands(&block.text) {
            assert!(known.contains(&shell::program(&command)), "{}: {command}", block.at);
        }
    }
}

#[test]
fn steps_give_the_action_inputs_that_it_has() {
    let text = std::fs::read_to_string(repository().join("action.yml")).expect("readable");
    let action: Value = serde_yaml::from_str(&text).expect("YAML");
    let mut seen = 0;
    for block in blocks().iter().filter(|block| block.kind.starts_with("yaml github-")) {
        let yaml: Value = serde_yaml::from_str(&block.text).expect("YAML");
        let ours = |step: &&Value| {
            step["uses"].as_str().is_some_and(|uses| uses.starts_with("secretzero/secretzero@"))
        };
        for step in maps(&yaml).iter().filter(|map| ours(map)) {
            for (name, _) in step["with"].as_object().into_iter().flatten() {
                assert!(action["inputs"].get(name).is_some(), "{}: {name}", block.at);
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "steps are found");
}

/// All maps within.
fn maps(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) => std::iter::once(value).chain(map.values().flat_map(maps)).collect(),
        Value::Array(list) => list.iter().flat_map(maps).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn commands_and_options_that_the_text_names_are_there() {
    for (at, command) in pages().iter().flat_map(Page::named_commands) {
        let name = command.split_whitespace().next().unwrap_or_default();
        let is_name = name.bytes().all(|b| b.is_ascii_lowercase());
        if !is_name {
            continue;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let help = Program::new(folder.path()).args(&[name, "--help"]).run();
        assert_eq!(help.code, 0, "{at}: {command}");
        let options = command.split(' ').filter(|word| word.starts_with("--") && *word != "--help");
        for option in options {
            let option = option.split('=').next().unwrap_or_default();
            let has = help
                .stdout
                .split_whitespace()
                .any(|word| word.trim_end_matches([',', '.']) == option);
            assert!(has, "{at}: {option} of {name}");
        }
    }
}

#[test]
fn a_role_lists_actions_of_secrets_alone() {
    for block in of_kind("json role") {
        let role: Value = serde_json::from_str(&block.text).expect("JSON");
        assert_eq!(role["Actions"].as_array().map(Vec::len), Some(0), "{}", block.at);
        for action in role["DataActions"].as_array().expect("a list") {
            let action = action.as_str().expect("a text");
            let known = action.strip_prefix("Microsoft.KeyVault/vaults/secrets/");
            let verbs = ["readMetadata", "getSecret", "setSecret", "update", "recover", "purge"];
            let known = known.and_then(|rest| rest.strip_suffix("/action"));
            assert!(known.is_some_and(|verb| verbs.contains(&verb)), "{}: {action}", block.at);
        }
    }
}

#[test]
fn pictures_are_flowcharts() {
    for block in of_kind("mermaid") {
        assert_eq!(mermaid::problems(&block.text), [""; 0], "{}", block.at);
    }
}

#[test]
fn editors_find_the_schema_by_the_first_line() {
    for block in of_kind("yaml Secretfile").iter().chain(&of_kind("yaml")) {
        let Some(first) = block.text.lines().next().filter(|line| line.starts_with("# yaml-"))
        else {
            assert_ne!(block.kind, "yaml", "{}: what is it?", block.at);
            continue;
        };
        let address = first.strip_prefix("# yaml-language-server: $schema=");
        let path = address.and_then(|address| address.strip_prefix(RAW));
        let path = path.unwrap_or_else(|| panic!("{}: {first}", block.at));
        assert!(repository().join(path).is_file(), "{}: {path}", block.at);
    }
}

/// Where files of the repository can be read.
const RAW: &str = "https://raw.githubusercontent.com/secretzero/secretzero/main/";
