//! Tests: each phase of a call has a bound of its own, which its error says.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::{Body, Http, Limits, Method, Network, NoAnswer, Request};
use crate::clock::Clock;
use crate::emulator::{self, Emulator};
use crate::env::Env;
use crate::error::Kind;
use crate::halt::Signal;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(600);
const LIMITS: Limits = Limits { connect: LONG, first_byte: LONG, call: LONG };

fn get(http: &Http) -> NoAnswer {
    let url = "https://kv.vault.azure.net/secrets";
    let request =
        Request { method: Method::Get, url, token: None, headers: &[], body: Body::Empty };
    http.send(&request).err().expect("no answer")
}

fn service(clock: &Clock) -> Emulator {
    let options = emulator::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data: None,
        clock: clock.clone(),
        allow_remote: false,
    };
    Emulator::start(options).expect("the embedded vault starts")
}

/// A client of the service, at its own address or at another.
fn client(
    service: &Emulator,
    silent: Option<&TcpListener>,
    limits: Limits,
    clock: Clock,
) -> Arc<Http> {
    let address = silent.map_or(service.address(), |at| at.local_addr().expect("an address"));
    let network = Network::Embedded { address, ca: service.ca_der().to_vec() };
    Http::new(&network, &Env::default(), limits, clock).expect("a client")
}

#[test]
fn a_server_that_does_not_speak_tls_is_given_up_with_the_bound_of_a_connection() {
    let clock = Clock::system();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let limits = Limits { connect: SHORT, ..LIMITS };
    let none = get(&client(&service(&clock), Some(&silent), limits, clock));
    assert!(none.error.what.contains("no connection within 0.05 s"), "{}", none.error);
    assert!(none.before_request, "nothing was sent");
    assert_eq!(none.error.kind, Kind::Unreachable);
}

#[test]
fn a_proxy_that_says_nothing_is_given_up_with_the_bound_of_a_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = format!("http://{}", silent.local_addr().expect("an address"));
    let env = Env::new([("HTTPS_PROXY".to_owned(), proxy)]);
    let network = Network::Real { extra_roots: Vec::new() };
    let limits = Limits { connect: SHORT, ..LIMITS };
    let none = get(&Http::new(&network, &env, limits, Clock::system()).expect("a client"));
    assert!(none.error.what.contains("no connection within 0.05 s"), "{}", none.error);
    assert!(none.before_request, "nothing was sent");
}

#[test]
fn an_answer_that_does_not_begin_or_does_not_come_is_given_up_with_its_own_bound() {
    for limits in [Limits { first_byte: SHORT, ..LIMITS }, Limits { call: SHORT, ..LIMITS }] {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let service = service(&clock);
        let kept = service.control().keep_waiting(|_| true);
        let none = get(&client(&service, None, limits, clock));
        assert!(none.error.what.contains("no whole answer within 0.05 s"), "{}", none.error);
        assert!(!none.before_request, "it may have been done");
        assert_eq!(none.error.kind, Kind::Throttled);
        drop(kept);
    }
}

/// A server that ends inside its answer's body and stays; its address, and whom to trust.
fn half_answering() -> (std::net::SocketAddr, Vec<u8>) {
    let names = ["kv.vault.azure.net".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let (cert, key) = (own.cert.der().clone(), own.signing_key.serialize_der());
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.clone()], PrivatePkcs8KeyDer::from(key).into())
        .expect("a pair");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a client");
        let session = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
        let mut stream = rustls::StreamOwned::new(session, socket);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            .and_then(|()| stream.flush());
        // Until the client has gone.
        let _ = stream.read(&mut request);
    });
    (address, cert.to_vec())
}

#[test]
fn a_body_that_stops_on_its_way_is_given_up_with_the_bound_of_the_call() {
    let (address, ca) = half_answering();
    let network = Network::Embedded { address, ca };
    let limits = Limits { call: Duration::from_millis(500), ..LIMITS };
    let none =
        get(&Http::new(&network, &Env::default(), limits, Clock::system()).expect("a client"));
    assert!(none.error.what.contains("no whole answer within 0.5 s"), "{}", none.error);
    assert!(!none.before_request, "it may have been done");
}

#[test]
fn a_run_that_is_over_asks_nobody_and_says_why() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let service = service(&clock);
    let late = clock.within(SHORT);
    late.wait(SHORT);
    let stopped = clock.apart();
    stopped.stop(Signal::Terminate);
    for (over, said) in [(late, "time limit of 0.05 s"), (stopped, "stopped by SIGTERM")] {
        let none = get(&client(&service, None, LIMITS, over));
        assert!(none.error.what.contains(said), "{}", none.error);
        assert!(none.before_request && !none.may_pass);
    }
    assert!(service.control().requests().is_empty());
}
