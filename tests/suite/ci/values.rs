//! `fetch`: values reach the next steps unchanged and hidden, or are refused.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::step::{
    exports, fetch, file, hard_values, is_too_much_for_azure, masks, on_azure, on_github, read,
    variables, with_values,
};
use super::{agent, lines};
use crate::harness::{A, Azure, B, MINTED};

/// The forms of a value in which a log must not hold it.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), hex::encode(value), URL_SAFE_NO_PAD.encode(value)];
    for skip in 0..3 {
        forms.extend(value.as_bytes().get(skip..).map(|rest| STANDARD.encode(rest)));
    }
    forms.extend(value.split(['\n', '\r']).map(|line| line.trim().to_owned()));
    forms.into_iter().filter(|form| form.chars().count() >= 4).collect()
}

/// What the runner hides once these commands were read.
fn hide(text: &str, masks: &[String]) -> String {
    masks.iter().fold(text.to_owned(), |text, mask| text.replace(mask.as_str(), "***"))
}

#[test]
fn github_gets_every_value_byte_for_byte_as_variable_output_and_file() {
    let values = hard_values();
    let azure = with_values(&values);
    let count = values.len();
    let program = on_github(&azure, &file(count));
    let mut all = exports(count, |number| format!("env:my-{number}"));
    all.extend(exports(count, |number| format!("output:my-{number}")));
    all.extend(exports(count, |number| format!("file:my-{number}")));
    let ran = fetch(program, &all).expect(0);
    let (environment, outputs) = (read(&azure, "env"), read(&azure, "output"));
    assert_eq!((environment.len(), outputs.len()), (count, count));
    for (number, value) in values.iter().enumerate() {
        assert_eq!(&environment[&format!("MY_{number}")], value);
        assert_eq!(&outputs[&format!("my-{number}")], value);
        let path = azure.folder().join(format!("my-{number}"));
        assert_eq!(&std::fs::read_to_string(&path).expect("a file"), value);
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    let masks = masks(&ran);
    for value in &values {
        for form in forms(value).into_iter().chain([value.clone()]) {
            for line in lines(&form).iter().filter(|line| line.trim().chars().count() >= 4) {
                let shown = hide(line, &masks);
                assert!(!shown.contains(line.trim()), "{line:?} is not hidden");
            }
        }
    }
    assert_eq!(hide("{ \"a\": true },", &masks), "{ \"a\": true },");
}

#[test]
fn a_run_that_cannot_fetch_all_hands_over_nothing() {
    let azure = with_values(&["a value".to_owned()]);
    let program = on_github(&azure, &file(2));
    let all = exports(2, |number| format!("env:V{number}"));
    let ran = fetch(program, &all).expect(3);
    assert_eq!((read(&azure, "env").len(), masks(&ran).len()), (0, 0));
    assert!(ran.stdout.contains("no vault has it"), "{}", ran.stdout);
    let optional = ["--export", "v0=env:V0", "--export", "v1?=env:V1"].map(str::to_owned);
    fetch(on_github(&azure, &file(2)), &optional).expect(0);
    assert_eq!(read(&azure, "env"), BTreeMap::from([("V0".into(), "a value".into())]));
}

#[test]
fn a_value_that_nobody_hides_is_not_handed_over() {
    let azure = with_values(&["a value".to_owned()]);
    let program = on_github(&azure, &file(1)).args(&["fetch"]);
    let program = program.args(&["--export", "v0=env:V0", "--export", "v0=file:v0"]);
    let ran = program.run_unread().expect(3);
    assert!(ran.stderr.contains("could not be written"), "{}", ran.stderr);
    assert!(read(&azure, "env").is_empty() && !azure.folder().join("v0").exists());
}

#[test]
fn azure_carries_one_line_values_and_refuses_the_rest_with_the_way_that_works() {
    for value in hard_values() {
        let azure = with_values(std::slice::from_ref(&value));
        for (to, name) in [("env:MY-VALUE", "MY_VALUE"), ("output:my-value", ".my_value")] {
            let ran = fetch(on_azure(&azure, &file(1)), &exports(1, |_| to.to_owned()));
            let commands = agent::commands(&ran.stdout);
            if is_too_much_for_azure(&value) {
                assert!(ran.code == 3 && variables(&commands).is_empty(), "{value:?}");
                assert!(ran.stderr.contains("--export NAME=file:PATH"), "{}", ran.stderr);
                continue;
            }
            let expected = BTreeMap::from([(name.to_owned(), value.clone())]);
            assert_eq!(variables(&commands), expected, "{}", ran.stderr);
            let first = commands.iter().position(|one| one.name == "task.setvariable");
            let last = commands.iter().rposition(|one| one.name == "task.setsecret");
            assert!(last < first, "masks come first");
        }
    }
}

#[test]
fn an_agent_that_decodes_no_percent_signs_gets_no_value_that_it_would_change() {
    let (mut carried, mut refused) = (0, 0);
    for value in hard_values().into_iter().filter(|value| !is_too_much_for_azure(value)) {
        let azure = with_values(std::slice::from_ref(&value));
        let program = on_azure(&azure, &file(1)).env("DECODE_PERCENTS", "false");
        let ran = fetch(program, &exports(1, |_| "env:X".to_owned()));
        let set = variables(&agent::commands_without_percents(&ran.stdout));
        match set.get("X") {
            Some(arrived) => assert_eq!(arrived, &value),
            None => assert!(ran.stderr.contains("--export NAME=file:PATH"), "{}", ran.stderr),
        }
        carried += set.len();
        refused += usize::from(set.is_empty());
    }
    assert!(carried > 5 && refused > 0, "{carried} {refused}");
}

#[test]
fn a_zero_byte_travels_in_a_file_alone() {
    let azure = with_values(&["a\0zero byte".to_owned()]);
    for program in [on_github(&azure, &file(1)), on_azure(&azure, &file(1))] {
        let ran = fetch(program, &exports(1, |_| "env:X".to_owned())).expect(3);
        assert!(ran.stderr.contains("--export NAME=file:PATH"), "{}", ran.stderr);
    }
    fetch(on_github(&azure, &file(1)), &exports(1, |_| "file:x".to_owned())).expect(0);
    assert_eq!(std::fs::read(azure.folder().join("x")).expect("a file"), b"a\0zero byte");
}

#[test]
fn a_json_secret_leaves_braces_words_and_numbers_readable_in_the_log() {
    let json = "{\n  \"user\": \"someone-else\",\n  \"port\": 5432,\n  \"tls\": true,\n  \"ids\": [\n    1234\n  ]\n}";
    let azure = with_values(&[json.to_owned()]);
    for program in [on_github(&azure, &file(1)), on_azure(&azure, &file(1))] {
        let masks = masks(&fetch(program, &exports(1, |_| "file:json".to_owned())).expect(0));
        assert_eq!(hide("the user is someone-else", &masks), "the user is ***");
        let log = "{ \"a\": [true, false, null, 5432] }, someone user port";
        assert_eq!(hide(log, &masks), log);
        std::fs::remove_file(azure.folder().join("json")).expect("removed");
    }
}

#[test]
fn gitlab_and_plain_runs_get_files_alone() {
    let azure = with_values(&["a value of ours".to_owned()]);
    for name in ["GITLAB_CI", "CI"] {
        for to in ["env:X", "output:x"] {
            let program = azure.program(&file(1)).env(name, "true");
            let ran = fetch(program, &exports(1, |_| to.to_owned())).expect(3);
            assert!(ran.stderr.contains("file:PATH"), "{}", ran.stderr);
        }
        let program = azure.program(&file(1)).env(name, "true");
        fetch(program, &exports(1, |_| format!("file:{name}.txt"))).expect(0);
        let path = azure.folder().join(format!("{name}.txt"));
        assert_eq!(std::fs::read_to_string(path).expect("a file"), "a value of ours");
    }
}

#[test]
fn an_action_exports_what_its_input_says() {
    let azure = with_values(&["a value".to_owned()]);
    let program = on_github(&azure, &file(1)).env("INPUT_COMMAND", "fetch");
    let program = program.env("INPUT_EXPORT", "v0=env:V0\n  v0=output:v-0\n");
    program.env("INPUT_FAIL-ON", "failed").args(&["--from-action"]).run().expect(0);
    assert_eq!(read(&azure, "env")["V0"], "a value");
    assert_eq!(read(&azure, "output")["v-0"], "a value");
}

#[test]
fn a_pattern_exports_every_name_that_fits() {
    let azure = with_values(&["zero".to_owned(), "one".to_owned()]);
    let pattern = ["--export", "v*=env:SHOP_*"].map(str::to_owned);
    fetch(on_github(&azure, &file(3)), &pattern).expect(0);
    let expected = [("SHOP_V0", "zero"), ("SHOP_V1", "one")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(read(&azure, "env"), BTreeMap::from(expected));
}

#[test]
fn dangerous_names_and_names_that_fall_together_are_refused_before_any_request() {
    let azure = with_values(&[]);
    for (exports, part) in [
        (["v0=env:PATH", "v1=env:X"], "would change what other programs do"),
        (["v0=env:LD_PRELOAD", "v1=env:X"], "would change what other programs do"),
        (["v0=env:a-b", "v1=env:A_B"], "would both go to `env:A_B`"),
        (["v0=output:a", "v1=output:A"], "would both go to"),
        (["v0=file:new", "v1=file:./old/../new"], "would both go to `file:./old/../new`"),
        (["v0=file:Secretfile.yml", "v1=env:X"], "is there already"),
        (["v9=env:X", "v1=env:Y"], "has no secret `v9`"),
    ] {
        let exports = exports.iter().flat_map(|one| ["--export".to_owned(), (*one).to_owned()]);
        let ran = fetch(on_github(&azure, &file(2)), &exports.collect::<Vec<_>>()).expect(3);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    for to in ["env:secret-db", "output:path-of-it", "env:Endpoint"] {
        let ran = fetch(on_azure(&azure, &file(1)), &exports(1, |_| to.to_owned())).expect(3);
        assert!(ran.stderr.contains("to itself"), "{}", ran.stderr);
    }
    assert!(azure.control().requests().is_empty());
}

#[test]
fn variables_with_which_no_later_step_could_be_started_are_refused_and_files_are_not() {
    let values: Vec<String> = (0..45).map(|number| format!("{number:25000}")).collect();
    let azure = with_values(&values);
    let ran = fetch(on_github(&azure, &file(45)), &exports(45, |number| format!("env:V{number}")));
    assert!(ran.expect(3).stderr.contains("write some to files: --export NAME=file:PATH"));
    assert!(read(&azure, "env").is_empty());
    fetch(on_github(&azure, &file(45)), &exports(45, |number| format!("file:v{number}"))).expect(0);
}

#[test]
fn a_link_in_the_checkout_is_not_followed() {
    let azure = with_values(&["a value".to_owned()]);
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path(), azure.folder().join("out")).expect("linked");
    let whole = azure.folder().canonicalize().expect("there").join("out/key");
    for path in ["out/key".to_owned(), whole.display().to_string()] {
        let ran = fetch(on_github(&azure, &file(1)), &exports(1, |_| format!("file:{path}")));
        assert!(ran.expect(3).stderr.contains("links are not followed"));
        assert!(!elsewhere.path().join("key").exists());
    }
}

#[test]
fn the_owner_of_a_file_can_read_it_whatever_the_process_takes_from_new_files() {
    let azure = with_values(&["a value".to_owned()]);
    let program = on_github(&azure, &file(1)).args(&["fetch", "--export", "v0=file:v0"]);
    program.by_shell("umask 0777; exec \"$@\"").run().expect(0);
    let about = std::fs::metadata(azure.folder().join("v0")).expect("a file");
    assert_eq!(about.permissions().mode() & 0o7777, 0o600);
}

/// A template with a literal beside a minted field.
const TEMPLATE: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: db.example.net}}}
      password: {generator: {kind: random_password, config: {length: 24}}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

#[test]
fn a_field_is_handed_over_alone_and_what_the_file_says_itself_is_not_hidden() {
    let azure = Azure::start();
    azure.program(TEMPLATE).args(&["sync"]).run().expect(0);
    let value: serde_json::Value = serde_json::from_str(&azure.value(A, "db")).expect("JSON");
    let args = ["db=env:DB", "db.password=env:PASSWORD", "db.host=env:HOST_NAME"];
    let args: Vec<String> =
        args.iter().flat_map(|one| ["--export", one]).map(str::to_owned).collect();
    let ran = fetch(on_github(&azure, TEMPLATE), &args).expect(0);
    let environment = read(&azure, "env");
    assert_eq!(environment["PASSWORD"], value["password"].as_str().expect("a text"));
    assert_eq!(
        (environment["HOST_NAME"].as_str(), &environment["DB"]),
        ("db.example.net", &azure.value(A, "db"))
    );
    let masks = masks(&ran);
    assert!(masks.contains(&environment["PASSWORD"]));
    assert_eq!(hide("db.example.net {", &masks), "db.example.net {");
}

#[test]
fn an_older_version_and_another_vault_can_be_asked_for() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(std::time::Duration::from_secs(60));
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    let old = azure.versions(B, "db")[0].clone();
    let export = format!("db@{}=env:OLD", old.id);
    fetch(on_github(&azure, MINTED), &["--export".to_owned(), export]).expect(0);
    assert_eq!(read(&azure, "env")["OLD"], old.value);
    assert_ne!(azure.value(B, "db"), old.value);
}

#[test]
fn a_container_without_the_file_of_variables_is_told_so_before_any_request() {
    let azure = with_values(&[]);
    let program = azure.program(&file(1)).env("GITHUB_ACTIONS", "true");
    let ran = fetch(program, &exports(1, |_| "env:X".to_owned())).expect(3);
    assert!(ran.stderr.contains("docker run -e GITHUB_ENV"), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty());
}
