//! What becomes of deleted names, and which of the file's are deleted.

use super::super::Place;
use super::super::assignee::Assignee;
use super::super::facts::{Facts, Level};
use super::super::needs::Needs;
use super::super::rights::{Granting, Right};
use crate::error_code::ErrorCode;
use crate::names::SecretName;
use crate::report::doctor::{Check, Finding, State};
use crate::secretfile::OnSoftDeleted;

/// Soft delete, retention and purge protection, where any secret showed them.
pub fn level(place: &Place<'_>, facts: &Facts) -> Finding {
    let vault = place.vault.name();
    let Some(level) = &facts.level else {
        let show = format!(
            "az keyvault show --name {vault} --query \"properties.{{soft:enableSoftDelete, \
             days:softDeleteRetentionInDays, protected:enablePurgeProtection}}\""
        );
        return Finding::new(Check::SoftDelete, State::Unknown, "no secret shows it")
            .cause("Only secrets tell, and none was seen.")
            .fix(show);
    };
    if level.is_off() {
        return Finding::new(
            Check::SoftDelete,
            State::Notice,
            "it is off: what is deleted is gone",
        )
        .cause("The vault is old: newer ones always have soft delete.")
        .fix(format!("az keyvault update --name {vault} --enable-soft-delete true"));
    }
    let Level { level: word, days } = level;
    let days =
        days.map_or_else(String::new, |days| format!(", deleted names are kept {days} days"));
    let purge = match level.is_protected() {
        true => "purge protection is on, nothing is purged earlier",
        false => "purge protection is off",
    };
    Finding::ok(Check::SoftDelete, format!("it is on{days}; {purge} ({word})"))
}

/// Whether a sync meets names of the file that are soft-deleted, and what it will do with them.
pub fn names(place: &Place<'_>, facts: &Facts, who: &Assignee) -> Finding {
    let Some(deleted) = &facts.deleted else {
        return Finding::new(Check::DeletedNames, State::Unknown, "they were not seen")
            .cause("The list of deleted names was refused, or is too long.");
    };
    let wants = |wanted: OnSoftDeleted| -> Vec<&SecretName> {
        let is_meant = |name: &&SecretName| {
            let mut targets = place.targets.iter();
            targets.any(|(_, t)| t.name == **name && t.options.on_soft_deleted == wanted)
        };
        deleted.iter().map(|(name, _)| name).filter(is_meant).collect()
    };
    let fails = wants(OnSoftDeleted::Fail);
    let purged = wants(OnSoftDeleted::Purge);
    let recovered = wants(OnSoftDeleted::Recover);
    if !fails.is_empty() {
        of_failing(&fails)
    } else if !purged.is_empty() && facts.level.as_ref().is_some_and(Level::is_protected) {
        of_protected(&purged, deleted)
    } else if let Some((names, word, right)) =
        [(&purged, "purges", Right::Purge), (&recovered, "recovers", Right::Recover)]
            .into_iter()
            .find(|(names, ..)| !names.is_empty())
    {
        let what = format!("soft-deleted: {}; sync {word} them", listed(names));
        let (vault, needs) = (place.vault.name(), Needs::of(place));
        let held = &facts.held();
        let grant = right.fix(&Granting { vault, model: None, who, needs, held });
        let finding = Finding::new(Check::DeletedNames, State::Notice, what)
            .cause(format!("Sync needs the right `{}` for it.", right.permission()))
            .fix(format!("if sync is refused: {grant}"));
        Finding { code: Some(ErrorCode::SoftDeleted), ..finding }
    } else {
        Finding::ok(Check::DeletedNames, "none of the file's names is soft-deleted")
    }
}

fn of_failing(names: &[&SecretName]) -> Finding {
    let what = format!("soft-deleted, and `on_soft_deleted: fail`: {}", listed(names));
    let finding = Finding::new(Check::DeletedNames, State::Failed, what)
        .fix("set `on_soft_deleted: recover` to bring them back, or `purge` to start anew");
    Finding { code: Some(ErrorCode::SoftDeleted), ..finding }
}

fn of_protected(
    names: &[&SecretName],
    deleted: &[(SecretName, Option<jiff::Timestamp>)],
) -> Finding {
    let ends =
        deleted.iter().find(|(name, _)| names.first() == Some(&name)).and_then(|(_, end)| *end);
    let until = ends.map_or_else(String::new, |end| format!(" until {end:.0}"));
    let what = format!("soft-deleted, and purge protection keeps it{until}: {}", listed(names));
    let finding = Finding::new(Check::DeletedNames, State::Failed, what)
        .fix("set `on_soft_deleted: recover` on the target");
    Finding { code: Some(ErrorCode::PurgeProtected), ..finding }
}

fn listed(names: &[&SecretName]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(|name| name.as_str()).collect();
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &rest
}

/// How many names one finding lists.
const SHOWN: usize = 10;
