//! The embedded Key Vault as other programs see it: over TLS, by a vault's real name through the tunnel or
//! by its own address.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use secretzero::clock::Clock;
use secretzero::emulator::{Emulator, Options};
use ureq::http::Request;

use self::client::{HOST, Service, TENANT, VAULT, VERSION, agent, answer, options, sign_in};

mod client;
mod faults;

#[test]
fn every_request_without_a_good_token_is_challenged_whatever_it_asks() {
    let service = Service::start();
    let request = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(format!("{VAULT}{path}"));
        let request = request.body(String::new()).expect("a request");
        answer(&service.agent, request).expect("an answer")
    };
    for (method, path) in [
        ("GET", "/secrets?api-version=7.6"),
        ("PUT", "/secrets/"),
        ("PUT", "/secrets/a_b"),
        ("POST", "/nothing"),
    ] {
        let answer = request(method, path);
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(answer.message(), "AKV10000: Request is missing a Bearer or PoP token.");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.starts_with("Bearer authorization=\"https://login.microsoftonline.com/"),
            "{challenge}"
        );
        assert!(challenge.ends_with("\", resource=\"https://vault.azure.net\""), "{challenge}");
    }
}

#[test]
fn a_token_for_another_audience_another_tenant_or_of_yesterday_is_refused() {
    let service = Service::start();
    let token = service.token(TENANT, "https://management.azure.com");
    let answer = service.get("/secrets", &token);
    assert_eq!(
        (answer.status, answer.json()["error"]["code"].as_str()),
        (401, Some("Unauthorized"))
    );
    assert!(answer.message().starts_with("AKV10022: Invalid audience."), "{}", answer.message());
    assert!(answer.has("www-authenticate"));

    let token = service.vault_token();
    assert_eq!(service.get("/secrets", &token).status, 200);
    let own = "22222222-2222-3333-4444-555555555555";
    service.emulator.control().set_tenant(HOST, own);
    let answer = service.get("/secrets", &token);
    assert!(answer.message().starts_with("AKV10032: Invalid issuer."), "{}", answer.message());
    assert!(answer.header("www-authenticate").contains(own));

    let token = service.token(own, "https://vault.azure.net");
    service.clock.wait(Duration::from_secs(3_598));
    assert_eq!(service.get("/secrets", &token).status, 200);
    service.clock.wait(Duration::from_secs(1));
    let answer = service.get("/secrets", &token);
    assert_eq!(answer.message(), "[TokenExpired] Error validating token: 'S2S12086'.");
    assert!(answer.has("www-authenticate"));
}

#[test]
fn every_answer_carries_what_support_asks_for() {
    let service = Service::start();
    let token = service.vault_token();
    let (first, second) = (service.get("/secrets", &token), service.get("/secrets/none", &token));
    assert_ne!(first.header("x-ms-request-id"), second.header("x-ms-request-id"));
    for answer in [first, second] {
        assert_eq!(answer.header("x-ms-client-request-id"), "my-own-id");
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.header("content-length"), answer.text.len().to_string());
        assert_eq!(
            answer.header("x-ms-keyvault-network-info"),
            "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;"
        );
        assert!(answer.header("date").ends_with(" GMT"));
        for name in ["x-ms-keyvault-region", "x-ms-keyvault-service-version", "expires"] {
            assert!(answer.has(name), "{name}");
        }
        for name in ["location", "retry-after", "etag"] {
            assert!(!answer.has(name), "{name}");
        }
    }
}

#[test]
fn a_purge_is_answered_without_type_and_length() {
    let service = Service::start();
    let token = service.vault_token();
    service.put("db", &token).expect("an answer");
    service.emulator.control().delete(HOST, "db");
    let purged = service.send("DELETE", "/deletedsecrets/db", &token, "").expect("an answer");
    assert_eq!(purged.status, 204);
    assert!(!purged.has("content-type") && !purged.has("content-length"));
    assert_eq!(service.get("/deletedsecrets/db", &token).status, 404);
}

#[test]
fn a_tunnel_to_any_other_host_is_refused_and_so_is_plain_http() {
    let service = Service::start();
    let address = service.emulator.address();
    for target in
        ["example.net:443", "a.vault.azure.net:22", "localhost:443", "169.254.169.254:443"]
    {
        let said = raw(address, &format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"));
        assert!(said.starts_with("HTTP/1.1 403 "), "{target}: {said}");
        assert!(said.contains("nowhere else"), "{said}");
    }
    let said = raw(address, "GET /secrets HTTP/1.1\r\nHost: a.vault.azure.net\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("HTTPS_PROXY"), "{said}");
    assert!(service.emulator.control().requests().is_empty());
}

#[test]
fn a_host_header_must_name_the_host_of_the_tunnel() {
    let service = Service::start();
    let request = Request::get(format!("{VAULT}/secrets?{VERSION}"))
        .header("Host", "shop-b-kv.vault.azure.net")
        .body(String::new());
    let answer = answer(&service.agent, request.expect("a request")).expect("an answer");
    assert_eq!(answer.status, 421);
}

#[test]
fn its_own_address_is_a_vault_and_an_authority_too() {
    let service = Service::start();
    let agent = agent(&service.emulator, false);
    let base = format!("https://localhost:{}", service.emulator.address().port());
    let url = format!("{base}/{TENANT}/oauth2/v2.0/token");
    let answered = sign_in(&agent, &url, "https://vault.azure.net").expect("an answer");
    let token = answered.json()["access_token"].as_str().expect("a token").to_owned();
    let send = |method: &str, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("{base}/secrets/db?{VERSION}"))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json");
        answer(&agent, request.body(body.to_owned()).expect("a request")).expect("an answer")
    };
    assert_eq!(send("PUT", r#"{"value":"direct"}"#).status, 200);
    let got = send("GET", "").json();
    assert_eq!(got["value"], "direct");
    assert!(got["id"].as_str().expect("an id").starts_with(&base), "{got}");
}

#[test]
fn the_end_frees_the_port_and_the_folder_though_clients_are_connected() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = Some(folder.path().join("vaults"));
    let clock = Clock::system();
    // An address of its own, so that no other test can take the port over.
    let listen = ([127, 77, 0, 1], 0).into();
    let first = Emulator::start(Options { listen, data: data.clone(), ..options(clock.clone()) });
    let first = first.expect("it starts");
    let (address, control) = (first.address(), first.control());
    control.put(HOST, "db", "kept", Default::default());
    let mut idle = TcpStream::connect(address).expect("connected");
    drop(first);
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0, "the connection ended");
    assert!(control.versions(HOST, "db").is_empty(), "the vaults are gone");
    // Binding it anew would tell less: another test's connection may have come to leave by this port.
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    let second = Emulator::start(Options { data, ..options(clock) }).expect("the folder is free");
    assert_eq!(second.control().versions(HOST, "db").len(), 1);
}

#[test]
fn other_machines_are_kept_out_unless_they_are_let_in() {
    let listen = ([0, 0, 0, 0], 0).into();
    let remote = Options { listen, ..options(Clock::system()) };
    let error = Emulator::start(remote.clone()).err().expect("it is refused");
    assert!(error.to_string().contains("--allow-remote"), "{error}");
    let emulator = Emulator::start(Options { allow_remote: true, ..remote }).expect("it starts");
    let port = emulator.address().port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "it listens on every address");
}

/// What a client gets that says only this.
fn raw(address: SocketAddr, text: &str) -> String {
    let mut socket = TcpStream::connect(address).expect("connected");
    socket.write_all(text.as_bytes()).expect("written");
    let mut said = String::new();
    socket.read_to_string(&mut said).expect("read to the end");
    said
}
