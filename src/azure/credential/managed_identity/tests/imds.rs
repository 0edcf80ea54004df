//! The metadata service.

use std::net::TcpListener;

use super::*;
use crate::emulator::identity::Imds as Fake;
use crate::error::Kind;

fn machine(identities: Identities) -> (World, Arc<Fake>) {
    let fake = Arc::new(Fake::new(identities));
    (World::new(fake.clone()), fake)
}

fn imds(search: Search) -> Host {
    Host::detect(&Env::default(), false, search).expect("the metadata service")
}

/// The path of the tokens.
const TOKEN: &str = "/metadata/identity/oauth2/token";

#[test]
fn the_machines_own_identity_is_asked_for_by_the_whole_protocol() {
    let (world, fake) = machine(identities());
    let token = signed_in(&world.credential(imds(Search::Insist), Identity::System));
    assert_eq!(holder(&token), "client-system");
    assert_eq!(token.lives, Duration::from_secs(86_400));
    let asked: Vec<String> = fake.asked.all().iter().map(told).collect();
    let query = "api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net";
    assert_eq!(asked, [format!("GET 169.254.169.254{TOKEN}?{query} metadata=true []")]);
}

#[test]
fn an_assigned_identity_is_named_by_any_of_its_ids() {
    for way in ways_to_b() {
        let (world, _) = machine(identities());
        let token = signed_in(&world.credential(imds(Search::Probe), way));
        assert_eq!(holder(&token), "client-b");
    }
}

#[test]
fn the_resource_is_the_clouds() {
    let (mut world, fake) = machine(identities());
    world.cloud = Cloud::built_in("usgov").expect("built in");
    signed_in(&world.credential(imds(Search::Insist), Identity::System));
    assert!(fake.asked.all()[0].query.contains("resource=https%3A%2F%2Fvault.usgovcloudapi.net"));
}

#[test]
fn the_chain_looks_for_the_service_once_and_without_its_header() {
    let (world, fake) = machine(identities());
    let credential = world.credential(imds(Search::Probe), Identity::System);
    signed_in(&credential);
    signed_in(&credential);
    let asked = fake.asked.all();
    assert_eq!(asked.len(), 3);
    let probe = told(&asked[0]);
    assert!(probe.ends_with(&format!("{TOKEN}?  []")), "{probe}");
}

#[test]
fn another_service_in_its_place_is_taken_at_its_word() {
    let (world, fake) = machine(identities());
    let pod = ("AZURE_POD_IDENTITY_AUTHORITY_HOST".to_owned(), "http://127.0.0.1:2579/".to_owned());
    let host = Host::detect(&Env::new([pod]), false, Search::Probe).expect("the service");
    signed_in(&world.credential(host, Identity::System));
    let asked = fake.asked.all();
    assert_eq!((asked.len(), asked[0].host.as_str()), (1, "127.0.0.1:2579"));
}

#[test]
fn a_machine_without_such_an_identity_lets_the_chain_go_on() {
    // As runners of CI services are, which run on virtual machines.
    let (world, _) = machine(Identities::default());
    let error = unavailable(&world.credential(imds(Search::Probe), Identity::System));
    assert!(error.what.contains("400: invalid_request: Identity not found"), "{error}");
    let other = Identity::Client("client-x".to_owned());
    let error = unavailable(&world.credential(imds(Search::Probe), other));
    assert!(error.to_string().contains("client-x"), "{error}");
    assert_eq!(world.waited(), 0.0);
}

