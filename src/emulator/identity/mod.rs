//! Who signs in other than by an application's own proof: a person; Azure's hosts, by fakes of the
//! endpoints that hand out their identities' tokens over plain http; and the jobs of CI systems, by fakes
//! of those that hand out theirs.
//!
//! A host serves one of them: [`Control::serve_on_host`](super::Control::serve_on_host) chooses it. The
//! CI systems' have names of their own, and are always there.

use super::message::{Reply, Request};

mod app_service;
mod arc;
mod asked;
mod assigned;
mod azure_devops;
mod github;
mod id_token;
mod imds;
mod issuer;
mod jobs;
mod person;

pub use app_service::AppService;
pub use arc::AzureArc;
pub use asked::Asked;
pub use assigned::{Assigned, Identities};
pub use azure_devops::AzureDevOps;
pub use github::GitHub;
pub use imds::Imds;
pub use issuer::Issuer;
pub use jobs::{JobEndpoints, serves_jobs};
pub use person::{Does, Person};

/// An endpoint of the machine on which a client runs.
pub trait HostEndpoint: Send + Sync {
    /// Answers a request; the issuer makes the tokens.
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply;
}
