//! The endpoints at which a CI job gets what it proves itself with.

use jiff::Timestamp;

use super::azure_devops::{self, AzureDevOps};
use super::github::{self, GitHub};
use crate::emulator::message::{Reply, Request};

/// All of them.
#[derive(Default)]
pub struct JobEndpoints {
    /// GitHub's id-token endpoint.
    pub github: GitHub,
    /// Azure DevOps's.
    pub azure_devops: AzureDevOps,
}

impl JobEndpoints {
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
pub fn serves_jobs(host: &str) -> bool {
    [github::HOST, azure_devops::HOST].contains(&host)
}

/// The value of a name in a query, as it stands there.
pub fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
