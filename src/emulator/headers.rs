//! What every reply of a service carries.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::guid;
use super::message::{Reply, Request};

/// Adds a vault's headers.
pub fn of_vault(reply: Reply, request: &Request, now: Timestamp) -> Reply {
    let mut headers = common(now);
    headers.push(("x-ms-keyvault-region", "westus2".to_owned()));
    headers.push(("x-ms-keyvault-service-version", "1.9.2200.1".to_owned()));
    headers.push(("x-ms-keyvault-network-info", network_info(request.peer)));
    headers.extend(echo(request, "x-ms-client-request-id"));
    add(reply, headers)
}

/// Adds the headers of the sign-in service.
pub fn of_entra(reply: Reply, request: &Request, now: Timestamp) -> Reply {
    let mut headers = common(now);
    headers.extend(echo(request, "client-request-id"));
    add(reply, headers)
}

/// What all services send.
fn common(now: Timestamp) -> Vec<(&'static str, String)> {
    vec![
        ("Cache-Control", "no-cache".to_owned()),
        ("Pragma", "no-cache".to_owned()),
        ("Expires", "-1".to_owned()),
        ("Date", date(now)),
        ("Strict-Transport-Security", "max-age=31536000;includeSubDomains".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("x-ms-request-id", guid::random()),
    ]
}

/// In the one form of date that HTTP has for senders.
fn date(now: Timestamp) -> String {
    // Only years beyond 9999 cannot be written.
    DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap_or_default()
}

/// The caller's address as the service sees it.
fn network_info(peer: IpAddr) -> String {
    let (kind, family) = match peer {
        IpAddr::V4(_) => ("Ipv4", "InterNetwork"),
        IpAddr::V6(_) => ("Ipv6", "InterNetworkV6"),
    };
    format!("conn_type={kind};addr={peer};act_addr_fam={family};")
}

/// The client's id of the request, always sent back; what is no plain text is not.
fn echo(request: &Request, name: &'static str) -> Option<(&'static str, String)> {
    let id = request.header(name)?;
    let is_plain = id.len() <= 256 && id.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    is_plain.then(|| (name, id.to_owned()))
}

/// The reply's own headers win.
fn add(mut reply: Reply, headers: Vec<(&'static str, String)>) -> Reply {
    for (name, value) in headers {
        if !reply.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            reply.headers.push((name.to_owned(), value));
        }
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vaults_reply_carries_date_ids_and_the_callers_address() {
        let request = Request {
            method: "GET".to_owned(),
            host: "a.vault.azure.net".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: vec![("x-ms-client-request-id".to_owned(), "mine".to_owned())],
            body: Vec::new(),
            peer: [127, 0, 0, 1].into(),
        };
        let own = vec![("date".to_owned(), "its own".to_owned())];
        let reply = of_vault(Reply::empty(200), &request, Timestamp::UNIX_EPOCH);
        let header = |name: &str| {
            reply.headers.iter().find(|(key, _)| key == name).expect("there").1.clone()
        };
        assert_eq!(header("Date"), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(header("x-ms-client-request-id"), "mine");
        assert!(guid::is_guid(&header("x-ms-request-id")));
        assert_eq!(
            header("x-ms-keyvault-network-info"),
            "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;"
        );
        let reply =
            of_vault(Reply { headers: own, ..Reply::empty(200) }, &request, Timestamp::UNIX_EPOCH);
        assert_eq!(
            reply.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("date")).count(),
            1
        );
    }
}
