//! The vaults of a Secretfile, within reach: the network, sign-in, and in a rehearsal the server that
//! stands in for Azure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::azure::access::Access;
use crate::azure::credential::TokenSource;
use crate::cli::WorkArgs;
use crate::clock::Clock;
use crate::console::Console;
use crate::emulator::{self, Emulator};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::http::{Http, Limits, Network};
use crate::input_file;
use crate::names::VaultUrl;
use crate::secretfile::Secretfile;
use crate::terminal::Terminal;
use crate::vaults::Vaults;

/// The vaults, and what must live as long as they are used.
pub struct Service {
    /// The clients.
    pub vaults: Vaults,
    /// The embedded vault of a rehearsal; it ends with the service.
    _embedded: Option<Emulator>,
}

impl Service {
    /// Chooses the network and the credentials; asks nobody yet.
    pub fn connect(console: &Console<'_>, file: &Secretfile, args: &WorkArgs) -> Result<Self> {
        args.limits.check()?;
        console.ci.check().map_err(|error| error.within(ErrorCode::Handover))?;
        let clock = &console.clock;
        clock.guard();
        let embedded = args.local.as_deref().map(|folder| rehearsal(folder, clock)).transpose()?;
        let network = match &embedded {
            Some(embedded) => {
                Network::Embedded { address: embedded.address(), ca: embedded.ca_der().to_vec() }
            }
            None => Network::Real { extra_roots: roots(args)? },
        };
        let http = Http::new(&network, &console.env, LIMITS, clock.clone())?;
        let (env, terminal) = (&console.env, console.terminal.as_ref());
        let mut sign_ins = SignIns { env, terminal, file, http: &http, known: BTreeMap::new() };
        let is_rehearsal = embedded.is_some();
        let access = Arc::new(Access::new(clock.clone(), args.limits.wait_for_access));
        let vaults = Vaults::new(file, &http, &access, |provider, vault| {
            sign_ins.get(provider, vault, is_rehearsal)
        })?;
        Ok(Self { vaults, _embedded: embedded })
    }
}

/// A client that trusts the built-in authorities alone, where the job adds others: what it cannot reach shows a
/// certificate of one of those.
pub fn without_added_roots(console: &Console<'_>, args: &WorkArgs) -> Result<Option<Arc<Http>>> {
    let env = &console.env;
    let is_set = |name: &&str| env.get(name).is_some();
    let adds =
        !args.ca_certificate.is_empty() || ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(is_set);
    if args.local.is_some() || !adds {
        return Ok(None);
    }
    let proxy = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"].into_iter();
    let env = Env::new(proxy.filter_map(|name| Some((name.to_owned(), env.get(name)?.to_owned()))));
    let network = Network::Real { extra_roots: Vec::new() };
    Http::new(&network, &env, LIMITS, console.clock.clone()).map(Some)
}

/// One source of tokens for each cloud and way to sign in.
struct SignIns<'a> {
    env: &'a Env,
    terminal: Option<&'a Terminal>,
    file: &'a Secretfile,
    http: &'a Arc<Http>,
    known: BTreeMap<(usize, String), Arc<TokenSource>>,
}

impl SignIns<'_> {
    fn get(
        &mut self,
        provider: usize,
        vault: &VaultUrl,
        is_rehearsal: bool,
    ) -> Result<Arc<TokenSource>> {
        // Providers that sign in alike are one to the sign-in service, and to a person who is asked.
        let auth = &self.file.providers[provider].auth;
        let alike = self.file.providers.iter().position(|other| other.auth == *auth);
        let key = (alike.unwrap_or(provider), vault.cloud().name.clone());
        if let Some(source) = self.known.get(&key) {
            return Ok(source.clone());
        }
        let cloud = vault.cloud().clone();
        let source = if is_rehearsal {
            TokenSource::rehearsal(self.http.clone(), cloud)
        } else {
            let provider = &self.file.providers[provider];
            TokenSource::new(self.http.clone(), cloud, &provider.auth, self.env, self.terminal)
                .map_err(|error| at_provider(error, &provider.name))?
        };
        let source = Arc::new(source);
        self.known.insert(key, source.clone());
        Ok(source)
    }
}

fn at_provider(error: Error, name: &str) -> Error {
    if error.at.is_some() { error } else { error.at(format!("provider {name}")) }
}

/// The embedded vault, on a free port of this machine's own.
fn rehearsal(folder: &Path, clock: &Clock) -> Result<Emulator> {
    Emulator::start(emulator::Options {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        data: Some(folder.to_owned()),
        clock: clock.clone(),
        allow_remote: false,
    })
}

fn roots(args: &WorkArgs) -> Result<Vec<(String, Vec<u8>)>> {
    let read = |path: &std::path::PathBuf| {
        Ok((path.display().to_string(), input_file::read(path, MAX_CERTIFICATES)?))
    };
    args.ca_certificate.iter().map(read).collect()
}

/// A file of certificates that is larger is no such file; bytes.
const MAX_CERTIFICATES: u64 = 8 << 20;

/// Time limits of every call.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    first_byte: Duration::from_secs(30),
    call: Duration::from_secs(60),
};
