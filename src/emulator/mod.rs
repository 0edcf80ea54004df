//! The embedded Key Vault: the secrets data plane and the token endpoint over TLS on loopback.
//!
//! It listens on one port. A client either speaks TLS there, or uses it as an HTTPS proxy for the
//! services' real names. A test may have it stand for the client's own machine as well, whose identity
//! endpoint speaks plain http. A request goes `server → connection → azure → {entra, identity, vaults}`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Result;

mod args;
mod azure;
mod bearer;
mod ca_file;
mod control;
mod entra;
mod fault;
mod guid;
mod headers;
mod hosts;
pub mod identity;
mod limiter;
mod lock;
pub mod message;
mod record;
mod rest;
mod rule;
mod server;
mod shape;
mod tenants;
pub mod vaults;

pub use args::{EmulatorArgs, serve};
pub use control::Control;
#[cfg(test)]
pub use entra::fields;
pub use entra::{Directory, FederatedCredential};
pub use fault::{Fault, Hook};
pub use identity::{Asked, Does, Person};
pub use limiter::{Limits, Window};
pub use record::Seen;
pub use rule::Rule;
pub use shape::Shape;
pub use vaults::{AccessModel, Action, NetworkRules, Rights, StoredVersion, VaultOptions};

use azure::Azure;
use server::{Server, Tls};
use vaults::Vaults;

/// How an emulator starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder that keeps the state; none keeps it in memory.
    pub data: Option<PathBuf>,
    /// The time, shared with the client in tests.
    pub clock: Clock,
    /// Whether `listen` may be another address than loopback.
    pub allow_remote: bool,
}

/// A running emulator; dropping it stops it, and frees its port and its folder.
pub struct Emulator {
    /// The listener and its connections.
    server: Server,
    /// Who answers.
    azure: Arc<Azure>,
    /// The certificates.
    tls: Tls,
}

impl Emulator {
    /// Starts to serve.
    pub fn start(options: Options) -> Result<Self> {
        let listener = server::bind(options.listen, options.allow_remote)?;
        let vaults = match &options.data {
            Some(folder) => Vaults::open(folder, options.clock.clone())?,
            None => Vaults::in_memory(options.clock.clone()),
        };
        let azure = Arc::new(Azure::new(vaults, options.clock)?);
        let tls = Tls::new(options.listen.ip())?;
        let server = Server::start(listener, tls.config.clone(), azure.clone())?;
        Ok(Self { server, azure, tls })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The certificate of its throw-away CA, DER.
    pub fn ca_der(&self) -> &[u8] {
        &self.tls.ca_der
    }

    /// The same certificate as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.tls.ca_pem
    }

    /// A handle that prepares, watches and disturbs it.
    pub fn control(&self) -> Control {
        Control { azure: self.azure.clone() }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.stop();
        self.azure.stop();
    }
}
