//! What the service itself takes on this machine: the same requests from a client that does nothing
//! else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::vault::Vault;
use crate::{Result, workload};

/// What requests cost.
#[derive(Debug, Clone, Copy)]
pub struct Bare {
    /// One request on an open connection, nothing else running; seconds.
    pub trip: f64,
    /// What a connection adds to its first request: TCP, tunnel and TLS; seconds.
    pub connect: f64,
    /// The least time between two answers when as many threads ask as the program has, seconds: on a
    /// small machine this is CPU, which client and service share.
    pub apart: f64,
}

impl Bare {
    /// Asks a vault that no workload uses.
    pub fn measure(vault: &Vault) -> Result<Self> {
        let token = token(&agent(vault)?)?;
        let (mut firsts, mut trips) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let agent = agent(vault)?;
            firsts.push(put(&agent, &token)?);
            trips.push(put(&agent, &token)?);
            trips.push(put(&agent, &token)?);
        }
        let trip = median(&mut trips);
        let connect = (median(&mut firsts) - trip).max(0.0);
        Ok(Self { trip, connect, apart: apart(vault, &token)? })
    }
}

/// Many threads at once, on connections that are open already.
fn apart(vault: &Vault, token: &str) -> Result<f64> {
    let agent = agent(vault)?;
    let (errors, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all = |count: usize| {
        next.store(0, Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..workload::PARALLEL {
                scope.spawn(|| {
                    while next.fetch_add(1, Ordering::Relaxed) < count {
                        if put(&agent, token).is_err() {
                            errors.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
    };
    all(workload::PARALLEL * 2);
    let began = Instant::now();
    all(MANY);
    let took = began.elapsed().as_secs_f64();
    match errors.load(Ordering::Relaxed) {
        0 => Ok(took / MANY as f64),
        errors => Err(format!("{errors} bare requests failed").into()),
    }
}

fn agent(vault: &Vault) -> Result<Agent> {
    let roots: Vec<Certificate<'static>> = parse_pem(vault.ca.as_bytes())
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    let tls = TlsConfig::builder().root_certs(RootCerts::from(roots)).build();
    let proxy = ureq::Proxy::new(&format!("http://{}", vault.address))?;
    let config = Agent::config_builder().tls_config(tls).proxy(Some(proxy));
    let config = config.max_idle_connections(256).max_idle_connections_per_host(256);
    Ok(config.timeout_global(Some(Duration::from_secs(60))).build().into())
}

fn token(agent: &Agent) -> Result<String> {
    let url = format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", workload::TENANT);
    let form = "grant_type=client_credentials&client_id=99999999-8888-7777-6666-555555555555\
                &client_secret=any&scope=https://vault.azure.net/.default";
    let request = Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    let text = agent.run(request.body(form)?)?.into_body().read_to_string()?;
    let answer: serde_json::Value = serde_json::from_str(&text)?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// Makes a version like those of the program; how long it took, in seconds.
fn put(agent: &Agent, token: &str) -> Result<f64> {
    let began = Instant::now();
    let request = Request::put("https://bench-bare-kv.vault.azure.net/secrets/db?api-version=7.6")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    agent.run(request.body(BODY)?)?.into_body().read_to_vec()?;
    Ok(began.elapsed().as_secs_f64())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// How many requests tell the rate.
const MANY: usize = 480;

/// As long as what the program sends.
const BODY: &str = r#"{"value":"0123456789abcdef0123456789abcdef","attributes":{"enabled":true},"tags":{"ManagedBy":"secretzero","secretzero":"db","secretzero-state":"1;2026-01-01T00:00:00Z.00000000;2026-01-01T00:00:00Z;2026-01-01T00:00:00Z;0123456789abcdef"}}"#;
