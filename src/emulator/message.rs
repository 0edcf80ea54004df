//! A request and a reply, free of sockets.

use std::net::IpAddr;

use serde_json::json;

/// A request as the embedded server took it from the wire.
#[derive(Clone)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// The `Host` header in lower case, with a port only where it is not 443.
    pub host: String,
    /// The path, percent-encoded as it came.
    pub path: String,
    /// What follows the `?`; empty where there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Who asks.
    pub peer: IpAddr,
}

impl Request {
    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A reply; the server adds what every reply carries (date, length, request ids).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers of this reply alone.
    pub headers: Vec<(String, String)>,
    /// The body; a 204 has none.
    pub body: Vec<u8>,
}

impl Reply {
    /// `application/json; charset=utf-8`, in the compact form that the service sends.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let kind = ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned());
        Self { status, headers: vec![kind], body: body.to_string().into_bytes() }
    }

    /// Key Vault's error envelope.
    pub fn error(status: u16, code: &str, message: &str, inner: Option<&str>) -> Self {
        let mut error = json!({ "code": code, "message": message });
        if let Some(inner) = inner {
            error["innererror"] = json!({ "code": inner });
        }
        Self::json(status, &json!({ "error": error }))
    }

    /// No content, and no type of it.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }
}
