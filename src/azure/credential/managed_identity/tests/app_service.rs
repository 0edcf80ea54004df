//! App Service's protocol.

use super::*;
use crate::emulator::identity::AppService as Fake;
use crate::error::Kind;

fn app(identities: Identities) -> (World, Arc<Fake>) {
    let fake = Arc::new(Fake::new(identities, "h3ader"));
    (World::new(fake.clone()), fake)
}

fn host(header: &str) -> Host {
    let variables = [
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token/?tag=1"),
        ("IDENTITY_HEADER", header),
    ];
    let env = Env::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Host::detect(&env, true, Search::Probe).expect("an app")
}

#[test]
fn the_apps_own_identity_is_asked_for_by_the_whole_protocol() {
    let (world, fake) = app(identities());
    let token = signed_in(&world.credential(host("h3ader"), Identity::System));
    assert_eq!((holder(&token).as_str(), token.lives.as_secs()), ("client-system", 86_400));
    let query = "tag=1&api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net";
    let headers = "metadata=true x-identity-header=h3ader";
    let asked: Vec<String> = fake.asked.all().iter().map(told).collect();
    assert_eq!(asked, [format!("GET 127.0.0.1:41741/msi/token/?{query} {headers} []")]);
}

#[test]
fn an_assigned_identity_is_named_by_any_of_its_ids() {
    for way in ways_to_b() {
        let (world, _) = app(identities());
        assert_eq!(holder(&signed_in(&world.credential(host("h3ader"), way))), "client-b");
    }
}

#[test]
fn an_app_without_such_an_identity_stops_the_chain() {
    let (world, _) = app(Identities::default());
    let error = refused(&world.credential(host("h3ader"), Identity::System));
    assert!(error.what.contains("400: No managed identity found"), "{error}");
    assert!(error.to_string().contains("assign the host's own identity"), "{error}");
}

#[test]
fn a_wrong_header_stops_the_chain_and_is_not_shown() {
    let (world, _) = app(identities());
    let error = refused(&world.credential(host("hunter2"), Identity::System));
    assert!(error.what.contains("401") && !error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn an_endpoint_that_repeats_the_header_is_shown_without_it() {
    let (world, _) = app(identities());
    world.control().on_request(Arc::new(|_| {
        let body = r#"{"statusCode":400,"message":"not with hunter2 as the header"}"#.to_owned();
        Some(crate::emulator::Fault::Answer { status: 400, headers: Vec::new(), body })
    }));
    let error = refused(&world.credential(host("hunter2"), Identity::System)).to_string();
    assert!(error.contains("not with *** as the header"), "{error}");
}

#[test]
fn a_busy_host_is_asked_again_within_a_bound() {
    let (world, _) = app(identities());
    world.fault("GET status=429 count=1");
    world.fault("GET status=500 count=2");
    signed_in(&world.credential(host("h3ader"), Identity::System));
    assert_eq!((world.count(), world.waited()), (4, 4.8));
    let (world, _) = app(identities());
    world.fault("GET status=503");
    let error = refused(&world.credential(host("h3ader"), Identity::System));
    assert_eq!((world.count(), world.waited(), error.kind), (6, 24.0, Kind::Unreachable));
}

#[test]
fn what_a_metadata_service_asks_to_wait_for_is_final_here() {
    for status in [404, 410] {
        let (world, _) = app(identities());
        world.fault(&format!("GET status={status}"));
        refused(&world.credential(host("h3ader"), Identity::System));
        assert_eq!(world.count(), 1, "{status}");
    }
}

#[test]
fn an_endpoint_that_does_not_answer_stops_the_chain() {
    let (world, _) = app(identities());
    world.fault("GET reset=before");
    let error = refused(&world.credential(host("h3ader"), Identity::System));
    assert!(error.to_string().contains("IDENTITY_ENDPOINT"), "{error}");
}

#[test]
fn a_slow_endpoint_stops_the_chain_and_is_told_with_its_bound() {
    let (mut world, _) = app(identities());
    let _slow = world.slow(0);
    let error = refused(&world.credential(host("hunter2"), Identity::System));
    assert_eq!((world.waited(), error.kind), (24.0, Kind::Throttled));
    let error = error.to_string();
    let said = "the app's identity endpoint did not answer: no whole answer within 0.05 s";
    assert!(error.contains(said) && error.contains("IDENTITY_ENDPOINT"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
