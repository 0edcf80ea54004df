//! ureq's agents, set up so that nothing is decided behind our back: the proxy, the roots, the name
//! resolution and every limit are given.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy, Timeout};

use super::proxy::ProxySettings;
use super::{Limits, Network, Received, Sent, roots};
use crate::env::Env;
use crate::error;

/// One agent that connects directly, one for the hosts that a proxy serves, and one for this machine.
pub struct Agents {
    direct: Agent,
    proxied: Option<(Agent, ProxySettings)>,
    local: Agent,
    /// Where the names of `direct` lead.
    names: Names,
}

impl Agents {
    /// Reads the environment's proxy and certificates.
    pub fn new(network: &Network, env: &Env, limits: &Limits) -> error::Result<Self> {
        let (roots, names, proxy) = match network {
            Network::Real { extra_roots } => {
                let roots = roots::real(env, extra_roots)?;
                (roots, Names::System(Arc::default()), ProxySettings::of(env)?)
            }
            Network::Embedded { address, ca } => {
                let ca = Certificate::from_der(ca).to_owned();
                (vec![ca], Names::Always(*address), None)
            }
        };
        let roots = RootCerts::from(roots);
        let proxied = proxy.map(|settings| {
            let config = config(limits, &roots, Some(settings.proxy.clone()));
            let names = Names::System(Arc::default());
            (Agent::with_parts(config, DefaultConnector::new(), names), settings)
        });
        let local = Config::builder().https_only(false).max_redirects(0).proxy(None);
        let local = local.http_status_as_error(false).build();
        let local = Agent::with_parts(local, DefaultConnector::new(), names.clone());
        let direct = config(limits, &roots, None);
        let direct = Agent::with_parts(direct, DefaultConnector::new(), names.clone());
        Ok(Self { direct, proxied, local, names })
    }

    /// Sends a request on the way that its host needs.
    pub fn run(&self, host: &str, request: Sent<'_>) -> Result<Received, ureq::Error> {
        let agent = match &self.proxied {
            Some((agent, settings)) if settings.serves(host) => agent,
            _ => &self.direct,
        };
        let has_body = matches!(request.method().as_str(), "PUT" | "POST" | "PATCH");
        if has_body { agent.run(request) } else { agent.run(request.map(|_| ())) }
    }

    /// Sends a request without a body to this machine, within limits of its own.
    pub fn run_local(&self, request: Sent<'_>, limits: &Limits) -> Result<Received, ureq::Error> {
        let request = self.local.configure_request(request.map(|_| ()));
        let request = request
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.call));
        self.local.run(request.build())
    }

    /// Whether a proxy is set at all.
    pub fn has_proxy(&self) -> bool {
        self.proxied.is_some()
    }

    /// Where a host's name leads from here.
    pub fn addresses(&self, host: &str, limits: &Limits) -> Result<Vec<IpAddr>, ureq::Error> {
        let uri =
            Uri::try_from(format!("https://{host}")).map_err(|_| ureq::Error::HostNotFound)?;
        let (after, reason) = (limits.connect.into(), Timeout::Resolve);
        let timeout = NextTimeout { after, reason, ..NextTimeout::default() };
        let found = self.names.resolve(&uri, self.direct.config(), timeout)?;
        Ok(found.iter().map(|address| address.ip()).collect())
    }

    /// Whether every name is the embedded vault.
    pub fn is_embedded(&self) -> bool {
        matches!(self.names, Names::Always(_))
    }

    /// The host of the proxy that serves a host.
    pub fn proxy_of(&self, host: &str) -> Option<&str> {
        let (_, settings) = self.proxied.as_ref()?;
        settings.serves(host).then(|| settings.proxy.host())
    }
}

fn config(limits: &Limits, roots: &RootCerts, proxy: Option<Proxy>) -> Config {
    Config::builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy)
        .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
        .user_agent(concat!("secretzero/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_send_request(Some(limits.first_byte))
        .timeout_send_body(Some(limits.first_byte))
        .timeout_recv_response(Some(limits.first_byte))
        .timeout_global(Some(limits.call))
        .max_idle_connections(MAX_IDLE)
        .max_idle_connections_per_host(MAX_IDLE)
        .input_buffer_size(INPUT)
        .output_buffer_size(OUTPUT)
        .build()
}

/// Where names lead.
#[derive(Debug, Clone)]
enum Names {
    System(Arc<DefaultResolver>),
    /// A rehearsal: every name is the embedded vault.
    Always(SocketAddr),
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        match self {
            // Its errors are of no kind of their own, and must be told from those of a connection.
            Self::System(system) => match system.resolve(uri, config, timeout) {
                Err(ureq::Error::Io(_)) => Err(ureq::Error::HostNotFound),
                other => other,
            },
            Self::Always(address) => {
                let mut found = self.empty();
                found.push(*address);
                Ok(found)
            }
        }
    }
}

/// Connections that stay open: one for each request that `--parallel` lets run at once.
const MAX_IDLE: usize = 256;
/// What a connection reads at once, in bytes; an answer's head has to fit. Each connection has two such
/// buffers, and ureq's own 128 KiB would be most of our memory.
const INPUT: usize = 32 << 10;
/// What it writes at once, in bytes.
const OUTPUT: usize = 16 << 10;
