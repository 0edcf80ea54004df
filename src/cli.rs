//! The command line, and what it asks for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

use crate::ci::Platform;
use crate::digest::PlanDigest;
use crate::export::Export;
use crate::init::{Pipeline, project};
use crate::limits::LimitArgs;
use crate::names::{VaultUrl, VersionId};
use crate::ownership::Extent;
use crate::render::{self, Form, Identity};
use crate::report::FailOn;
use crate::reporting::{ReportArgs, Reporting};
use crate::secretfile::{Auth, period};

/// Makes Azure Key Vault match a declarative Secretfile.
#[derive(Debug, Parser)]
#[command(name = "secretzero", version, about, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, propagate_version = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make every vault match the Secretfile
    Sync(SyncArgs),
    /// Show what sync would do; needs only list rights and writes nothing
    Plan(PlanArgs),
    /// Mint secrets again although they are not due, and sync
    Rotate(RotateArgs),
    /// Remove secrets of the Secretfile, or what it no longer names, from their vaults
    Delete(DeleteArgs),
    /// Bring soft-deleted secrets back
    Recover(RecoverArgs),
    /// Show the state, age, due date, expiry and versions of every target; writes nothing
    Status(StatusArgs),
    /// Hand values to the next steps of a job, hidden in its logs
    Fetch(FetchArgs),
    /// Disable one version of a secret by its id
    Disable(DisableArgs),
    /// Find what keeps this job from its vaults: network, sign-in, rights; changes nothing by itself
    Doctor(DoctorArgs),
    /// Check the Secretfile alone, without any network
    Validate(ValidateArgs),
    /// Print references to the secrets, without values, as services take them
    Render(RenderArgs),
    /// Write a starter Secretfile and a pipeline
    Init(InitArgs),
    /// Print the JSON Schema of the Secretfile, for editors
    Schema,
    /// Explain an error code, ours or a service's: cause and fix; without CODE, list them all
    Explain(ExplainArgs),
    /// Take the ages of a Python SecretZero lockfile over into tags; values stay as they are
    Adopt(AdoptArgs),
    /// Serve the embedded Key Vault, for other people's tests
    Emulator(crate::emulator::EmulatorArgs),
}

impl Command {
    /// What those have in common that look at vaults.
    pub fn work(&self) -> Option<&WorkArgs> {
        match self {
            Self::Sync(args) => Some(&args.work),
            Self::Plan(args) => Some(&args.work),
            Self::Rotate(args) => Some(&args.work),
            Self::Delete(args) => Some(&args.work),
            Self::Recover(args) => Some(&args.work),
            Self::Status(args) => Some(&args.work),
            Self::Disable(args) => Some(&args.work),
            Self::Fetch(args) => Some(&args.work),
            Self::Render(args) => Some(&args.work),
            Self::Adopt(args) => Some(&args.work),
            Self::Doctor(args) => Some(&args.work),
            Self::Validate(_)
            | Self::Init(_)
            | Self::Schema
            | Self::Explain(_)
            | Self::Emulator(_) => None,
        }
    }

    /// The switches that say how much is said.
    pub fn output(&self) -> Option<&OutputArgs> {
        match self {
            Self::Validate(args) => Some(&args.output),
            Self::Explain(args) => Some(&args.output),
            other => other.work().map(|work| &work.output),
        }
    }

    /// What makes it fail, where that was said.
    pub fn fail_on(&self) -> Option<Vec<FailOn>> {
        self.work()?.fail_on.clone()
    }
}

impl Command {
    /// Where its report goes beside stdout, where it has one.
    pub fn reporting(&self) -> Option<Reporting> {
        let (command, to, work) = match self {
            Self::Sync(args) => ("sync", &args.report, &args.work),
            Self::Plan(args) => ("plan", &args.report, &args.work),
            Self::Rotate(args) => ("rotate", &args.report, &args.work),
            Self::Status(args) => ("status", &args.report, &args.work),
            _ => return None,
        };
        let file = work.file.file.display().to_string();
        Some(Reporting { command, rehearsal: work.local.is_some(), file, to: to.clone() })
    }
}

