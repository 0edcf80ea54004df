//! How the sign-in service refuses.

use jiff::Timestamp;
use serde_json::json;

use crate::emulator::guid;
use crate::emulator::message::{Reply, Request};

/// A failure with the service's own code.
pub struct Refused {
    /// The HTTP status.
    status: u16,
    /// OAuth's word for it.
    error: &'static str,
    /// The number after `AADSTS`.
    code: u32,
    /// What the service says, without its number.
    text: String,
}

impl Refused {
    /// Status, OAuth's word, AADSTS number and sentence.
    pub fn new(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error, code, text: text.into() }
    }

    /// A form without something that it needs.
    pub fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, "invalid_request", 900_144, text)
    }

    /// The number after `AADSTS`.
    #[cfg(test)]
    pub fn code(&self) -> u32 {
        self.code
    }

    /// The body that clients know, with the ids that support wants.
    pub fn reply(&self, request: &Request, now: Timestamp) -> Reply {
        let (trace, correlation) = (guid::random(), correlation(request));
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let Self { status, error, code, text } = self;
        let description = format!(
            "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": time,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://{}/error?code={code}", request.host),
        });
        Reply::json(*status, &body)
    }
}

/// The client's own id of the request, if it is one.
fn correlation(request: &Request) -> String {
    let own = request.header("client-request-id").filter(|id| guid::is_guid(id));
    own.map_or_else(guid::random, str::to_owned)
}
