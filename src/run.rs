//! Each command's story.

use std::sync::Arc;
use std::time::Duration;

use crate::apply::{self, Outcome};
use crate::azure::credential::TokenSource;
use crate::cli::{FileArgs, PlanArgs, RotateArgs, SyncArgs, ValidateArgs, WorkArgs};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::console::{Console, read_file, read_text};
use crate::emulator::{self, Emulator, EmulatorArgs};
use crate::error::{Error, Result};
use crate::http::{Http, Limits, Network};
use crate::observe;
use crate::plan::{self, Action, Case, Decision, Options, Rotate};
use crate::report::{self, Report, SecretReport};
use crate::secretfile::{self, LoadOptions, Problems, Secretfile};
use crate::select;
use crate::vaults::Vaults;
use crate::work;

/// Why a command ended before it had a report.
#[derive(Debug)]
pub enum Stop {
    /// One error.
    Error(Error),
    /// Mistakes in the Secretfile.
    Problems(Problems),
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

/// `sync`: makes every vault match the file.
pub fn sync(console: &mut Console<'_>, args: &SyncArgs) -> std::result::Result<u8, Stop> {
    let command = if args.dry_run { Doing::Plan } else { Doing::Sync };
    let report = work_on(console, &args.work, Rotate::Due, command)?;
    console.report(&report, false)
}

/// `plan`: says what sync would do.
pub fn plan(console: &mut Console<'_>, args: &PlanArgs) -> std::result::Result<u8, Stop> {
    let report = work_on(console, &args.work, Rotate::Due, Doing::Plan)?;
    console.report(&report, args.detailed_exitcode)
}

/// `rotate`: sync, with some secrets minted again.
pub fn rotate(console: &mut Console<'_>, args: &RotateArgs) -> std::result::Result<u8, Stop> {
    if !args.work.vaults.is_empty() {
        let error =
            Error::usage("`rotate` writes every target of a secret, so `--vault` is not taken");
        return Err(error.help("leave `--vault` out").into());
    }
    let rotate = match args.all {
        true => Rotate::All,
        false => Rotate::Named(args.names.iter().cloned().collect()),
    };
    let report = work_on(console, &args.work, rotate, Doing::Rotate)?;
    console.report(&report, false)
}

/// `validate`: checks the file alone.
pub fn validate(console: &mut Console<'_>, args: &ValidateArgs) -> std::result::Result<u8, Stop> {
    let file = load(console, &args.file, false)?;
    console.valid(&file)?;
    Ok(0)
}

/// `emulator`: serves the embedded Key Vault until it is stopped.
pub fn emulator(console: &mut Console<'_>, args: EmulatorArgs) -> std::result::Result<u8, Stop> {
    let clock = console.clock.clone();
    emulator::serve(args, &mut console.stdout, clock)?;
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
    let options = Options {
        rotate,
        prefer: select::vault(&file, args.prefer.as_deref())?,
        vaults: select::vaults(&file, &args.vaults)?,
    };
    let service = connect(console, &file, args)?;
    let parallel = usize::from(args.parallel);
    let seen = observe::observe(&file, &service.vaults, &secrets, parallel);
    let seen_at = console.clock.elapsed();
    let run = apply::Run {
        file: &file,
        vaults: &service.vaults,
        options: &options,
        clock: &console.clock.clone(),
    };
    let jobs: Vec<(usize, Vec<_>)> = secrets.iter().copied().zip(seen).collect();
    let progress = console.progress(jobs.len());
    let reports = work::each(&jobs, parallel, |(secret, seen)| {
        let report = match doing {
            Doing::Plan => planned(&run, *secret, seen),
            _ => done(&run, *secret, apply::apply(&run, *secret, seen.clone(), seen_at)),
        };
        progress.done(&report);
        report
    });
    progress.finish();
    Ok(Report {
        command: match doing {
            Doing::Sync => "sync",
            Doing::Rotate => "rotate",
            Doing::Plan => "plan",
        },
        rehearsal: args.local.is_some(),
        file: file.path.clone(),
        planned: doing == Doing::Plan,
        secrets: reports,
        notices: report::notices(&file),
    })
}

fn planned(
    run: &apply::Run<'_>,
    secret: usize,
    seen: &[crate::observation::Observation],
) -> SecretReport {
    let case = Case {
        file: run.file,
        secret: &run.file.secrets[secret],
        seen,
        options: run.options,
        now: run.vaults.now(run.clock.now()),
    };
    let Decision { actions, notices, due, .. } = plan::plan(&case);
    let versions = vec![None; actions.len()];
    done_or_planned(run, secret, Outcome { actions, notices, due, versions }, true)
}

fn done(run: &apply::Run<'_>, secret: usize, outcome: Outcome) -> SecretReport {
    done_or_planned(run, secret, outcome, false)
}

fn done_or_planned(
    run: &apply::Run<'_>,
    secret: usize,
    outcome: Outcome,
    planned: bool,
) -> SecretReport {
    let versions: Vec<Option<String>> = outcome
        .versions
        .iter()
        .zip(&outcome.actions)
        .map(|(version, action)| {
            let version = version.as_ref().filter(|_| !matches!(action, Action::Failed(_)));
            version.map(ToString::to_string)
        })
        .collect();
    let secret = &run.file.secrets[secret];
    let report = SecretReport::new(secret, &outcome.actions, &versions, planned);
    SecretReport { notices: outcome.notices, due: outcome.due.map(|due| due.to_string()), ..report }
}

fn load(
    console: &Console<'_>,
    args: &FileArgs,
    rehearsal: bool,
) -> std::result::Result<Secretfile, Stop> {
    let path = args.file.display().to_string();
    let bytes = read_file(&args.file, secretfile::MAX_BYTES)?;
    let mut var_files = Vec::new();
    for file in &args.var_file {
        var_files.push((file.display().to_string(), read_text(file)?));
    }
    let custom_cloud = match &args.cloud_config {
        Some(file) => Some(cloud(file)?),
        None => None,
    };
    let options = LoadOptions {
        var_files,
        vars: args.var.clone(),
        env: &console.env,
        custom_cloud,
        partial: args.partial,
        rehearsal,
    };
    Ok(secretfile::load(&path, &bytes, &options)?)
}

fn cloud(path: &std::path::Path) -> Result<Arc<Cloud>> {
    let text = read_text(path)?;
    Cloud::custom(&text).map_err(|what| Error::usage(what).at(path.display().to_string()))
}

/// The vaults, and in a rehearsal the server that stands in for them.
struct Service {
    vaults: Vaults,
    _embedded: Option<Emulator>,
}

/// Makes the clients; in a rehearsal starts the embedded vault and signs in to it by itself.
fn connect(console: &Console<'_>, file: &Secretfile, args: &WorkArgs) -> Result<Service> {
    let embedded = match &args.local {
        Some(folder) => Some(rehearsal(folder, &console.clock)?),
        None => None,
    };
    let network = match &embedded {
        Some(embedded) => {
            Network::Embedded { address: embedded.address(), ca: embedded.ca_der().to_vec() }
        }
        None => Network::Real { extra_roots: roots(args)? },
    };
    let http = Http::new(&network, &console.env, LIMITS, console.clock.clone())?;
    let mut sources: Vec<((usize, String), Arc<TokenSource>)> = Vec::new();
    let vaults = Vaults::new(file, &http, |provider, vault| {
        let key = (provider, vault.cloud().name.clone());
        if let Some((_, source)) = sources.iter().find(|(other, _)| *other == key) {
            return Ok(source.clone());
        }
        let cloud = vault.cloud().clone();
        let source = Arc::new(match embedded {
            Some(_) => TokenSource::rehearsal(http.clone(), cloud),
            None => {
                let provider = &file.providers[provider];
                TokenSource::new(http.clone(), cloud, &provider.auth, &console.env)
                    .map_err(|error| at_provider(error, &provider.name))?
            }
        });
        sources.push((key, source.clone()));
        Ok(source)
    })?;
    Ok(Service { vaults, _embedded: embedded })
}

/// The embedded vault, on a free port of this machine's own.
fn rehearsal(folder: &std::path::Path, clock: &Clock) -> Result<Emulator> {
    Emulator::start(emulator::Options {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        data: Some(folder.to_owned()),
        clock: clock.clone(),
        allow_remote: false,
    })
}

fn at_provider(error: Error, name: &str) -> Error {
    if error.at.is_some() { error } else { error.at(format!("provider {name}")) }
}

fn roots(args: &WorkArgs) -> Result<Vec<(String, Vec<u8>)>> {
    let read = |path: &std::path::PathBuf| {
        Ok((path.display().to_string(), read_file(path, MAX_CERTIFICATES)?))
    };
    args.ca_certificate.iter().map(read).collect()
}

/// A file of certificates that is larger is no such file.
const MAX_CERTIFICATES: u64 = 8 << 20;

/// Time limits of every run.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    first_byte: Duration::from_secs(30),
    call: Duration::from_secs(60),
    run: Duration::from_secs(600),
};
