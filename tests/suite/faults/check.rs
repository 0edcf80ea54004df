//! What holds in every cell.

use std::collections::BTreeSet;

use super::matrix::Operation;
use super::stage::{Held, Stage};
use crate::harness::{CLIENT_SECRET, Ran, generation};

/// A broken promise.
pub type Kept = Result<(), String>;

/// Nothing that was there is lost: every version is there as it was, and only an operation that replaces
/// values, or removes them, has another value current.
pub fn is_safe(operation: &Operation, before: &[Held], after: &[Held]) -> Kept {
    if operation.ends == 0 {
        return Ok(());
    }
    for (index, (before, after)) in before.iter().zip(after).enumerate() {
        for old in &before.versions {
            let new = after.versions.iter().find(|new| new.id == old.id);
            let is_kept =
                new.is_some_and(|new| new.value == old.value && new.enabled == old.enabled);
            check(is_kept, || format!("vault {index} lost a version"))?;
        }
        let is_same = match (before.versions.last(), after.versions.last()) {
            (Some(old), Some(new)) => operation.replaces || old.value == new.value,
            (None, _) => true,
            (Some(_), None) => false,
        };
        check(is_same, || format!("vault {index} holds another value"))?;
        check(after.is_live || !before.is_live, || format!("vault {index} lost the name"))?;
    }
    Ok(())
}

/// All vaults are equal, nothing was made twice, and nothing is missing.
pub fn is_ended(operation: &Operation, end: &[Held]) -> Kept {
    for (index, held) in end.iter().enumerate() {
        let (count, wanted) = (held.versions.len(), operation.ends);
        check(count == wanted, || format!("vault {index} ends with {count} versions"))?;
        check(held.is_live == (wanted > 0), || format!("vault {index} ends in the wrong state"))?;
    }
    let current: BTreeSet<&str> =
        end.iter().filter_map(|held| Some(held.versions.last()?.value.as_str())).collect();
    check(current.len() <= 1, || "the vaults end with different values".to_owned())?;
    // What somebody else made has no tag until it is adopted.
    let ours = end.iter().flat_map(|held| &held.versions).map(generation);
    let count = ours.collect::<BTreeSet<_>>().len();
    check(count == operation.generations, || format!("it ends with {count} generations"))
}

/// No output holds a value, a token or a credential.
pub fn is_silent(stage: &Stage<'_>, ran: &Ran, held: &[Held]) -> Kept {
    let values = held.iter().flat_map(|held| &held.versions).map(|version| version.value.clone());
    let mut secrets: Vec<String> = values.collect();
    secrets.extend(stage.azure.control().tokens().into_iter().rev().take(8));
    secrets.push(CLIENT_SECRET.to_owned());
    let is_said = secrets.iter().any(|text| ran.stdout.contains(text) || ran.stderr.contains(text));
    check(!is_said, || "its output holds a value".to_owned())
}

/// The promise, or why it is broken.
pub fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(otherwise()) }
}
