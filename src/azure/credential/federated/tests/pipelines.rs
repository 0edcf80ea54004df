//! Jobs of Azure Pipelines.

use super::{CLIENT, CONNECTION, TENANT, World, answer, entra, of, token};
use crate::emulator::Fault;
use crate::error::Kind;
use crate::secretfile::AuthKind;

#[test]
fn a_pipelines_job_asks_for_its_service_connections_token_as_documented() {
    let world = World::pipelines();
    let issuer = "https://vstoken.dev.azure.com/dddddddd-0000-0000-0000-000000000001";
    world.trust(issuer, "sc://our/shop/azure");
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
    let asked = world.emulator.control().jobs(|jobs| jobs.azure_devops.asked.all());
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("POST", "/our/_apis/oidctoken")
    );
    assert_eq!(asked[0].query, format!("api-version=7.1&serviceConnectionId={CONNECTION}"));
    for (name, value) in [
        ("authorization", "Bearer system-access-token"),
        ("content-type", "application/json"),
        ("content-length", "0"),
        ("x-tfs-fedauthredirect", "Suppress"),
    ] {
        assert_eq!(asked[0].header(name), Some(value), "{name}");
    }
}

#[test]
fn a_bad_access_token_of_a_pipeline_is_told_from_a_foreign_connection() {
    let mut world = World::pipelines();
    world.set("SYSTEM_ACCESSTOKEN", "of-yesterday");
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("SYSTEM_ACCESSTOKEN: $(System.AccessToken)"), "{error}");
    let page = vec![("Location".to_owned(), "https://dev.azure.com/_signin".to_owned())];
    world.fault(
        "dev.azure.com",
        1,
        Fault::Answer { status: 302, headers: page, body: String::new() },
    );
    assert!(world.refusal(AuthKind::Oidc).contains("$(System.AccessToken)"));
    let mut world = World::pipelines();
    world.set("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", TENANT);
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("ServiceEndpointNotFoundException"), "{error}");
    assert!(error.contains("auth.service_connection_id"), "{error}");
    world.set("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "my connection&x=y");
    assert!(world.refusal(AuthKind::Oidc).contains("no service connection's id"));
}

#[test]
fn a_task_hands_its_token_or_secret_over() {
    let task = [("TF_BUILD", "True"), ("tenantId", TENANT), ("servicePrincipalId", CLIENT)];
    let mut world = World::start(&task);
    world.set("idToken", &token(r#"{"exp":1800000600}"#));
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
    let mut world = World::start(&task);
    world.set("servicePrincipalKey", "k~/+=");
    world.emulator.control().entra(|entra| entra.register(CLIENT, "k~/+="));
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
}

#[test]
fn an_endpoint_that_throttles_a_pipelines_job_is_asked_again_within_a_bound() {
    let busy = answer(429, r#"{"message":"too many with system-access-token"}"#);
    let world = World::pipelines();
    world.fault("dev.azure.com", 20, busy.clone());
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
    assert_eq!((world.requests("dev.azure.com"), world.requests(entra())), (21, 1));
    let world = World::pipelines();
    world.fault("dev.azure.com", usize::MAX, busy);
    let (stops, error) = world.sign_in(&of(AuthKind::Oidc)).expect_err("no token");
    assert!(stops && error.kind == Kind::Throttled, "{error}");
    let error = error.to_string();
    assert!(
        error.starts_with("SYSTEM_OIDCREQUESTURI: Azure DevOps gave no id token: 429"),
        "{error}"
    );
    assert!(error.contains("too many with ***"), "{error}");
    assert_eq!((world.requests("dev.azure.com"), world.requests(entra())), (21, 0));
    assert!(world.clock.elapsed().as_secs() <= 180);
}
