//! What was asked and what was issued, for tests.

use std::collections::{BTreeMap, VecDeque};

use super::message::Request;

/// A request, without its headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In upper case.
    pub method: String,
    /// In lower case, with a port only where it is not 443.
    pub host: String,
    /// Percent-encoded as it came.
    pub path: String,
    /// What followed the `?`.
    pub query: String,
}

impl Seen {
    /// A step of a connection to a host before its first request.
    pub fn step(step: &str, host: &str) -> Self {
        let (path, query) = (String::new(), String::new());
        Self { method: step.to_owned(), host: host.to_owned(), path, query }
    }

    /// What is kept of a request.
    pub fn of(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            host: request.host.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
        }
    }
}

/// The latest requests and access tokens.
#[derive(Default)]
pub struct Record {
    /// Oldest first.
    requests: VecDeque<Seen>,
    /// Oldest first.
    tokens: VecDeque<String>,
    /// How many answers had which status.
    statuses: BTreeMap<u16, u64>,
}

/// An emulator may serve for weeks: the oldest are forgotten beyond this many.
const MAX_KEPT: usize = 100_000;

impl Record {
    /// Keeps a request.
    pub fn request(&mut self, seen: Seen) {
        keep(&mut self.requests, seen);
    }

    /// Counts an answer.
    pub fn status(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    /// How many answers had which status, of all that were given.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.statuses.clone()
    }

    /// Keeps an access token.
    pub fn token(&mut self, token: String) {
        keep(&mut self.tokens, token);
    }

    /// The requests in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.requests.iter().cloned().collect()
    }

    /// Forgets the requests.
    pub fn clear_requests(&mut self) {
        self.requests.clear();
    }

    /// The tokens in the order in which they were issued.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.iter().cloned().collect()
    }
}

/// Adds one, and forgets the oldest of too many.
fn keep<T>(kept: &mut VecDeque<T>, new: T) {
    if kept.len() >= MAX_KEPT {
        kept.pop_front();
    }
    kept.push_back(new);
}
