//! Two hundred runs of a Secretfile that changes, on a network that fails, some of them killed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretzero::emulator::{Fault, Seen, Shape};
use serde_json::json;

use super::look::{Seen as Held, State};
use super::promises::{Kept, changes};
use super::tale::{Entry, Kind, Seat, Start, Tale};
use super::world::{Said, Stage, World};
use crate::killing::{Moment, kill_at};

#[test]
fn two_hundred_runs_on_a_failing_network_leave_after_each_what_the_model_says() {
    let seed = std::env::var("SOAK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let world = World::start();
    let first = tale(0);
    let base = world.stage(&first);
    let (mut disturbed, mut healed) = (0, 0);
    for run in 0..RUNS {
        let tale = tale(run);
        let turn = Turn { dice: Dice { seed, run }, stage: base.with(&tale) };
        let how = turn.play().unwrap_or_else(|why| panic!("SOAK_SEED={seed}, run {run}: {why}"));
        disturbed += usize::from(how != How::Calm);
        healed += usize::from(how == How::GotAround);
    }
    assert!(disturbed > RUNS / 4, "only {disturbed} runs were disturbed");
    assert!(healed > disturbed / 4, "only {healed} of {disturbed} runs got around it");
    let last = tale(RUNS);
    let turn = Turn { dice: Dice { seed, run: RUNS }, stage: base.with(&last) };
    turn.end().unwrap_or_else(|why| panic!("SOAK_SEED={seed}, at the end: {why}"));
}

/// One run, and what it meets.
struct Turn<'a> {
    dice: Dice,
    stage: Stage<'a>,
}

/// How a run went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Nothing went wrong.
    Calm,
    /// Something did, and all is right.
    GotAround,
    /// Something did, and the next run has to mend it.
    Behind,
}

impl Turn<'_> {
    /// Some days later, the run and what must hold after it.
    fn play(&self) -> Result<How, String> {
        let Self { dice, stage } = self;
        stage.wait_days(u32::try_from(dice.roll("days", 31)).expect("few days"));
        let declared = self.declared();
        let before = stage.look();
        let is_killed = dice.run % 10 == 9;
        let (said, faults) = match is_killed {
            true => (self.kill(declared), 1),
            false => self.disturb(declared),
        };
        let after = stage.look();
        let changes = changes(stage.tale, (&before, &after), (stage.now(), declared), &said);
        changes.iter().try_for_each(|change| change.is_safe())?;
        stage.strangers_are_as_they_were()?;
        let is_right = !is_killed && !said.report.to_string().contains(r#""action":"failed""#);
        if faults == 0 || is_right {
            changes.iter().try_for_each(|change| change.is_done())?;
        }
        Ok(match (faults, is_right) {
            (0, _) => How::Calm,
            (_, true) => How::GotAround,
            (_, false) => How::Behind,
        })
    }

    /// A run without faults, after which nothing is left to do, and nothing was made twice.
    fn end(&self) -> Kept {
        let Self { stage, .. } = self;
        let before = stage.look();
        let said = stage.run_sync(self.declared());
        let after = stage.look();
        let seen = (&before, &after);
        let changes = changes(stage.tale, seen, (stage.now(), self.declared()), &said);
        changes.iter().try_for_each(|change| change.is_safe().and_then(|()| change.is_done()))?;
        stage.run_sync(self.declared());
        let is_still = stage.look() == after;
        after.iter().flatten().try_for_each(is_made_once)?;
        if is_still { Ok(()) } else { Err("another run changed something".to_owned()) }
    }

    /// The given values change in every third run or so.
    fn declared(&self) -> u32 {
        let since = (0..=self.dice.run).rev();
        let changed = since.take_while(|&run| Dice { run, ..self.dice }.roll("declared", 3) > 0);
        u32::try_from(self.dice.run - changed.count().min(self.dice.run)).expect("few runs") % 5
    }

    /// Each of twenty requests fails somehow; how many did.
    fn disturb(&self, declared: u32) -> (Said, usize) {
        let control = self.stage.control();
        let (dice, count) = (self.dice, Arc::new(AtomicUsize::new(0)));
        let (asked, counted) = (Mutex::new(BTreeMap::<String, u64>::new()), count.clone());
        control.on_request(Arc::new(move |seen| {
            let request = request(seen);
            let number = {
                let mut asked = asked.lock().expect("no holder panicked");
                *asked.entry(request.clone()).and_modify(|number| *number += 1).or_default()
            };
            // By the request and not by its turn, since threads come in any order.
            let rolled = dice.roll(&(request, number), 20 * KINDS);
            let fault = fault(rolled)?;
            counted.fetch_add(1, Ordering::SeqCst);
            Some(fault)
        }));
        let said = self.stage.run_sync(declared);
        control.on_request(Arc::new(|_| None));
        (said, count.load(Ordering::SeqCst))
    }

    /// A run that dies at one of its requests and says nothing.
    fn kill(&self, declared: u32) -> Said {
        let number = usize::try_from(1 + self.dice.roll("kill", 16)).expect("few requests");
        let moment = match self.dice.roll("moment", 2) {
            0 => Moment::BeforeCommit,
            _ => Moment::AfterCommit,
        };
        kill_at(&self.stage.control(), self.stage.program(declared), number, moment, |_| {});
        let secret = |entry: &Entry| json!({"targets": vec![json!({}); entry.targets.len()]});
        let secrets: Vec<_> = self.stage.tale.secrets.iter().map(secret).collect();
        Said { report: json!({ "secrets": secrets }) }
    }
}

