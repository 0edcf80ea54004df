//! The only door to the network: https, bounded in size and time, never along a redirect.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rand::TryRng;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::error_code::ErrorCode;
use crate::retry::{Retry, Trouble};
use crate::secret::SecretValue;

mod agent;
mod local;
mod loopback;
#[cfg(test)]
mod phases;
mod proxy;
mod roots;
mod trouble;
mod way;

pub use local::is_local;
pub use loopback::{Loopback, Verdict};
pub use way::{Proxied, Way};

/// Where connections go and whom they trust.
#[derive(Debug, Clone)]
pub enum Network {
    /// The world: the system's name resolution, the environment's proxy, built-in roots and the
    /// ones that the environment and `extra_roots` (PEM) add.
    Real {
        /// The text of every `--ca-certificate` file, with its path.
        extra_roots: Vec<(String, Vec<u8>)>,
    },
    /// The embedded vault: every name resolves to its address, only its CA is trusted, no proxy.
    Embedded {
        /// Where it listens.
        address: SocketAddr,
        /// Its throw-away CA's certificate, DER.
        ca: Vec<u8>,
    },
}

/// Time limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one connection, TLS included.
    pub connect: Duration,
    /// From the end of the request to the answer's head.
    pub first_byte: Duration,
    /// For one whole call.
    pub call: Duration,
}

/// A client; shared by threads, keeps its connections.
pub struct Http {
    agents: agent::Agents,
    limits: Limits,
    /// No call starts once its run is over.
    clock: Clock,
}

/// A request and an answer in ureq's terms.
type Sent<'a> = ureq::http::Request<&'a [u8]>;
type Received = ureq::http::Response<ureq::Body>;

/// One request.
pub struct Request<'a> {
    /// GET, PUT, POST, PATCH or DELETE.
    pub method: Method,
    /// An absolute https URL.
    pub url: &'a str,
    /// The bearer token.
    pub token: Option<&'a SecretValue>,
    /// Further headers, names in lower case; their values are taken for secret.
    pub headers: &'a [(&'static str, &'a str)],
    /// What is sent.
    pub body: Body<'a>,
}

/// The methods of the protocols that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes a version.
    Put,
    /// Starts something.
    Post,
    /// Changes properties.
    Patch,
    /// Deletes or purges.
    Delete,
}

/// A request's body; secret, since values and credentials travel in it.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// None; POST and PUT say `Content-Length: 0`.
    Empty,
    /// `application/json`.
    Json(&'a SecretValue),
    /// `application/x-www-form-urlencoded`.
    Form(&'a SecretValue),
}

/// When a request may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// After every failure that may pass: doing it twice is the same as doing it once.
    Always,
    /// Only after a failure that surely came before the service did anything.
    BeforeCommit,
}

/// An answer of any status but a redirect.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The service's clock.
    pub date: Option<Timestamp>,
    /// `Retry-After`, in either form, relative to now.
    pub retry_after: Option<Duration>,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `x-ms-request-id`.
    pub request_id: Option<String>,
    /// `x-ms-keyvault-network-info`: our address as the vault sees it.
    pub network_info: Option<String>,
    /// The body, within the limit; wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
}

/// No answer.
#[derive(Debug)]
pub struct NoAnswer {
    /// What happened, for the user.
    pub error: Error,
    /// Whether the request surely never reached the service: name resolution, connect, TLS.
    pub before_request: bool,
    /// Whether another try may succeed.
    pub may_pass: bool,
    /// The status of an answer that is not taken: a redirect's.
    pub status: Option<u16>,
}

impl Http {
    /// A client, or what is wrong with the environment's proxy or certificates.
    pub fn new(network: &Network, env: &Env, limits: Limits, clock: Clock) -> Result<Arc<Self>> {
        let agents = agent::Agents::new(network, env, &limits)?;
        Ok(Arc::new(Self { agents, limits, clock }))
    }

