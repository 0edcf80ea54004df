//! What makes a step fail, where that is chosen.

use clap::ValueEnum;

use super::PENDING;

/// Something to fail on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A target failed
    Failed,
    /// A vault is not as the Secretfile says, or a target is in conflict
    Drift,
    /// A secret is due to be rotated
    Due,
}

/// What a run found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Findings {
    /// Whether a target failed.
    pub failed: bool,
    /// Whether a vault is not as the Secretfile says.
    pub drift: bool,
    /// Whether a secret is due.
    pub due: bool,
}

impl Findings {
    /// The exit code where only the `chosen` count; `code` tells a failure's kind.
    pub fn exit_code(self, chosen: &[FailOn], code: u8) -> u8 {
        let is_found = |what: FailOn| chosen.contains(&what);
        let is_drift = self.drift && is_found(FailOn::Drift);
        let is_due = self.due && is_found(FailOn::Due);
        match self.failed && is_found(FailOn::Failed) {
            true => code,
            false if is_drift || is_due => PENDING,
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_chosen_fails_and_a_failure_keeps_its_kind() {
        let found = Findings { failed: true, drift: true, due: false };
        for (chosen, expected) in [
            (&[FailOn::Failed][..], 8),
            (&[FailOn::Failed, FailOn::Drift], 8),
            (&[FailOn::Drift], 10),
            (&[FailOn::Due], 0),
            (&[], 0),
        ] {
            assert_eq!(found.exit_code(chosen, 8), expected, "{chosen:?}");
        }
    }
}
