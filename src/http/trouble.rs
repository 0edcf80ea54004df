//! What went wrong on the way to an answer, in the user's words.

use ureq::Timeout;

use super::{Limits, NoAnswer};
use crate::error::{Error, Kind};
use crate::error_code::ErrorCode;

/// Explains why a host gave no answer.
pub fn explain(error: &ureq::Error, host: &str, proxy: Option<&str>, limits: &Limits) -> NoAnswer {
    let tls = |what: String| Error::of(ErrorCode::Tls, what).at(host);
    let (error, before_request, may_pass) = match error {
        ureq::Error::HostNotFound => (unresolved(host, proxy), true, true),
        ureq::Error::ConnectProxyFailed(said) => {
            let status = proxy_status(said);
            let is_policy = matches!(status, Some(403 | 407));
            (refused_by_proxy(host, proxy, said, status), true, !is_policy)
        }
        ureq::Error::Timeout(phase) => {
            let early = matches!(phase, Timeout::Resolve | Timeout::Connect);
            (late(*phase, host, limits), early, true)
        }
        other => match tls_error(other) {
            Some(rustls::Error::InvalidCertificate(reason)) => {
                (untrusted(host, reason), true, false)
            }
            Some(error) => (tls(format!("TLS failed: {error}")), false, true),
            None => {
                let early = is_refused(other);
                (cut_off(other, early, host, proxy), early, true)
            }
        },
    };
    NoAnswer { error, before_request, may_pass, status: None }
}

/// The error without anything that a peer said.
pub fn name(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the name does not resolve".to_owned(),
        ureq::Error::Timeout(_) => "timed out".to_owned(),
        // rustls says it in a page of its manual.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the connection ended early".to_owned()
        }
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Protocol(_) => "the answer is not HTTP".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "the answer is too long".to_owned(),
        ureq::Error::LargeResponseHeader(..) => "the answer's head is too long".to_owned(),
        ureq::Error::ConnectProxyFailed(_) => "the proxy refused".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}

/// A connection that did not come about, which is the proxy's where there is one, or that ended.
fn cut_off(error: &ureq::Error, early: bool, host: &str, proxy: Option<&str>) -> Error {
    let (code, at, what, help) = match (early, proxy) {
        (true, Some(proxy)) => (
            ErrorCode::Proxy,
            proxy,
            "no connection to the proxy",
            format!("mend HTTPS_PROXY, or name {host} in NO_PROXY"),
        ),
        (true, None) => {
            let help =
                "check the network, its firewall, and whether it needs a proxy (HTTPS_PROXY)";
            (ErrorCode::NoConnection, host, "no connection", help.to_owned())
        }
        (false, _) => {
            let help = "run again; if it stays so, see what stands between here and there";
            (ErrorCode::ConnectionLost, host, "no answer", help.to_owned())
        }
    };
    Error::of(code, format!("{what}: {}", name(error))).at(at).help(help)
}

fn unresolved(host: &str, proxy: Option<&str>) -> Error {
    match proxy {
        Some(proxy) => Error::of(ErrorCode::Proxy, "the proxy's name does not resolve")
            .at(proxy)
            .help(format!("mend HTTPS_PROXY, or name {host} in NO_PROXY")),
        None => Error::of(ErrorCode::NameUnresolved, "the name does not resolve").at(host).help(
            "check its spelling, this network's DNS, and whether the network needs a proxy \
             (HTTPS_PROXY); a vault that was deleted has no name, and a private one needs its DNS zone \
             linked to this network",
        ),
    }
}

/// The status with which a proxy refused a CONNECT. ureq hands it over in a sentence only: `proxy
/// server responded 407/407`; any other sentence tells of no answer.
fn proxy_status(said: &str) -> Option<u16> {
    let (status, again) = said.strip_prefix("proxy server responded ")?.split_once('/')?;
    (status == again).then_some(status)?.parse().ok()
}

fn refused_by_proxy(host: &str, proxy: Option<&str>, said: &str, status: Option<u16>) -> Error {
    let proxy = proxy.unwrap_or("the proxy");
    let help = if status == Some(407) {
        "put the proxy's user name and password into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)"
            .to_owned()
    } else {
        format!("let the proxy connect to {host}:443, or name the host in NO_PROXY")
    };
    Error::of(ErrorCode::Proxy, format!("the proxy {proxy} did not connect to it: {said}"))
        .at(host)
        .help(help)
}

