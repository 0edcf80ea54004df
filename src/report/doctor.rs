//! What stands between a job and its vaults. No type here can hold a value.

use serde::{Serialize, Serializer};

use crate::error::{Error, Kind};
use crate::error_code::ErrorCode;

pub use super::check::Check;

/// What `doctor` found.
#[derive(Debug, Serialize)]
pub struct DoctorReport {
    /// `doctor`.
    pub command: &'static str,
    /// Whether it ran on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile.
    pub file: String,
    /// One for each vault and identity that reaches it.
    pub vaults: Vec<VaultFindings>,
    /// The least rights, where they were asked for or are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Grant>,
}

/// One vault, as one identity meets it.
#[derive(Debug, Serialize)]
pub struct VaultFindings {
    /// The vault's host.
    pub vault: String,
    /// The provider that signs in.
    pub provider: String,
    /// Who we are to it, where that is known.
    pub identity: Option<Identity>,
    /// One for each check, in their order.
    pub findings: Vec<Finding>,
}

/// Who a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The application's id.
    pub application: Option<String>,
    /// The object's id, which rights are granted to.
    pub object: Option<String>,
    /// The tenant's id.
    pub tenant: Option<String>,
    /// Whether a person signed in.
    pub is_person: bool,
}

/// What one check found.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub what: String,
    /// Why that may be so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What `explain` explains.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "code_name")]
    pub code: Option<ErrorCode>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Odd, or less than could be, and nothing fails by it.
    Notice,
    /// What the file wants fails by it.
    Failed,
    /// It could not be told.
    Unknown,
}

/// The least rights of one identity in one vault.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The vault's host.
    pub vault: String,
    /// The provider that signs in.
    pub provider: String,
    /// One for each kind of job.
    pub jobs: Vec<JobGrant>,
    /// Where a narrower scope does not work, and why.
    pub narrower: &'static str,
}

/// What one kind of job needs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct JobGrant {
    /// The commands that it runs.
    pub job: &'static str,
    /// The smallest built-in role.
    pub role: &'static str,
    /// Assigns it on the vault.
    pub assign: String,
    /// Assigns it on the file's names alone.
    pub assign_names: String,
    /// What is used of the role, for one of your own; after `Microsoft.KeyVault/vaults/secrets/`.
    pub data_actions: Vec<&'static str>,
    /// Grants the same in a vault with access policies.
    pub set_policy: String,
}

impl DoctorReport {
    /// What failed, with its vault.
    pub fn failed(&self) -> impl Iterator<Item = (&VaultFindings, &Finding)> {
        let all = self.vaults.iter();
        let all = all.flat_map(|vault| vault.findings.iter().map(move |finding| (vault, finding)));
        all.filter(|(_, finding)| finding.state == State::Failed)
    }

    /// That of the gravest finding: what keeps everything away outweighs what keeps some of it away.
    pub fn exit_code(&self) -> u8 {
        let kinds = self.failed().filter_map(|(_, finding)| Some(finding.code?.kind()));
        kinds.max_by_key(|kind| gravity(*kind)).map_or(0, Kind::exit_code)
    }
}

/// How much a kind of failure keeps away.
fn gravity(kind: Kind) -> u8 {
    match kind {
        Kind::Conflict => 0,
        Kind::Throttled => 1,
        Kind::Refused => 2,
        Kind::SignIn => 3,
        Kind::Unreachable => 4,
        Kind::Usage => 5,
        Kind::Internal => 6,
        Kind::Stopped(_) => 7,
    }
}

impl Finding {
    /// A check that shows what was seen.
    pub fn new(check: Check, state: State, what: impl Into<String>) -> Self {
        Self { check, state, what: what.into(), cause: None, fix: None, code: None }
    }

    /// A check that is as it should be.
    pub fn ok(check: Check, what: impl Into<String>) -> Self {
        Self::new(check, State::Ok, what)
    }

    /// What an error says; its place is said where it is not in the vault.
    pub fn of_error(check: Check, state: State, error: &Error, vault: &str) -> Self {
        let is_in_vault = |at: &str| at.split(['/', '.']).next() == Some(vault);
        let mut what = match error.at.as_deref() {
            Some(at) if !is_in_vault(at) => format!("{at}: {}", error.what),
            _ => error.what.clone(),
        };
        if let Some(id) = &error.request_id {
            what.push_str(&format!(" (request id {id})"));
        }
        let (fix, code) = (error.help.clone(), Some(error.code));
        Self { fix, code, ..Self::new(check, state, what) }
    }

    /// Adds why that may be so.
    #[must_use]
    pub fn cause(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Adds what mends it.
    #[must_use]
    pub fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

fn code_name<S: Serializer>(code: &Option<ErrorCode>, to: S) -> Result<S::Ok, S::Error> {
    code.map(ErrorCode::name).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorCode::{AccessDenied, NameUnresolved, SoftDeleted, TokenRejected};

    #[test]
    fn the_exit_code_is_that_of_what_keeps_most_away() {
        let failed = |code| {
            let finding = Finding::new(Check::List, State::Failed, "no");
            Finding { code: Some(code), ..finding }
        };
        let report = |codes: &[ErrorCode]| DoctorReport {
            command: "doctor",
            rehearsal: false,
            file: String::new(),
            vaults: vec![VaultFindings {
                vault: String::new(),
                provider: String::new(),
                identity: None,
                findings: codes.iter().copied().map(failed).collect(),
            }],
            roles: Vec::new(),
        };
        assert_eq!(report(&[]).exit_code(), 0);
        assert_eq!(report(&[AccessDenied, SoftDeleted]).exit_code(), 5);
        assert_eq!(report(&[AccessDenied, TokenRejected]).exit_code(), 4);
        assert_eq!(report(&[TokenRejected, NameUnresolved, AccessDenied]).exit_code(), 6);
    }
}
