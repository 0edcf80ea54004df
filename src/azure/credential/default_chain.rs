//! The default chain: which links it has, decided from the file and the environment.

use std::sync::Arc;

use super::chain::{Chain, Link};
use super::choice;
use super::managed_identity::ManagedIdentity;
use super::selection::{self, Selection};
use super::way::Way;
use crate::azure::entra::Entra;
use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::Result;
use crate::http::Http;
use crate::secretfile::Auth;

/// What a link is made from.
pub struct Job<'a> {
    /// What it asks by.
    pub http: &'a Arc<Http>,
    /// What its tokens are for.
    pub cloud: &'a Arc<Cloud>,
    /// What the file says.
    pub auth: &'a Auth,
    /// What the job says.
    pub env: &'a Env,
}

/// All ways in their order, those that the job narrowed out as absent.
pub fn chain(job: &Job<'_>) -> Result<Chain> {
    let selection = Selection::read(job.env)?;
    let links = Way::ALL.into_iter().map(|way| match selection.admits(way) {
        true => link(way, job, selection),
        false => Ok(absent(way, &format!("left out by {}", selection::VARIABLE))),
    });
    Ok(Chain::new(links.collect::<Result<_>>()?))
}

/// One line for each way.
fn link(way: Way, job: &Job<'_>, selection: Selection) -> Result<Link> {
    let Job { http, cloud, auth, env } = job;
    match way {
        Way::Environment => choice::environment(job.entra(), auth, env),
        Way::WorkloadIdentity => Ok(absent(way, NOT_YET)),
        Way::Oidc => Ok(absent(way, NOT_YET)),
        Way::ManagedIdentity => {
            Ok(ManagedIdentity::link(http, cloud, auth, env, selection.search()))
        }
        Way::Cli => Ok(absent(way, NOT_YET)),
        Way::PowerShell => Ok(absent(way, NOT_YET)),
        Way::Azd => Ok(absent(way, NOT_YET)),
    }
}

impl Job<'_> {
    /// The cloud's sign-in service.
    pub fn entra(&self) -> Entra {
        Entra::new(self.http.clone(), self.cloud.clone())
    }
}

fn absent(way: Way, reason: &str) -> Link {
    Link::Absent { name: way.name(), reason: reason.to_owned() }
}

/// Until the way is built.
const NOT_YET: &str = "this version does not have it";

#[cfg(test)]
mod tests;
