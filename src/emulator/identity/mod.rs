//! The endpoints at which a job gets what it proves itself with: the CI systems' own, beside the
//! sign-in service.

use jiff::Timestamp;

use super::message::{Reply, Request};

mod azure_devops;
mod github;
mod id_token;

pub use azure_devops::AzureDevOps;
pub use github::GitHub;

/// All of them.
#[derive(Default)]
pub struct Identity {
    /// GitHub's id-token endpoint.
    pub github: GitHub,
    /// Azure DevOps's.
    pub azure_devops: AzureDevOps,
}

impl Identity {
    /// The answer of the endpoint that has this host; none where there is no such endpoint.
    pub fn answer(&mut self, request: &Request, now: Timestamp) -> Option<Reply> {
        match request.host.as_str() {
            github::HOST => Some(self.github.answer(request, now)),
            azure_devops::HOST => Some(self.azure_devops.answer(request, now)),
            _ => None,
        }
    }
}

/// Whether a host is one of them.
pub fn serves(host: &str) -> bool {
    [github::HOST, azure_devops::HOST].contains(&host)
}

/// Keeps a request for tests; past the bound the later ones are not kept.
fn keep(asked: &mut Vec<Request>, request: &Request) {
    if asked.len() < MAX_KEPT {
        asked.push(request.clone());
    }
}

/// The value of a name in a query, as it stands there.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// An emulator may serve for weeks.
const MAX_KEPT: usize = 1_000;
