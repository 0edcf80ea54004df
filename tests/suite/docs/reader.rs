//! A reader who follows a page from top to bottom in a folder of their own, with the embedded vault as Azure.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde::Deserialize;
use serde_json::Value;

use super::page::{Block, Page};
use super::shell;
use crate::harness::{Azure, CLIENT_ID, Program, Ran, repository};

/// Variables that stand for given values; the job supplies them.
pub const GIVEN: [&str; 3] = ["SENDGRID_API_KEY", "DB_PASSWORD", "SESSION_KEY"];

/// What they are.
pub const VALUE: &str = "SG.of-the-reader";

/// What a reader has before the page's first command; `tests/cases/docs.yml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Before {
    /// The Secretfile, where the page shows none.
    secretfile: String,
    /// Files beside it, by path.
    files: BTreeMap<String, String>,
    /// VAULT/NAME: a value that somebody else made.
    held: BTreeMap<String, String>,
    /// Commands that end with another exit code than 0.
    exits: BTreeMap<String, i32>,
}

pub struct Reader {
    azure: Azure,
    before: Before,
    /// The Secretfile that the page showed last.
    secretfile: String,
    /// What `plan` printed last.
    digest: String,
    /// What the last command printed.
    said: String,
    /// How many commands were run.
    ran: usize,
}

impl Reader {
    /// Of the page with this path.
    pub fn of(path: &str) -> Self {
        let text = std::fs::read_to_string(repository().join("tests/cases/docs.yml"));
        let all: BTreeMap<String, Before> =
            serde_yaml::from_str(&text.expect("readable")).expect("YAML");
        let before = all.into_iter().find(|(page, _)| page == path).unwrap_or_default().1;
        let azure = Azure::start();
        let (secretfile, digest, said) = (before.secretfile.clone(), String::new(), String::new());
        let reader = Self { azure, before, secretfile, digest, said, ran: 0 };
        reader.prepare();
        reader
    }

    fn prepare(&self) {
        for (path, text) in &self.before.files {
            let path = self.azure.folder().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        for (place, value) in &self.before.held {
            let (vault, name) = place.split_once('/').expect("VAULT/NAME");
            let host = format!("{vault}.vault.azure.net");
            self.azure.control().put(&host, name, value, BTreeMap::new());
        }
    }

    /// How many commands were run.
    pub fn reads(mut self, page: &Page) -> usize {
        for block in page.blocks() {
            match block.kind.as_str() {
                "yaml Secretfile" => self.secretfile.clone_from(&block.text),
                "sh" => self.types(&block),
                "text" => self.compares(&block),
                "yaml azure-pipeline" => self.is_job(&block, &[("TF_BUILD", "True")]),
                "yaml gitlab-ci" => self.is_job(&block, &[("GITLAB_CI", "true")]),
                _ => {}
            }
        }
        self.ran
    }

    fn types(&mut self, block: &Block) {
        for command in shell::commands(&block.text) {
            // Elsewhere than in a job there is nobody to hand variables to.
            let is_fetch = command.starts_with("secretzero fetch");
            let job = is_fetch.then_some(("GITHUB_ACTIONS", "true"));
            self.does(&block.at, &command, job.as_slice());
        }
    }

    /// The scripts of a pipeline, in the environment of its system.
    fn is_job(&mut self, block: &Block, env: &[(&str, &str)]) {
        let yaml: Value = serde_yaml::from_str(&block.text).expect("YAML");
        for script in scripts(&yaml) {
            for command in shell::commands(script) {
                self.does(&block.at, &command, env);
            }
        }
    }

    /// What is not this program's is other people's, but for folders that it needs.
    fn does(&mut self, at: &str, command: &str, env: &[(&str, &str)]) {
        if let Some(words) = command.strip_prefix("secretzero ") {
            self.runs(at, words, env);
        } else if let Some(words) = command.strip_prefix("mkdir ") {
            let folder = words.split(' ').next_back().expect("a folder");
            std::fs::create_dir_all(self.azure.folder().join(folder)).expect("made");
        }
    }

    fn runs(&mut self, at: &str, words: &str, env: &[(&str, &str)]) {
        self.ran += 1;
        if let Some(words) = words.strip_suffix('&') {
            return self.serves(at, words);
        }
        // What the pipeline's system puts in before the shell sees it.
        let script = words.replace("$(Build.ArtifactStagingDirectory)/", "");
        let program = self.program(&format!("\"$@\" {script}"));
        let ran = env.iter().fold(program, |program, (name, text)| program.env(name, text)).run();
        let expected = self.before.exits.get(words).copied().unwrap_or(0);
        let Ran { code, stdout, stderr } = ran;
        assert_eq!(code, expected, "{at}: secretzero {words}\n{stdout}\n{stderr}");
        if let Some((_, digest)) = stdout.split_once("Plan digest: ") {
            self.digest = digest.trim().to_owned();
        }
        self.said = stdout;
    }

    /// A service goes on until somebody ends it.
    fn serves(&self, at: &str, words: &str) {
        let words = words.replace(":8443", ":0");
        let mut command = self.program(&format!("exec \"$@\" {words}")).into_command();
        let mut child: Child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut ready = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut ready).expect("it says where it is");
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        assert!(ready.contains("127.0.0.1:"), "{at}: {ready}");
    }

    fn program(&self, script: &str) -> Program {
        // Where the page shows none, it is what `init` wrote.
        let written = std::fs::read_to_string(self.azure.folder().join("Secretfile.yml"));
        let program = match (self.secretfile.as_str(), written) {
            ("", Err(_)) => Program::new(self.azure.folder()),
            ("", Ok(text)) => self.azure.program(&text),
            (text, _) => self.azure.program(text),
        };
        let program = program.env("DIGEST", &self.digest).env("AZURE_PLAN_CLIENT_ID", CLIENT_ID);
        let program = GIVEN.iter().fold(program, |program, name| program.env(name, VALUE));
        let program = ["GITHUB_ENV", "GITHUB_OUTPUT"].iter().fold(program, |program, name| {
            let path = self.azure.folder().join(name);
            std::fs::write(&path, "").expect("the runner makes the file");
            program.env(name, &path.display().to_string())
        });
        // A fetch hands values over: what it says is judged by the tests of `ci`.
        let program = if script.contains(" fetch ") { program.without_oracle() } else { program };
        program.by_shell(script)
    }

    /// What was said last is what the page shows, but for what stands for anything: `…`.
    fn compares(&self, block: &Block) {
        let pattern: Vec<String> = block.text.trim().split('…').map(escape).collect();
        let pattern = format!("^{}$", pattern.join("(?s:.*)"));
        let fits = regex_lite::Regex::new(&pattern).expect("a pattern").is_match(self.said.trim());
        assert!(fits, "{} is not what was said:\n{}", block.at, self.said);
    }
}

/// The texts below `script` and `bash`.
fn scripts(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match key.as_str() {
                "script" | "bash" => texts(value),
                _ => scripts(value),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(scripts).collect(),
        _ => Vec::new(),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .map(
            |c| {
                if c.is_alphanumeric() {
                    c.to_string()
                } else {
                    format!("\\x{{{:x}}}", u32::from(c))
                }
            },
        )
        .collect()
}