    /// Sends a request until it is answered for good, or our patience is over. Returns the last answer,
    /// whatever its status; once the run is over, that it is.
    pub fn call(
        &self,
        request: &Request<'_>,
        repeat: Repeat,
    ) -> std::result::Result<Response, NoAnswer> {
        let mut retry = Retry::default();
        loop {
            let answer = self.send(request);
            let asked = answer.as_ref().ok().and_then(|response| response.retry_after);
            if !self.waits(&mut retry, trouble_of(&answer, repeat), asked) {
                return answer;
            }
        }
    }

    /// Waits before another try, for as long as the service asks within a bound; false: it is given
    /// up, as it is at once where there is no trouble that another try may mend. A run that is over by then
    /// refuses the next try.
    pub fn waits(
        &self,
        retry: &mut Retry,
        trouble: Option<Trouble>,
        asked: Option<Duration>,
    ) -> bool {
        let wait = trouble.and_then(|trouble| retry.next(trouble, asked, share()));
        let Some(wait) = wait else { return false };
        log::debug!("trying again in {} ms", wait.as_millis());
        self.clock.wait(wait);
        true
    }

    /// Sends one request, once.
    pub fn send(&self, request: &Request<'_>) -> std::result::Result<Response, NoAnswer> {
        let host = host_of(request.url);
        self.answer(request, host, &self.limits, |sent| self.agents.run(host, sent))
    }

    /// Sends one request, once, to an endpoint of this machine, such as its managed identity's: plain
    /// http, never through a proxy, within `limit`.
    pub fn send_local(
        &self,
        request: &Request<'_>,
        limit: Duration,
    ) -> std::result::Result<Response, NoAnswer> {
        let host = host_of(request.url);
        if !is_local(request.url) {
            return Err(local::refused(host));
        }
        let limits = local::limits(limit, &self.limits);
        self.answer(request, host, &limits, |sent| self.agents.run_local(sent, &limits))
    }

    fn answer(
        &self,
        request: &Request<'_>,
        host: &str,
        limits: &Limits,
        run: impl FnOnce(Sent<'_>) -> std::result::Result<Received, ureq::Error>,
    ) -> std::result::Result<Response, NoAnswer> {
        if let Some(none) = self.over() {
            return Err(none);
        }
        let place = format!("{} {host}{}", request.method.name(), path_of(request.url));
        let (began, stalled) = (self.clock.elapsed(), self.clock.stalled());
        let answer = run(to_ureq(request)?);
        let took = self.clock.elapsed().saturating_sub(began).as_millis();
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                log::debug!("{place}: {} after {took} ms", trouble::name(&error));
                return Err(self.no_answer(host, &error, limits));
            }
        };
        let status = response.status().as_u16();
        log::debug!("{place}: {status} in {took} ms");
        if (300..400).contains(&status) {
            return Err(redirect(host, status));
        }
        let response = read(response).map_err(|error| match error {
            Unread::TooLarge => too_large(host, MAX_BODY),
            Unread::Failed(error) => self.no_answer(host, &error, limits),
        })?;
        // ureq's limits go by the machine's clock, and see no stall on a simulated one.
        if self.clock.stalled().saturating_sub(stalled) > limits.call {
            let late = ureq::Error::Timeout(ureq::Timeout::Global);
            return Err(self.no_answer(host, &late, limits));
        }
        Ok(response)
    }

    /// The clock that limits and waits go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A wait within the run's time, unless that is over.
    pub fn in_time(&self, wait: Duration) -> std::result::Result<Duration, NoAnswer> {
        self.over().map_or_else(|| Ok(wait.min(self.clock.left())), Err)
    }

    /// Waits, unless the run would be over by then: false, and no time has passed.
    pub fn pause(&self, wait: Duration) -> bool {
        let is_in_time = wait < self.clock.left();
        if is_in_time {
            self.clock.wait(wait);
        }
        is_in_time
    }

    /// What every request gets once the run is over.
    fn over(&self) -> Option<NoAnswer> {
        let error = self.clock.over()?.error();
        Some(NoAnswer { error, before_request: true, may_pass: false, status: None })
    }

    fn no_answer(&self, host: &str, error: &ureq::Error, limits: &Limits) -> NoAnswer {
        trouble::explain(error, host, self.agents.proxy_of(host), limits)
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Response {
    /// The answer, unless its body is longer than what is expected of this service; bytes.
    pub fn at_most(self, most: usize, url: &str) -> std::result::Result<Self, NoAnswer> {
        if self.body.len() > most { Err(too_large(host_of(url), most as u64)) } else { Ok(self) }
    }

    /// What kind of trouble its status tells of; `None` where another try is of no use or not allowed.
    pub fn trouble(&self, repeat: Repeat) -> Option<Trouble> {
        match self.status {
            429 => Some(Trouble::Throttled),
            408 | 500 | 502 | 503 | 504 if repeat == Repeat::Always => Some(Trouble::Failed),
            _ => None,
        }
    }
}

impl NoAnswer {
    /// What kind of trouble it is; `None` where another try is of no use or not allowed.
    pub fn trouble(&self, repeat: Repeat) -> Option<Trouble> {
        let is_safe = self.before_request || repeat == Repeat::Always;
        (self.may_pass && is_safe).then_some(Trouble::Failed)
    }
}

/// What kind of trouble an answer or none is; `None` where another try is of no use or not allowed.
pub fn trouble_of(
    answer: &std::result::Result<Response, NoAnswer>,
    repeat: Repeat,
) -> Option<Trouble> {
    match answer {
        Ok(response) => response.trouble(repeat),
        Err(none) => none.trouble(repeat),
    }
}

/// The request in ureq's terms. What carries a secret is marked as such for its debug output.
fn to_ureq<'a>(request: &Request<'a>) -> std::result::Result<Sent<'a>, NoAnswer> {
    let (kind, body) = match request.body {
        Body::Empty => (None, ""),
        Body::Json(text) => (Some("application/json"), text.expose()),
        Body::Form(text) => (Some("application/x-www-form-urlencoded"), text.expose()),
    };
    let mut built = ureq::http::Request::builder()
        .method(request.method.name())
        .uri(request.url)
        .header("accept", "application/json")
        .header("x-ms-client-request-id", guid());
    if let Some(kind) = kind {
        built = built.header("content-type", kind);
    }
    if let Some(token) = request.token {
        let value = Zeroizing::new(format!("Bearer {}", token.expose()));
        built = built.header("authorization", secret_header(&value)?);
    }
    for (name, value) in request.headers {
        built = built.header(*name, secret_header(value)?);
    }
    built.body(body.as_bytes()).map_err(|_| {
        let error = Error::internal("a request could not be built").at(host_of(request.url));
        NoAnswer { error, before_request: true, may_pass: false, status: None }
    })
}

