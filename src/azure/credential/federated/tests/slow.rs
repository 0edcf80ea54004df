//! Hosts that do not answer in time.

use std::time::Duration;

use super::{CLIENT, GITHUB, TENANT, World, client, entra, of, token};
use crate::error::Kind;
use crate::secretfile::AuthKind;

/// No answer comes from `host`, which is told with its bound and without `secret`.
fn assert_slow_is_told(mut world: World, kind: AuthKind, host: &'static str, secret: &str) {
    world.http = client(&world.emulator, &world.clock, Duration::from_millis(50));
    let _slow = world.emulator.control().keep_waiting(move |seen| seen.host == host);
    let (stops, error) = world.sign_in(&of(kind)).expect_err("too late");
    assert!(stops && error.kind == Kind::Throttled, "{error}");
    let error = error.to_string();
    assert!(error.starts_with(&format!("{host}: no whole answer within 0.05 s")), "{error}");
    assert!(!error.contains(secret), "{error}");
    assert!(host == entra() || world.requests(entra()) == 0, "{error}");
}

#[test]
fn a_slow_id_token_endpoint_is_told_with_its_bound_and_without_the_jobs_token() {
    assert_slow_is_told(World::github(), AuthKind::Oidc, GITHUB, "request-token");
    let pipelines = World::pipelines();
    assert_slow_is_told(pipelines, AuthKind::Oidc, "dev.azure.com", "system-access-token");
}

#[test]
fn a_slow_exchange_of_a_token_file_is_told_with_its_bound_and_without_the_token() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, text) = (folder.path().join("token"), token(r#"{"exp":1800000600}"#));
    std::fs::write(&path, &text).expect("written");
    let path = path.display().to_string();
    for kind in [AuthKind::WorkloadIdentity, AuthKind::Default] {
        let world = World::start(&[
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", CLIENT),
            ("AZURE_FEDERATED_TOKEN_FILE", &path),
        ]);
        assert_slow_is_told(world, kind, entra(), &text);
    }
}