/// What a request is, whatever ids it names.
fn request(seen: &Seen) -> String {
    let path: Vec<&str> = seen.path.split('/').take(3).collect();
    format!("{} {} {}", seen.method, seen.host, path.join("/"))
}

/// No generation is in a target twice.
fn is_made_once(target: &Held) -> Kept {
    let generations: BTreeSet<String> =
        target.versions.iter().filter_map(State::of).map(|state| state.generation).collect();
    if generations.len() == target.versions.len() {
        return Ok(());
    }
    Err(format!("{} versions of {} generations", target.versions.len(), generations.len()))
}

/// Throws that are the same for the same seed, run and question.
#[derive(Clone, Copy)]
struct Dice {
    seed: u64,
    run: usize,
}

impl Dice {
    fn roll(&self, question: impl Hash, sides: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, self.run, question).hash(&mut hasher);
        hasher.finish() % sides
    }
}

/// The Secretfile of a run: one more secret every fifty.
fn tale(run: usize) -> Tale {
    let kinds = [Kind::Minted, Kind::Given, Kind::Mixed, Kind::Minted, Kind::Mixed];
    let secrets = kinds.iter().take(2 + run / 50).map(|&kind| entry(kind)).collect();
    Tale { secrets, episodes: Vec::new(), days: 0, declared: 0, delay: 0, parallel: 4 }
}

fn entry(kind: Kind) -> Entry {
    let seat = Seat {
        start: Start::Missing,
        deleted: None,
        is_field: false,
        on_existing: "adopt",
        on_drift: "fail",
        on_soft_deleted: "recover",
    };
    let targets = vec![seat.clone(), seat.clone(), seat];
    Entry { kind, one_time: false, rotates: kind.is_minted(), age: 0, targets }
}

/// The fault of that number; none for most numbers.
fn fault(number: u64) -> Option<Fault> {
    let answer = |status, body: &str| {
        Some(Fault::Answer { status, headers: Vec::new(), body: body.to_owned() })
    };
    let refused = r#"{"error":{"code":"Forbidden","innererror":{"code":"ForbiddenByFirewall"}}}"#;
    match number {
        0 => Some(Fault::ResetBefore),
        1 => Some(Fault::ResetAfter),
        2 => Some(Fault::Truncate),
        3 => Some(Fault::Delay(LATE)),
        4 => Some(Fault::Pause(LATE)),
        5 => Some(Fault::Shape(Shape::Html)),
        6 => Some(Fault::Shape(Shape::Closed)),
        7 => answer(429, ""),
        8 => answer(500, "<html>"),
        9 => answer(503, "{}"),
        10 => answer(403, refused),
        11 => answer(404, ""),
        _ => None,
    }
}

/// How many kinds of fault there are.
const KINDS: u64 = 12;
/// How many runs there are.
const RUNS: usize = 200;
/// Longer than a request is waited for.
const LATE: Duration = Duration::from_secs(90);
