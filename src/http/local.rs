//! Endpoints of this machine: managed identities are asked over plain http at a loopback or link-local
//! address, and nothing else is.

use std::net::IpAddr;
use std::time::Duration;

use ureq::http::Uri;

use super::{Limits, NoAnswer};
use crate::error::{Error, Kind};

/// Whether a URL is plain http to this machine or its own link, where no name resolution can lead
/// it elsewhere.
pub fn is_local(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let is_plain = uri.scheme_str() == Some("http");
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    is_plain && !has_user && uri.host().is_some_and(is_local_host)
}

fn is_local_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// The limits of a call that may take `limit`, and never longer than any: a connection on this machine
/// comes at once or never.
pub fn limits(limit: Duration, usual: &Limits) -> Limits {
    let call = limit.min(usual.call);
    Limits { connect: limit.min(CONNECT), first_byte: call, call }
}

/// The longest that a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The answer for any other URL.
pub fn refused(host: &str) -> NoAnswer {
    let what = "it is no endpoint of this machine: a managed identity is asked over http at a \
                loopback or link-local address";
    let error = Error::new(Kind::SignIn, what).at(host);
    let error = error.help("check IDENTITY_ENDPOINT, or sign in another way");
    NoAnswer { error, before_request: true, may_pass: false, status: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_to_this_machine_is_local() {
        for url in [
            "http://169.254.169.254/metadata/identity/oauth2/token?a=b",
            "http://127.0.0.1:41741/msi/token",
            "http://localhost:42356/msi/token",
            "http://[::1]:80/x",
            "http://169.254.129.3:8081/msi/token",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://localhost.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://evil.example/127.0.0.1",
            "http://127.0.0.1.evil.example/",
            "127.0.0.1",
            "",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
