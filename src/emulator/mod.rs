//! The embedded Key Vault: the secrets data plane and the token endpoint over TLS on loopback.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::error::Result;

pub mod message;
mod rest;
pub mod vaults;

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

/// stub
#[derive(Debug, clap::Args)]
pub struct EmulatorArgs {}
/// stub
pub fn serve(args: EmulatorArgs, out: &mut dyn std::io::Write, clock: Clock) -> Result<()> {
    let _ = (args, out, clock);
    unimplemented!()
}

/// A running emulator; dropping it stops it.
pub struct Emulator {}

impl Emulator {
    /// Starts to serve.
    pub fn start(options: Options) -> Result<Self> {
        let _ = options;
        unimplemented!()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        unimplemented!()
    }

    /// The certificate of its throw-away CA, DER.
    pub fn ca_der(&self) -> &[u8] {
        unimplemented!()
    }

    /// The same certificate as PEM.
    pub fn ca_pem(&self) -> &str {
        unimplemented!()
    }
}
