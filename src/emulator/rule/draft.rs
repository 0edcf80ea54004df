//! A rule that is being read, word by word.

use std::time::Duration;

use serde_json::json;

use super::Rule;
use crate::emulator::fault::Fault;

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
            return Err("name one of status=, reset=, delay= and cut=".to_owned());
        };
        let is_detailed = self.code.is_some() || self.inner.is_some() || self.retry_after.is_some();
        let fault = match fault {
            Fault::Answer { status, .. } => self.answer(status),
            _ if is_detailed => {
                return Err("code=, inner= and retry-after= belong to status=".to_owned());
            }
            other => other,
        };
        let Self { method, path, host, skip, count, .. } = self;
        Ok(Rule { method, path, host, fault, skip, count: count.unwrap_or(u64::MAX) })
    }

    /// In Key Vault's envelope.
    fn answer(&self, status: u16) -> Fault {
        let code = self.code.as_deref().unwrap_or_else(|| usual_code(status));
        let mut error = json!({ "code": code, "message": "This failure was asked for." });
        if let Some(inner) = &self.inner {
            error["innererror"] = json!({ "code": inner });
        }
        let wait = self.retry_after.map(|wait| ("Retry-After".to_owned(), wait.to_string()));
        let body = json!({ "error": error }).to_string();
        Fault::Answer { status, headers: wait.into_iter().collect(), body }
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
        ("reset", "after") => Ok(Fault::ResetAfter),
        ("reset", _) => Err(format!("reset={value}: write `before` or `after`")),
        ("cut", "answer") => Ok(Fault::Truncate),
        ("cut", _) => Err(format!("cut={value}: write `answer`")),
        ("delay", _) => Ok(Fault::Delay(duration(value)?)),
        _ => Err(format!(
            "unknown key `{key}`; known are status, code, inner, retry-after, reset, delay, cut, host, skip, count"
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

/// `500ms` or `2s`, an hour at most.
fn duration(text: &str) -> Result<Duration, String> {
    let millis = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => millis.parse().ok(),
        (None, Some(seconds)) => seconds.parse::<u64>().ok().and_then(|s| s.checked_mul(1000)),
        (None, None) => None,
    };
    match millis {
        Some(millis @ 0..=3_600_000) => Ok(Duration::from_millis(millis)),
        _ => Err(format!("delay={text}: write a time such as 500ms or 2s, an hour at most")),
    }
}

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
