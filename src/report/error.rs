//! An error in a report.

use serde::Serialize;

use crate::error::{Error, Kind};
use crate::secretfile::Problem;

/// What happened, where, and the way out.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// Its kind.
    pub kind: &'static str,
    /// What `secretzero explain` explains.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The service's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ErrorReport {
    /// Whether a reader would read the same twice.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.kind, &self.message, &self.help) == (other.kind, &other.message, &other.help)
    }
}

impl From<&Problem> for ErrorReport {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: Kind::Usage.name(),
            code: problem.code.name(),
            message: problem.what.clone(),
            at: None,
            help: problem.help.clone(),
            request_id: None,
        }
    }
}

impl From<&Error> for ErrorReport {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind.name(),
            code: error.code.name(),
            message: error.what.clone(),
            at: error.at.clone(),
            help: error.help.clone(),
            request_id: error.request_id.clone(),
        }
    }
}
