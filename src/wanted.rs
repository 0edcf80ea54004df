//! The properties that a version of ours should have beside its value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::azure::key_vault::{Changes, Properties};
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::plan::Case;
use crate::secretfile::{Expires, Secretfile, Target};
use crate::state::{MANAGED_BY, MANAGED_BY_TAG, OWNER_TAG, STATE_TAG, State, later};

/// The service's limit.
const MAX_TAGS: usize = 15;

/// What a version with this state should say: our tags over other people's, which stay.
pub fn properties(
    case: &Case<'_>,
    index: usize,
    state: &State,
    current: Option<&Properties>,
) -> Result<Changes> {
    let target = &case.secret.targets[index];
    let options = &target.options;
    Ok(Changes {
        content_type: options.content_type.clone(),
        tags: Some(tags(case, target, state, current)?),
        enabled: options.enabled,
        expires: expires(case, target, state).map(Timestamp::as_second),
        not_before: options.not_before.map(Timestamp::as_second),
    })
}

/// What must be sent so that a version becomes as wanted; `None` where it is. A PATCH replaces the
/// whole map of tags.
pub fn difference(wanted: &Changes, current: &Properties) -> Option<Changes> {
    fn changed<T: PartialEq + Clone>(wanted: &Option<T>, is: Option<&T>) -> Option<T> {
        wanted.as_ref().filter(|wanted| is != Some(wanted)).cloned()
    }
    let changes = Changes {
        content_type: changed(&wanted.content_type, current.content_type.as_ref()),
        tags: changed(&wanted.tags, current.tags.as_ref()),
        enabled: changed(&wanted.enabled, Some(&current.enabled)),
        expires: changed(&wanted.expires, current.expires.as_ref()),
        not_before: changed(&wanted.not_before, current.not_before.as_ref()),
    };
    (changes != Changes::default()).then_some(changes)
}

/// What a version keeps that the file no longer asks for, as the end of a sentence: a PATCH cannot unset
/// it, and a PUT leaves it out.
pub fn kept(wanted: &Changes, current: &Properties) -> Option<String> {
    let kept: Vec<&str> = [
        ("expiry", wanted.expires.is_none() && current.expires.is_some()),
        ("not-before date", wanted.not_before.is_none() && current.not_before.is_some()),
        ("content type", wanted.content_type.is_none() && current.content_type.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_kept)| is_kept.then_some(name))
    .collect();
    let is_any = !kept.is_empty();
    is_any.then(|| {
        let kept = kept.join(" and ");
        format!(" keeps its {kept}, which the file does not ask for; the next new version drops it")
    })
}

fn tags(
    case: &Case<'_>,
    target: &Target,
    state: &State,
    current: Option<&Properties>,
) -> Result<BTreeMap<String, String>> {
    let theirs = current.and_then(|current| current.tags.clone()).unwrap_or_default();
    let mut ours = case.file.tags.clone();
    ours.extend(target.options.tags.clone());
    ours.insert(MANAGED_BY_TAG.to_owned(), MANAGED_BY.to_owned());
    ours.insert(OWNER_TAG.to_owned(), owner(case.file, &case.secret.name));
    ours.insert(STATE_TAG.to_owned(), state.to_string());
    let others: Vec<&String> = theirs.keys().filter(|name| !ours.contains_key(*name)).collect();
    if ours.len() + others.len() > MAX_TAGS {
        return Err(too_many(target, ours.len(), &others));
    }
    let mut tags = theirs;
    tags.extend(ours);
    Ok(tags)
}

/// `SCOPE/NAME`, or `NAME` without a scope.
fn owner(file: &Secretfile, name: &str) -> String {
    match &file.scope {
        Some(scope) => format!("{scope}/{name}"),
        None => name.to_owned(),
    }
}

fn too_many(target: &Target, ours: usize, others: &[&String]) -> Error {
    let names: Vec<&str> = others.iter().map(|name| name.as_str()).collect();
    let surplus = ours + others.len() - MAX_TAGS;
    Error::of(
        ErrorCode::TooManyTags,
        format!("{ours} tags of ours and {} of others are more than {MAX_TAGS}", others.len()),
    )
    .at(target.to_string())
    .help(format!("remove {surplus} of the others' tags in the vault ({})", names.join(", ")))
}

fn expires(case: &Case<'_>, target: &Target, state: &State) -> Option<Timestamp> {
    match target.options.expires? {
        Expires::At(time) => Some(time),
        Expires::After(period) => Some(later(state.rotated, period)),
        Expires::AfterDue => Some(later(case.due(state)?, GRACE)),
    }
}

/// What stays between a due rotation and the expiry of the value.
pub const GRACE: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);
