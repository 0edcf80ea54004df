//! GitHub jobs.

use std::time::Duration;

use super::{CLIENT, GITHUB, TENANT, World, answer, entra, of};
use crate::cloud::Cloud;
use crate::emulator::{Fault, fields};
use crate::error::Kind;
use crate::secretfile::{Auth, AuthKind};

#[test]
fn a_github_job_exchanges_its_id_token_with_the_whole_request_as_documented() {
    let world = World::github();
    let subject = "repo:our/shop:ref:refs/heads/main";
    world.trust("https://token.actions.githubusercontent.com", subject);
    let got = world.sign_in(&of(AuthKind::Oidc)).expect("signed in");
    assert_eq!(world.emulator.control().tokens(), [got]);
    let asked = world.asked_of_github();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("GET", "/idtoken"));
    assert_eq!(asked[0].query, "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange");
    assert_eq!(asked[0].header("authorization"), Some("Bearer request-token"));
    assert_eq!(asked[0].header("accept"), Some("application/json"));
    assert!(asked[0].body.is_empty());
    let asked = world.emulator.control().entra(|entra| entra.asked.all());
    assert_eq!((asked.len(), asked[0].method.as_str(), asked[0].query.as_str()), (1, "POST", ""));
    assert_eq!(asked[0].path, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(asked[0].header("authorization"), None);
    let sent = fields(&asked[0].body);
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    let [start @ .., assertion] = names.as_slice() else { panic!("empty") };
    assert_eq!(start, ["client_id", "grant_type", "scope", "client_assertion_type"]);
    assert_eq!(*assertion, "client_assertion");
    assert_eq!(sent[0].1, CLIENT);
    assert_eq!(sent[1].1, "client_credentials");
    assert_eq!(sent[2].1, "https://vault.azure.net/.default");
    assert_eq!(sent[3].1, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
}

#[test]
fn the_files_audience_wins_over_the_clouds_and_each_cloud_has_its_own() {
    let mut world = World::github();
    let auth = Auth { audience: Some("mine".to_owned()), ..of(AuthKind::Oidc) };
    assert!(world.sign_in(&auth).is_ok());
    world.cloud = Cloud::built_in("china").expect("built in");
    world.set("AZURE_AUTHORITY_HOST", "https://login.partner.microsoftonline.cn/");
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
    let queries: Vec<String> = world.asked_of_github().iter().map(|r| r.query.clone()).collect();
    assert!(queries[0].ends_with("&audience=mine"), "{queries:?}");
    assert!(queries[1].ends_with("&audience=api%3A%2F%2FAzureADTokenExchangeChina"), "{queries:?}");
    assert_eq!(world.requests("login.partner.microsoftonline.cn"), 1);
    assert_eq!(world.requests("login.chinacloudapi.cn"), 0);
}

#[test]
fn each_request_to_entra_carries_a_new_id_token() {
    let world = World::github();
    let busy = r#"{"error":"temporarily_unavailable","error_codes":[90033]}"#;
    world.fault(entra(), 2, answer(400, busy));
    assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok());
    assert_eq!((world.requests(entra()), world.asked_of_github().len()), (3, 3));
}

#[test]
fn an_endpoint_in_trouble_is_asked_again_and_an_early_refusal_once() {
    for (times, fault, requests) in [
        (2, answer(503, ""), 3),
        (1, answer(502, ""), 2),
        (2, Fault::ResetBefore, 3),
        (1, answer(403, r#"{"message":"not yet"}"#), 2),
        (1, answer(404, ""), 2),
    ] {
        let world = World::github();
        world.fault(GITHUB, times, fault.clone());
        assert!(world.sign_in(&of(AuthKind::Oidc)).is_ok(), "{fault:?}");
        assert_eq!(world.requests(GITHUB), requests, "{fault:?}");
    }
    let world = World::github();
    world.fault(GITHUB, 9, answer(403, r#"{"message":"not yet\n::add-mask::x"}"#));
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("403 not yet") && !error.contains("::"), "{error}");
    assert_eq!(world.requests(GITHUB), 2);
    assert_eq!(world.clock.elapsed(), Duration::from_secs(1));
    assert_eq!(world.requests(entra()), 0);
}

#[test]
fn an_endpoint_that_never_recovers_is_given_up_within_a_bound() {
    for (fault, kind) in [
        (answer(503, "<html>"), Kind::Unreachable),
        (answer(429, ""), Kind::Throttled),
        (answer(200, r#"{"value":""}"#), Kind::SignIn),
        (answer(200, "<html>"), Kind::SignIn),
        (answer(200, &"x".repeat((1 << 20) + 1)), Kind::Unreachable),
        (
            Fault::Answer {
                status: 302,
                headers: vec![("Location".to_owned(), "https://evil.example/".to_owned())],
                body: String::new(),
            },
            Kind::Unreachable,
        ),
    ] {
        let world = World::github();
        world.fault(GITHUB, usize::MAX, fault);
        let (stops, error) = world.sign_in(&of(AuthKind::Oidc)).expect_err("no token");
        assert!(stops && error.kind == kind, "{error}");
        assert!(world.requests(GITHUB) <= 21, "{error}");
        assert_eq!(world.requests("evil.example") + world.requests(entra()), 0, "{error}");
    }
}

#[test]
fn urls_that_are_no_https_get_no_token_of_the_job() {
    let mut world = World::github();
    for url in ["http://evil.example/?a=b", "https://a@evil.example/"] {
        world.set("ACTIONS_ID_TOKEN_REQUEST_URL", url);
        let error = world.refusal(AuthKind::Oidc);
        assert!(error.starts_with("ACTIONS_ID_TOKEN_REQUEST_URL: "), "{error}");
    }
    assert!(world.emulator.control().requests().is_empty());
}

#[test]
fn an_endpoint_that_repeats_the_jobs_token_is_shown_without_it() {
    let world = World::github();
    world.fault(GITHUB, 9, answer(400, r#"{"message":"not with request-token"}"#));
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("400 not with ***"), "{error}");
    let world = World::pipelines();
    let body = r#"{"typeKey":"Bad","message":"not with system-access-token"}"#;
    world.fault("dev.azure.com", 9, answer(400, body));
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("400 Bad not with ***"), "{error}");
}

#[test]
fn a_mismatch_shows_what_was_presented_and_never_the_token() {
    let world = World::github();
    let subject = "repo:our/shop:environment:production";
    world.trust("https://token.actions.githubusercontent.com", subject);
    let error = world.refusal(AuthKind::Oidc);
    for part in [
        "AADSTS700213",
        "subject:  repo:our/shop:ref:refs/heads/main",
        "issuer:   https://token.actions.githubusercontent.com",
        "audience: api://AzureADTokenExchange",
        "exactly `repo:our/shop:ref:refs/heads/main`",
        "https://login.microsoftonline.com/error?code=700213",
        "trace id",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("eyJ"), "{error}");
    assert_eq!(world.requests(entra()), 1, "never tried again");
}

#[test]
fn a_clock_that_is_off_is_named() {
    let world = World::github();
    world.emulator.control().jobs(|jobs| jobs.github.life = -1);
    world.clock.wait(Duration::from_secs(900));
    let error = world.refusal(AuthKind::Oidc);
    assert!(error.contains("AADSTS700024"), "{error}");
    assert!(error.contains("15 min ahead of Entra's"), "{error}");
}
