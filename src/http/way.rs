//! How a host is reached from here, without reaching it.

use std::net::IpAddr;

use super::{Http, NoAnswer};

/// The way to a host.
#[derive(Debug)]
pub struct Way {
    /// Who connects.
    pub proxied: Proxied,
    /// Where its name leads; empty where a proxy looks it up.
    pub addresses: Result<Vec<IpAddr>, NoAnswer>,
}

/// Who connects to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxied {
    /// We do.
    No,
    /// We do, since `NO_PROXY` names it.
    Exempt,
    /// The proxy of this host.
    By(String),
    /// Nobody goes anywhere: it is a rehearsal.
    Embedded,
}

impl Http {
    /// How a host is reached; resolves its name and asks nobody else.
    pub fn way(&self, host: &str) -> Way {
        let proxied = match self.agents.proxy_of(host) {
            Some(proxy) => Proxied::By(proxy.to_owned()),
            None if self.agents.is_embedded() => Proxied::Embedded,
            None if self.agents.has_proxy() => Proxied::Exempt,
            None => Proxied::No,
        };
        let addresses = match proxied {
            Proxied::By(_) => Ok(Vec::new()),
            _ => self.agents.addresses(host, &self.limits),
        };
        let addresses = addresses.map_err(|error| self.no_answer(host, &error, &self.limits));
        Way { proxied, addresses }
    }
}
