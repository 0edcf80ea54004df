//! What went wrong, where, and the way out.

use std::fmt;

use crate::error_code::ErrorCode;
use crate::halt::Signal;
use crate::neutral;

/// The kind of a failure; it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The Secretfile, an argument or a local file is wrong.
    Usage,
    /// No access token could be had.
    SignIn,
    /// Signed in, but refused: rights, firewall, policy.
    Refused,
    /// Name resolution, connection or TLS failed, or the answer made no sense.
    Unreachable,
    /// Throttled to the end, or out of time.
    Throttled,
    /// Drift, a foreign owner, values that differ, a plan that moved.
    Conflict,
    /// A signal asked the run to end.
    Stopped(Signal),
    /// A bug of ours.
    Internal,
}

impl Kind {
    /// The process's exit code when everything failed with this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 3,
            Self::SignIn => 4,
            Self::Refused => 5,
            Self::Unreachable => 6,
            Self::Throttled => 7,
            Self::Conflict => 8,
            Self::Stopped(signal) => signal.exit_code(),
            Self::Internal => 70,
        }
    }

    /// The kind's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::SignIn => "sign-in",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::Stopped(_) => "stopped",
            Self::Internal => "internal",
        }
    }
}

/// A failure: a fact, a place and a way out.
///
/// It never holds a value. Text from outside (a vault's message, a name) is neutralised when it is
/// taken in, so that printing an error is always safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What `secretzero explain` explains.
    pub code: ErrorCode,
    /// What happened, as one sentence without a full stop.
    pub what: String,
    /// Where: `file:line:col`, a secret, a vault, a URL's host.
    pub at: Option<String>,
    /// The command or setting that mends it.
    pub help: Option<String>,
    /// The service's own id of the request, for its support.
    pub request_id: Option<String>,
}

impl Error {
    /// A failure of which no more than its kind is known.
    pub fn new(kind: Kind, what: impl AsRef<str>) -> Self {
        Self { kind, ..Self::of(ErrorCode::of(kind), what) }
    }

    /// A failure with its fact alone.
    pub fn of(code: ErrorCode, what: impl AsRef<str>) -> Self {
        let what = neutral::line(what.as_ref());
        Self { kind: code.kind(), code, what, at: None, help: None, request_id: None }
    }

    /// A mistake in the Secretfile, an argument or a local file.
    pub fn usage(what: impl AsRef<str>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A state that our own code rules out.
    pub fn internal(what: impl AsRef<str>) -> Self {
        Self::new(Kind::Internal, what).help("this is a bug in secretzero; please report it")
    }

    /// Says what it is about, if that is not known better, and the kind fits.
    #[must_use]
    pub fn within(mut self, code: ErrorCode) -> Self {
        if self.code == ErrorCode::of(self.kind) && code.kind() == self.kind {
            self.code = code;
        }
        self
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, at: impl AsRef<str>) -> Self {
        self.at = Some(neutral::line(at.as_ref()));
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(neutral::text(help.as_ref()));
        self
    }

    /// Adds the service's request id.
    #[must_use]
    pub fn request_id(mut self, id: Option<impl AsRef<str>>) -> Self {
        self.request_id = id.map(|id| neutral::line(id.as_ref()));
        self
    }
}

/// `at: what (request id …) [code]`, and the way out on lines of its own.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        write!(f, " [{}]", self.code.name())?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", help.replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The result of everything that can fail for a user's reason.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_place_fact_request_code_and_way_out() {
        let error = Error::new(Kind::Refused, "set was refused")
            .at("db in shop-kv")
            .request_id(Some("42"))
            .help("grant the role");
        assert_eq!(
            error.to_string(),
            "db in shop-kv: set was refused (request id 42) [refused]\n  help: grant the role"
        );
    }

    #[test]
    fn a_code_that_is_known_better_or_of_another_kind_stays() {
        let late = Error::new(Kind::Throttled, "late").within(ErrorCode::ManagedIdentity);
        assert_eq!((late.code, late.kind), (ErrorCode::Throttled, Kind::Throttled));
        let drift = Error::of(ErrorCode::Drift, "drift").within(ErrorCode::PlanMoved);
        assert_eq!((drift.code, drift.kind), (ErrorCode::Drift, Kind::Conflict));
        let plain = Error::usage("no such file").within(ErrorCode::FileUnreadable);
        assert_eq!(plain.code, ErrorCode::FileUnreadable);
    }

    #[test]
    fn text_from_outside_cannot_start_a_line_of_its_own() {
        let error = Error::usage("a\n::add-mask::b");
        assert!(!error.to_string().contains('\n'));
    }
}
