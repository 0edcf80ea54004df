//! No value, token or credential leaves by accident.

use crate::harness::{A, Azure, B, CLIENT_SECRET, Ran};
use crate::oracle::forms;

const FILE: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: password
    kind: random_password
    targets: &both
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
  - name: token
    kind: random_string
    config: {charset: hex, length: 40}
    targets: *both
  - name: given
    kind: static
    config: {default: '${API_KEY}', validation: '[a-z/+ -]+'}
    targets: *both
  - name: db
    kind: templates.db
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: db.example.net}}}
      password: {generator: {kind: random_password, config: {length: 24}}}
    targets: *both
";

const GIVEN: &str = "given value/with+specials";

/// Runs with reports in every form; what they say counts as said.
fn run_with_reports(azure: &Azure, given: &str, args: &[&str]) -> Ran {
    let files = ["out.html", "out.md", "out.json"];
    let program = azure.program(FILE).env("API_KEY", given).args(args);
    let program = files.iter().fold(program, |program, file| program.args(&["--report", file]));
    let mut ran = program.run();
    for file in files {
        let text = std::fs::read_to_string(azure.folder().join(file)).expect("the report is there");
        assert!(text.contains("password"), "{text}");
        ran.stdout.push_str(&text);
    }
    ran
}

#[track_caller]
fn assert_silent(ran: &Ran, values: &[String], place: &str) {
    for value in values {
        for form in forms(value) {
            for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
                assert!(!text.contains(&form), "{place}: {name} holds a value: {text}");
            }
        }
    }
}

/// Every value in the vaults, whole and by field, and the credential.
fn values(azure: &Azure) -> Vec<String> {
    let mut values = vec![CLIENT_SECRET.to_owned(), GIVEN.to_owned()];
    for vault in [A, B] {
        for name in azure.control().names(vault) {
            for version in azure.versions(vault, &name) {
                if let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(&version.value)
                {
                    let texts = fields.values().filter_map(|value| value.as_str());
                    values.extend(texts.map(str::to_owned));
                }
                values.push(version.value);
            }
        }
    }
    values.extend(azure.control().tokens());
    values
}

#[test]
fn no_command_prints_a_value_a_token_or_a_credential_with_the_most_verbose_logs() {
    let azure = Azure::start();
    let mut said = Vec::new();
    let commands: [&[&str]; 16] = [
        &["validate", "-vv"],
        &["plan", "-vv"],
        &["plan", "-vv", "--format", "json"],
        &["sync", "-vv"],
        &["sync", "-vv", "--format", "json"],
        &["rotate", "-vv", "--all"],
        &["sync", "-vv", "--dry-run"],
        &["sync", "-vv", "-s", "nobody"],
        &["rotate", "-vv", "given"],
        &["status", "-vv", "--versions"],
        &["status", "-vv", "--versions", "--format", "json"],
        &["doctor", "-vv"],
        &["doctor", "-vv", "--write-probe", "--format", "json"],
        &["delete", "-vv", "db"],
        &["delete", "-vv", "db", "given", "--keep-deleted", "--yes"],
        &["recover", "-vv", "db", "given", "--format", "json"],
    ];
    for args in commands {
        let program = azure.program(FILE).env("API_KEY", GIVEN).env("RUST_LOG", "trace");
        said.push((args, program.args(args).run()));
    }
    let changed =
        azure.program(FILE).env("API_KEY", "another given value").env("RUST_LOG", "trace");
    said.push((&["update"], changed.args(&["sync", "-vv"]).run().expect(0)));
    let refused = azure.program(FILE).env("API_KEY", "Not as VALIDATED 123").args(&["sync", "-vv"]);
    let refused = refused.run().expect(3);
    assert_silent(&refused, &["Not as VALIDATED 123".to_owned()], "validation");
    let values = values(&azure);
    assert!(values.len() > 10, "the vaults hold values");
    for (args, ran) in &said {
        assert_silent(ran, &values, &args.join(" "));
    }
}

#[test]
fn a_failure_of_every_request_prints_no_value() {
    let azure = Azure::start();
    azure.program(FILE).env("API_KEY", GIVEN).args(&["sync"]).run().expect(0);
    let values = values(&azure);
    for status in [400, 401, 403, 404, 409, 500] {
        azure.control().on_request(std::sync::Arc::new(move |request| {
            (request.method == "PUT").then(|| secretzero::emulator::Fault::Answer {
                status,
                headers: Vec::new(),
                body: format!(r#"{{"error":{{"code":"Bad","message":"{status}"}}}}"#),
            })
        }));
        let program =
            azure.program(FILE).env("API_KEY", "another").args(&["rotate", "--all", "-vv"]);
        let ran = program.run();
        assert_ne!(ran.code, 0);
        assert_silent(&ran, &values, &status.to_string());
    }
}

/// Its length and digests would help to guess it.
#[test]
fn a_report_in_a_file_holds_no_value_no_length_and_no_digest_of_one() {
    let azure = Azure::start();
    let mut said = Vec::new();
    let commands: [&[&str]; 4] =
        [&["plan"], &["sync"], &["rotate", "--all"], &["sync", "--dry-run"]];
    for args in commands {
        said.push((args, run_with_reports(&azure, GIVEN, args)));
    }
    said.push((&["update"], run_with_reports(&azure, "another given value", &["sync"])));
    let control = azure.control();
    control.on_request(std::sync::Arc::new(|request| {
        (request.method == "PUT").then(|| secretzero::emulator::Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no | `x` <b>"}}"#.to_owned(),
        })
    }));
    said.push((&["refused"], run_with_reports(&azure, GIVEN, &["rotate", "--all"])));
    let mut values = values(&azure);
    let digests: Vec<String> = values.iter().map(|value| sha256(value)).collect();
    values.extend(digests);
    for (args, ran) in &said {
        assert_silent(ran, &values, &args.join(" "));
        assert!(!ran.stdout.contains("length"), "{}", ran.stdout);
    }
}

fn sha256(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}
