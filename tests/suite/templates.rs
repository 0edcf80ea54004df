//! Templates: one JSON object, fields that are stored alone, or both.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::harness::{A, Azure, B};

/// A given field and a minted one, each a secret of its own, in this order.
fn fields_alone(names: [&str; 2]) -> String {
    let field = |name: &str| {
        let generator = match name {
            "host" => "{kind: static, config: {default: '${HOST}'}}",
            _ => "{kind: random_password}",
        };
        let target = format!(
            "{{provider: azure, kind: key_vault, config: {{vault_url: 'https://{A}', secret_name: {name}}}}}"
        );
        format!("      {name}: {{generator: {generator}, targets: [{target}]}}\n")
    };
    let head = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
";
    format!("{head}{}{}", field(names[0]), field(names[1]))
}

#[test]
fn a_given_field_that_is_stored_alone_is_updated_and_the_minted_one_beside_it_stays() {
    for names in [["host", "password"], ["password", "host"]] {
        let azure = Azure::start();
        let file = fields_alone(names);
        azure.program(&file).env("HOST", "one").args(&["sync"]).run().expect(0);
        let password = azure.value(A, "password");
        azure.program(&file).env("HOST", "two").args(&["sync"]).run().expect(0);
        assert_eq!(azure.value(A, "host"), "two", "{names:?}");
        assert_eq!(azure.value(A, "password"), password, "{names:?}");
    }
}

#[test]
fn a_rotation_keeps_a_field_that_is_stored_alone_and_not_supplied() {
    let azure = Azure::start();
    let file = fields_alone(["password", "host"]);
    azure.program(&file).env("HOST", "one").args(&["sync"]).run().expect(0);
    let password = azure.value(A, "password");
    azure.program(&file).args(&["rotate", "db"]).run().expect(0);
    assert_eq!(azure.value(A, "host"), "one");
    assert_ne!(azure.value(A, "password"), password);
}

/// A template as one object, with its password stored alone beside it.
const WHOLE_AND_FIELD: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: h}}}
      password:
        generator: {kind: random_password}
        targets:
          - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net', secret_name: password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

#[test]
fn a_field_that_somebody_else_made_becomes_part_of_the_whole() {
    let azure = Azure::start();
    azure.control().put(A, "password", "by hand", BTreeMap::new());
    azure.program(WHOLE_AND_FIELD).args(&["sync"]).run().expect(0);
    assert_eq!(azure.value(A, "password"), "by hand");
    assert_eq!(azure.value(A, "db"), r#"{"host":"h","password":"by hand"}"#);
}

#[test]
fn a_whole_that_somebody_changed_is_not_taken_for_ours_because_one_field_is_equal() {
    let azure = Azure::start();
    azure.program(WHOLE_AND_FIELD).args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(3_600));
    let theirs = azure.value(A, "db").replace(r#""h","#, r#""h","more":1,"#);
    azure.control().put(A, "db", &theirs, BTreeMap::new());
    let ran = azure.program(WHOLE_AND_FIELD).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["failed", "unchanged"]);
    assert_eq!(azure.value(A, "db"), theirs);
}

#[test]
fn different_values_of_one_field_are_a_conflict_behind_another_field_too() {
    let azure = Azure::start();
    let also = "{provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}";
    let file = fields_alone(["host", "password"])
        .replace("password}}]", &format!("password}}}}, {also}]"));
    azure.control().put(A, "host", "h", BTreeMap::new());
    azure.control().put(A, "password", "one", BTreeMap::new());
    azure.control().put(B, "db", "a value of theirs", BTreeMap::new());
    azure.program(&file).args(&["sync"]).run().expect(8);
    assert!(azure.versions(A, "password")[0].tags.is_empty());
}

/// A template as one object whose host is not always supplied.
const MIXED: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: '${HOST}'}}}
      password: {generator: {kind: random_password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

#[test]
fn rotating_what_somebody_wrote_over_keeps_the_fields_that_are_not_supplied() {
    let azure = Azure::start();
    azure.program(MIXED).env("HOST", "h").args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(3_600));
    azure.control().put(A, "db", "not ours", BTreeMap::new());
    let ran = azure.program(MIXED).args(&["rotate", "db", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["rotated"]);
    assert!(azure.value(A, "db").starts_with(r#"{"host":"h","password":"#));
}

#[test]
fn an_entry_that_becomes_a_template_of_given_fields_is_updated() {
    let azure = Azure::start();
    let text = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: static
    config: {default: text}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";
    azure.program(text).args(&["sync"]).run().expect(0);
    let program = azure.program(MIXED).env("HOST", "h").args(&["sync", "--format", "json"]);
    assert_eq!(program.run().expect(0).actions(), ["updated"]);
    assert!(azure.value(A, "db").starts_with(r#"{"host":"h","password":"#));
}

#[test]
fn a_field_that_was_taken_out_of_the_file_goes_although_nothing_is_supplied() {
    for with_hand in [false, true] {
        let azure = Azure::start();
        let with = MIXED.replace(
            "      password",
            "      port: {generator: {kind: static, config: {default: '${PORT}'}}}\n      password",
        );
        if with_hand {
            azure.control().put(
                A,
                "db",
                r#"{"host":"h","port":"1","password":"p"}"#,
                BTreeMap::new(),
            );
        }
        let program = azure.program(&with).env("HOST", "h").env("PORT", "1");
        program.args(&["sync"]).run().expect(0);
        azure.clock.wait(Duration::from_secs(60));
        let sync = || azure.program(MIXED).args(&["sync", "--format", "json"]).run().expect(0);
        assert_eq!(sync().actions(), ["updated"], "{with_hand}");
        assert!(!azure.value(A, "db").contains("port"));
        let again = sync();
        assert_eq!(again.actions(), ["unchanged"]);
        assert!(!again.stdout.contains("options changed"), "{}", again.stdout);
    }
}
