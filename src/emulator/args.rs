//! The command that serves the embedded Key Vault.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::limiter::{Limits, Window};
use super::rule::Rule;
use super::vaults::{NetworkRules, VaultOptions};
use super::{Emulator, Options, ca_file};
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};

/// `emulator`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct EmulatorArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    pub listen: SocketAddr,
    /// Keep the vaults in this folder; without it they end with the program
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write the certificate that clients have to trust to this file (PEM); it changes at each start
    #[arg(long, value_name = "FILE")]
    pub ca_out: Option<PathBuf>,
    /// Let other machines connect: anybody who can reach the address can read and write everything
    #[arg(long)]
    pub allow_remote: bool,
    /// The tenant that a vault names to a client without a token
    #[arg(long, value_name = "ID", default_value = super::tenants::USUAL_TENANT)]
    pub tenant: String,
    /// Make requests fail; may be repeated, the first that fits counts
    #[arg(long = "fault", value_name = "SPEC")]
    pub faults: Vec<Rule>,
    /// Throttle like Azure: per vault and 10 seconds, 300 new versions and 4,000 other requests
    #[arg(long, value_enum, value_name = "WINDOW", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "fixed")]
    pub limiter: Option<Window>,
    /// Say with each refusal of the limiter how long to wait, which Azure does not
    #[arg(long, requires = "limiter")]
    pub retry_after: bool,
    /// Answer each request so much later
    #[arg(long, value_name = "MILLISECONDS", default_value = "0")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub delay: u64,
    /// How long a deletion takes
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds())]
    pub delete_delay: u64,
    /// How long a recovery takes
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds())]
    pub recover_delay: u64,
    /// How long a purge takes
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds())]
    pub purge_delay: u64,
    /// Answer lists with short and empty pages, as Azure may
    #[arg(long)]
    pub short_pages: bool,
    /// Let only these addresses in; may be repeated
    #[arg(long = "admit", value_name = "ADDRESS", conflicts_with = "no_public_access")]
    pub admit: Vec<std::net::IpAddr>,
    /// Let nobody in who does not come over a private link, which nobody does here
    #[arg(long)]
    pub no_public_access: bool,
    /// Refuse to purge
    #[arg(long)]
    pub purge_protection: bool,
    /// Delete at once and for good, as vaults of old do
    #[arg(long, conflicts_with = "purge_protection")]
    pub no_soft_delete: bool,
}

/// A day is more than any test waits.
fn seconds() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(0..=86_400)
}

/// Serves until a signal stops the process, and keeps what it was asked to until then; says on `out` when
/// it is ready, and where. A server ends well when it is told to: that is no failure.
pub fn serve(args: EmulatorArgs, out: &mut dyn std::io::Write, clock: Clock) -> Result<()> {
    clock.guard();
    let emulator = start(&args, clock.clone())?;
    if let Some(path) = &args.ca_out {
        ca_file::write(path, emulator.ca_pem())?;
    }
    let address = emulator.address();
    let hint = args.ca_out.as_deref().map(trust).unwrap_or_default();
    writeln!(out, "The embedded Key Vault is ready{hint}: https://{address}")
        .and_then(|()| out.flush())
        .map_err(|error| Error::new(Kind::Usage, format!("stdout cannot be written: {error}")))?;
    clock.wait_for_signal();
    Ok(())
}

/// Where the certificate is, for the line that says "ready".
fn trust(path: &Path) -> String {
    format!(", its certificate is in {}", path.display())
}

/// An emulator as the arguments want it.
fn start(args: &EmulatorArgs, clock: Clock) -> Result<Emulator> {
    let emulator = Emulator::start(Options {
        listen: args.listen,
        data: args.data.clone(),
        clock,
        allow_remote: args.allow_remote,
    })?;
    let control = emulator.control();
    control.set_default_options(vault_options(args));
    control.set_usual_tenant(&args.tenant);
    control.set_limits(limits(args));
    args.faults.iter().cloned().for_each(|rule| control.add_fault(rule));
    control.set_delay(Duration::from_millis(args.delay));
    Ok(emulator)
}

/// How often a vault may be asked.
fn limits(args: &EmulatorArgs) -> Option<Limits> {
    let retry_after = args.retry_after;
    args.limiter.map(|kind| Limits { kind, retry_after, ..Limits::default() })
}

/// What the arguments say of every vault.
fn vault_options(args: &EmulatorArgs) -> VaultOptions {
    VaultOptions {
        soft_delete: !args.no_soft_delete,
        purge_protection: args.purge_protection,
        delete_delay: Duration::from_secs(args.delete_delay),
        recover_delay: Duration::from_secs(args.recover_delay),
        purge_delay: Duration::from_secs(args.purge_delay),
        short_pages: args.short_pages,
        network: network(args),
        ..VaultOptions::default()
    }
}

fn network(args: &EmulatorArgs) -> NetworkRules {
    match (args.no_public_access, args.admit.is_empty()) {
        (true, _) => NetworkRules::Private,
        (false, true) => NetworkRules::Open,
        (false, false) => NetworkRules::Addresses(args.admit.clone()),
    }
}

/// What `--help` ends with.
const HELP: &str = "\
Use it as an HTTPS proxy, and trust its certificate:
  secretzero emulator --ca-out ca.pem &
  export HTTPS_PROXY=http://127.0.0.1:8443 SSL_CERT_FILE=$PWD/ca.pem

Any tenant, application and client secret can sign in. A fault is
  [METHOD] [/path or /start*] [host=HOST] FAULT [skip=N] [count=N]
where FAULT is one of
  status=CODE [code=CODE] [inner=CODE] [retry-after=SECONDS] [location=URL] [resource=URL]
              [body=html|text|empty]
  reset=before    end the connection, and do nothing
  reset=during    end the connection over the rest of the request
  reset=after     do it, and end the connection without an answer
  delay=2s        do it later (or 500ms)
  pause=2s        do it, and send the second half of the answer later
  cut=answer      do it, and end the connection inside the answer
  answer=SHAPE    do it, and answer chunked, continued, closed, short, long, oversized, html, text,
                  empty, doubled, reversed, elsewhere or endless
METHOD may be CONNECT or TLS, the steps of a connection before its requests. Some faults are
  --fault 'PUT /secrets/db status=503 count=2'
  --fault 'POST host=login.microsoftonline.com reset=before count=1'
  --fault 'CONNECT host=shop-kv.vault.azure.net status=407'";
