//! Each command's story.

use std::time::Duration;

use crate::apply::{self, Outcome, Run};
use crate::chosen::Chosen;
use crate::cli::{
    DeleteArgs, DisableArgs, FetchArgs, FileArgs, PlanArgs, RecoverArgs, RotateArgs, StatusArgs,
    SyncArgs, ValidateArgs, WorkArgs,
};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::console::{Console, read_file, read_text};
use crate::decision::Decision;
use crate::deletion::{Deletion, not_listed};
use crate::digest::{PlanDigest, Planned};
use crate::disable;
use crate::emulator::{self, EmulatorArgs};
use crate::error::{Error, Result};
use crate::export;
use crate::fetch::{self, Delivery, Fetch};
use crate::halt::Over;
use crate::left_files;
use crate::neutral;
use crate::observation::Observation;
use crate::observe;
use crate::ownership::Extent;
use crate::place::{self, Places};
use crate::plan::{self, Case, Options, Rotate};
use crate::report::status::StatusReport;
use crate::report::{self, Report, SecretReport};
use crate::secretfile::{self, LoadOptions, Problems, Secretfile};
use crate::select;
use crate::service::Service;
use crate::status::{self, Look};
use crate::work;

/// Why a command ended before it had a report.
#[derive(Debug)]
pub enum Stop {
    /// One error.
    Error(Error),
    /// Mistakes in the Secretfile.
    Problems(Problems),
}

/// An exit code, or why there was no report.
pub type Ended = std::result::Result<u8, Stop>;

/// `sync`: makes every vault match the file.
pub fn sync(console: &mut Console<'_>, args: &SyncArgs) -> Ended {
    args.report.check()?;
    let doing = match args.dry_run {
        true => Doing::Plan,
        false => Doing::Sync(args.plan_digest.as_ref()),
    };
    let (file, report) = work_on(console, &args.work, Rotate::Due, doing)?;
    console.report_to(&args.report, &file, &report, false)
}

/// `plan`: says what sync would do.
pub fn plan(console: &mut Console<'_>, args: &PlanArgs) -> Ended {
    args.report.check()?;
    let (file, report) = work_on(console, &args.work, Rotate::Due, Doing::Plan)?;
    console.report_to(&args.report, &file, &report, args.detailed_exitcode)
}

/// `rotate`: sync, with some secrets minted again.
pub fn rotate(console: &mut Console<'_>, args: &RotateArgs) -> Ended {
    args.report.check()?;
    if !args.work.vaults.is_empty() {
        let what = "`rotate` writes every target of a secret, so `--vault` is not taken";
        return Err(Error::usage(what).help("leave `--vault` out").into());
    }
    let rotate = match args.all {
        true => Rotate::All,
        false => Rotate::named(&args.names),
    };
    let (file, report) = work_on(console, &args.work, rotate, Doing::Rotate)?;
    console.report_to(&args.report, &file, &report, false)
}

/// `status`: says how every target stands.
pub fn status(console: &mut Console<'_>, args: &StatusArgs) -> Ended {
    args.report.check()?;
    let work = &args.work;
    let file = load(console, &work.file, work.local.is_some())?;
    let names = [args.names.as_slice(), work.secrets.as_slice()].concat();
    let secrets = select::secrets(&file, &names, &Rotate::Due)?;
    let only = select::vaults(&file, &work.vaults)?;
    let service = Service::connect(console, &file, work)?;
    let look = Look {
        file: &file,
        vaults: &service.vaults,
        clock: &console.clock,
        parallel: usize::from(work.parallel),
        only,
        within: args.due_within,
        lists_versions: args.versions,
    };
    let secrets = status::look(&look, &secrets);
    let report = StatusReport {
        command: "status",
        rehearsal: work.local.is_some(),
        file: neutral::line(&file.path),
        now: look.now().to_string(),
        due_until: args.due_within.map(|_| look.horizon().to_string()),
        secrets,
        notices: report::notices(&file),
    };
    console.status(&args.report, &file, &report)
}

