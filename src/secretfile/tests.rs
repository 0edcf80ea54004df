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

fn targets(file: &Secretfile) -> Vec<String> {
    let targets = file.secrets.iter().flat_map(|secret| &secret.targets);
    targets.map(ToString::to_string).collect()
}

/// What a part stores, for tests.
fn text(part: &Part) -> &str {
    match part {
        Part::Given(Given { supply: Supply::Supplied(value) | Supply::Default(value) }) => {
            value.text.expose()
        }
        Part::Given(Given { supply: Supply::Missing(_) }) => "(missing)",
        Part::Minted(_) => "(minted)",
    }
}

fn single(secret: &Secret) -> &str {
    match &secret.content {
        Content::Single(part) => text(part),
        Content::Object(_) => "(object)",
    }
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
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn a_file_with_managed_identities_loads() {
    let file = valid("managed_identity.yml", &[]);
    assert_eq!(targets(&file), ["app-kv/api-key", "app-kv/session-key"]);
    let ids: Vec<_> = file.providers.iter().map(|p| p.auth.client_id.as_deref()).collect();
    assert_eq!(ids, [None, Some("11111111-2222-3333-4444-555555555555")]);
    assert!(file.providers.iter().all(|p| p.auth.kind == AuthKind::ManagedIdentity));
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
    let is_json = |field: &Field| matches!(&field.part, Part::Given(Given { supply: Supply::Supplied(v) }) if v.is_json);
    let json: Vec<bool> = fields.iter().map(is_json).collect();
    assert_eq!(json, [false, true, true, true, false]);
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
    let clouds: Vec<_> = targets.iter().map(|t| t.vault.cloud().name.as_str()).collect();
    assert_eq!(clouds, ["public", "public", "usgov"]);
    assert_eq!(file.providers[2].auth.kind, AuthKind::WorkloadIdentity);
}

#[test]
fn a_file_with_five_services_loads_with_and_without_its_raw_input() {
    let file = valid("five_services.yml", &[("SENDGRID_API_KEY", "SG.abc")]);
    assert_eq!(targets(&file).len(), 5);
    assert_eq!(single(&file.secrets[4]), "SG.abc");
    let file = valid("five_services.yml", &[]);
    assert!(matches!(
        &file.secrets[4].content,
        Content::Single(Part::Given(Given { supply: Supply::Missing(name) }))
            if name == "SENDGRID_API_KEY"
    ));
}

#[test]
fn a_production_file_with_unquoted_expressions_loads() {
    let file = valid("production.yml", &[]);
    assert_eq!(targets(&file), ["shop-prod-kv/postgres-password", "shop-prod-kv/postgres-host"]);
    assert_eq!(single(&file.secrets[1]), "shop-prod-pg.example.net");
    assert_eq!(file.scope.as_deref(), Some("shop/prod"));
    let tags: Vec<_> = file.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("Compliance", "soc2,iso27001"),
            ("CostCenter", "4711"),
            ("Environment", "prod"),
            ("Owner", "platform-team"),
            ("Project", "shop"),
        ]
    );
}
