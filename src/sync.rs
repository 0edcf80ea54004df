//! What `sync`, `plan` and `rotate` share: every target is seen before the first is written.

use std::time::Duration;

use crate::apply::{self, Outcome, Run};
use crate::azure::key_vault::KeyVault;
use crate::cli::WorkArgs;
use crate::console::Console;
use crate::decision::Decision;
use crate::digest::{PlanDigest, Planned};
use crate::error::Result;
use crate::loading::load;
use crate::observation::Observation;
use crate::observe;
use crate::plan::{self, Case, Options, Rotate};
use crate::report::{Report, SecretReport};
use crate::secretfile::Secretfile;
use crate::select;
use crate::service::Service;
use crate::stop::Stop;
use crate::work;

/// What the commands on vaults differ in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Doing<'a> {
    /// With a digest only what was planned.
    Sync(Option<&'a PlanDigest>),
    /// With some secrets minted again.
    Rotate,
    /// Nothing is written.
    Plan,
}

/// Load, connect, observe; then plan, or apply.
pub fn work_on(
    console: &mut Console<'_>,
    args: &WorkArgs,
    rotate: Rotate,
    doing: Doing<'_>,
) -> std::result::Result<(Secretfile, Report), Stop> {
    let file = load(console, &args.file, args.local.is_some())?;
    let secrets = select::secrets(&file, &args.secrets, &rotate)?;
    let prefer = select::vault(&file, args.prefer.as_deref())?;
    let vaults = select::vaults(&file, &args.vaults)?;
    let options = Options { rotate, prefer, vaults, ignores_given: false };
    let service = Service::connect(console, &file, args)?;
    let clock = console.clock.clone();
    let parallel = usize::from(args.parallel);
    let abreast = parallel.div_ceil(secrets.len().max(1));
    let vaults = &service.vaults;
    let run = Run { file: &file, vaults, options: &options, clock: &clock, abreast };
    let jobs = look(&run, &secrets, parallel);
    if let (Doing::Sync(Some(_)), Some(over)) = (doing, clock.over()) {
        // What was not seen did not move.
        return Err(over.error().into());
    }
    let digest = match doing {
        Doing::Plan => Some(digest(&run, &jobs)),
        Doing::Sync(Some(planned)) => Some(nothing_moved(&run, &jobs, planned)?),
        Doing::Sync(None) | Doing::Rotate => None,
    };
    let secrets = work_on_each(console, &run, &jobs, parallel, doing);
    let report =
        Report::new(&file, doing.command(), args.local.is_some(), doing == Doing::Plan, secrets);
    let plan_digest = digest.map(|digest| digest.to_string());
    Ok((file, Report { plan_digest, ..report }))
}

/// A secret, what was seen of its targets, and when by the clock.
struct Job {
    secret: usize,
    seen: Vec<Observation>,
    seen_at: Duration,
}

/// Sees every target before the first is written.
fn look(run: &Run<'_>, secrets: &[usize], parallel: usize) -> Vec<Job> {
    // The first of many observations may be much older than the last.
    let seen_at = run.clock.elapsed();
    let seen = observe::observe(run.file, run.vaults, secrets, parallel);
    let jobs = secrets.iter().zip(seen);
    jobs.map(|(&secret, seen)| Job { secret, seen, seen_at }).collect()
}

fn work_on_each(
    console: &mut Console<'_>,
    run: &Run<'_>,
    jobs: &[Job],
    parallel: usize,
    doing: Doing<'_>,
) -> Vec<SecretReport> {
    let progress = console.progress(jobs.len());
    let vault = |job: &Job| run.file.secrets[job.secret].targets.first().map(|t| t.vault.host());
    let takes_more = |job: &Job| match run.file.secrets[job.secret].targets.first() {
        Some(target) if doing != Doing::Plan => {
            run.vaults.of(target).is_ok_and(KeyVault::takes_new_versions)
        }
        _ => true,
    };
    let reports = work::in_lanes(jobs, parallel, vault, takes_more, |job| {
        let Job { secret, seen, seen_at } = job;
        let outcome = match doing {
            Doing::Plan => planned(run, *secret, seen),
            Doing::Sync(_) | Doing::Rotate => apply::apply(run, *secret, seen.clone(), *seen_at),
        };
        let report = account(run, *secret, outcome, doing == Doing::Plan);
        progress.done(&report);
        report
    });
    progress.finish();
    reports
}

/// What a plan rests on: what was seen, and what would be done whatever values are given.
fn digest(run: &Run<'_>, jobs: &[Job]) -> PlanDigest {
    let options = Options { ignores_given: true, ..run.options.clone() };
    let run = Run { options: &options, ..*run };
    let plan: Vec<Planned<'_>> = jobs
        .iter()
        .map(|Job { secret, seen, .. }| Planned {
            secret: &run.file.secrets[*secret],
            seen,
            actions: planned(&run, *secret, seen).actions,
        })
        .collect();
    PlanDigest::of(run.file, run.options, &plan)
}

fn nothing_moved(run: &Run<'_>, jobs: &[Job], planned: &PlanDigest) -> Result<PlanDigest> {
    let now = digest(run, jobs);
    let names: Vec<&str> =
        jobs.iter().map(|job| run.file.secrets[job.secret].name.as_str()).collect();
    match planned.moved(&now, &names) {
        None => Ok(now),
        Some(moved) => Err(moved.error(&run.file.path)),
    }
}

fn planned(run: &Run<'_>, secret: usize, seen: &[Observation]) -> Outcome {
    let secret = &run.file.secrets[secret];
    let now = run.vaults.now(&secret.targets, run.clock.now());
    let case = Case { file: run.file, secret, seen, options: run.options, now };
    let decision = match run.vaults.agree_on_time(secret) {
        Ok(()) => plan::plan(&case),
        Err(error) => Decision::refused(&error, seen.len()),
    };
    let versions = vec![None; decision.actions.len()];
    let disabled = vec![0; decision.actions.len()];
    let Decision { actions, notices, due, .. } = decision;
    Outcome { actions, notices, due, versions, disabled }
}

fn account(run: &Run<'_>, secret: usize, outcome: Outcome, planned: bool) -> SecretReport {
    let secret = &run.file.secrets[secret];
    let mut report = SecretReport::new(secret, &outcome.actions, &outcome.versions, planned);
    for (target, disabled) in report.targets.iter_mut().zip(&outcome.disabled) {
        target.versions_disabled = *disabled;
    }
    let due = outcome.due.map(|due| due.to_string());
    SecretReport { notices: outcome.notices, due, ..report }
}

impl Doing<'_> {
    fn command(self) -> &'static str {
        match self {
            Self::Sync(_) => "sync",
            Self::Rotate => "rotate",
            Self::Plan => "plan",
        }
    }
}
