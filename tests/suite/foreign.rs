//! Where no token, assertion or secret goes, whoever asks for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, CLIENT_SECRET, MINTED, Ran};

/// The tenant of the tests' service principal.
const OWN: &str = "11111111-2222-3333-4444-555555555555";

/// Syncs while both vaults refuse every token with this challenge.
fn challenged(azure: &Azure, challenge: &str) -> Ran {
    let challenge = challenge.to_owned();
    azure.control().on_request(Arc::new(move |seen| {
        [A, B].contains(&seen.host.as_str()).then(|| Fault::Answer {
            status: 401,
            headers: vec![("WWW-Authenticate".to_owned(), challenge.clone())],
            body: r#"{"error":{"code":"Unauthorized","message":"no"}}"#.to_owned(),
        })
    }));
    azure.program(MINTED).args(&["sync", "-vv"]).run()
}

/// The hosts that were asked, and the paths at which somebody signed in.
fn asked(azure: &Azure) -> (BTreeSet<String>, BTreeSet<String>) {
    let asked = azure.control().requests();
    let paths = asked.iter().filter(|seen| seen.method == "POST").map(|seen| seen.path.clone());
    let paths = paths.collect();
    (asked.into_iter().map(|seen| seen.host).collect(), paths)
}

#[test]
fn a_vault_that_names_another_resource_tenant_or_authority_gets_no_other_token() {
    let own = format!("/{OWN}/oauth2/v2.0/token");
    for challenge in [
        format!(r#"authorization="https://login.microsoftonline.com/{OWN}", resource="https://management.azure.com""#),
        format!(r#"authorization="https://login.microsoftonline.com/{OWN}", scope="https://graph.microsoft.com/.default""#),
        format!(r#"authorization="https://evil.example/{OWN}", resource="https://vault.azure.net""#),
        r#"authorization="https://login.microsoftonline.com/22222222-2222-3333-4444-555555555555", resource="https://vault.azure.net""#.to_owned(),
        r#"authorization="https://login.microsoftonline.com/common", resource="https://vault.azure.net""#.to_owned(),
        r#"authorization="https://login.microsoftonline.com/../x", resource="https://vault.azure.net""#.to_owned(),
        format!(r#"authorization="https://evil.example/{OWN}", error="insufficient_claims", claims="e30=""#),
    ] {
        let azure = Azure::start();
        let ran = challenged(&azure, &format!("Bearer {challenge}"));
        assert_ne!(ran.code, 0, "{challenge}");
        let (hosts, paths) = asked(&azure);
        let known = [A, B, "login.microsoftonline.com"].map(str::to_owned);
        assert_eq!(hosts, BTreeSet::from(known), "{challenge}: {}", ran.stderr);
        assert_eq!(paths, BTreeSet::from([own.clone()]), "{challenge}");
        assert!(!ran.stderr.contains(CLIENT_SECRET) && !ran.stderr.contains("eyJ"), "{challenge}");
    }
}

#[test]
fn a_secretfile_cannot_name_where_credentials_go() {
    let url = "https://shop-a-kv.vault.azure.net";
    for (part, instead) in [
        ("kind: default", "kind: default, authority: 'https://evil.example'"),
        ("kind: default", "kind: default, scope: 'https://management.azure.com/.default'"),
        ("kind: default", "kind: default, tenant_id: '../evil'"),
        ("kind: default", "kind: default, tenant_id: 'evil.example/x?'"),
        ("kind: azure", "kind: azure, authority_host: 'https://evil.example'"),
        ("kind: azure", "kind: azure, cloud: evil"),
        ("kind: azure", "kind: azure, cloud: custom"),
        ("kind: azure", "kind: azure, cloud: {authority: 'https://evil.example'}"),
        ("kind: azure", "kind: azure, cloud: usgov"),
        (url, "https://shop-a-kv.evil.example"),
        (url, "https://shop-a-kv.vault.azure.net.evil.example"),
        (url, "https://shop-a-kv.vault.azure.net@evil.example"),
        (url, "https://evil.example/shop-a-kv.vault.azure.net"),
        (url, "https://shop-a-kv.vault.azure.net:8443"),
        (url, "http://shop-a-kv.vault.azure.net"),
    ] {
        let azure = Azure::start();
        let secretfile = MINTED.replacen(part, instead, 1);
        assert_ne!(secretfile, MINTED);
        let ran = azure.program(&secretfile).args(&["sync", "-vv"]).run().expect(3);
        assert!(azure.control().requests().is_empty(), "{instead}: {}", ran.stderr);
    }
}

#[test]
fn a_token_for_another_service_is_sent_to_no_vault() {
    let azure = Azure::start();
    let claims =
        URL_SAFE_NO_PAD.encode(r#"{"aud":"https://management.azure.com","exp":4102444800}"#);
    let secretfile = MINTED.replace("kind: default", "kind: token, token: '${ARM_TOKEN}'");
    let program = azure.program(&secretfile).env("ARM_TOKEN", &format!("e30.{claims}.c2ln"));
    let ran = program.args(&["sync", "-vv"]).run().expect(4);
    assert!(ran.stderr.contains("the access token is for https:"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(&claims), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty());
}

#[test]
fn a_vault_that_takes_no_token_does_not_make_every_secret_sign_in_anew() {
    let azure = Azure::start();
    let challenge = format!(
        r#"Bearer authorization="https://login.microsoftonline.com/{OWN}", resource="https://vault.azure.net""#
    );
    challenged(&azure, &challenge).expect(4);
    let asked = azure.control().requests();
    let sign_ins = asked.iter().filter(|seen| seen.path.ends_with("/token")).count();
    assert!(sign_ins <= 5, "{sign_ins}");
}
