//! A fault that can be written down: `PUT /secrets/db status=503 count=2`.

use std::str::FromStr;
use std::time::Duration;

use serde_json::json;

use super::fault::Fault;
use super::record::Seen;

/// Which requests fail, how, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Any method where it is none.
    method: Option<String>,
    /// Any path where it is none; one that ends with `*` stands for all that start so.
    path: Option<String>,
    /// Any host where it is none.
    host: Option<String>,
    fault: Fault,
    /// How many more requests that fit are spared.
    skip: u64,
    /// How many more requests fail.
    count: u64,
}

impl Rule {
    /// The fault of this request, which then counts.
    pub fn apply(&mut self, seen: &Seen) -> Option<Fault> {
        if self.count == 0 || !self.fits(seen) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.count -= 1;
        Some(self.fault.clone())
    }

    fn fits(&self, seen: &Seen) -> bool {
        let is_any_or = |wanted: &Option<String>, had: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(had))
        };
        let path_fits = match self.path.as_deref().map(|path| (path, path.strip_suffix('*'))) {
            None => true,
            Some((_, Some(start))) => seen.path.starts_with(start),
            Some((path, None)) => seen.path == path,
        };
        path_fits && is_any_or(&self.method, &seen.method) && is_any_or(&self.host, &seen.host)
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut draft = Draft { count: u64::MAX, ..Draft::default() };
        for word in text.split_ascii_whitespace() {
            draft.take(word)?;
        }
        draft.rule()
    }
}

/// A rule that is being read.
#[derive(Default)]
struct Draft {
    method: Option<String>,
    path: Option<String>,
    host: Option<String>,
    faults: Vec<Fault>,
    code: Option<String>,
    inner: Option<String>,
    retry_after: Option<u64>,
    skip: u64,
    count: u64,
}

impl Draft {
    fn take(&mut self, word: &str) -> Result<(), String> {
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
            "count" => self.count = number(key, value)?,
            _ => self.faults.push(fault(key, value)?),
        }
        Ok(())
    }

    fn rule(mut self) -> Result<Rule, String> {
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
        Ok(Rule { method, path, host, fault, skip, count })
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

fn once(place: &mut Option<String>, what: &str, word: &str) -> Result<(), String> {
    match place.replace(word.to_owned()) {
        None => Ok(()),
        Some(first) => Err(format!("two {what}s: `{first}` and `{word}`")),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, path: &str) -> Seen {
        let host = "a.vault.azure.net".to_owned();
        Seen { method: method.to_owned(), host, path: path.to_owned(), query: String::new() }
    }

    #[test]
    fn a_rule_counts_the_requests_that_fit() {
        let mut rule: Rule = "PUT /secrets/db status=503 skip=1 count=1".parse().expect("a rule");
        let mut fails = |method, path| rule.apply(&seen(method, path)).is_some();
        assert!(!fails("GET", "/secrets/db"));
        assert!(!fails("PUT", "/secrets/db"), "skipped");
        assert!(!fails("PUT", "/secrets/db2"));
        assert!(fails("PUT", "/secrets/db"));
        assert!(!fails("PUT", "/secrets/db"), "counted out");
    }

    #[test]
    fn a_star_stands_for_all_that_starts_so() {
        let mut rule: Rule = "/secrets/* reset=after".parse().expect("a rule");
        assert_eq!(rule.apply(&seen("GET", "/secrets/a/versions")), Some(Fault::ResetAfter));
        assert_eq!(rule.apply(&seen("GET", "/deletedsecrets")), None);
    }

    #[test]
    fn a_status_is_told_in_the_services_form() {
        let text = "status=403 inner=ForbiddenByFirewall retry-after=7 host=A.vault.azure.net";
        let mut rule: Rule = text.parse().expect("a rule");
        let Some(Fault::Answer { status, headers, body }) = rule.apply(&seen("GET", "/")) else {
            panic!("an answer")
        };
        assert_eq!((status, headers), (403, vec![("Retry-After".to_owned(), "7".to_owned())]));
        assert!(body.contains(r#""code":"Forbidden""#), "{body}");
        assert!(body.contains(r#""innererror":{"code":"ForbiddenByFirewall"}"#), "{body}");
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write() {
        for (text, part) in [
            ("", "name one of"),
            ("PUT", "name one of"),
            ("status=503 reset=after", "name one of"),
            ("status=99", "200 to 599"),
            ("put status=503", "no METHOD"),
            ("reset=never", "`before` or `after`"),
            ("delay=2", "500ms or 2s"),
            ("delay=18446744073709551s", "an hour at most"),
            ("stauts=503", "unknown key `stauts`"),
            ("status=503 count=-1", "whole number"),
            ("/a /b status=503", "two paths"),
            ("reset=after code=X", "belong to status="),
        ] {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
