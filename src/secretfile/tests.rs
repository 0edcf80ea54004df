//! The promises of [`load`](super::load), on files that people can read.

use std::path::PathBuf;

use super::*;

mod bad;
mod properties;

/// The folder of the cases.
fn cases() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/secretfiles")
}

/// An environment of these variables.
fn env(pairs: &[(&str, &str)]) -> Env {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Env::new(pairs.iter().map(owned))
}

/// Options without variables, for an environment.
fn options(env: &Env) -> LoadOptions<'_> {
    LoadOptions {
        var_files: Vec::new(),
        vars: Vec::new(),
        env,
        custom_cloud: None,
        partial: false,
        rehearsal: false,
    }
}

fn valid(name: &str, pairs: &[(&str, &str)]) -> Secretfile {
    let bytes = std::fs::read(cases().join("valid").join(name)).expect("a case");
    let env = env(pairs);
    load(name, &bytes, &options(&env)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A secret of one part and one target, whose other lines are these.
fn one_secret(lines: &str, pairs: &[(&str, &str)]) -> Secretfile {
    let text = format!(
        "providers: {{azure: {{kind: azure, vault_url: 'https://kv1.vault.azure.net'}}}}\nsecrets:\n- \
         name: db\n  targets: [{{provider: azure, kind: key_vault}}]\n  {lines}\n"
    );
    let env = env(pairs);
    load("Secretfile.yml", text.as_bytes(), &options(&env)).unwrap_or_else(|p| panic!("{p}"))
}

fn targets(file: &Secretfile) -> Vec<String> {
    let targets = file.secrets.iter().flat_map(|secret| &secret.targets);
    targets.map(ToString::to_string).collect()
}

/// What a part stores, for tests.
fn text(part: &Part) -> &str {
    match part {
        Part::Given(Given { supply: Supply::Supplied(value) | Supply::Default(value), .. }) => {
            value.text.expose()
        }
        Part::Given(Given { supply: Supply::Missing(_), .. }) => "(missing)",
        Part::Minted(_) => "(minted)",
    }
}

/// How a secret's value is minted, in the generator's own line.
fn minted(secret: &Secret) -> String {
    match secret.parts().next() {
        Some(Part::Minted(generator)) => generator.definition(),
        _ => "(given)".to_owned(),
    }
}

fn single(secret: &Secret) -> &str {
    match &secret.content {
        Content::Single(part) => text(part),
        Content::Object(_) => "(object)",
    }
}

/// What a target of the whole content gets.
fn json_of(secret: &Secret) -> String {
    let made = crate::content::Holding::make(secret, None, true, false).expect("minted");
    made.of_target(secret, None).expect("small enough").expose().to_owned()
}

#[test]
fn a_file_with_one_password_loads() {
    let file = valid("one_password.yml", &[]);
    assert_eq!(targets(&file), ["shop-prod-kv/db-password"]);
    let [secret] = file.secrets.as_slice() else {
        panic!("one secret");
    };
    assert_eq!(secret.name, "db_password");
    assert!(secret.is_minted() && !secret.is_given() && !secret.one_time);
    assert_eq!(secret.rotation_period, Some(SignedDuration::from_hours(90 * 24)));
    assert!(minted(secret).starts_with("random_password 32 upper="));
    assert!(minted(secret).contains("special="));
    assert_eq!(file.providers[0].auth.kind, AuthKind::Default);
    assert_eq!((file.scope, file.notices), (None, Vec::new()));
}

#[test]
fn a_file_with_two_environments_and_a_shared_secret_loads() {
    let file = valid(
        "production_and_staging.yml",
        &[
            ("AZURE_TENANT_ID", "contoso.example"),
            ("AZURE_CLIENT_ID", "id-1"),
            ("AZURE_CLIENT_SECRET", "hunter2"),
        ],
    );
    assert_eq!(
        targets(&file),
        [
            "shop-prod-kv/db-password",
            "shop-stage-kv/db-password",
            "shop-prod-kv/shared-signing-key",
            "shop-stage-kv/shared-signing-key",
        ]
    );
    let auth = &file.providers[0].auth;
    assert_eq!(auth.kind, AuthKind::ServicePrincipal);
    assert_eq!(auth.tenant_id.as_deref(), Some("contoso.example"));
    let secret = auth.client_secret.as_ref().expect("a secret");
    assert_eq!(secret.expose(), "hunter2");
    let options: Vec<_> = file.secrets.iter().map(|s| &s.targets[0].options).collect();
    assert_eq!(options[0].expires, Some(Expires::AfterDue));
    assert_eq!(options[0].tags["tier"], "production");
    assert_eq!(options[2].expires, None, "it never rotates");
    assert!(file.secrets[2].one_time);
    assert_eq!(minted(&file.secrets[2]), "random_string 64 hex");
    let providers: Vec<_> = file.secrets[2].targets.iter().map(|t| t.provider).collect();
    assert_eq!(providers, [0, 1]);
    assert_eq!(file.secrets[2].targets[1].options.tags["shared"], "yes");
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn a_file_with_managed_identities_loads() {
    let file = valid("managed_identity.yml", &[]);
    assert_eq!(targets(&file), ["app-kv/api-key", "app-kv/session-key"]);
    let ids: Vec<_> = file.providers.iter().map(|p| p.auth.client_id.as_deref()).collect();
    assert_eq!(ids, [None, Some("11111111-2222-3333-4444-555555555555")]);
    assert!(file.providers.iter().all(|p| p.auth.kind == AuthKind::ManagedIdentity));
    let providers: Vec<_> = file.secrets.iter().map(|s| s.targets[0].provider).collect();
    assert_eq!(providers, [0, 1]);
    let lines: Vec<_> = file.secrets.iter().map(minted).collect();
    assert_eq!(lines, ["random_string 40 alphanumeric", "random_string 32 alphanumeric"]);
}

#[test]
fn a_file_with_two_templates_loads_as_two_json_objects() {
    let file = valid("templates_as_json.yml", &[]);
    let Content::Object(fields) = &file.secrets[0].content else {
        panic!("an object");
    };
    let parts: Vec<_> = fields.iter().map(|f| (f.name.as_str(), text(&f.part))).collect();
    assert_eq!(
        parts,
        [
            ("host", "db.example.net"),
            ("port", "5432"),
            ("tls", "true"),
            ("version", "1.10"),
            ("password", "(minted)"),
        ]
    );
    let is_json = |field: &Field| matches!(&field.part, Part::Given(Given { supply: Supply::Supplied(v), .. }) if v.is_json);
    let json: Vec<bool> = fields.iter().map(is_json).collect();
    assert_eq!(json, [false, true, true, true, false]);
    let written: Vec<_> = file.secrets.iter().map(json_of).collect();
    let db = r#"{"host":"db.example.net","port":5432,"tls":true,"version":1.10,"password":""#;
    assert!(written[0].starts_with(db), "{}", written[0]);
    assert!(written[1].starts_with(r#"{"user":"mailer","password":""#), "{}", written[1]);
    assert_eq!(written[1].len(), r#"{"user":"mailer","password":""}"#.len() + 24);
    assert_eq!(file.secrets[0].rotation_period, Some(SignedDuration::from_hours(30 * 24)));
    assert_eq!(
        targets(&file),
        ["shop-prod-kv/db", "shop-prod-kv/db-password", "shop-prod-kv/mail-config"]
    );
    let kinds: Vec<_> = file
        .secrets
        .iter()
        .flat_map(|s| &s.targets)
        .map(|t| (t.field.as_deref(), t.options.content_type.as_deref()))
        .collect();
    assert_eq!(
        kinds,
        [
            (None, Some("application/json")),
            (Some("password"), None),
            (None, Some("application/vnd.shop+json")),
        ]
    );
}

#[test]
fn a_file_with_one_key_in_three_regions_loads() {
    let file = valid("three_regions.yml", &[]);
    let targets = &file.secrets[0].targets;
    let providers: Vec<_> = targets.iter().map(|t| t.provider).collect();
    assert_eq!(providers, [0, 1, 2]);
    let hosts: Vec<_> = targets.iter().map(|t| t.vault.host()).collect();
    assert_eq!(
        hosts,
        [
            "key-weu-kv.vault.azure.net",
            "key-neu-kv.vault.azure.net",
            "key-gov-kv.vault.usgovcloudapi.net"
        ]
    );
    assert!(targets.iter().all(|target| target.name.as_str() == "encryption-key"));
    assert_eq!(minted(&file.secrets[0]), "random_string 44 base64");
    let clients: Vec<_> = file.providers.iter().map(|p| p.auth.client_id.as_deref()).collect();
    assert_eq!(
        clients,
        [
            Some("11111111-1111-1111-1111-111111111111"),
            Some("22222222-2222-2222-2222-222222222222"),
            None
        ]
    );
    let clouds: Vec<_> = targets.iter().map(|t| t.vault.cloud().name.as_str()).collect();
    assert_eq!(clouds, ["public", "public", "usgov"]);
    assert_eq!(file.providers[2].auth.kind, AuthKind::WorkloadIdentity);
}

#[test]
fn a_file_with_five_services_loads_with_and_without_its_raw_input() {
    let file = valid("five_services.yml", &[("SENDGRID_API_KEY", "SG.abc")]);
    assert_eq!(
        targets(&file),
        [
            "services-kv/orders-db-password",
            "services-kv/billing-db-password",
            "services-kv/session-secret",
            "services-kv/webhook-token",
            "services-kv/sendgrid-api-key",
        ]
    );
    let lines: Vec<_> = file.secrets.iter().map(minted).collect();
    assert_eq!(lines[2..], ["random_string 64 base64url", "random_string 32 hex", "(given)"]);
    assert_eq!(single(&file.secrets[4]), "SG.abc");
    let file = valid("five_services.yml", &[]);
    assert!(matches!(
        &file.secrets[4].content,
        Content::Single(Part::Given(Given { supply: Supply::Missing(name), .. }))
            if name == "SENDGRID_API_KEY"
    ));
}

#[test]
fn a_production_file_with_unquoted_expressions_loads() {
    let file = valid("production.yml", &[]);
    assert_eq!(targets(&file), ["shop-prod-kv/postgres-password", "shop-prod-kv/postgres-host"]);
    assert_eq!(single(&file.secrets[1]), "shop-prod-pg.example.net");
    let line = minted(&file.secrets[0]);
    assert!(line.starts_with("random_password 40 "), "{line}");
    assert!(line.ends_with(r"special=!#$%&'()*+,-.:;<=>?[]^_{|}~"), "{line}");
    assert_eq!(file.scope.as_deref(), Some("shop/prod"));
    let tags: Vec<_> = file.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("Application", "storefront"),
            ("Compliance", "soc2,iso27001"),
            ("CostCenter", "4711"),
            ("Environment", "prod"),
            ("Owner", "platform-team"),
            ("Project", "shop"),
        ]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    for entry in std::fs::read_dir(cases().join("valid")).expect("the folder is there") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("UTF-8");
        let env = env(&[]);
        let load = |text: &str| format!("{:?}", load("f", text.as_bytes(), &options(&env)));
        let windows = format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
        assert_eq!(load(&windows), load(&text));
    }
}

#[test]
fn a_given_value_is_supplied_or_a_default_or_missing() {
    let supply = |value: &str, pairs: &[(&str, &str)]| {
        let lines = format!("kind: static\n  config: {{default: {value}}}");
        let file = one_secret(&lines, pairs);
        let Some(Part::Given(given)) = file.secrets[0].parts().next() else {
            panic!("given");
        };
        match &given.supply {
            Supply::Supplied(value) => format!("supplied {}", value.text.expose()),
            Supply::Default(value) => format!("default {}", value.text.expose()),
            Supply::Missing(names) => format!("missing {names}"),
        }
    };
    for (value, expected) in [
        ("'a ${KEY} b'", "supplied a {{x}} b"),
        ("'${KEY:-x}'", "supplied {{x}}"),
        ("'${EMPTY:-x}'", "default x"),
        ("'${NONE:-${KEY}}'", "default {{x}}"),
        ("'${NONE:-}'", "default "),
        ("'${NONE}-${EMPTY}'", "missing EMPTY, NONE"),
        ("'$(NONE)'", "missing $(NONE)"),
        ("$NONE", "missing $NONE"),
        ("'$none'", "supplied $none"),
        ("'a$(NONE)'", "supplied a$(NONE)"),
        ("'$${KEY} $5'", "supplied ${KEY} $5"),
        ("''", "supplied "),
        ("007", "supplied 007"),
        ("1.10", "supplied 1.10"),
        ("yes", "supplied yes"),
        ("{a: [1, '2', null], b: 1.10}", r#"supplied {"a":[1,"2",null],"b":1.10}"#),
        ("{a: '${NONE}', b: '${KEY}'}", "missing NONE"),
    ] {
        assert_eq!(supply(value, &[("KEY", "{{x}}"), ("EMPTY", "")]), expected, "{value}");
    }
}

#[test]
fn other_tools_keys_are_passed_over_with_one_notice() {
    let file = one_secret("kind: random_password\n  labels: {a: b}\n  policies: []", &[]);
    let [notice] = file.notices.as_slice() else {
        panic!("{:?}", file.notices);
    };
    assert!(notice.what.ends_with("labels, policies"), "{notice:?}");
}

#[test]
fn a_minted_secret_may_share_its_entry_with_another_tool_if_that_is_asked_for() {
    let text = "providers: {azure: {kind: azure, vault_url: 'https://kv1.vault.azure.net'}}\nsecrets:\n\
                - {name: db, kind: random_password, targets: [{provider: azure, kind: key_vault}, \
                {provider: local, kind: file}]}\n";
    let env = env(&[]);
    let partial = LoadOptions { partial: true, ..options(&env) };
    let file = load("f", text.as_bytes(), &partial).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(
        (targets(&file).len(), file.secrets[0].not_ours.as_slice()),
        (1, &["file".to_owned()][..])
    );
}

#[test]
fn later_variables_win_and_maps_are_merged() {
    let text = "variables: {app: shop, db: {host: a, port: 1}}\nmetadata: {project: '{{var.app}}', \
                owner: '{{var.db.host}}:{{var.db.port}}:{{var.db.user}}'}\n";
    let env = env(&[]);
    let merged = LoadOptions {
        var_files: vec![
            ("a.yml".to_owned(), "{app: one, db: {host: b}}".to_owned()),
            ("b.yml".to_owned(), "{db: {user: '{{var.app}}'}}".to_owned()),
        ],
        vars: vec![
            ("app".to_owned(), "{{two}}".to_owned()),
            ("db.port".to_owned(), "2".to_owned()),
        ],
        ..options(&env)
    };
    let file = load("f", text.as_bytes(), &merged).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(
        (file.tags["Project"].as_str(), file.tags["Owner"].as_str()),
        ("{{two}}", "b:2:{{two}}")
    );
}

#[test]
fn a_file_with_every_key_loads() {
    let file =
        valid("every_key.yml", &[("CLIENT_SECRET", "hunter2"), ("SENDGRID_API_KEY", "hunter3")]);
    assert_eq!(file.secrets.len(), 6);
    assert_eq!(file.scope.as_deref(), Some("shop/web"));
    let passed_over = "passed over, as other tools' keys: config, labels, policies";
    assert!(file.notices.iter().any(|notice| notice.what == passed_over), "{:?}", file.notices);
}
