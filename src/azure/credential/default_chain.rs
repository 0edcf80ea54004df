//! The default chain: which links it has, decided from the file and the environment.

use super::chain::{Chain, Link};
use super::choice::{self, Setup};
use super::developer;
use super::federated::{oidc, workload_identity};
use super::managed_identity::ManagedIdentity;
use super::selection::{self, Selection};
use super::way::Way;
use crate::error::Result;
use crate::secretfile::AuthKind;

/// All ways in their order, those that the job narrowed out as absent.
pub fn chain(setup: Setup<'_>) -> Result<Chain> {
    let selection = Selection::read(setup.env)?;
    let links = Way::ALL.into_iter().map(|way| match selection.admits(way) {
        true => link(way, setup, selection),
        false => Ok(absent(way, &format!("left out by {}", selection::VARIABLE))),
    });
    Ok(Chain::new(links.collect::<Result<_>>()?))
}

/// One line for each way.
fn link(way: Way, setup: Setup<'_>, selection: Selection) -> Result<Link> {
    match way {
        Way::Environment => choice::environment(setup),
        Way::WorkloadIdentity => Ok(workload_identity::link(setup)),
        Way::Oidc => Ok(oidc::link(setup)),
        Way::ManagedIdentity => Ok(ManagedIdentity::link(setup, selection.search())),
        Way::Cli => developer::link(AuthKind::Cli, setup),
        Way::PowerShell => developer::link(AuthKind::PowerShell, setup),
        Way::Azd => developer::link(AuthKind::Azd, setup),
    }
}

/// A way that is not tried.
fn absent(way: Way, reason: &str) -> Link {
    Link::Absent { name: way.name(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