/// `fetch`: hands values to the next steps.
pub fn fetch(console: &mut Console<'_>, args: &FetchArgs) -> Ended {
    let work = &args.work;
    if !work.secrets.is_empty() || work.prefer.is_some() || work.fail_on.is_some() {
        let what = "`fetch` takes no `--secret`, `--prefer` or `--fail-on`";
        return Err(Error::usage(what).help("name the secrets by --export").into());
    }
    let file = load(console, &work.file, work.local.is_some())?;
    let wanted = export::wanted(&file, &args.exports)?;
    fetch::check(&wanted, console.ci.as_ref())?;
    let only = select::vaults(&file, &work.vaults)?;
    let service = Service::connect(console, &file, work)?;
    let parallel = usize::from(work.parallel);
    let fetch = Fetch { file: &file, vaults: &service.vaults, only, parallel };
    let found = fetch.all(&wanted);
    if let Some(signal) = console.clock.stopped() {
        // Nobody is left to hand values to.
        return Err(Over::Stopped(signal).error().into());
    }
    let mut report = fetch::report(&file, work.local.is_some(), &wanted, &found);
    if let Ok(found) = found.into_iter().collect::<Result<Vec<_>>>() {
        let delivery = Delivery::new(&file, &wanted, &found, console.ci.as_ref())?;
        report.unhidden_lines = delivery.masks.skipped;
        console.hand_values(&delivery)?;
    }
    // What came over its connections is still in their buffers.
    drop(service);
    console.fetched(&report)
}

/// `disable`: makes one version unreadable.
pub fn disable(console: &mut Console<'_>, args: &DisableArgs) -> Ended {
    let work = &args.work;
    let file = load(console, &work.file, work.local.is_some())?;
    let names = std::slice::from_ref(&args.version.name);
    let secrets = select::secrets(&file, names, &Rotate::Due)?;
    let only = select::vaults(&file, &work.vaults)?;
    let service = Service::connect(console, &file, work)?;
    let secret = &file.secrets[secrets[0]];
    let disable = disable::Disable { file: &file, vaults: &service.vaults, secret, only };
    let done = vec![disable.version(&args.version.id, args.force)?];
    console.report(&file, &report(&file, work, "disable", done, false), false)
}

/// `delete`: removes names from their vaults, once somebody agreed.
pub fn delete(console: &mut Console<'_>, args: &DeleteArgs) -> Ended {
    let (work, clock) = (&args.work, console.clock.clone());
    let file = load(console, &work.file, work.local.is_some())?;
    let chosen = Chosen::of(&file, args)?;
    let service = Service::connect(console, &file, work)?;
    let deletion = deletion(&file, &clock, args.extent(), work);
    let Places { places, unread } = chosen.find(&deletion, &service.vaults)?;
    if !args.yes {
        let mut plan = deletion.plan(&places);
        plan.extend(unread.iter().map(not_listed));
        let mut plan = report(&file, work, "delete", plan, true);
        if !plan.is_pending() || !console.agrees(&plan, "Remove these?") {
            plan.notices.extend(plan.is_pending().then(|| NOT_AGREED.to_owned()));
            return console.report(&file, &plan, true);
        }
    }
    let progress = console.progress(places.len());
    let mut done = deletion.remove(&places, &progress);
    progress.finish();
    done.extend(unread.iter().map(not_listed));
    console.report(&file, &report(&file, work, "delete", done, false), false)
}

