//! One cell: the vaults are prepared, the operation is disturbed, and what it left is brought to its end.

use std::time::Duration;

use super::check::{Kept, check, is_ended, is_safe, is_silent};
use super::matrix::Cell;
use super::stage::{Stage, World};

impl Cell<'_> {
    /// Plays it, or says which promise was broken.
    pub fn play(&self, world: &World) -> Kept {
        let stage = world.stage(self.operation);
        let before = stage.look();
        let began = stage.azure.clock.elapsed();
        let ran = self.disturb(&stage)?;
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let took = stage.azure.clock.elapsed() - began;
        check(took <= LONGEST, || format!("it took {} s", took.as_secs()))?;
        check(ran.code == self.group.exit, || {
            format!("exit {} instead of {}: {said}", ran.code, self.group.exit)
        })?;
        let says = self.group.says.as_deref().unwrap_or_default();
        check(said.contains(says), || format!("it does not say `{says}`: {said}"))?;
        let after = stage.look();
        let changed = |index: &usize| before[*index] != after[*index];
        let left: Vec<char> =
            (0..before.len()).filter(changed).map(|index| LETTERS[index]).collect();
        check(left == self.left(), || format!("{left:?} are changed: {said}"))?;
        is_safe(self.operation, &before, &after)?;
        let healed = stage.heal(!left.is_empty());
        check(healed.code == 0, || format!("the next run fails: {}", healed.stdout))?;
        let end = stage.look();
        is_safe(self.operation, &before, &end)?;
        is_ended(self.operation, &end)?;
        [before, after, end].iter().try_for_each(|held| {
            is_silent(&stage, &ran, held).and_then(|()| is_silent(&stage, &healed, held))
        })
    }

    /// The operation, with the fault; it must have met what it is meant for.
    fn disturb(&self, stage: &Stage<'_>) -> Result<crate::harness::Ran, String> {
        if let Some(seconds) = self.fault.strip_prefix("clock=") {
            return Ok(stage.operate(Some(seconds.parse().expect("a number of seconds"))));
        }
        let [a, b, c] = &stage.hosts;
        let request = self.request.replace("host=A", &format!("host={a}"));
        let request = request.replace("host=B", &format!("host={b}"));
        let request = request.replace("host=C", &format!("host={c}"));
        let times = self.group.times.map_or_else(String::new, |times| format!("count={times}"));
        let rule = format!("{request} {} {times}", self.fault);
        stage.azure.control().add_fault(rule.parse().expect("a fault"));
        let ran = stage.operate(None);
        let met: u64 = stage.azure.control().clear_faults().iter().sum();
        let wanted = self.group.times.unwrap_or(1);
        check(met >= wanted, || {
            format!("it met {met} requests instead of {wanted}: {}{}", ran.stdout, ran.stderr)
        })?;
        Ok(ran)
    }
}

/// The names of the vaults.
const LETTERS: [char; 3] = ['A', 'B', 'C'];
/// The time of a run, and a last stall of a request to each of three vaults, which were begun before its end.
const LONGEST: Duration = Duration::from_secs(600 + 3 * 90);