#[test]
fn who_answers_otherwise_is_no_metadata_service_and_takes_no_time() {
    for (status, body) in [
        (401, "No MMDS token provided, use `X-metadata-token` header"),
        (401, "{}"),
        (403, "connecting to 169.254.169.254:80: a socket operation to an unreachable network"),
        (403, r#"{"error":"dial tcp: network is unreachable"}"#),
        (404, "<html>not found</html>"),
        (302, ""),
        (500, ""),
        (502, "<html>bad gateway</html>"),
        (503, "upstream connect error"),
        (504, ""),
    ] {
        let (world, fake) = machine(identities());
        world.control().on_request(answering(status, body));
        let error = unavailable(&world.credential(imds(Search::Probe), Identity::System));
        assert!(error.what.contains("is not there"), "{error}");
        assert_eq!((world.waited(), fake.asked.all().len()), (0.0, 0), "{status} {body}");
    }
}

/// A hook that answers everything so.
fn answering(status: u16, body: &'static str) -> crate::emulator::Hook {
    Arc::new(move |_| {
        let headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
        Some(crate::emulator::Fault::Answer { status, headers, body: body.to_owned() })
    })
}

#[test]
fn an_answer_that_is_no_json_is_nobodys() {
    let (world, _) = machine(identities());
    world.control().on_request(answering(200, "<html>welcome</html>"));
    let error = unavailable(&world.credential(imds(Search::Insist), Identity::System));
    assert!(error.what.contains("not JSON"), "{error}");
}

#[test]
fn a_refusal_in_the_services_own_form_stops_the_chain() {
    for (status, body, kind) in [
        (403, r#"{"error":"forbidden","error_description":"no"}"#, Kind::SignIn),
        (404, r#"{"error":"not_found"}"#, Kind::SignIn),
        (405, r#"{"error":"method_not_allowed"}"#, Kind::SignIn),
        (429, r#"{"error":"too_many_requests"}"#, Kind::Throttled),
        (500, r#"{"error":"server_error"}"#, Kind::Unreachable),
        (200, r#"{"access_token":""}"#, Kind::Unreachable),
    ] {
        let (world, _) = machine(identities());
        world.control().on_request(answering(status, body));
        let error = refused(&world.credential(imds(Search::Probe), Identity::System));
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[test]
fn a_busy_service_is_asked_again_for_24_seconds() {
    for status in [404, 429, 500, 503] {
        let (world, _) = machine(identities());
        world.fault(&format!("GET status={status} count=5"));
        let token = signed_in(&world.credential(imds(Search::Insist), Identity::System));
        assert_eq!(holder(&token), "client-system");
        assert_eq!((world.count(), world.waited()), (6, 24.0), "{status}");
    }
    let (world, _) = machine(identities());
    world.fault("GET status=429");
    let error = refused(&world.credential(imds(Search::Insist), Identity::System));
    assert_eq!((world.count(), world.waited(), error.kind), (6, 24.0, Kind::Throttled));
}

#[test]
fn a_service_that_is_updated_is_asked_again_for_75_seconds() {
    let (world, _) = machine(identities());
    world.fault("GET status=410 count=5");
    signed_in(&world.credential(imds(Search::Insist), Identity::System));
    assert_eq!((world.count(), world.waited()), (6, 75.0));
}

#[test]
fn the_services_own_word_is_waited_for() {
    let (world, _) = machine(identities());
    world.fault("GET status=429 retry-after=9 count=1");
    signed_in(&world.credential(imds(Search::Insist), Identity::System));
    assert_eq!((world.count(), world.waited()), (2, 9.0));
}

#[test]
fn a_service_that_hangs_up_is_asked_again_and_then_stops_the_chain() {
    let (world, _) = machine(identities());
    world.fault("GET reset=before skip=1");
    refused(&world.credential(imds(Search::Probe), Identity::System));
    assert_eq!((world.count(), world.waited()), (7, 24.0));
}

#[test]
fn a_probe_is_made_once_whatever_happens() {
    let (world, fake) = machine(identities());
    world.fault("GET reset=before");
    let error = unavailable(&world.credential(imds(Search::Probe), Identity::System));
    assert!(error.what.contains("is not there"), "{error}");
    assert_eq!((world.count(), world.waited(), fake.asked.all().len()), (1, 0.0, 0));
}

#[test]
fn an_address_that_nobody_has_lets_the_chain_go_on() {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port");
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let http = client(&Network::Embedded { address: free, ca: Vec::new() }, &clock);
    let cloud = Cloud::built_in("public").expect("built in");
    let own = || Identity::System;
    unavailable(&ManagedIdentity::new(&http, &cloud, imds(Search::Probe), own()));
    assert_eq!(clock.elapsed(), Duration::ZERO);
    unavailable(&ManagedIdentity::new(&http, &cloud, imds(Search::Insist), own()));
    assert_eq!(clock.elapsed(), Duration::from_secs(24));
}

#[test]
fn an_address_that_says_nothing_lets_the_chain_go_on_after_a_second() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = silent.local_addr().expect("an address");
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let http = client(&Network::Embedded { address, ca: Vec::new() }, &clock);
    let cloud = Cloud::built_in("public").expect("built in");
    let credential = ManagedIdentity::new(&http, &cloud, imds(Search::Probe), Identity::System);
    let error = unavailable(&credential);
    assert!(error.what.contains("within 1 s"), "{error}");
    assert_eq!(clock.elapsed(), Duration::ZERO, "and it is not tried again");
}

#[test]
fn a_service_that_is_there_and_slow_stops_the_chain_and_is_told_with_its_bound() {
    let (mut world, _) = machine(identities());
    let _slow = world.slow(0);
    let error = refused(&world.credential(imds(Search::Insist), Identity::System));
    assert_eq!((world.waited(), error.kind), (24.0, Kind::Throttled));
    let said = "the instance metadata service did not answer: no whole answer within 0.05 s";
    assert!(error.what.contains(said), "{error}");
}
