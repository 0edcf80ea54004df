//! Each command's story.

use crate::adopt::Adoption;
use crate::apply::Run;
use crate::catalogue;
use crate::chosen::Chosen;
use crate::cli::{
    AdoptArgs, DeleteArgs, DisableArgs, DoctorArgs, ExplainArgs, FetchArgs, Format, InitArgs,
    PlanArgs, RecoverArgs, RenderArgs, RotateArgs, StatusArgs, SyncArgs, ValidateArgs, WorkArgs,
};
use crate::clock::Clock;
use crate::console::Console;
use crate::deletion::{Deletion, not_listed};
use crate::disable;
use crate::doctor::{self, Place, Visit};
use crate::emulator::{self, EmulatorArgs};
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::export;
use crate::fetch::{self, Delivery, Fetch};
use crate::halt::Over;
use crate::init::Starter;
use crate::left_files;
use crate::loading::load;
use crate::lockfile::Lockfile;
use crate::naming;
use crate::neutral;
use crate::ownership::Extent;
use crate::place::{self, Places};
use crate::plan::{Options, Rotate};
use crate::render::{self, reference};
use crate::report::doctor::DoctorReport;
use crate::report::status::StatusReport;
use crate::report::{self, Report};
use crate::secretfile::{self, Secretfile};
use crate::select;
use crate::service::{self, Service};
use crate::status::{self, Look};
use crate::stop::Stop;
use crate::sync::{Doing, work_on};

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
    fetch::check(&wanted, console.ci.as_ref())
        .map_err(|error| error.within(ErrorCode::Handover))?;
    console.check_masks()?;
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
        let delivery = Delivery::new(&file, &wanted, &found, console.ci.as_ref())
            .map_err(|error| error.within(ErrorCode::Handover))?;
        report.unhidden_lines = delivery.masks.skipped;
        report.notices = console.hand_values(&delivery)?;
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
    console.report(&file, &Report::new(&file, "disable", work.local.is_some(), false, done), false)
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
        let mut plan = Report::new(&file, "delete", work.local.is_some(), true, plan);
        if !plan.is_pending() || !console.agrees(&plan, "Remove these?") {
            plan.notices.extend(plan.is_pending().then(|| NOT_AGREED.to_owned()));
            return console.report(&file, &plan, true);
        }
    }
    let progress = console.progress(places.len());
    let mut done = deletion.remove(&places, &progress);
    progress.finish();
    done.extend(unread.iter().map(not_listed));
    console.report(&file, &Report::new(&file, "delete", work.local.is_some(), false, done), false)
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
    console.report(&file, &Report::new(&file, "recover", work.local.is_some(), false, done), false)
}

/// `doctor`: says what keeps this job from its vaults.
pub fn doctor(console: &mut Console<'_>, args: &DoctorArgs) -> Ended {
    let work = &args.work;
    if work.prefer.is_some() || work.fail_on.is_some() {
        let what = "`doctor` takes no `--prefer` or `--fail-on`";
        return Err(Error::usage(what).help("leave it out").into());
    }
    let file = load(console, &work.file, work.local.is_some())?;
    let secrets = select::secrets(&file, &work.secrets, &Rotate::Due)?;
    let only = select::vaults(&file, &work.vaults)?;
    let places = Place::all(&file, &secrets, only.as_ref());
    let asks = if args.roles { None } else { Some(Service::connect(console, &file, work)?) };
    let vaults = match &asks {
        Some(service) => {
            let plain = service::without_added_roots(console, work)?;
            let visit = Visit { clock: &console.clock, plain, probes: args.write_probe };
            visit.each(&places, &service.vaults, usize::from(work.parallel))
        }
        None => Vec::new(),
    };
    let roles = doctor::roles(&file, &places, &vaults, &console.env, args.roles);
    let (rehearsal, path) = (work.local.is_some(), neutral::line(&file.path));
    console.examined(&DoctorReport { command: "doctor", rehearsal, file: path, vaults, roles })
}

