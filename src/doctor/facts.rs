//! What was seen of one vault, undecided.

use jiff::Timestamp;

use super::rights::Right;
use crate::azure::key_vault::{Greeting, Properties};
use crate::azure::{Answer, Caller, Code, Failure};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::http::Way;
use crate::names::SecretName;
use crate::neutral;
use crate::report::doctor::Check;

/// What was seen; what was not asked for is none, since an earlier answer made it pointless.
pub struct Facts {
    /// How the vault is reached.
    pub way: Way,
    /// What it says to a request without a token.
    pub greeting: Option<Result<Greeting, Error>>,
    /// Who vouches for it.
    pub trust: Trust,
    /// Who we are.
    pub caller: Option<Result<Caller, Error>>,
    /// The first page of its names.
    pub list: Option<Answer<()>>,
    /// The versions of one of the file's names, where the vault may not be listed.
    pub list_one: Option<Answer<()>>,
    /// A value that is not there: 404 is a yes.
    pub get: Option<Answer<()>>,
    /// What any secret showed of soft delete.
    pub level: Option<Level>,
    /// Those of the file's names that are soft-deleted; none where that was not seen to its end.
    pub deleted: Option<Vec<(SecretName, Option<Timestamp>)>>,
    /// What was tried.
    pub probe: Option<Probe>,
}

/// Who vouches for a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// An authority that Mozilla trusts, too.
    BuiltIn,
    /// One that the job adds.
    Added,
    /// The rehearsal's own.
    Embedded,
    /// It was not seen.
    Unknown,
}

/// A vault's soft delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Such as `Recoverable+Purgeable`.
    pub level: String,
    /// The retention, where it was said; days.
    pub days: Option<i64>,
}

impl Level {
    /// What a secret shows of it; the word is the vault's.
    pub fn of(properties: &Properties) -> Option<Self> {
        let level = neutral::line(properties.recovery_level.as_deref()?);
        Some(Self { level, days: properties.recoverable_days })
    }

    /// Whether deleted names must stay.
    pub fn is_protected(&self) -> bool {
        !self.level.contains("Purgeable")
    }

    /// Whether names are deleted for good at once.
    pub fn is_off(&self) -> bool {
        self.level == "Purgeable"
    }
}

/// What was tried on one name of our own.
pub struct Probe {
    /// The name.
    pub name: SecretName,
    /// One for each right, in their order.
    pub steps: Vec<(Check, Step)>,
    /// What is still there.
    pub left: Left,
}

/// How a try went.
pub enum Step {
    /// It was done.
    Done,
    /// It was refused, or failed.
    Failed(Failure),
    /// An earlier one was needed for it; says which.
    Untried(&'static str),
}

/// What a probe leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// It may be there: its writing was not answered.
    Perhaps,
    /// A secret.
    Secret,
    /// A soft-deleted name, and when the vault purges it.
    Deleted(Option<Timestamp>),
}

impl Facts {
    /// The rights that we were seen to have.
    pub fn held(&self) -> Vec<Right> {
        let asked = [(Right::List, &self.list), (Right::Get, &self.get)];
        let asked = asked.into_iter().filter(|(_, answer)| matches!(answer, Some(Ok(()))));
        let tried = self.probe.iter().flat_map(|probe| &probe.steps);
        let done = tried.filter(|(_, step)| matches!(step, Step::Done));
        let done = done.filter_map(|(check, _)| Right::of(*check));
        asked.map(|(right, _)| right).chain(done).collect()
    }

    /// The first check that failed so that later ones could not be made, and how.
    pub fn end(&self) -> Option<(Check, &Error)> {
        if let Err(none) = &self.way.addresses {
            return Some((Check::Name, &none.error));
        }
        if let Some(Err(error)) = &self.greeting {
            let check = match error.code {
                ErrorCode::Proxy => Check::Proxy,
                ErrorCode::NameUnresolved => Check::Name,
                ErrorCode::Tls => Check::Tls,
                _ => Check::Connection,
            };
            return Some((check, error));
        }
        if let Some(Err(error)) = &self.caller {
            return Some((Check::SignIn, error));
        }
        let failure = self.list.as_ref()?.as_ref().err()?;
        let check = match failure.code {
            Code::Rights => return None,
            Code::SignIn => Check::SignIn,
            Code::Network | Code::Private => Check::Network,
            Code::Unsupported => Check::ApiVersion,
            _ => Check::List,
        };
        Some((check, &failure.error))
    }
}