/// `sync`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Show what would be done and write nothing, like plan
    #[arg(long, conflicts_with = "plan_digest")]
    pub dry_run: bool,
    /// Write only if nothing moved since `plan` printed this digest
    #[arg(long, value_name = "DIGEST", value_parser = PlanDigest::parse)]
    pub plan_digest: Option<PlanDigest>,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Exit with 10 when something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Names of secrets in the Secretfile
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    pub names: Vec<String>,
    /// Every minted secret that is not `one_time`
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `delete`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Names of secrets in the Secretfile
    #[arg(value_name = "NAME", required_unless_present = "orphans", conflicts_with = "orphans")]
    pub names: Vec<String>,
    /// What carries the file's scope in its vaults and is no target in it; soft-deleted, not purged
    #[arg(long, conflicts_with_all = ["secrets", "force", "keep_deleted"])]
    pub orphans: bool,
    /// Purge the orphans, too; NAMEs are purged without it
    #[arg(long, requires = "orphans", conflicts_with = "names")]
    pub purge: bool,
    /// Soft-delete and do not purge, so that `recover` brings them back
    #[arg(long)]
    pub keep_deleted: bool,
    /// Remove this one of the NAMEs even where it is not ours; may be repeated
    #[arg(long, value_name = "NAME")]
    pub force: Vec<String>,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub work: WorkArgs,
}

impl DeleteArgs {
    /// Entries are purged unless they are to be kept, orphans only where that is asked for.
    pub fn extent(&self) -> Extent {
        let purges = if self.orphans { self.purge } else { !self.keep_deleted };
        if purges { Extent::Purge } else { Extent::SoftDelete }
    }
}

/// `recover`.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// Names of secrets in the Secretfile
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Names of secrets in the Secretfile; none: all
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Exit with 10 when something is due or expires within this period, such as 30d
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    pub due_within: Option<SignedDuration>,
    /// List every version of each target
    #[arg(long)]
    pub versions: bool,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// `NAME[.FIELD][@VERSION][?]=env:X`, `output:Y` or `file:PATH`; a `*` in NAME and place stands for any
    /// secret's name, a `?` passes over what is not there; may be repeated
    #[arg(long = "export", value_name = "EXPORT", required = true, value_parser = Export::parse)]
    pub exports: Vec<Export>,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `disable`.
#[derive(Debug, Args)]
pub struct DisableArgs {
    /// The secret in the Secretfile, and the version's id, which `status --versions` shows
    #[arg(value_name = "NAME@VERSION", value_parser = NamedVersion::parse)]
    pub version: NamedVersion,
    /// Even if the version is the current one, or not ours
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVersion {
    /// The entry's name.
    pub name: String,
    /// The version's id.
    pub id: VersionId,
}

impl NamedVersion {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, id) = text.rsplit_once('@').unwrap_or((text, ""));
        let id = VersionId::new(id).ok_or("write NAME@VERSION; a version has 32 hex digits")?;
        Ok(Self { name: name.to_owned(), id })
    }
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Try every right on one throw-away name in each vault: write, update, delete, recover, purge
    #[arg(long, conflicts_with = "roles")]
    pub write_probe: bool,
    /// Print the least role assignments by the Secretfile alone; asks nobody
    #[arg(long)]
    pub roles: bool,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    #[command(flatten)]
    pub file: FileArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// What the references are for
    #[arg(value_enum)]
    pub form: Form,
    /// Name the current version of each secret; looks into the vaults, with the right to list alone
    #[arg(long)]
    pub with_version: bool,
    /// Who reads the vault: system, a client id, vm:CLIENT-ID, or a managed identity's resource id
    #[arg(long, value_name = "ID", value_parser = Identity::parse)]
    pub identity: Option<Identity>,
    /// The service connection of Azure Pipelines that reads the vault
    #[arg(long, value_name = "NAME", value_parser = render::connection)]
    pub service_connection: Option<String>,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code as it stands at the end of a message, or a service's, such as ForbiddenByRbac or AADSTS700213
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `adopt`.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// The lockfile, which is called .gitsecrets.lock where nobody chose another name
    #[arg(long, value_name = "FILE")]
    pub lockfile: PathBuf,
    /// Show what would be done and write nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Whose pipeline to write; not said: the CI system that the folder has traces of, else GitHub
    #[arg(long, value_enum, value_name = "NAME")]
    pub ci: Option<Pipeline>,
    /// The vault; not said: one called PROJECT-kv
    #[arg(long, value_name = "URL", value_parser = vault)]
    pub vault: Option<VaultUrl>,
    /// The project; not said: the folder's name
    #[arg(long, value_name = "NAME", value_parser = project::name)]
    pub project: Option<String>,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

