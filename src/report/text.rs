//! The report as a table for people.

use std::fmt::Write;

use crate::report::{ErrorReport, Report, SecretReport, TargetReport};

/// The whole report.
pub fn show(report: &Report) -> String {
    let mut text = String::new();
    if report.rehearsal {
        text.push_str("REHEARSAL on the embedded Key Vault; no vault of Azure was asked\n\n");
    }
    text.push_str(&table(report));
    text.push_str(&remarks(report));
    text.push_str(&outcome(report));
    text.push('\n');
    if let Some(digest) = report.plan_digest.as_ref().filter(|_| report.planned) {
        let _ = writeln!(text, "Plan digest: {digest}");
    }
    text
}

fn table(report: &Report) -> String {
    let rows: Vec<[String; 3]> = report
        .secrets
        .iter()
        .flat_map(|secret| secret.targets.iter().map(|target| row(secret, target)))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["SECRET", "TARGET", if report.planned { "PLAN" } else { "RESULT" }];
    let widths = [0, 1].map(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].len()]).max().unwrap_or_default()
    });
    let mut text = String::new();
    for [secret, target, result] in std::iter::once(head.map(str::to_owned)).chain(rows) {
        let [first, second] = widths;
        let _ = writeln!(text, "{secret:first$}  {target:second$}  {result}");
    }
    text.push('\n');
    text
}

fn row(secret: &SecretReport, target: &TargetReport) -> [String; 3] {
    [subject(secret, target), short(&target.vault, &target.name), result(target)]
}

/// A secret, or the field of it that a target holds alone.
pub(super) fn subject(secret: &SecretReport, target: &TargetReport) -> String {
    match &target.field {
        Some(field) => format!("{}.{field}", secret.name),
        None => secret.name.clone(),
    }
}

/// What was done, and what there is to say of it.
pub(super) fn result(target: &TargetReport) -> String {
    let result = match &target.reason {
        Some(reason) => format!("{}: {reason}", target.action),
        None => target.action.to_owned(),
    };
    match target.versions_disabled {
        0 => result,
        1 => format!("{result}, 1 older version disabled"),
        more => format!("{result}, {more} older versions disabled"),
    }
}

/// Errors with their ways out, then notices.
fn remarks(report: &Report) -> String {
    let mut text = String::new();
    for failure in failures(report) {
        let _ = writeln!(text, "{}", failure.show());
    }
    for notice in notices(report) {
        let _ = writeln!(text, "notice: {notice}");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What is odd about the secrets, then about the file.
pub(super) fn notices(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    for secret in &report.secrets {
        all.extend(secret.notices.iter().map(|notice| format!("{}: {notice}", secret.name)));
        let kinds = secret.not_ours.iter();
        all.extend(
            kinds.map(|kind| format!("{}: its target of kind `{kind}` is not ours", secret.name)),
        );
    }
    all.extend(report.notices.iter().cloned());
    all
}

/// One error, and all the targets that failed by it: a sign-in that is refused is said once.
pub struct Failed<'a> {
    /// What happened.
    pub error: &'a ErrorReport,
    /// Where.
    pub places: Vec<String>,
}

/// Every error, once.
pub(super) fn failures(report: &Report) -> Vec<Failed<'_>> {
    let all = report.secrets.iter().flat_map(|secret| {
        secret.targets.iter().filter_map(move |target| {
            let error = target.error.as_ref()?;
            Some((place(&secret.name, &target.vault, &target.name, error), error))
        })
    });
    grouped(all)
}

/// Puts the places of errors together that say the same; of their requests the first is named.
pub(super) fn grouped<'a>(all: impl Iterator<Item = (String, &'a ErrorReport)>) -> Vec<Failed<'a>> {
    let mut failures: Vec<Failed<'_>> = Vec::new();
    for (place, error) in all {
        match failures.iter_mut().find(|failure| failure.error.says_the_same(error)) {
            Some(failure) if failure.places.contains(&place) => {}
            Some(failure) => failure.places.push(place),
            None => failures.push(Failed { error, places: vec![place] }),
        }
    }
    failures
}

/// Where a target failed; an error may name a place of its own.
pub(super) fn place(secret: &str, host: &str, name: &str, error: &ErrorReport) -> String {
    match &error.at {
        Some(at) if at == secret => secret.to_owned(),
        Some(at) => format!("{secret}: {at}"),
        None => format!("{secret}: {}", short(host, name)),
    }
}

/// A target by its vault's own name.
pub(super) fn short(host: &str, name: &str) -> String {
    format!("{}/{name}", host.split('.').next().unwrap_or(host))
}

impl Failed<'_> {
    /// The error, its first places, and the way out.
    pub(super) fn show(&self) -> String {
        let places = self.shown_places();
        let mut text = format!("error: {places}: {}", self.error.message);
        if let Some(id) = &self.error.request_id {
            let _ = write!(text, " (request id {id})");
        }
        let _ = write!(text, " [{}]", self.error.code);
        if let Some(help) = &self.error.help {
            let _ = write!(text, "\n  help: {}", help.replace('\n', "\n        "));
        }
        text
    }

    /// The first places, and how many more there are.
    pub(super) fn shown_places(&self) -> String {
        let shown = self.places.iter().take(PLACES).map(String::as_str);
        let mut places = shown.collect::<Vec<_>>().join(", ");
        if let more @ 1.. = self.places.len().saturating_sub(PLACES) {
            let _ = write!(places, " and {more} more");
        }
        places
    }
}

/// How many targets got which action, without a line break.
pub(super) fn outcome(report: &Report) -> String {
    let counts = report.counts();
    let total: usize = counts.values().sum();
    if total == 0 {
        return "Nothing to do: no targets.".to_owned();
    }
    if counts.get("unchanged") == Some(&total) {
        return format!("Nothing changed: {} as the Secretfile says.", targets(total));
    }
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{}: {}.", targets(total), parts.join(", "))
}

fn targets(count: usize) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}

/// How many places an error names before it counts them.
const PLACES: usize = 3;
