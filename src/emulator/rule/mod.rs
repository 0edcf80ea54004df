//! A fault that can be written down: `PUT /secrets/db status=503 count=2`.

use std::str::FromStr;

use self::draft::Draft;
use super::fault::Fault;
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

    /// Whether the request is one that this rule is about.
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