/// What the commands that look at vaults have in common.
#[derive(Debug, Args)]
pub struct WorkArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Only this secret; may be repeated
    #[arg(short = 's', long = "secret", value_name = "NAME")]
    pub secrets: Vec<String>,
    /// Write only to this vault (host or name); all are observed; may be repeated
    #[arg(long = "vault", value_name = "HOST")]
    pub vaults: Vec<String>,
    /// The vault (host or name) whose value wins where values are in conflict
    #[arg(long, value_name = "VAULT")]
    pub prefer: Option<String>,
    /// Rehearse on the embedded Key Vault, kept in this folder, instead of Azure
    #[arg(long, value_name = "DIR")]
    pub local: Option<PathBuf>,
    /// Trust the certificate authorities in this PEM file, too; may be repeated
    #[arg(long, value_name = "FILE")]
    pub ca_certificate: Vec<PathBuf>,
    /// How many requests run at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: u16,
    /// Fail on these alone, instead of telling every kind apart by the exit code
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Option<Vec<FailOn>>,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which Secretfile, and what fills it in.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The Secretfile
    #[arg(short, long, value_name = "FILE", default_value = "Secretfile.yml")]
    pub file: PathBuf,
    /// A YAML file of variables; may be repeated, later ones win
    #[arg(long, value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
    /// A variable; may be repeated and wins over files
    #[arg(long, value_name = "KEY=VALUE", value_parser = variable)]
    pub var: Vec<(String, String)>,
    /// A YAML file that says what `cloud: custom` is: authority, vault_suffix, scope, api_version
    #[arg(long, value_name = "FILE")]
    pub cloud_config: Option<PathBuf>,
    /// Let minted secrets have targets that another tool writes
    #[arg(long)]
    pub partial: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

/// Who signs in; each wins over the Secretfile, which wins over the environment.
#[derive(Debug, Args)]
pub struct IdentityArgs {
    /// Sign in to this directory (tenant)
    #[arg(long, value_name = "ID")]
    pub tenant_id: Option<String>,
    /// Sign in as this application or managed identity
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The audience of the CI system's identity token
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
}

impl IdentityArgs {
    /// Puts these in the place of what a file says.
    pub fn override_in(&self, auth: &mut Auth) {
        let pairs = [
            (&self.tenant_id, &mut auth.tenant_id),
            (&self.client_id, &mut auth.client_id),
            (&self.audience, &mut auth.audience),
        ];
        for (given, of_file) in pairs {
            if given.is_some() {
                of_file.clone_from(given);
            }
        }
    }
}

/// How much is said, and in which form.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The CI system that is told the results; not said: the one that the environment tells
    #[arg(long, value_enum, value_name = "NAME")]
    pub ci: Option<Platform>,
    /// Say nothing but errors and the report
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice: every request, never a value
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn vault(text: &str) -> Result<VaultUrl, String> {
    VaultUrl::new(text, None)
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_variable_may_hold_equals_signs() {
        assert_eq!(variable("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(variable("=b").is_err());
    }
}
