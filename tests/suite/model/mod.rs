//! Random tales of whole syncs: whatever happened, a run without faults keeps the promises.

mod look;
mod promises;
mod race;
mod regressions;
mod secretfile;
mod soak;
mod tale;
mod world;
mod year;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::look::{Picture, Seen};
use self::promises::{Kept, changes};
use self::tale::{Tale, Trouble, tales};
use self::world::{Said, Stage, World};

#[test]
fn whatever_happened_a_run_without_faults_keeps_the_promises() {
    tell(0);
}

#[test]
fn whatever_happened_a_run_without_faults_keeps_the_promises_in_other_tales() {
    tell(1);
}

/// Half of the tales, the same ones every time unless `MODEL_SEED` is set; `MODEL_TALES` says how many.
fn tell(half: u8) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let seed = number("MODEL_SEED").unwrap_or_default().to_le_bytes();
    let mut bytes = [half; 32];
    bytes[..4].copy_from_slice(&seed);
    let cases = number("MODEL_TALES").unwrap_or(1_000);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let world = World::start();
    let told = TestRunner::new_with_rng(config, rng)
        .run(&tales(), |tale| play(&world, &tale).map_err(TestCaseError::fail));
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, tale)) => panic!("{why}\n{tale:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// The tale from its beginning to two runs in which nothing goes wrong.
pub fn play(world: &World, tale: &Tale) -> Kept {
    let stage = world.stage(tale);
    for (number, episode) in tale.episodes.iter().enumerate() {
        stage.wait_days(episode.days);
        stage.run(&format!("episode {number}"), episode.declared, episode.trouble)?;
        stage.wait_days(0);
        episode.edits.iter().for_each(|edit| stage.edit(*edit));
    }
    stage.wait_days(tale.days);
    stage.run("the last run", tale.declared, None)?;
    stage.wait_days(0);
    let before = stage.look();
    let again = stage.sync(tale.declared, None);
    let after = stage.look();
    if before == after {
        return Ok(());
    }
    // What was told to be in conflict may be as an update made the others: then it is tied to them by
    // its tags, once.
    is_same(&ids(&before), &ids(&after), &again)?;
    let last = stage.sync(tale.declared, None);
    is_same(&after, &stage.look(), &last)
}

fn ids(picture: &Picture) -> Vec<Vec<Vec<&str>>> {
    picture.iter().map(|targets| targets.iter().map(Seen::ids).collect()).collect()
}

fn is_same<T: PartialEq + std::fmt::Debug>(before: &T, after: &T, said: &Said) -> Kept {
    if before == after {
        return Ok(());
    }
    Err(format!("another run changed: {before:#?}\nto: {after:#?}\nand said {}", said.report))
}

impl Stage<'_> {
    /// One run and what must hold after it.
    fn run(&self, when: &str, declared: u32, trouble: Option<Trouble>) -> Kept {
        let before = self.look();
        let said = self.sync(declared, trouble);
        let after = self.look();
        let now = self.now();
        let changes = changes(self.tale, (&before, &after), (now, declared), &said);
        for (secret, change) in changes.iter().enumerate() {
            let kept = change.is_safe().and_then(|()| match trouble {
                None => change.is_done(),
                Some(_) => Ok(()),
            });
            kept.map_err(|why| {
                let told = &said.report["secrets"][secret];
                format!(
                    "{when}: secret {secret}: {why}\nbefore: {:#?}\nafter: {:#?}\ntold: {told:#}",
                    before[secret], after[secret]
                )
            })?;
        }
        self.strangers_are_as_they_were()
    }

    pub fn strangers_are_as_they_were(&self) -> Kept {
        let is_same = |host: &String| {
            let versions = self.control().versions(host, "stranger");
            versions.len() == 1 && versions[0].value == "strange" && versions[0].tags.len() == 1
        };
        if self.hosts.iter().all(is_same) {
            Ok(())
        } else {
            Err("a stranger was changed".to_owned())
        }
    }
}
