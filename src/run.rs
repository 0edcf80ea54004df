//! Each command's story.

use crate::apply::{self, Outcome, Run};
use crate::cli::{FileArgs, PlanArgs, RotateArgs, SyncArgs, ValidateArgs, WorkArgs};
use crate::cloud::Cloud;
use crate::console::{Console, read_file, read_text};
use crate::emulator::{self, EmulatorArgs};
use crate::error::{Error, Result};
use crate::observation::Observation;
use crate::observe;
use crate::plan::{self, Case, Options, Rotate};
use crate::report::{self, Report, SecretReport};
use crate::secretfile::{self, LoadOptions, Problems, Secretfile};
use crate::select;
use crate::service::Service;
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
    let doing = if args.dry_run { Doing::Plan } else { Doing::Sync };
    let report = work_on(console, &args.work, Rotate::Due, doing)?;
    console.report(&report, false)
}

/// `plan`: says what sync would do.
pub fn plan(console: &mut Console<'_>, args: &PlanArgs) -> Ended {
    let report = work_on(console, &args.work, Rotate::Due, Doing::Plan)?;
    console.report(&report, args.detailed_exitcode)
}

/// `rotate`: sync, with some secrets minted again.
pub fn rotate(console: &mut Console<'_>, args: &RotateArgs) -> Ended {
    if !args.work.vaults.is_empty() {
        let what = "`rotate` writes every target of a secret, so `--vault` is not taken";
        return Err(Error::usage(what).help("leave `--vault` out").into());
    }
    let rotate = match args.all {
        true => Rotate::All,
        false => Rotate::Named(args.names.iter().cloned().collect()),
    };
    let report = work_on(console, &args.work, rotate, Doing::Rotate)?;
    console.report(&report, false)
}

/// `validate`: checks the file alone.
pub fn validate(console: &mut Console<'_>, args: &ValidateArgs) -> Ended {
    let file = load(console, &args.file, false)?;
    console.valid(&file)?;
    Ok(0)
}

/// `emulator`: serves the embedded Key Vault until it is stopped.
pub fn emulator(console: &mut Console<'_>, args: EmulatorArgs) -> Ended {
    emulator::serve(args, &mut console.stdout, console.clock.clone())?;
    Ok(0)
}

/// What the commands on vaults differ in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Sync,
    Rotate,
    Plan,
}

/// Load, connect, observe; then plan, or apply.
fn work_on(
    console: &mut Console<'_>,
    args: &WorkArgs,
    rotate: Rotate,
    doing: Doing,
) -> std::result::Result<Report, Stop> {
    let file = load(console, &args.file, args.local.is_some())?;
    let secrets = select::secrets(&file, &args.secrets, &rotate)?;
    let prefer = select::vault(&file, args.prefer.as_deref())?;
    let options = Options { rotate, prefer, vaults: select::vaults(&file, &args.vaults)? };
    let service = Service::connect(console, &file, args)?;
    let clock = console.clock.clone();
    let run = Run { file: &file, vaults: &service.vaults, options: &options, clock: &clock };
    let secrets = work_on_each(console, &run, &secrets, usize::from(args.parallel), doing);
    Ok(Report {
        command: doing.command(),
        rehearsal: args.local.is_some(),
        file: file.path.clone(),
        planned: doing == Doing::Plan,
        secrets,
        notices: report::notices(&file),
    })
}

/// Sees every target before the first is written.
fn work_on_each(
    console: &mut Console<'_>,
    run: &Run<'_>,
    secrets: &[usize],
    parallel: usize,
    doing: Doing,
) -> Vec<SecretReport> {
    let seen = observe::observe(run.file, run.vaults, secrets, parallel);
    let seen_at = run.clock.elapsed();
    let jobs: Vec<(usize, Vec<Observation>)> = secrets.iter().copied().zip(seen).collect();
    let progress = console.progress(jobs.len());
    let reports = work::each(&jobs, parallel, |(secret, seen)| {
        let outcome = match doing {
            Doing::Plan => planned(run, *secret, seen),
            Doing::Sync | Doing::Rotate => apply::apply(run, *secret, seen.clone(), seen_at),
        };
        let report = account(run, *secret, outcome, doing == Doing::Plan);
        progress.done(&report);
        report
    });
    progress.finish();
    reports
}

fn planned(run: &Run<'_>, secret: usize, seen: &[Observation]) -> Outcome {
    let secret = &run.file.secrets[secret];
    let now = run.vaults.now(&secret.targets, run.clock.now());
    let decision = plan::plan(&Case { file: run.file, secret, seen, options: run.options, now });
    let versions = vec![None; decision.actions.len()];
    Outcome { actions: decision.actions, notices: decision.notices, due: decision.due, versions }
}

fn account(run: &Run<'_>, secret: usize, outcome: Outcome, planned: bool) -> SecretReport {
    let secret = &run.file.secrets[secret];
    let report = SecretReport::new(secret, &outcome.actions, &outcome.versions, planned);
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
    Ok(secretfile::load(&path, &bytes, &options)?)
}

fn cloud(path: &std::path::Path) -> Result<std::sync::Arc<Cloud>> {
    let text = read_text(path)?;
    Cloud::custom(&text).map_err(|what| Error::usage(what).at(path.display().to_string()))
}

impl Doing {
    fn command(self) -> &'static str {
        match self {
            Self::Sync => "sync",
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
