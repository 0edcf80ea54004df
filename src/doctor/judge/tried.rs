//! What a probe showed.

use super::super::facts::{Left, Probe, Step};
use super::super::rights::Right;
use super::Judge;
use crate::azure::Code;
use crate::report::doctor::{Check, Finding, State};

impl Judge<'_> {
    /// A right that was tried.
    pub fn tried(&self, check: Check) -> Finding {
        let step = self
            .facts
            .probe
            .as_ref()
            .and_then(|probe| Some(&probe.steps.iter().find(|(made, _)| *made == check)?.1));
        match step {
            Some(Step::Done) => Finding::ok(check, "it may, and did"),
            Some(Step::Failed(failure)) if failure.code == Code::PurgeProtected => {
                self.failed(check, State::Notice, &failure.error)
            }
            Some(Step::Failed(failure)) => {
                let is_needed = Right::of(check).is_some_and(|right| self.needs.include(right));
                let is_right = failure.code == Code::Rights;
                let state = if is_needed || !is_right { State::Failed } else { State::Notice };
                self.refused(check, state, failure)
            }
            Some(Step::Untried(why)) => {
                Finding::new(check, State::Unknown, format!("not tried: {why}"))
            }
            None => self.unasked(check),
        }
    }

    /// What is still there, and what removes it.
    pub fn left_behind(&self) -> Finding {
        let Some(Probe { name, left, .. }) = &self.facts.probe else {
            return self.unasked(Check::LeftBehind);
        };
        let vault = self.place.vault.name();
        let (what, verb) = match left {
            Left::Nothing => {
                return Finding::ok(Check::LeftBehind, format!("nothing; the name was {name}"));
            }
            Left::Perhaps => (format!("perhaps the secret {name}"), "delete"),
            Left::Secret => (format!("the secret {name}"), "delete"),
            Left::Deleted(None) => (format!("the soft-deleted name {name}"), "purge"),
            Left::Deleted(Some(until)) => (
                format!("the soft-deleted name {name}, which the vault purges on {until:.0}"),
                "purge",
            ),
        };
        Finding::new(Check::LeftBehind, State::Notice, what)
            .cause("A right that removes it is missing, or the vault keeps deleted names.")
            .fix(format!("az keyvault secret {verb} --vault-name {vault} --name {name}"))
    }
}
