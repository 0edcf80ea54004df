//! The environment's proxy: `HTTPS_PROXY`, and `NO_PROXY` for the hosts that do without.
//!
//! There is no standard; names, suffixes, ports, CIDR ranges and `*` are read as curl and Go read
//! them. Both spellings of the variables count, capitals first.

use std::net::IpAddr;

use ipnet::IpNet;
use ureq::Proxy;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;

/// A proxy, and whom it does not serve.
pub struct ProxySettings {
    /// The proxy.
    pub proxy: Proxy,
    exceptions: Vec<Exception>,
}

/// One entry of `NO_PROXY`.
#[derive(Debug, PartialEq, Eq)]
enum Exception {
    /// `*`.
    Everything,
    /// A range of addresses, or one address.
    Range(IpNet),
    /// A name and all below it; a port narrows it.
    Name { name: String, port: Option<u16> },
}

impl ProxySettings {
    /// The environment's settings; an address that is no proxy's is an error, since a request that
    /// goes elsewhere than the job's owner thinks is worse than none.
    pub fn of(env: &Env) -> Result<Option<Self>> {
        let Some((name, text)) = first(env, &["HTTPS_PROXY", "https_proxy"]) else {
            return Ok(None);
        };
        let proxy = Proxy::new(text).map_err(|_| no_proxy_address(name))?;
        if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
            return Err(no_proxy_address(name));
        }
        let exceptions = first(env, &["NO_PROXY", "no_proxy"]).map_or("", |(_, text)| text);
        Ok(Some(Self { proxy, exceptions: exceptions_of(exceptions) }))
    }

    /// Whether requests to a host (with its port, where it is not 443) go through the proxy.
    pub fn serves(&self, host: &str) -> bool {
        let (name, port) = split_port(host);
        let name = name.to_ascii_lowercase();
        let port = port.unwrap_or(443);
        !self.exceptions.iter().any(|exception| exception.covers(&name, port))
    }
}

impl Exception {
    fn covers(&self, host: &str, port: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Range(range) => host.parse().is_ok_and(|ip: IpAddr| range.contains(&ip)),
            Self::Name { name, port: only } => {
                let below = host.strip_suffix(name.as_str());
                let is_name = below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                is_name && only.is_none_or(|only| only == port)
            }
        }
    }
}

fn first<'a>(env: &'a Env, names: &[&'static str]) -> Option<(&'static str, &'a str)> {
    names.iter().find_map(|name| Some((*name, env.get(name)?)))
}

/// The address may hold a password, so that it is not repeated.
fn no_proxy_address(name: &str) -> Error {
    Error::of(ErrorCode::NetworkSetting, "it is not the address of a proxy")
        .at(name)
        .help("write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT")
}

fn exceptions_of(text: &str) -> Vec<Exception> {
    text.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).map(exception).collect()
}

fn exception(entry: &str) -> Exception {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    if entry == "*" {
        return Exception::Everything;
    }
    if let Ok(range) = entry.parse() {
        return Exception::Range(range);
    }
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Exception::Range(IpNet::from(address));
    }
    let (name, port) = split_port(entry);
    let name = name.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
    Exception::Name { name, port }
}

/// A host without its brackets, and its port.
fn split_port(host: &str) -> (&str, Option<u16>) {
    if let Some(rest) = host.strip_prefix('[') {
        let (name, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (name, port.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().ok()),
        None => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(no_proxy: &str) -> ProxySettings {
        let variables = [("https_proxy", "http://proxy:3128"), ("NO_PROXY", no_proxy)];
        let env = Env::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        ProxySettings::of(&env).expect("valid").expect("set")
    }

    #[test]
    fn no_proxy_takes_names_suffixes_ports_ranges_and_everything() {
        for (no_proxy, host, serves) in [
            ("", "kv.vault.azure.net", true),
            ("*", "kv.vault.azure.net", false),
            ("vault.azure.net", "kv.vault.azure.net", false),
            (".vault.azure.net", "kv.vault.azure.net", false),
            ("*.vault.azure.net", "KV.vault.azure.net", false),
            ("azure.net", "kv.vault.notazure.net", true),
            ("zure.net", "kv.vault.azure.net", true),
            ("a.example, kv.vault.azure.net", "kv.vault.azure.net", false),
            ("kv.example:8443", "kv.example:8443", false),
            ("kv.example:8443", "kv.example", true),
            ("kv.example", "kv.example:8443", false),
            ("10.0.0.0/8", "10.1.2.3", false),
            ("10.0.0.0/8", "11.1.2.3:8443", true),
            ("10.1.2.3", "10.1.2.3", false),
            ("fd00::/8", "[fd00::1]:8443", false),
            ("[fd00::1]", "[fd00::1]", false),
        ] {
            assert_eq!(settings(no_proxy).serves(host), serves, "NO_PROXY={no_proxy} {host}");
        }
    }

    #[test]
    fn an_address_that_is_no_proxys_is_refused_without_showing_it() {
        for text in
            ["socks5://user:hunter2@proxy", "ftp://hunter2", "http://", "http://a b:hunter2"]
        {
            let env = Env::new([("HTTPS_PROXY".to_owned(), text.to_owned())]);
            let error = ProxySettings::of(&env).err().unwrap_or_else(|| panic!("{text}"));
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
