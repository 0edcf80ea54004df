//! A fault that can be written down: `PUT /secrets/db status=503 count=2`.

use std::str::FromStr;

use self::draft::Draft;
use super::fault::{CONNECT, Fault, TLS};
use super::record::Seen;

mod draft;

/// Which requests fail, how, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Any method where it is none.
    method: Option<String>,
    /// Any path where it is none; one that ends with `*` stands for all that start so.
    path: Option<String>,
    /// Any host where it is none.
    host: Option<String>,
    /// What happens.
    fault: Fault,
    /// How many more requests that fit are spared.
    skip: u64,
    /// How many more requests fail.
    count: u64,
    /// How many failed.
    met: u64,
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
        self.met += 1;
        Some(self.fault.clone())
    }

    /// How many requests it met.
    pub fn met(&self) -> u64 {
        self.met
    }

    /// Whether it happens before a request is whole.
    pub fn is_early(&self) -> bool {
        self.fault == Fault::ResetDuring || self.method.as_deref().is_some_and(is_step)
    }

    /// Whether the request is one that this rule is about; a step of a connection has to be named.
    fn fits(&self, seen: &Seen) -> bool {
        if is_step(&seen.method) && self.method.is_none() {
            return false;
        }
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

/// Whether a method is a step of a connection instead.
fn is_step(method: &str) -> bool {
    [CONNECT, TLS].contains(&method)
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut draft = Draft::default();
        text.split_ascii_whitespace().try_for_each(|word| draft.take(word))?;
        draft.rule()
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
    fn a_step_of_a_connection_is_met_only_where_it_is_named() {
        let mut any: Rule = "status=503".parse().expect("a rule");
        assert_eq!(any.apply(&Seen::step("TLS", "a.vault.azure.net")), None);
        let mut named: Rule = "TLS host=a.vault.azure.net delay=2s".parse().expect("a rule");
        assert!(named.is_early() && named.apply(&Seen::step("TLS", "a.vault.azure.net")).is_some());
        assert_eq!((any.met(), named.met()), (0, 1));
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write() {
        for (text, part) in [
            ("", "name one of"),
            ("PUT", "name one of"),
            ("status=503 reset=after", "name one of"),
            ("answer=green", "chunked, continued"),
            ("status=200 body=pdf", "html, text or empty"),
            ("CONNECT answer=html", "belong to requests"),
            ("status=99", "200 to 599"),
            ("put status=503", "no METHOD"),
            ("reset=never", "`before`, `during` or `after`"),
            ("delay=2", "500ms or 2s"),
            ("delay=18446744073709551s", "an hour at most"),
            ("stauts=503", "unknown key `stauts`"),
            ("status=503 count=-1", "whole number"),
            ("/a /b status=503", "two paths"),
            ("reset=after code=X", "belong to status="),
            ("reset=after location=X", "belong to status="),
        ] {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
