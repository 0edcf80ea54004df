//! Azure Arc's agent.

use std::path::Path;

use tempfile::TempDir;

use super::super::arc::AzureArc;
use super::*;
use crate::azure::credential::user::tests::{assert_silent, shown};
use crate::emulator::identity::AzureArc as Fake;
use crate::emulator::{Fault, Hook};
use crate::error::Kind;

struct Server {
    world: World,
    fake: Arc<Fake>,
    keys: TempDir,
}

impl Server {
    fn new(is_old: bool) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        let mut fake = Fake::new(identities(), keys.path().to_owned());
        fake.is_old = is_old;
        let fake = Arc::new(fake);
        Self { world: World::new(fake.clone()), fake, keys }
    }

    fn credential(&self, identity: Identity) -> ManagedIdentity {
        let host = Host::AzureArc(AzureArc::with_keys_in(self.keys.path()));
        self.world.credential(host, identity)
    }
}

#[test]
fn the_servers_own_identity_is_asked_for_with_the_agents_key() {
    let server = Server::new(false);
    let token = signed_in(&server.credential(Identity::System));
    assert_eq!((holder(&token).as_str(), token.lives.as_secs()), ("client-system", 86_400));
    let asked: Vec<String> = server.fake.asked.all().iter().map(told).collect();
    let url = "GET 127.0.0.1:40342/metadata/identity/oauth2/token?api-version=2020-06-01\
               &resource=https%3A%2F%2Fvault.azure.net";
    assert_eq!(asked[0], format!("{url} metadata=true []"));
    assert!(asked[1].starts_with(&format!("{url} authorization=Basic ")), "{}", asked[1]);
    assert_eq!(asked.len(), 2);
}

#[test]
fn an_assigned_identity_is_named_by_any_of_its_ids() {
    for way in ways_to_b() {
        assert_eq!(holder(&signed_in(&Server::new(false).credential(way))), "client-b");
    }
}

#[test]
fn an_old_agent_that_gives_another_identitys_token_is_refused() {
    for way in ways_to_b() {
        let error = refused(&Server::new(true).credential(way));
        assert!(error.what.contains("did not give the token of"), "{error}");
    }
    assert_eq!(
        holder(&signed_in(&Server::new(true).credential(Identity::System))),
        "client-system"
    );
}

/// Whoever answers names this file.
fn naming(path: &Path) -> Hook {
    let realm = format!("Basic realm={}", path.display());
    Arc::new(move |_| {
        let headers = vec![("WWW-Authenticate".to_owned(), realm.clone())];
        Some(Fault::Answer { status: 401, headers, body: String::new() })
    })
}

#[test]
fn a_file_outside_of_the_agents_folder_is_not_sent() {
    let other = tempfile::tempdir().expect("a folder");
    let path = other.path().join("x.key");
    std::fs::write(&path, "secret").expect("written");
    let server = Server::new(false);
    server.world.control().on_request(naming(&path));
    let error = refused(&server.credential(Identity::System));
    assert!(error.what.contains("no key in"), "{error}");
    assert_eq!(server.world.count(), 1, "there is no second request");
}

#[test]
fn a_key_that_the_agent_did_not_write_is_not_read() {
    let server = Server::new(false);
    server.world.control().on_request(naming(&server.keys.path().join("x.key")));
    let error = refused(&server.credential(Identity::System));
    assert!(error.what.contains("cannot be read"), "{error}");
}

#[test]
fn an_answer_without_a_challenge_stops_the_chain() {
    for rule in ["GET status=200", "GET status=401", "GET status=404"] {
        let server = Server::new(false);
        server.world.fault(rule);
        let error = refused(&server.credential(Identity::System));
        assert!(error.to_string().contains("azcmagent"), "{error}");
        assert_eq!(server.world.count(), 1);
    }
}

#[test]
fn a_busy_agent_is_asked_again() {
    let server = Server::new(false);
    server.world.fault("GET status=429 count=1");
    server.world.fault("GET status=500 skip=1 count=2");
    signed_in(&server.credential(Identity::System));
    assert_eq!((server.world.count(), server.world.waited()), (5, 1.6));
}

#[test]
fn an_agent_that_does_not_run_lets_the_chain_go_on_and_one_that_hangs_up_does_not() {
    let server = Server::new(false);
    server.world.fault("GET reset=before");
    refused(&server.credential(Identity::System));
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr());
    let address = free.expect("a port");
    let http = client(&Network::Embedded { address, ca: Vec::new() }, &clock);
    let host = Host::AzureArc(AzureArc::new(None));
    let cloud = Cloud::built_in("public").expect("built in");
    let error = unavailable(&ManagedIdentity::new(&http, &cloud, host, Identity::System));
    assert!(error.to_string().contains("azcmagent show"), "{error}");
}

#[test]
fn neither_the_key_nor_the_token_is_told_whether_the_sign_in_is_served_or_refused() {
    for rule in [None, Some("GET status=401 skip=1"), Some("GET status=403 skip=1")] {
        let server = Server::new(false);
        if let Some(rule) = rule {
            server.world.fault(rule);
        }
        let ended = server.credential(Identity::System).sign_in(Wish::default());
        assert_eq!(ended.is_ok(), rule.is_none(), "{ended:?}");
        let keys = std::fs::read_dir(server.keys.path()).expect("a folder");
        let read = |file: std::fs::DirEntry| std::fs::read_to_string(file.path()).expect("a key");
        let mut secrets: Vec<String> = keys.map(|file| read(file.expect("a file"))).collect();
        secrets.extend(ended.as_ref().ok().map(|token| token.text.expose().to_owned()));
        assert_eq!(secrets.len(), if rule.is_none() { 2 } else { 1 });
        assert_silent(&shown(&ended), &secrets);
    }
}

#[test]
fn a_slow_agent_stops_the_chain_and_is_told_with_its_bound_and_without_its_key() {
    for answered in [0, 1] {
        let mut server = Server::new(false);
        let _slow = server.world.slow(answered);
        let error = refused(&server.credential(Identity::System));
        assert_eq!((server.world.waited(), error.kind), (24.0, Kind::Throttled));
        let error = error.to_string();
        let said = "Azure Arc's agent did not answer: no whole answer within 0.05 s";
        assert!(error.contains(said) && error.contains("azcmagent show"), "{error}");
        assert!(!error.contains("Basic"), "{error}");
        for file in std::fs::read_dir(server.keys.path()).expect("a folder") {
            let key = std::fs::read_to_string(file.expect("a file").path()).expect("a key");
            assert!(!error.contains(&key), "{error}");
        }
    }
}
