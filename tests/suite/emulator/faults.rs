//! What tests and users can make the embedded Key Vault do.

use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::{AccessModel, Action, Fault, Limits, Rights, VaultOptions, Window};

use super::client::{CLIENT, HOST, Service, TENANT, sign_in};

#[test]
fn faults_come_before_or_after_the_deed_as_they_say() {
    let service = Service::start();
    let token = service.vault_token();
    let control = service.emulator.control();
    let versions = || control.versions(HOST, "db").len();
    let fault = |fault: Option<Fault>| control.on_request(Arc::new(move |_| fault.clone()));

    fault(Some(Fault::ResetBefore));
    assert!(service.put("db", &token).is_none());
    assert_eq!(versions(), 0);
    fault(Some(Fault::ResetAfter));
    assert!(service.put("db", &token).is_none());
    assert_eq!(versions(), 1);
    fault(Some(Fault::Truncate));
    assert!(service.put("db", &token).is_none());
    assert_eq!(versions(), 2);

    let before = service.clock.elapsed();
    fault(Some(Fault::Delay(Duration::from_secs(90))));
    assert_eq!(service.put("db", &token).expect("an answer").status, 200);
    assert_eq!(service.clock.elapsed() - before, Duration::from_secs(90));

    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    fault(Some(Fault::Answer { status: 503, headers, body: "<html>".to_owned() }));
    let answer = service.put("db", &token).expect("an answer");
    assert_eq!(
        (answer.status, answer.header("retry-after"), answer.text.as_str()),
        (503, "7", "<html>")
    );
    assert_eq!(versions(), 3);
}

#[test]
fn a_fault_that_was_written_down_counts_its_requests() {
    let service = Service::start();
    let token = service.vault_token();
    let rule = "PUT /secrets/db status=403 inner=ForbiddenByFirewall count=1".parse();
    service.emulator.control().add_fault(rule.expect("a rule"));
    assert_eq!(service.put("other", &token).expect("an answer").status, 200);
    let refused = service.put("db", &token).expect("an answer");
    assert_eq!(refused.json()["error"]["innererror"]["code"], "ForbiddenByFirewall");
    assert_eq!(service.put("db", &token).expect("an answer").status, 200);
}

#[test]
fn the_next_sign_in_can_be_made_to_fail_and_tokens_to_live_shortly() {
    let service = Service::start();
    service.emulator.control().entra(|entra| {
        entra.answer_next(Fault::Answer { status: 503, headers: Vec::new(), body: String::new() });
        entra.token_life(60);
    });
    let url = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token");
    let failed = sign_in(&service.agent, &url, "https://vault.azure.net").expect("an answer");
    assert_eq!(failed.status, 503);
    let token = service.vault_token();
    assert_eq!(service.emulator.control().tokens(), std::slice::from_ref(&token));
    service.clock.wait(Duration::from_secs(60));
    assert_eq!(service.get("/secrets", &token).status, 401);
}

#[test]
fn an_application_has_the_rights_that_it_was_granted() {
    let service = Service::start();
    let token = service.vault_token();
    assert_eq!(service.put("db", &token).expect("an answer").status, 200);
    let rights = Rights::only(AccessModel::Rbac, &[Action::List]);
    service.emulator.control().entra(|entra| entra.grant(CLIENT, rights));
    assert_eq!(service.get("/secrets", &token).status, 200);
    let refused = service.get("/secrets/db", &token);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["error"]["innererror"]["code"], "ForbiddenByRbac");
}

#[test]
fn the_limiter_throttles_one_vault_without_saying_for_how_long() {
    let service = Service::start();
    let token = service.vault_token();
    let limits = Limits { creates: 2, kind: Window::Sliding, ..Limits::default() };
    service.emulator.control().set_limits(Some(limits.clone()));
    let put = || service.put("db", &token).expect("an answer");
    assert_eq!([put().status, put().status], [200, 200]);
    let throttled = put();
    assert_eq!(throttled.status, 429);
    assert_eq!(throttled.text.len(), 146, "{}", throttled.text);
    assert!(!throttled.has("retry-after"));
    assert_eq!(service.get("/secrets", &token).status, 200, "reads count apart");
    service.clock.wait(Duration::from_secs(10));
    assert_eq!(put().status, 200);

    service.emulator.control().set_limits(Some(Limits { creates: 0, retry_after: true, ..limits }));
    assert_eq!(put().header("retry-after"), "10");
}

#[test]
fn a_vault_behaves_as_its_options_say() {
    let service = Service::start();
    let token = service.vault_token();
    let options = VaultOptions { purge_protection: true, ..VaultOptions::default() };
    service.emulator.control().set_options(HOST, options);
    service.put("db", &token).expect("an answer");
    service.emulator.control().delete(HOST, "db");
    let refused = service.send("DELETE", "/deletedsecrets/db", &token, "").expect("an answer");
    assert_eq!(refused.status, 403);
}
