//! Credentials: how a job gets an access token.

use crate::azure::entra::AccessToken;
use crate::error::Error;
use crate::error_code::ErrorCode;

mod allowed;
mod azure_cli;
mod azure_developer_cli;
mod azure_powershell;
mod browser;
mod certificate;
mod chain;
mod choice;
mod client_secret;
mod default_chain;
mod developer;
mod developer_tool;
mod device_code;
mod federated;
mod managed_identity;
mod password;
mod ready_made;
mod selection;
mod service_principal;
mod token_source;
mod unexpanded;
mod user;
mod way;

pub use token_source::{Held, TokenSource};

/// A way to sign in.
trait Credential: Send + Sync {
    /// Its name in messages.
    fn name(&self) -> &'static str;

    /// The tenant that it signs in to by itself.
    fn tenant(&self) -> Option<&str>;

    /// Asks for a token.
    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal>;
}

/// What a vault wants of a token beside its cloud's scope.
#[derive(Debug, Clone, Copy, Default)]
struct Wish<'a> {
    /// Another tenant than the credential's own; the file allows it.
    tenant: Option<&'a str>,
    /// The claims of a continuous-access challenge, as JSON.
    claims: Option<&'a str>,
}

/// Why a credential gave no token.
#[derive(Debug)]
enum Refusal {
    /// It is not there on this machine or in this job; the next one may be.
    Unavailable(Error),
    /// It is there and was refused: to go on with another identity would hide that.
    Refused(Error),
}

impl Refusal {
    /// Says what it is about, if that is not known better.
    fn within(self, code: ErrorCode) -> Self {
        match self {
            Self::Unavailable(error) => Self::Unavailable(error.within(code)),
            Self::Refused(error) => Self::Refused(error.within(code)),
        }
    }

    fn into_error(self) -> Error {
        match self {
            Self::Unavailable(error) | Self::Refused(error) => error,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
