//! Fakes of the endpoints by which Azure's hosts hand out their identities' tokens, over plain http.
//!
//! A host serves one of them: [`Control::serve_on_host`](super::Control::serve_on_host) chooses it.

use super::message::{Reply, Request};

mod app_service;
mod arc;
mod asked;
mod assigned;
mod imds;
mod issuer;

pub use app_service::AppService;
pub use arc::AzureArc;
pub use asked::Asked;
pub use assigned::{Assigned, Identities};
pub use imds::Imds;
pub use issuer::Issuer;

/// An endpoint of the machine on which a client runs.
pub trait HostEndpoint: Send + Sync {
    /// Answers a request; the issuer makes the tokens.
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply;
}
