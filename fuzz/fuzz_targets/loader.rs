//! Any bytes as a Secretfile: they load or are refused, every remark stands at a place of the text, and no remark
//! holds a given value or a credential.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secretzero::env::Env;
use secretzero::fuzzing::{LoadOptions, Place, Problem, Secretfile, load};

/// A part of every value that must not be shown; nothing else has it.
const SECRET: &str = "hunter2=Zq9xV7";

fuzz_target!(|bytes: &[u8]| {
    if bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
        return;
    }
    let lines = lines(bytes);
    match tried(bytes) {
        Ok(file) => places(&file).for_each(|at| assert_inside(at, &lines)),
        Err(problems) => {
            problems.iter().filter_map(|one| one.at).for_each(|at| assert_inside(at, &lines))
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = tried(around(text).as_bytes());
    }
});

/// Loads a file; what is said about it is silent.
fn tried(bytes: &[u8]) -> Result<Secretfile, Vec<Problem>> {
    let pairs = [("API_SECRET", SECRET), ("APP", "shop"), ("EMPTY", "")];
    let env = Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let options = LoadOptions {
        var_files: Vec::new(),
        vars: Vec::new(),
        env: &env,
        custom_cloud: None,
        partial: false,
        rehearsal: false,
    };
    match load("Secretfile.yml", bytes, &options) {
        Ok(file) => {
            file.notices.iter().for_each(assert_silent);
            assert!(!format!("{file:?}").contains(SECRET), "a value is shown by Debug");
            Ok(file)
        }
        Err(problems) => {
            assert!(!problems.list.is_empty(), "refused without a reason");
            problems.list.iter().for_each(assert_silent);
            Err(problems.list)
        }
    }
}

fn assert_silent(problem: &Problem) {
    let shown = problem.show("Secretfile.yml");
    assert!(!shown.contains(SECRET), "a value is shown: {shown}");
}

/// Every place that a loaded file names.
fn places(file: &Secretfile) -> impl Iterator<Item = Place> {
    let secrets = file.secrets.iter().flat_map(|secret| {
        std::iter::once(secret.at).chain(secret.targets.iter().map(|target| target.at))
    });
    secrets.chain(file.notices.iter().filter_map(|notice| notice.at))
}

/// The length of each line, in characters, by YAML's line ends.
fn lines(bytes: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    text.split(['\n', '\r']).map(|line| line.chars().count()).collect()
}

/// A place is at a character or right behind the last one of its line.
fn assert_inside(at: Place, lines: &[usize]) {
    let length = at.line.checked_sub(1).and_then(|line| lines.get(line));
    let is_inside = length.is_some_and(|length| (1..=length + 1).contains(&at.col));
    assert!(is_inside, "{}:{} is no place of a text with lines of {lines:?}", at.line, at.col);
}

/// A file in which the text is a part of given values and of credentials, and a pattern for them.
fn around(text: &str) -> String {
    let value = serde_json::json!(format!("{SECRET}{text}"));
    let pattern = serde_json::json!(text);
    format!(
        r#"
providers:
  azure:
    kind: azure
    vault_url: https://kv1.vault.azure.net
    auth: {{kind: service_principal, client_secret: {value}, certificate_password: {value}}}
secrets:
  - name: one
    kind: static
    config: {{default: {value}, validation: {pattern}}}
    targets: [{{provider: azure, kind: key_vault}}]
  - name: map
    kind: static
    config: {{value: {{a: {value}, b: [{value}, 1]}}}}
    targets: [{{provider: azure, kind: key_vault}}]
  - name: object
    kind: templates.object
templates:
  object:
    fields:
      a: {{generator: {{kind: static, config: {{default: {value}, validation: {pattern}}}}}}}
    targets: [{{provider: azure, kind: key_vault}}]
"#
    )
}