/// What a header cannot carry could end it and start another.
fn secret_header(text: &str) -> std::result::Result<HeaderValue, NoAnswer> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let what = "a token holds characters that no token has, such as a line break";
        let error = Error::new(Kind::SignIn, what).help("check where the token comes from");
        NoAnswer { error, before_request: true, may_pass: false, status: None }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why a body was not read.
enum Unread {
    TooLarge,
    Failed(ureq::Error),
}

fn read(response: Received) -> std::result::Result<Response, Unread> {
    let (head, body) = response.into_parts();
    let length = body.content_length().unwrap_or(0).min(MAX_BODY);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0)));
    let mut reader = body.into_with_config().limit(MAX_BODY + 1).reader();
    reader.read_to_end(&mut bytes).map_err(|error| match ureq::Error::from(error) {
        ureq::Error::BodyExceedsLimit(_) => Unread::TooLarge,
        error => Unread::Failed(error),
    })?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(Unread::TooLarge);
    }
    let text = |name: &str| text(&head.headers, name);
    let date = text("date").and_then(|text| http_date(&text));
    Ok(Response {
        status: head.status.as_u16(),
        date,
        retry_after: text("retry-after").and_then(|text| delay(&text, date)),
        challenge: text("www-authenticate"),
        request_id: text("x-ms-request-id"),
        network_info: text("x-ms-keyvault-network-info"),
        body: bytes,
    })
}

/// An answer of these parts, as from a connection: for the fuzz targets.
#[cfg(fuzzing)]
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Option<Response> {
    let head = ureq::http::Response::builder().status(status);
    let head = headers.iter().fold(head, |head, (name, value)| head.header(*name, *value));
    read(head.body(ureq::Body::builder().data(body)).ok()?).ok()
}

