//! Which links a job has, and what becomes of one that has none.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::azure::credential::TokenSource;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::emulator::identity::{Assigned, Identities, Imds};
use crate::emulator::{Emulator, Options};
use crate::env::Env;
use crate::error::Error;
use crate::http::{Http, Limits, Network};
use crate::secretfile::Auth;

/// A job on a machine whose every address leads to the embedded server.
struct World {
    emulator: Emulator,
    imds: Arc<Imds>,
    clock: Clock,
    http: Arc<Http>,
}

impl World {
    /// The machine has an identity of its own, or a metadata service without any.
    fn new(has_identity: bool) -> Self {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).expect("in range"));
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("an emulator");
        let own = Assigned { client: "own".to_owned(), ..Assigned::default() };
        let system = has_identity.then_some(own);
        let imds = Arc::new(Imds::new(Identities { system, assigned: Vec::new() }));
        emulator.control().serve_on_host(Some(imds.clone()));
        let (address, ca) = (emulator.address(), emulator.ca_der().to_vec());
        let http = client(&Network::Embedded { address, ca }, &clock);
        Self { emulator, imds, clock, http }
    }

    fn source(&self, variables: &[(&str, &str)]) -> Result<TokenSource> {
        source(&self.http, variables)
    }

    /// The paths that were asked for.
    fn paths(&self) -> Vec<String> {
        self.emulator.control().requests().into_iter().map(|seen| seen.path).collect()
    }
}

fn client(network: &Network, clock: &Clock) -> Arc<Http> {
    let limit = Duration::from_secs(60);
    let limits = Limits { connect: limit, first_byte: limit, call: limit };
    Http::new(network, &Env::default(), limits, clock.clone()).expect("a client")
}

fn source(http: &Arc<Http>, variables: &[(&str, &str)]) -> Result<TokenSource> {
    let env = Env::new(variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let cloud = Cloud::built_in("public").expect("built in");
    TokenSource::new(http.clone(), cloud, &Auth::default(), &env, None)
}

fn failed(source: &TokenSource) -> Error {
    source.token(None).err().expect("no token")
}

/// The names of the lines that tell of each way, in their order.
fn names(error: &Error) -> Vec<&str> {
    let lines = error.help.as_deref().unwrap_or_default().lines().skip(1);
    lines.filter_map(|line| Some(line.split_once(": ")?.0)).collect()
}

#[test]
fn a_job_with_nothing_hears_of_every_way_in_its_order_and_without_a_wait() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr());
    let (address, ca) = (free.expect("a port"), Vec::new());
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let http = client(&Network::Embedded { address, ca }, &clock);
    let error = failed(&source(&http, &[]).expect("a chain"));
    assert!(error.what.contains("no Azure identity"), "{error}");
    assert_eq!(names(&error), Way::ALL.map(Way::name), "{error}");
    assert!(error.to_string().contains("AZURE_CLIENT_SECRET"), "{error}");
    assert!(error.to_string().contains("metadata service is not there"), "{error}");
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn a_runner_whose_machine_has_no_identity_hears_of_every_way_without_a_wait() {
    let world = World::new(false);
    let error = failed(&world.source(&[]).expect("a chain"));
    assert_eq!(names(&error).len(), 7, "{error}");
    assert!(error.to_string().contains("Identity not found"), "{error}");
    assert_eq!(world.clock.elapsed(), Duration::ZERO);
}

#[test]
fn a_machines_identity_serves_where_nothing_else_is_set_up() {
    let world = World::new(true);
    let source = world.source(&[]).expect("a chain");
    assert!(source.token(None).is_ok());
    assert_eq!(world.imds.asked.all().len(), 2, "a probe and a question");
}

#[test]
fn an_applications_secret_comes_before_the_machines_identity() {
    let world = World::new(true);
    let tenant = "11111111-2222-3333-4444-555555555555";
    let variables =
        [("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")];
    let source = world.source(&variables).expect("a chain");
    assert!(source.token(None).is_ok());
    assert_eq!(world.paths(), [format!("/{tenant}/oauth2/v2.0/token")]);
}

#[test]
fn a_developers_chain_never_asks_the_machine() {
    let world = World::new(true);
    let source = world.source(&[("AZURE_TOKEN_CREDENTIALS", "dev")]).expect("a chain");
    let error = failed(&source);
    assert!(
        error.to_string().contains("managed_identity: left out by AZURE_TOKEN_CREDENTIALS"),
        "{error}"
    );
    assert!(world.paths().is_empty());
}

#[test]
fn who_chose_the_machines_identity_waits_for_it_without_a_probe() {
    let world = World::new(true);
    let rule = "GET status=404 count=3".parse().expect("a rule");
    world.emulator.control().add_fault(rule);
    let chosen = [("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")];
    assert!(world.source(&chosen).expect("a chain").token(None).is_ok());
    assert_eq!(world.clock.elapsed(), Duration::from_millis(4_800));
    assert_eq!(world.imds.asked.all().len(), 1);
}

#[test]
fn a_word_that_names_no_way_is_told_before_any_request() {
    let world = World::new(true);
    let error = world.source(&[("AZURE_TOKEN_CREDENTIALS", "azure-cli")]).err().expect("refused");
    assert!(error.to_string().contains("AzureCliCredential"), "{error}");
}

#[test]
fn the_jobs_allowed_tenants_are_checked_before_any_request() {
    let world = World::new(true);
    let allowed = |text| world.source(&[("AZURE_ADDITIONALLY_ALLOWED_TENANTS", text)]);
    assert!(allowed("a.example;*").is_ok());
    let error = allowed("a.example,b").err().expect("no tenant").to_string();
    assert!(error.contains("AZURE_ADDITIONALLY_ALLOWED_TENANTS"), "{error}");
}

#[test]
fn a_user_name_is_refused_unless_an_application_signs_in_or_others_were_chosen() {
    let world = World::new(true);
    let user = [("AZURE_USERNAME", "u"), ("AZURE_PASSWORD", "hunter2")];
    let error = world.source(&user).err().expect("refused").to_string();
    assert!(error.contains("AZURE_USERNAME") && !error.contains("hunter2"), "{error}");
    let narrowed = [user[0], user[1], ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")];
    assert!(world.source(&narrowed).is_ok());
    let secret =
        [user[0], ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")];
    assert!(world.source(&secret).is_ok());
}

#[test]
fn a_host_that_has_no_token_for_us_is_passed_over_with_what_to_use_instead() {
    let world = World::new(true);
    let shell = [("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")];
    let error = failed(&world.source(&shell).expect("a chain"));
    assert!(error.to_string().contains("Cloud Shell"), "{error}");
    assert!(error.to_string().contains("auth.kind: cli"), "{error}");
    assert!(world.paths().is_empty());
}
