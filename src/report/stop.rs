//! Why a command stopped before it had a report.

use crate::error::Error;
use crate::neutral;
use crate::report::text::Failed;
use crate::report::{ErrorReport, json};
use crate::secretfile::Problems;

/// A command that stopped before anything was written to a vault. It holds no value.
#[derive(Debug)]
pub struct StopReport {
    /// The command; empty where the arguments name none.
    pub command: &'static str,
    /// Whether it was to run on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile; none: the command did not come so far.
    pub file: Option<String>,
    /// Each mistake with its place, which may be empty.
    pub errors: Vec<(String, ErrorReport)>,
    /// The same for programs.
    pub json: String,
}

impl StopReport {
    /// Reports one error.
    pub fn of_error(error: &Error) -> Self {
        let place = error.at.clone().unwrap_or_default();
        let json = json::show_error(error, error.kind.exit_code());
        Self { errors: vec![(place, error.into())], ..Self::new(json) }
    }

    /// Reports the mistakes of a Secretfile, each at its line and column.
    pub fn of_problems(problems: &Problems, exit_code: u8) -> Self {
        let path = neutral::line(&problems.path);
        let errors = problems.list.iter().map(|problem| {
            let place = match problem.at {
                Some(at) => format!("{path}:{}:{}", at.line, at.col),
                None => path.clone(),
            };
            (place, problem.into())
        });
        Self { errors: errors.collect(), ..Self::new(json::show_problems(problems, exit_code)) }
    }

    /// The errors as they are shown; each has a place of its own and is not put together with others.
    pub fn failures(&self) -> Vec<Failed<'_>> {
        let all = self.errors.iter();
        all.map(|(place, error)| Failed { error, places: vec![place.clone()] }).collect()
    }

    fn new(json: String) -> Self {
        Self { command: "", rehearsal: false, file: None, errors: Vec::new(), json }
    }
}
