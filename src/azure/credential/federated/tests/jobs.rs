//! Other jobs, token files, and the default chain.

use super::{CLIENT, TENANT, World, entra, of, token};
use crate::secretfile::AuthKind;

#[test]
fn an_expired_token_of_a_variable_is_told_before_entra_is_asked() {
    let job = [("GITLAB_CI", "true"), ("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)];
    let mut world = World::start(&job);
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("id_tokens: {AZURE_ID_TOKEN: {aud: "), "{error}");
    world.set("AZURE_ID_TOKEN", &token(r#"{"exp":1799999999}"#));
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("2027-01-15T07:59:59Z"), "{error}");
    assert!(world.emulator.control().requests().is_empty());
    world.set("AZURE_ID_TOKEN", &token(r#"{"exp":1800000001}"#));
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
}

#[test]
fn the_chains_last_word_names_what_to_add_to_a_job_that_could_have_a_token() {
    let ids = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)];
    for (ci, part) in [
        ("GITLAB_CI", "add to the job: id_tokens: {AZURE_ID_TOKEN: {aud: 'api:"),
        ("TF_BUILD", "set `auth.service_connection_id`"),
        ("CI", "put the job's id token into AZURE_ID_TOKEN"),
    ] {
        let world = World::start(&[ids[0], ids[1], (ci, "true")]);
        let (stops, error) = world.sign_in(&of(AuthKind::Default)).expect_err("nobody");
        let help = error.help.unwrap_or_default();
        let line = help.lines().find(|line| line.starts_with("oidc: ")).unwrap_or_default();
        assert!(!stops && line.contains(part), "{help}");
    }
}

#[test]
fn a_token_file_signs_in_and_is_read_anew_for_each_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("token");
    let mut world = World::start(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]);
    assert!(world.refusal(AuthKind::WorkloadIdentity).contains("lacks `token_file`"));
    world.set("AZURE_FEDERATED_TOKEN_FILE", &path.display().to_string());
    assert!(world.refusal(AuthKind::WorkloadIdentity).contains("cannot be read"));
    std::fs::write(&path, "").expect("written");
    let (stops, error) = world.sign_in(&of(AuthKind::WorkloadIdentity)).expect_err("empty");
    assert!(!stops, "{error}");
    std::fs::write(&path, token(r#"{"exp":1800000001}"#) + "\n").expect("written");
    for kind in [AuthKind::WorkloadIdentity, AuthKind::Default] {
        assert!(world.sign_in(&of(kind)).is_ok());
    }
}

#[test]
fn a_throttled_exchange_of_a_token_file_is_repeated_when_entra_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("token");
    std::fs::write(&path, token(r#"{"exp":1800000600}"#)).expect("written");
    let mut world = World::start(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]);
    world.set("AZURE_FEDERATED_TOKEN_FILE", &path.display().to_string());
    let rule = "POST status=429 retry-after=7 count=1".parse().expect("a rule");
    world.emulator.control().add_fault(rule);
    assert!(world.sign_in(&of(AuthKind::WorkloadIdentity)).is_ok());
    assert_eq!((world.requests(entra()), world.clock.elapsed().as_secs()), (2, 7));
}

#[test]
fn the_chain_stops_where_a_github_job_that_names_its_identity_has_no_id_token() {
    let mut world = World::start(&[("GITHUB_ACTIONS", "true"), ("AZURE_TENANT_ID", TENANT)]);
    let (stops, error) = world.sign_in(&of(AuthKind::Default)).expect_err("nobody");
    assert!(!stops, "without a client id nothing was meant: {error}");
    world.set("AZURE_CLIENT_ID", CLIENT);
    let error = world.refusal(AuthKind::Default);
    assert!(error.contains("id-token: write") && error.contains("managed_identity"), "{error}");
    world.set("AZURE_CLIENT_SECRET", "s");
    assert!(world.sign_in(&of(AuthKind::Default)).is_ok(), "an earlier link serves");
}

#[test]
fn where_there_is_no_ci_the_chain_goes_on() {
    let world = World::start(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]);
    let (stops, error) = world.sign_in(&of(AuthKind::Default)).expect_err("nobody");
    assert!(!stops && error.to_string().contains("oidc: no CI system"), "{error}");
}

#[test]
fn ids_that_could_change_a_request_are_refused_before_any() {
    let mut world = World::github();
    for (name, text) in [("AZURE_TENANT_ID", "../x"), ("AZURE_CLIENT_ID", "my app")] {
        world.set(name, text);
        world.refusal(AuthKind::Oidc);
        world.set(name, if name == "AZURE_TENANT_ID" { TENANT } else { CLIENT });
    }
    world.set("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us");
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("`usgov`") && error.contains("`public`"), "{error}");
    assert!(world.emulator.control().requests().is_empty());
}
