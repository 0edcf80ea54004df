//! What `validate` found in a Secretfile that is right. No type here can hold a value.

use serde::Serialize;

use crate::neutral;
use crate::report;
use crate::secretfile::{Part, Secretfile, Supply};

/// How much there is in a file, and what is odd about it.
#[derive(Debug, Serialize)]
pub struct ValidReport {
    /// The Secretfile.
    file: String,
    /// How many entries it has.
    secrets: usize,
    /// How many targets they have.
    targets: usize,
    /// The given values that have nothing behind them, and what would supply them.
    not_supplied: Vec<String>,
    /// What is odd about the file.
    notices: Vec<String>,
    /// The exit code: a file that is right is no failure.
    exit_code: u8,
}

impl ValidReport {
    /// Looks at a file.
    pub fn of(file: &Secretfile) -> Self {
        Self {
            file: file.path.clone(),
            secrets: file.secrets.len(),
            targets: file.secrets.iter().map(|secret| secret.targets.len()).sum(),
            not_supplied: not_supplied(file),
            notices: report::notices(file),
            exit_code: 0,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let Self { secrets, targets, .. } = self;
        let notices = self.notices.iter().map(|notice| format!("notice: {notice}\n"));
        let missing =
            self.not_supplied.iter().map(|name| format!("notice: not supplied: {name}\n"));
        let path = neutral::line(&self.file);
        let valid = format!("{path} is valid: secrets: {secrets}, targets: {targets}\n");
        notices.chain(missing).chain([valid]).collect()
    }

    /// For programs, on one line.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }
}

/// The given values that have nothing behind them: `secret` or `secret.field`, and what would supply it.
fn not_supplied(file: &Secretfile) -> Vec<String> {
    let mut missing = Vec::new();
    for secret in &file.secrets {
        for part in secret.parts() {
            let Part::Given(given) = part else { continue };
            if let Supply::Missing(names) = &given.supply {
                let line = format!("{} ({names})", secret.name);
                missing.push(neutral::line(&line));
            }
        }
    }
    missing
}
