//! Which rights the file makes use of in one vault.

use super::Place;
use super::rights::Right;
use crate::secretfile::{OnDrift, OnSoftDeleted, Part, Secret, Target};

/// What a sync does there beside listing and setting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// Values are copied or compared.
    pub gets: bool,
    /// Soft-deleted names are brought back.
    pub recovers: bool,
    /// Soft-deleted names are purged to start anew.
    pub purges: bool,
}

impl Needs {
    /// Of one place.
    pub fn of(place: &Place<'_>) -> Self {
        let any = |is: fn(&Secret, &Target) -> bool| place.targets.iter().any(|(s, t)| is(s, t));
        Self {
            gets: any(gets),
            recovers: any(|_, target| target.options.on_soft_deleted == OnSoftDeleted::Recover),
            purges: any(|_, target| target.options.on_soft_deleted == OnSoftDeleted::Purge),
        }
    }

    /// The rights of a sync.
    pub fn of_sync(self) -> Vec<Right> {
        let optional =
            [(self.gets, Right::Get), (self.recovers, Right::Recover), (self.purges, Right::Purge)];
        let optional = optional.into_iter().filter_map(|(is, right)| is.then_some(right));
        let mut rights: Vec<Right> =
            [Right::List, Right::Set, Right::Update].into_iter().chain(optional).collect();
        rights.sort();
        rights
    }

    /// Whether a sync makes use of it.
    pub fn include(self, right: Right) -> bool {
        self.of_sync().contains(&right)
    }
}

/// One minted value in one vault is made, and never read: what others put there is only told of.
fn gets(secret: &Secret, target: &Target) -> bool {
    let is_given = secret.parts().any(|part| matches!(part, Part::Given(_)));
    secret.targets.len() > 1 || is_given || target.options.on_drift != OnDrift::Fail
}
