//! The smallest rights that each kind of job needs for a file, by the file alone.

use super::Place;
use super::assignee::Assignee;
use super::needs::Needs;
use super::rights::{OFFICER, READER, Right, USER, assign, assign_on_names, set_policy};
use crate::neutral;
use crate::report::doctor::{Grant, JobGrant};

/// What one identity needs in one vault.
pub fn grant(place: &Place<'_>, who: &Assignee) -> Grant {
    let sync = Needs::of(place).of_sync();
    let mut delete = sync.clone();
    delete.extend([Right::Get, Right::Delete, Right::Recover, Right::Purge]);
    delete.sort();
    delete.dedup();
    let jobs = [
        ("plan, status", READER, vec![Right::List]),
        ("fetch", USER, vec![Right::Get]),
        ("sync, rotate", OFFICER, sync),
        ("sync, delete, recover", OFFICER, delete),
    ];
    let jobs =
        jobs.into_iter().map(|(job, role, rights)| job_grant(place, who, job, role, &rights));
    Grant {
        vault: place.vault.host().to_owned(),
        provider: neutral::line(place.provider_name),
        jobs: jobs.collect(),
        narrower: NARROWER,
    }
}

fn job_grant(
    place: &Place<'_>,
    who: &Assignee,
    job: &'static str,
    role: &'static str,
    rights: &[Right],
) -> JobGrant {
    let vault = place.vault.name();
    let mut names: Vec<&str> = place.targets.iter().map(|(_, t)| t.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    JobGrant {
        job,
        role,
        assign: assign(role, vault, who),
        assign_names: assign_on_names(role, vault, &names, who),
        data_actions: rights.iter().map(|right| right.data_action()).collect(),
        set_policy: set_policy(rights, vault, who),
    }
}

/// What is said of narrower scopes.
const NARROWER: &str = "On its names alone, the vault's list is refused, and every name is looked up by \
                        itself; `delete --orphans` needs the vault's list, and whether such a role \
                        covers a name while it is soft-deleted is not documented. An access policy \
                        cannot be narrower than its vault, and its command \
                        replaces what the identity may: for two jobs, name what both need. A custom role of the data actions named is \
                        smaller than Key Vault Secrets Officer, which also deletes and purges.";