/// `recover`: brings soft-deleted names back.
pub fn recover(console: &mut Console<'_>, args: &RecoverArgs) -> Ended {
    let (work, clock) = (&args.work, console.clock.clone());
    let file = load(console, &work.file, work.local.is_some())?;
    let secrets = select::secrets(&file, &work.secrets, &Rotate::named(&args.names))?;
    let limit = select::vaults(&file, &work.vaults)?;
    let service = Service::connect(console, &file, work)?;
    let places = place::of_entries(&file, &service.vaults, &secrets, limit.as_ref(), &[])?;
    let progress = console.progress(places.len());
    let deletion = deletion(&file, &clock, Extent::SoftDelete, work);
    let done = deletion.recover(&places, &progress);
    progress.finish();
    console.report(&file, &report(&file, work, "recover", done, false), false)
}

/// `validate`: checks the file alone.
pub fn validate(console: &mut Console<'_>, args: &ValidateArgs) -> Ended {
    let file = load(console, &args.file, false)?;
    console.valid(&file)?;
    Ok(0)
}

/// The last step of an action: removes the files of its `fetch`.
pub fn last_step(console: &mut Console<'_>) -> Ended {
    let removals = left_files::remove(&console.env)?;
    console.removed(&removals)
}

/// `emulator`: serves the embedded Key Vault until it is stopped.
pub fn emulator(console: &mut Console<'_>, args: EmulatorArgs) -> Ended {
    emulator::serve(args, &mut console.stdout, console.clock.clone())?;
    Ok(0)
}

/// What the commands on vaults differ in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing<'a> {
    /// With a digest only what was planned.
    Sync(Option<&'a PlanDigest>),
    Rotate,
    Plan,
}

/// Load, connect, observe; then plan, or apply.
fn work_on(
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
    let run = Run { file: &file, vaults: &service.vaults, options: &options, clock: &clock };
    let parallel = usize::from(args.parallel);
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
    let report = report(&file, args, doing.command(), secrets, doing == Doing::Plan);
    let plan_digest = digest.map(|digest| digest.to_string());
    Ok((file, Report { plan_digest, ..report }))
}

fn report(
    file: &Secretfile,
    args: &WorkArgs,
    command: &'static str,
    secrets: Vec<SecretReport>,
    planned: bool,
) -> Report {
    Report {
        command,
        rehearsal: args.local.is_some(),
        file: neutral::line(&file.path),
        planned,
        plan_digest: None,
        secrets,
        notices: report::notices(file),
    }
}

fn deletion<'a>(
    file: &'a Secretfile,
    clock: &'a Clock,
    extent: Extent,
    args: &WorkArgs,
) -> Deletion<'a> {
    Deletion { file, clock, extent, parallel: usize::from(args.parallel) }
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
    let reports = work::each(jobs, parallel, |Job { secret, seen, seen_at }| {
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

fn load(
    console: &Console<'_>,
    args: &FileArgs,
    rehearsal: bool,
) -> std::result::Result<Secretfile, Stop> {
    let path = args.file.display().to_string();
    let bytes = read_file(&args.file, secretfile::MAX_BYTES)?;
    let read = |file: &std::path::PathBuf| Ok((file.display().to_string(), read_text(file)?));
    let options = LoadOptions {
        var_files: args.var_file.iter().map(read).collect::<Result<_>>()?,
        vars: args.var.clone(),
        env: &console.env,
        custom_cloud: args.cloud_config.as_deref().map(cloud).transpose()?,
        partial: args.partial,
        rehearsal,
    };
    let mut file = secretfile::load(&path, &bytes, &options)?;
    for provider in &mut file.providers {
        args.identity.override_in(&mut provider.auth);
    }
    Ok(file)
}

fn cloud(path: &std::path::Path) -> Result<std::sync::Arc<Cloud>> {
    let text = read_text(path)?;
    Cloud::custom(&text).map_err(|what| Error::usage(what).at(path.display().to_string()))
}

/// What a `delete` says that only listed.
const NOT_AGREED: &str = "nothing was removed; `--yes` carries this out";

impl Doing<'_> {
    fn command(self) -> &'static str {
        match self {
            Self::Sync(_) => "sync",
            Self::Rotate => "rotate",
            Self::Plan => "plan",
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Problems> for Stop {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
