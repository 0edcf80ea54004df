//! Any `WWW-Authenticate` header: what is taken from it can change no URL, and leads to no token but the cloud's.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secretzero::fuzzing::{Challenge, Cloud};

const CLOUDS: [&str; 5] = ["public", "usgov", "china", "bleu", "delos"];

fuzz_target!(|header: &str| {
    if let Some(challenge) = Challenge::parse(header) {
        check(&challenge);
    }
    read_back(header);
});

fn check(challenge: &Challenge) {
    if let Some(tenant) = &challenge.tenant {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        assert!(
            tenant.chars().all(is_plain) && !tenant.contains(".."),
            "a tenant in an URL: {tenant:?}"
        );
        assert!((1..=253).contains(&tenant.len()) && !tenant.starts_with(['-', '.']), "{tenant:?}");
    }
    if let Some(claims) = &challenge.claims {
        let json: serde_json::Value = serde_json::from_str(claims).expect("claims are JSON");
        assert!(json.is_object(), "claims are an object: {json}");
    }
    for name in CLOUDS {
        let cloud = Cloud::built_in(name).expect("built in");
        match (challenge.check_resource(&cloud, "kv1"), &challenge.resource) {
            (Ok(()), Some(resource)) => assert_eq!(resource.to_ascii_lowercase(), cloud.resource()),
            (Ok(()), None) => {}
            (Err(error), _) => assert!(!error.to_string().contains("::"), "a command: {error}"),
        }
    }
}

/// What a vault says by the rules is read, whatever else stands beside it.
fn read_back(text: &str) {
    let tenant: String = text.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let foreign = text.replace('"', "");
    if tenant.is_empty() {
        return;
    }
    let header = format!(
        r#"Bearer error="{foreign}", authorization="https://login.example/{tenant}", resource="https://vault.azure.net""#
    );
    let challenge = Challenge::parse(&header).expect("it is a challenge");
    assert_eq!(challenge.tenant.as_deref(), Some(tenant.as_str()));
    assert_eq!(challenge.resource.as_deref(), Some("https://vault.azure.net"));
}