/// A header's text; several of one name count as a list (RFC 9110, section 5.3).
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// `Retry-After`: seconds, or a date, which counts from the service's own clock.
fn delay(text: &str, now: Option<Timestamp>) -> Option<Duration> {
    match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => http_date(text)?.duration_since(now?).try_into().ok(),
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    Some(jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp())
}

fn redirect(host: &str, status: u16) -> NoAnswer {
    let what = format!("it answered with a redirect ({status}), which is not followed");
    let help = "neither a Key Vault nor its sign-in redirects; check the URL, and what stands between \
                here and there";
    let error = Error::of(ErrorCode::Redirect, what).at(host).help(help);
    NoAnswer { error, before_request: false, may_pass: false, status: Some(status) }
}

fn too_large(host: &str, most: u64) -> NoAnswer {
    let what = format!("its answer has more than {most} bytes");
    let error = Error::of(ErrorCode::OddAnswer, what).at(host);
    NoAnswer { error, before_request: false, may_pass: false, status: None }
}

/// The host of an absolute URL, with its port.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// The path of an absolute URL, without its query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split('?').next().unwrap_or(path)
}

/// A random UUID (RFC 9562, version 4).
pub fn guid() -> String {
    let [mut high, mut low] = [random(), random()];
    high = high & !0xF000 | 0x4000;
    low = low & !(0b11 << 62) | 0b10 << 62;
    let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xFFFF_FFFF_FFFF)
}

/// A number between 0 and 1, so that many clients do not come back at the same moment.
fn share() -> f64 {
    f64::from(u32::try_from(random() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

/// Nothing secret depends on it, so a source that fails is no failure here.
fn random() -> u64 {
    rand::rngs::SysRng.try_next_u64().unwrap_or_default()
}

/// The largest answer that is read, in bytes: a page of 25 items with 15 long tags each has half a
/// MiB.
const MAX_BODY: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_seconds_or_a_date_by_the_services_clock() {
        let now = http_date("Tue, 24 Nov 2026 10:00:00 GMT");
        assert!(now.is_some());
        let date = "Tue, 24 Nov 2026 10:00:30 GMT";
        for (text, seconds) in [("7", Some(7)), (date, Some(30)), ("soon", None), ("-1", None)] {
            assert_eq!(delay(text, now).map(|delay| delay.as_secs()), seconds, "{text}");
        }
        assert_eq!(delay("Tue, 24 Nov 2026 09:00:00 GMT", now), None, "the date has passed");
    }

    #[test]
    fn a_put_is_repeated_only_after_failures_that_came_before_it() {
        let answer = |status| {
            Ok(Response {
                status,
                date: None,
                retry_after: None,
                challenge: None,
                request_id: None,
                network_info: None,
                body: Zeroizing::new(Vec::new()),
            })
        };
        let none = |before_request| {
            let error = Error::new(Kind::Unreachable, "no answer");
            Err(NoAnswer { error, before_request, may_pass: true, status: None })
        };
        for (answer, always, before) in [
            (answer(200), false, false),
            (answer(400), false, false),
            (answer(403), false, false),
            (answer(409), false, false),
            (answer(408), true, false),
            (answer(429), true, true),
            (answer(500), true, false),
            (answer(503), true, false),
            (none(true), true, true),
            (none(false), true, false),
        ] {
            let is_repeated = |repeat| trouble_of(&answer, repeat).is_some();
            assert_eq!(
                (is_repeated(Repeat::Always), is_repeated(Repeat::BeforeCommit)),
                (always, before)
            );
        }
    }

    #[test]
    fn an_urls_host_and_path_are_told_apart_from_its_query() {
        let url = "https://kv.vault.azure.net/secrets/db?api-version=7.6";
        assert_eq!((host_of(url), path_of(url)), ("kv.vault.azure.net", "/secrets/db"));
        assert_eq!((host_of("https://kv:8443"), path_of("https://kv:8443")), ("kv:8443", ""));
    }

    #[test]
    fn a_request_id_is_a_version_4_uuid() {
        let id = guid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(id, guid());
    }
}
