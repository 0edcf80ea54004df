//! Who signs in other than by an application's own proof: a person, and Azure's hosts, whose endpoints
//! hand out their identities' tokens over plain http.
//!
//! A host serves one of them: [`Control::serve_on_host`](super::Control::serve_on_host) chooses it.

use super::message::{Reply, Request};

mod app_service;
mod arc;
mod asked;
mod assigned;
mod imds;
mod issuer;
mod person;

pub use app_service::AppService;
pub use arc::AzureArc;
pub use asked::Asked;
pub use assigned::{Assigned, Identities};
pub use imds::Imds;
pub use issuer::Issuer;
pub use person::{Does, Person};

/// An endpoint of the machine on which a client runs.
pub trait HostEndpoint: Send + Sync {
    /// Answers a request; the issuer makes the tokens.
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply;
}
