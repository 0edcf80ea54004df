//! A rule that is being read, word by word.

use std::time::Duration;

use serde_json::json;

use super::Rule;
use crate::emulator::fault::Fault;
use crate::emulator::hosts;
use crate::emulator::shape::{HTML, Shape};

/// A rule that is being read.
#[derive(Default)]
pub struct Draft {
    /// A word of upper-case letters.
    method: Option<String>,
    /// A word that starts with a slash.
    path: Option<String>,
    /// `host=`.
    host: Option<String>,
    /// Every fault that is named; there must be one.
    faults: Vec<Fault>,
    /// `code=`, the error's code.
    code: Option<String>,
    /// `inner=`, the inner error's code.
    inner: Option<String>,
    /// `retry-after=`; seconds.
    retry_after: Option<u64>,
    /// `location=`, where a redirect leads.
    location: Option<String>,
    /// `resource=`, what a challenge asks a token for.
    resource: Option<String>,
    /// `body=`, in the place of the service's own.
    body: Option<&'static str>,
    /// `skip=`.
    skip: u64,
    /// `count=`; none means every one.
    count: Option<u64>,
}

impl Draft {
    /// Reads one word.
    pub fn take(&mut self, word: &str) -> Result<(), String> {
        if word.starts_with('/') {
            return once(&mut self.path, "path", word);
        }
        let Some((key, value)) = word.split_once('=') else {
            if word.bytes().all(|b| b.is_ascii_uppercase()) {
                return once(&mut self.method, "method", word);
            }
            return Err(format!("`{word}` is no METHOD, no /path and no key=value"));
        };
        match key {
            "host" => once(&mut self.host, "host", value)?,
            "code" => once(&mut self.code, "code", value)?,
            "inner" => once(&mut self.inner, "inner", value)?,
            "location" => once(&mut self.location, "location", value)?,
            "resource" => once(&mut self.resource, "resource", value)?,
            "body" => self.body = Some(body(value)?),
            "retry-after" => self.retry_after = Some(number(key, value)?),
            "skip" => self.skip = number(key, value)?,
            "count" => self.count = Some(number(key, value)?),
            _ => self.faults.push(fault(key, value)?),
        }
        Ok(())
    }

    /// The whole, if it makes sense.
    pub fn rule(mut self) -> Result<Rule, String> {
        let (Some(fault), true) = (self.faults.pop(), self.faults.is_empty()) else {
            return Err("name one of status=, reset=, delay=, pause=, cut= and answer=".to_owned());
        };
        let fault = match fault {
            Fault::Answer { status, .. } => self.answer(status),
            _ if self.is_detailed() => return Err(DETAILS.to_owned()),
            other => other,
        };
        let is_of_request = matches!(fault, Fault::Shape(_) | Fault::Pause(_) | Fault::ResetDuring);
        if is_of_request && self.method.as_deref().is_some_and(super::is_step) {
            return Err("answer=, pause= and reset=during belong to requests".to_owned());
        }
        let Self { method, path, host, skip, count, .. } = self;
        Ok(Rule { method, path, host, fault, skip, count: count.unwrap_or(u64::MAX), met: 0 })
    }

    /// Whether anything is said of an answer with a status.
    fn is_detailed(&self) -> bool {
        let texts = [&self.code, &self.inner, &self.location, &self.resource];
        texts.iter().any(|text| text.is_some()) || self.body.is_some() || self.retry_after.is_some()
    }

    /// In Key Vault's envelope.
    fn answer(&self, status: u16) -> Fault {
        let code = self.code.as_deref().unwrap_or_else(|| usual_code(status));
        let mut error = json!({ "code": code, "message": "This failure was asked for." });
        if let Some(inner) = &self.inner {
            error["innererror"] = json!({ "code": inner });
        }
        let headers = [
            ("Retry-After", self.retry_after.map(|wait| wait.to_string())),
            ("Location", self.location.clone()),
            ("WWW-Authenticate", self.resource.as_deref().map(|resource| self.challenge(resource))),
        ];
        let headers = headers.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
        let own = || json!({ "error": error }).to_string();
        let body = self.body.map_or_else(own, str::to_owned);
        Fault::Answer { status, headers: headers.collect(), body }
    }

    /// It names no tenant, so that the client stays with its own.
    fn challenge(&self, resource: &str) -> String {
        let authority = hosts::authority_of(self.host.as_deref().unwrap_or_default());
        format!("Bearer authorization=\"{authority}\", resource=\"{resource}\"")
    }
}

/// The kinds of fault.
fn fault(key: &str, value: &str) -> Result<Fault, String> {
    match (key, value) {
        ("status", _) => match value.parse() {
            Ok(status @ 200..=599) => {
                Ok(Fault::Answer { status, headers: Vec::new(), body: String::new() })
            }
            _ => Err(format!("status={value}: write a number from 200 to 599")),
        },
        ("reset", "before") => Ok(Fault::ResetBefore),
        ("reset", "during") => Ok(Fault::ResetDuring),
        ("reset", "after") => Ok(Fault::ResetAfter),
        ("reset", _) => Err(format!("reset={value}: write `before`, `during` or `after`")),
        ("cut", "answer") => Ok(Fault::Truncate),
        ("cut", _) => Err(format!("cut={value}: write `answer`")),
        ("delay", _) => Ok(Fault::Delay(duration(key, value)?)),
        ("pause", _) => Ok(Fault::Pause(duration(key, value)?)),
        ("answer", _) => match Shape::named(value) {
            Some(shape) => Ok(Fault::Shape(shape)),
            None => Err(format!("answer={value}: write one of {}", Shape::names())),
        },
        _ => Err(format!(
            "unknown key `{key}`; known are status, code, inner, retry-after, location, resource, body, reset, \
             delay, pause, cut, answer, host, skip, count"
        )),
    }
}

/// What may be said only once.
fn once(place: &mut Option<String>, what: &str, word: &str) -> Result<(), String> {
    match place.replace(word.to_owned()) {
        None => Ok(()),
        Some(first) => Err(format!("two {what}s: `{first}` and `{word}`")),
    }
}

/// A whole number that is not negative.
fn number(key: &str, value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("{key}={value}: write a whole number"))
}

/// What stands in the place of the service's own body.
fn body(word: &str) -> Result<&'static str, String> {
    match word {
        "html" => Ok(HTML),
        "text" => Ok("ok"),
        "empty" => Ok(""),
        _ => Err(format!("body={word}: write html, text or empty")),
    }
}

/// `500ms` or `2s`, an hour at most.
fn duration(key: &str, text: &str) -> Result<Duration, String> {
    let millis = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => millis.parse().ok(),
        (None, Some(seconds)) => seconds.parse::<u64>().ok().and_then(|s| s.checked_mul(1000)),
        (None, None) => None,
    };
    match millis {
        Some(millis @ 0..=3_600_000) => Ok(Duration::from_millis(millis)),
        _ => Err(format!("{key}={text}: write a time such as 500ms or 2s, an hour at most")),
    }
}

/// What can be said of an answer only.
const DETAILS: &str =
    "code=, inner=, retry-after=, location=, resource= and body= belong to status=";

/// The code that the service would send.
fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "BadParameter",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "SecretNotFound",
        409 => "Conflict",
        429 => "Throttled",
        503 => "ServiceUnavailable",
        _ => "InternalServerError",
    }
}