/// `validate`: checks the file alone.
pub fn validate(console: &mut Console<'_>, args: &ValidateArgs) -> Ended {
    let mut file = load(console, &args.file, false)?;
    file.notices.extend(naming::advice(&file));
    console.valid(&file)?;
    Ok(0)
}

/// `render`: prints references without values.
pub fn render(console: &mut Console<'_>, args: &RenderArgs) -> Ended {
    let work = &args.work;
    if work.prefer.is_some() || work.fail_on.is_some() {
        return Err(Error::usage("`render` takes no `--prefer` and no `--fail-on`").into());
    }
    // Without versions nobody signs in, so that what a sign-in lacks is no mistake.
    let signs_in = args.with_version && work.local.is_none();
    let file = load(console, &work.file, !signs_in)?;
    let secrets = select::secrets(&file, &work.secrets, &Rotate::Due)?;
    let only = select::vaults(&file, &work.vaults)?;
    let mut references = reference::of(&file, &secrets, only.as_ref(), !work.secrets.is_empty())?;
    if args.with_version {
        let service = Service::connect(console, &file, work)?;
        reference::pin(&mut references, &service.vaults, usize::from(work.parallel))?;
    }
    let options = render::Options {
        identity: args.identity.as_ref(),
        service_connection: args.service_connection.as_deref(),
    };
    let rendered = render::render(args.form, &references, &options)?;
    console.print(&match console.format {
        Format::Text => rendered.text(),
        Format::Json => rendered.json()?,
    })?;
    Ok(0)
}

/// `init`: writes starter files into this folder.
pub fn init(console: &mut Console<'_>, args: &InitArgs) -> Ended {
    let starter = Starter {
        folder: std::path::Path::new("."),
        pipeline: args.ci,
        vault: args.vault.as_ref(),
        project: args.project.as_deref(),
        force: args.force,
    };
    let said = starter.write()?;
    console.print(&said)?;
    Ok(0)
}

/// `schema`: prints the Secretfile's JSON Schema.
pub fn schema(console: &mut Console<'_>) -> Ended {
    console.print(secretfile::SCHEMA)?;
    Ok(0)
}

/// `explain`: says what an error code means, and the way out.
pub fn explain(console: &mut Console<'_>, args: &ExplainArgs) -> Ended {
    let topic = match &args.code {
        Some(code) => Some(catalogue::find(code).ok_or_else(|| catalogue::unknown(code))?),
        None => None,
    };
    console.explained(topic.as_ref())?;
    Ok(0)
}

/// `adopt`: takes a lockfile's ages over into tags.
pub fn adopt(console: &mut Console<'_>, args: &AdoptArgs) -> Ended {
    let work = &args.work;
    let lockfile = Lockfile::read(&args.lockfile)?;
    let file = load(console, &work.file, work.local.is_some())?;
    let named = select::secrets(&file, &work.secrets, &Rotate::Due)?;
    let prefer = select::vault(&file, work.prefer.as_deref())?;
    let only = select::vaults(&file, &work.vaults)?;
    let options = Options { prefer, vaults: only, ..Options::default() };
    let service = Service::connect(console, &file, work)?;
    let clock = console.clock.clone();
    let vaults = &service.vaults;
    let run = Run { file: &file, vaults, options: &options, clock: &clock, abreast: 1 };
    let adoption = Adoption { run, lockfile: &lockfile, writes: !args.dry_run };
    let secrets = adoption.each(&adoption.known(&named), usize::from(work.parallel));
    let mut report = Report::new(&file, "adopt", work.local.is_some(), args.dry_run, secrets);
    report.notices.extend(adoption.notices(&named));
    console.report(&file, &report, false)
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

fn deletion<'a>(
    file: &'a Secretfile,
    clock: &'a Clock,
    extent: Extent,
    args: &WorkArgs,
) -> Deletion<'a> {
    Deletion { file, clock, extent, parallel: usize::from(args.parallel) }
}

/// What a `delete` says that only listed.
const NOT_AGREED: &str = "nothing was removed; `--yes` carries this out";
