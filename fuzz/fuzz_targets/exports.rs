//! Any `--export` arguments, a line each: names that come out are fit for every platform, no two fall together,
//! and what is shown of each, given again, asks for the same.

#![no_main]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use secretzero::env::Env;
use secretzero::fuzzing::{Export, LoadOptions, Secretfile, Sink, Wanted, line, load, wanted};

static FILE: OnceLock<Secretfile> = OnceLock::new();

fuzz_target!(|text: &str| {
    let file = FILE.get_or_init(file);
    let exports: Vec<Export> =
        text.split('\n').take(8).filter_map(|spec| Export::parse(spec).ok()).collect();
    for export in &exports {
        for one in wanted(file, std::slice::from_ref(export)).unwrap_or_default() {
            assert_fit(&one.sink);
            asked_again(file, &one);
        }
    }
    match wanted(file, &exports) {
        Ok(all) => assert_apart(&all),
        Err(error) => assert!(!error.to_string().contains("::"), "a command: {error}"),
    }
});

fn assert_fit(sink: &Sink) {
    match sink {
        Sink::Environment(name) => {
            let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            assert!(name.chars().all(is_part), "{name}");
            assert!(!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()), "{name}");
            let starts = ["LD_", "GITHUB_", "RUNNER_", "PYTHON"];
            assert!(!starts.iter().any(|start| name.starts_with(start)), "{name}");
            assert!(!["PATH", "NODE_OPTIONS", "BASH_ENV"].contains(&name.as_str()), "{name}");
        }
        Sink::Output(name) => {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            assert!(!name.is_empty() && name.chars().all(is_part), "{name}");
        }
        Sink::File(path) => assert!(!path.as_os_str().is_empty(), "a file without a name"),
    }
}

/// The form that a report shows names the same secret, field, version and place.
fn asked_again(file: &Secretfile, one: &Wanted) {
    if let Sink::File(path) = &one.sink {
        // Shown to people without what would harm their terminal.
        let path = path.display().to_string();
        if line(&path) != path || path.contains('*') {
            return;
        }
    }
    let mut spec = file.secrets[one.secret].name.clone();
    one.field.iter().for_each(|field| spec.extend([".", field]));
    one.version.iter().for_each(|version| spec.extend(["@", version.as_str()]));
    spec.push_str(if one.is_optional { "?=" } else { "=" });
    spec.push_str(&one.sink.show());
    let export = Export::parse(&spec).unwrap_or_else(|why| panic!("{spec:?}: {why}"));
    let again = wanted(file, &[export]).unwrap_or_else(|why| panic!("{spec:?}: {why}"));
    assert_eq!(again, std::slice::from_ref(one), "{spec:?}");
}

/// No variable, no output and no file gets two values.
fn assert_apart(all: &[Wanted]) {
    let form = |sink: &Sink| match sink {
        Sink::Environment(name) => format!("e{name}"),
        Sink::Output(name) => format!("o{}", name.to_ascii_uppercase().replace('-', "_")),
        Sink::File(path) => format!("f{}", path.display()),
    };
    let forms: BTreeSet<String> = all.iter().map(|one| form(&one.sink)).collect();
    assert_eq!(forms.len(), all.len(), "two values on one name");
}

fn file() -> Secretfile {
    let env = Env::new([]);
    let options = LoadOptions {
        var_files: Vec::new(),
        vars: Vec::new(),
        env: &env,
        custom_cloud: None,
        partial: false,
        rehearsal: false,
    };
    load("Secretfile.yml", TEXT.as_bytes(), &options).unwrap_or_else(|why| panic!("{why}"))
}

/// Names that are the start of others, with dots and blanks, and a template.
const TEXT: &str = "
providers: {azure: {kind: azure, vault_url: 'https://kv1.vault.azure.net'}}
secrets:
  - {name: db, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: shop-a, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: shop-b, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: a, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: a.b, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: my key, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: object, kind: templates.object}
templates:
  object:
    fields:
      user: {generator: {kind: static, config: {default: app}}}
      pass.word: {generator: {kind: random_password}}
    targets: [{provider: azure, kind: key_vault}]
";
