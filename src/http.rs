//! The only door to the network: https, bounded in size and time, never along a redirect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::secret::SecretValue;

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
    /// For the run: no call starts or waits past it.
    pub run: Duration,
}

/// A client; cheap to share, keeps its connections.
#[derive(Debug, Clone)]
pub struct Http {
    clock: Clock,
}

/// One request.
pub struct Request<'a> {
    /// GET, PUT, POST, PATCH or DELETE.
    pub method: Method,
    /// An absolute https URL.
    pub url: &'a str,
    /// The bearer token.
    pub token: Option<&'a SecretValue>,
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
#[derive(Debug)]
pub enum Body<'a> {
    /// None; POST and PUT say `Content-Length: 0`.
    Empty,
    /// `application/json`.
    Json(&'a SecretValue),
    /// `application/x-www-form-urlencoded`.
    Form(&'a SecretValue),
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
}

impl Http {
    /// A client, or what is wrong with the environment's proxy or certificates.
    pub fn new(network: &Network, env: &Env, limits: Limits, clock: Clock) -> Result<Arc<Self>> {
        let _ = (network, env, limits);
        Ok(Arc::new(Self { clock }))
    }

    /// Sends one request, once.
    pub fn send(&self, request: &Request<'_>) -> std::result::Result<Response, NoAnswer> {
        let _ = request;
        unimplemented!()
    }

    /// The clock that limits and waits go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