fn late(phase: Timeout, host: &str, limits: &Limits) -> Error {
    let (code, what) = match phase {
        Timeout::Resolve => (ErrorCode::NameUnresolved, "its name was not resolved within"),
        Timeout::Connect => (ErrorCode::NoConnection, "no connection within"),
        _ => (ErrorCode::Timeout, "no whole answer within"),
    };
    let limit = match phase {
        Timeout::Resolve | Timeout::Connect => limits.connect,
        Timeout::Global | Timeout::PerCall => limits.call,
        _ => limits.first_byte,
    };
    let help = match code.kind() {
        Kind::Unreachable => "check the network, HTTPS_PROXY, and whether the vault is private",
        _ => "run again; what was written is kept",
    };
    Error::of(code, format!("{what} {} s", limit.as_secs_f64())).at(host).help(help)
}

fn untrusted(host: &str, reason: &rustls::CertificateError) -> Error {
    Error::of(ErrorCode::Tls, format!("its TLS certificate is not trusted: {reason}"))
        .at(host)
        .help(
            "if a proxy of yours opens TLS, give its authority's certificate with --ca-certificate \
             or SSL_CERT_FILE",
        )
}

/// ureq hands TLS errors over by themselves, or wrapped in an error of the connection.
fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Whether no connection came about, so that nothing was sent.
fn is_refused(error: &ureq::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error {
        ureq::Error::Io(error) => {
            matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
        }
        ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_failure_says_whether_the_request_was_sent_and_how_it_counts() {
        let limits = Limits {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            call: Duration::from_secs(60),
        };
        let io = |kind: std::io::ErrorKind| ureq::Error::Io(kind.into());
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let untrusted = ureq::Error::Io(std::io::Error::other(untrusted));
        for (error, part, kind, before_request) in [
            (ureq::Error::HostNotFound, "does not resolve", Kind::Unreachable, true),
            (io(std::io::ErrorKind::ConnectionRefused), "refused", Kind::Unreachable, true),
            (io(std::io::ErrorKind::ConnectionReset), "reset", Kind::Unreachable, false),
            (ureq::Error::Timeout(Timeout::Connect), "within 10 s", Kind::Unreachable, true),
            (ureq::Error::Timeout(Timeout::RecvResponse), "within 30 s", Kind::Throttled, false),
            (ureq::Error::Timeout(Timeout::Global), "within 60 s", Kind::Throttled, false),
            (untrusted, "not trusted", Kind::Unreachable, true),
        ] {
            let explained = explain(&error, "kv.vault.azure.net", None, &limits);
            let text = explained.error.to_string();
            assert!(text.contains(part), "{part}: {text}");
            assert_eq!((explained.error.kind, explained.before_request), (kind, before_request));
        }
    }

    #[test]
    fn a_proxy_that_is_not_there_is_named_in_the_services_place() {
        let limits = limits(Duration::ZERO);
        let error = ureq::Error::Io(std::io::ErrorKind::ConnectionRefused.into());
        let text = explain(&error, "kv.vault.azure.net", Some("proxy"), &limits).error.to_string();
        assert!(text.starts_with("proxy: no connection to the proxy: "), "{text}");
        assert!(
            text.contains("mend HTTPS_PROXY, or name kv.vault.azure.net in NO_PROXY"),
            "{text}"
        );
        let text = explain(&error, "kv.vault.azure.net", None, &limits).error.to_string();
        assert!(text.starts_with("kv.vault.azure.net: no connection: "), "{text}");
    }

    #[test]
    fn a_proxy_that_asks_for_a_password_is_told_apart() {
        for (said, asks_for_password, may_pass) in [
            ("proxy server responded 407/407", true, false),
            ("proxy server responded 403/403", false, false),
            ("proxy server responded 502/502", false, true),
            ("proxy server did not respond", false, true),
            ("something about port 4070 of host 403", false, true),
        ] {
            let explained = refused(said);
            let text = explained.error.to_string();
            assert_eq!(text.contains("USER:PASSWORD"), asks_for_password, "{text}");
            assert_eq!(explained.may_pass, may_pass, "{text}");
        }
    }

    fn refused(said: &str) -> NoAnswer {
        let error = ureq::Error::ConnectProxyFailed(said.to_owned());
        explain(&error, "kv.vault.azure.net", Some("proxy"), &limits(Duration::ZERO))
    }

    fn limits(all: Duration) -> Limits {
        Limits { connect: all, first_byte: all, call: all }
    }
}
