//! How a call to Key Vault can fail, told apart by status and inner code.

use crate::error::Error;

/// A call that did not succeed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What it means to us.
    pub code: Code,
    /// What the user reads; it names the vault, the service's own code and the request id.
    pub error: Error,
    /// Whether the request may have been carried out all the same (no answer, or a 5xx).
    pub may_be_done: bool,
}

/// What a failure means; decided by status, `error.code` and `innererror.code`, never by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 404.
    NotFound,
    /// 403 SecretDisabled.
    Disabled,
    /// 403 SecretManagedByKeyVault.
    Managed,
    /// 403 by policy or role.
    Rights,
    /// 403 by firewall or private link.
    Network,
    /// 403 without an inner code on a purge.
    PurgeProtected,
    /// 409 ObjectIsDeletedButRecoverable.
    SoftDeleted,
    /// 409 ObjectIsBeingDeleted.
    BeingDeleted,
    /// 409 ObjectIsBeingRecovered.
    BeingRecovered,
    /// Any other 409.
    Conflict,
    /// 429 to the end of our patience.
    Throttled,
    /// No token, or none that the vault takes.
    SignIn,
    /// No answer, a redirect, a 5xx to the end, or an answer that makes no sense.
    Unreachable,
    /// Any other 4xx.
    Rejected,
}

/// The result of a call to Key Vault.
pub type Answer<T> = std::result::Result<T, Failure>;
