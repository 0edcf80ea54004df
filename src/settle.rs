//! Looks once more at what was written to several targets: another run may have written some of them at
//! the same time.

use crate::apply::Run;
use crate::azure::key_vault::Properties;
use crate::decision::{Origin, Subject, Write};
use crate::observation::{Found, state_of_ours};
use crate::observe;
use crate::secretfile::Secretfile;
use crate::state::State;
use crate::work;

/// What the targets of a secret hold after all were written.
pub enum Settled {
    /// One generation.
    Agreed,
    /// Somebody else came after us in this target; the rules for that are the plan's.
    Changed(usize),
    /// Several generations; this brings all up to the newest one.
    Behind(Write),
}

/// Looks at the targets that were `written`; what cannot be seen counts as right.
pub fn look_once_more(run: &Run<'_>, secret: usize, written: &[usize]) -> Settled {
    let looks = work::each(written, run.abreast, |target| Look::at(run, secret, *target));
    let looks: Vec<Look> = looks.into_iter().flatten().collect();
    let state_of = |look: &Look| state_of_ours(run.file, &look.current);
    if let Some(look) = looks.iter().find(|look| state_of(look).is_none()) {
        return Settled::Changed(look.target);
    }
    let Some((source, state)) = newest(run.file, &looks) else { return Settled::Agreed };
    let is_behind =
        |look: &&Look| state_of(look).is_some_and(|own| own.generation < state.generation);
    let put: Vec<usize> = looks.iter().filter(is_behind).map(|look| look.target).collect();
    if put.is_empty() {
        return Settled::Agreed;
    }
    Settled::Behind(Write { origin: Origin::Copied { source, state }, put, patch: Vec::new() })
}

/// One target, looked at once more.
struct Look {
    target: usize,
    current: Properties,
    versions: Vec<Properties>,
}

impl Look {
    /// A target with all its versions, where they can be seen.
    fn at(run: &Run<'_>, secret: usize, target: usize) -> Option<Self> {
        let place = &run.file.secrets[secret].targets[target];
        match observe::by_name(run.vaults.of(place).ok()?, &place.name) {
            Found::Live { current, versions } => Some(Self { target, current: *current, versions }),
            _ => None,
        }
    }
}

/// The newest generation of ours among all versions.
fn newest(file: &Secretfile, looks: &[Look]) -> Option<(Subject, State)> {
    let versions =
        looks.iter().flat_map(|look| look.versions.iter().map(|version| (look.target, version)));
    versions
        .filter_map(|(target, version)| {
            let state = state_of_ours(file, version)?;
            Some((Subject { target, version: version.version.clone() }, state))
        })
        .max_by(|a, b| a.1.generation.cmp(&b.1.generation))
}
