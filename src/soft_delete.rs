//! A name's way into soft deletion, back, and out for good; every step is waited for.
//!
//! The service answers at once and finishes later. Meanwhile the name answers 404 or 409, sometimes
//! after it looked settled already.

use jiff::Timestamp;

use crate::azure::key_vault::KeyVault;
use crate::azure::{Answer, Code, Failure};
use crate::clock::Clock;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::names::SecretName;
use crate::patience::{PATIENCE, Purpose, is_busy, is_missing, patiently, place};

/// What a delete left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing: the vault has no soft delete.
    ForGood,
    /// A name that can be recovered until then, where the vault said when it ends.
    Softly(Option<Timestamp>),
}

/// Deletes a name; done when it shows as deleted.
pub fn delete(vault: &KeyVault, name: &SecretName, clock: &Clock) -> Answer<Deleted> {
    let to = Purpose::new("delete", vault, name);
    let until = match patiently(clock, &to, || vault.delete(name), is_busy) {
        Ok(deleted) if deleted.recovery_id.is_none() => return Ok(Deleted::ForGood),
        Ok(deleted) => deleted.purge,
        // Somebody was quicker, or it was sent again because the first answer was lost.
        Err(failure) if failure.code == Code::NotFound => None,
        Err(failure) => return Err(failure),
    };
    let to = Purpose::new("see it deleted", vault, name);
    match patiently(clock, &to, || vault.get_deleted(name), is_missing) {
        Ok(deleted) => Ok(Deleted::Softly(deleted.purge.or(until))),
        // Whoever may not look cannot wait; the state has changed all the same.
        Err(failure) if failure.code == Code::Rights => Ok(Deleted::Softly(until)),
        Err(failure) if failure.code == Code::NotFound => {
            Err(unfinished(vault, name, "it was deleted, and the vault does not show it as such"))
        }
        Err(failure) => Err(unseen("it was deleted", failure)),
    }
}

/// Undoes a soft delete; done when the name is there again, or never was deleted.
pub fn recover(vault: &KeyVault, name: &SecretName, clock: &Clock) -> Answer<()> {
    let to = Purpose::new("recover", vault, name);
    match patiently(clock, &to, || vault.recover(name), is_busy) {
        Ok(_) => await_recovery(vault, name, clock),
        // Somebody else recovered or purged it meanwhile; the next look tells.
        Err(failure) if failure.code == Code::NotFound => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Waits until a name that is being recovered is there again. The next write may be answered 409 all
/// the same.
pub fn await_recovery(vault: &KeyVault, name: &SecretName, clock: &Clock) -> Answer<()> {
    let to = Purpose::new("see it recovered", vault, name);
    match patiently(clock, &to, || look(vault, name), is_missing) {
        Err(failure) if failure.code == Code::NotFound => {
            Err(unfinished(vault, name, "it was recovered, and the vault does not show it"))
        }
        seen => seen.map_err(|failure| unseen("its recovery was begun", failure)),
    }
}

/// Removes a soft-deleted name for good; done when it no longer shows as deleted. No request tells
/// when the name is free: the next write waits for that.
pub fn purge(vault: &KeyVault, name: &SecretName, clock: &Clock) -> Answer<()> {
    let to = Purpose::new("purge", vault, name);
    match patiently(clock, &to, || vault.purge(name), is_busy) {
        Ok(()) => {}
        Err(failure) if failure.code == Code::NotFound => return Ok(()),
        Err(failure) => return Err(failure),
    }
    let shown = || match vault.get_deleted(name) {
        Ok(_) => Err(unfinished(vault, name, "it was purged, and the vault still shows it")),
        Err(failure) if matches!(failure.code, Code::NotFound | Code::Rights) => Ok(()),
        Err(failure) => Err(failure),
    };
    let to = Purpose::new("see it purged", vault, name);
    patiently(clock, &to, shown, is_busy).map_err(|failure| unseen("it was purged", failure))
}

/// Whether the name can be seen; who may not see it is told that it can. Reads a value only for a
/// caller who may not list.
fn look(vault: &KeyVault, name: &SecretName) -> Answer<()> {
    let seen = match vault.versions(name) {
        Ok(versions) if versions.is_empty() => Err(absent(vault, name)),
        Ok(_) => Ok(()),
        Err(failure) if failure.code == Code::Rights => vault.get(name, None).map(|_| ()),
        Err(failure) => Err(failure),
    };
    match seen {
        Err(failure) if matches!(failure.code, Code::Rights | Code::Disabled) => Ok(()),
        seen => seen,
    }
}

/// Why a name cannot be recovered; `otherwise` is what can be done instead.
pub fn not_recovered(failure: Failure, otherwise: &str) -> Error {
    if failure.code != Code::Rights {
        return failure.error;
    }
    let what = "it is soft-deleted, and this identity may not recover it";
    refused(what, failure.error, otherwise)
}

/// Why a name cannot be purged, and until when the vault keeps it; `otherwise` is what can be done
/// instead.
pub fn not_purged(failure: Failure, until: Option<Timestamp>, otherwise: &str) -> Error {
    let kept = until.map_or_else(String::new, |until| format!(" until {until}"));
    match failure.code {
        Code::Rights => {
            let what = format!(
                "it is soft-deleted, and this identity may not purge it; the vault keeps it{kept}"
            );
            refused(&what, failure.error, otherwise)
        }
        Code::PurgeProtected => {
            let what = format!("it is soft-deleted, and purge protection keeps it{kept}");
            let error = Error { help: None, ..failure.error };
            refused(&what, error, otherwise)
        }
        _ => failure.error,
    }
}

/// The fact before the service's own words, and one more way out.
fn refused(what: &str, error: Error, otherwise: &str) -> Error {
    let help = match &error.help {
        Some(help) => format!("{help}\nor {otherwise}"),
        None => otherwise.to_owned(),
    };
    Error { what: format!("{what} ({})", error.what), ..error }.help(help)
}

fn absent(vault: &KeyVault, name: &SecretName) -> Failure {
    let error = Error::of(ErrorCode::SecretNotFound, "it is not there").at(place(vault, name));
    Failure { code: Code::NotFound, error, may_be_done: false, model: None }
}

/// What was begun, before the reason why its end was not seen.
fn unseen(done: &str, mut failure: Failure) -> Failure {
    failure.error.what = format!("{done}, and its end was not seen: {}", failure.error.what);
    failure
}

/// Patience is over.
fn unfinished(vault: &KeyVault, name: &SecretName, what: &str) -> Failure {
    let what = format!("{what} after {} s", PATIENCE.as_secs());
    let error = Error::of(ErrorCode::NameBusy, what).at(place(vault, name));
    let error = error.help("run again in some minutes");
    Failure { code: Code::Conflict, error, may_be_done: true, model: None }
}
