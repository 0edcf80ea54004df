//! Why a command ended before it had a report.

use crate::error::Error;
use crate::secretfile::Problems;

/// Why a command ended before it had a report.
#[derive(Debug)]
pub enum Stop {
    /// One error.
    Error(Error),
    /// Mistakes in the Secretfile.
    Problems(Problems),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Problems> for Stop {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
