//! How every target stands, as a table for people.

use std::fmt::Write;

use crate::report::status::{
    Date, Nearness, SecretKind, SecretStatus, StatusReport, TargetStatus, VersionStatus,
};
use crate::report::text::{Failed, grouped, place, short};

/// The whole report.
pub fn show(report: &StatusReport) -> String {
    let mut text = String::new();
    if report.rehearsal {
        text.push_str("REHEARSAL on the embedded Key Vault; no vault of Azure was asked\n\n");
    }
    text.push_str(&table(report));
    text.push_str(&remarks(report));
    text.push_str(&summary(report));
    text
}

/// A line of the table, or one that keeps to no columns.
enum Line {
    Row([String; COLUMNS]),
    Free(String),
}

fn table(report: &StatusReport) -> String {
    let lines: Vec<Line> = report.secrets.iter().flat_map(lines).collect();
    if lines.is_empty() {
        return String::new();
    }
    let head = Line::Row(HEAD.map(str::to_owned));
    let lines: Vec<Line> = std::iter::once(head).chain(lines).collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let cells = lines.iter().filter_map(|line| match line {
            Line::Row(cells) => Some(cells[column].chars().count()),
            Line::Free(_) => None,
        });
        cells.max().unwrap_or_default()
    });
    let shown = lines.iter().map(|line| format!("{}\n", line.show(&widths)));
    shown.collect::<String>() + "\n"
}

impl Line {
    fn show(&self, widths: &[usize; COLUMNS]) -> String {
        match self {
            Self::Free(text) => text.clone(),
            Self::Row(cells) => {
                let cells = cells.iter().zip(widths);
                let padded = cells.map(|(cell, width)| format!("{cell:width$}"));
                padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            }
        }
    }
}

/// The secret, its targets below it, and below them their versions.
fn lines(secret: &SecretStatus) -> Vec<Line> {
    let generation = secret.generation.clone().unwrap_or_default();
    let due = secret.due.as_ref().map(Date::day).unwrap_or_default();
    let name = secret.name.clone();
    let row =
        [name, generation, days(secret.age_days), due.to_owned(), String::new(), String::new()];
    let mut lines = vec![Line::Row(row)];
    for target in &secret.targets {
        lines.push(Line::Row(row_of(target)));
        lines.extend(target.versions.iter().flatten().map(|version| Line::Free(line(version))));
    }
    lines
}

fn row_of(target: &TargetStatus) -> [String; COLUMNS] {
    let field = target.field.as_ref().map(|field| format!(" (field {field})"));
    let name = format!("  {}{}", short(&target.vault, &target.name), field.unwrap_or_default());
    let expires = target.expires.as_ref().map(Date::day).unwrap_or_default();
    let count = target.version_count.map(|count| count.to_string()).unwrap_or_default();
    let age = days(target.age_days);
    [name, state(target), age, String::new(), expires.to_owned(), count]
}

/// The state, and what there is to say of it.
pub(super) fn state(target: &TargetStatus) -> String {
    let word = target.state.name();
    match (&target.owner, &target.purge) {
        (Some(owner), _) => format!("{word}: {owner}"),
        (_, Some(purge)) => format!("{word} until {}", day(purge)),
        _ if target.behind => format!("{word}, behind the newest"),
        _ => word.to_owned(),
    }
}

fn line(version: &VersionStatus) -> String {
    let VersionStatus { id, created, enabled, current, generation, .. } = version;
    let mark = if *current { "*" } else { " " };
    let word = if *enabled { "enabled" } else { "disabled" };
    let generation = generation.as_deref().unwrap_or("not ours");
    format!("   {mark} {id}  {created:20}  {word:8}  {generation}")
}

/// Errors with their ways out, then notices.
fn remarks(report: &StatusReport) -> String {
    let mut text: String =
        failures(report).iter().map(|failed| format!("{}\n", failed.show())).collect();
    for notice in notices(report) {
        let _ = writeln!(text, "notice: {notice}");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Why states are not known, each error once.
pub(super) fn failures(report: &StatusReport) -> Vec<Failed<'_>> {
    let targets = report
        .secrets
        .iter()
        .flat_map(|secret| secret.targets.iter().map(move |target| (secret, target)));
    grouped(targets.filter_map(|(secret, target)| {
        let error = target.error.as_ref()?;
        Some((place(&secret.name, &target.vault, &target.name, error), error))
    }))
}

/// What is called for, then what is odd about the secrets, then about the file.
pub(super) fn notices(report: &StatusReport) -> Vec<String> {
    let mut all = Vec::new();
    for secret in &report.secrets {
        let notices = calls(secret).into_iter().chain(secret.notices.iter().cloned());
        all.extend(notices.map(|notice| format!("{}: {notice}", secret.name)));
        let kinds = secret.not_ours.iter();
        all.extend(
            kinds.map(|kind| format!("{}: its target of kind `{kind}` is not ours", secret.name)),
        );
    }
    all.extend(report.notices.iter().cloned());
    all
}

/// What is due, expires or lags behind, and what comes of it.
fn calls(secret: &SecretStatus) -> Vec<String> {
    let mut calls = Vec::new();
    if let Some(due) = secret.due.as_ref().filter(|due| due.calls()) {
        let is_over = due.is == Nearness::Over;
        let since = if is_over { "since" } else { "on" };
        let then = match secret.kind {
            SecretKind::Given => "only its owner can supply a new value",
            _ if is_over => "the next `sync` rotates it",
            _ => "the first `sync` after that rotates it",
        };
        calls.push(format!("due {since} {}: {then}", due.day()));
    }
    for target in &secret.targets {
        let at = short(&target.vault, &target.name);
        match &target.expires {
            Some(date) if date.is == Nearness::Over => {
                calls.push(format!("{at} expired on {}", date.day()));
            }
            Some(date) if date.is == Nearness::Near => {
                calls.push(format!("{at} expires on {}", date.day()));
            }
            _ => {}
        }
        if let Some(generation) = target.generation.as_ref().filter(|_| target.behind) {
            calls.push(format!("{at} holds {generation}; the next `sync` repairs it by copying"));
        }
    }
    calls
}

fn summary(report: &StatusReport) -> String {
    let counts = report.counts();
    let total: usize = counts.values().sum();
    if total == 0 {
        return "No targets.\n".to_owned();
    }
    let targets = if total == 1 { "1 target".to_owned() } else { format!("{total} targets") };
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{targets}: {}.\n", parts.join(", "))
}

/// Whole days, short.
pub(super) fn days(age: Option<i64>) -> String {
    age.map(|days| format!("{days}d")).unwrap_or_default()
}

impl Date {
    /// The day alone.
    pub(super) fn day(&self) -> &str {
        day(&self.at)
    }
}

fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

/// How many columns the table has.
const COLUMNS: usize = 6;
/// What stands above them.
const HEAD: [&str; COLUMNS] = ["SECRET, TARGETS", "STATE", "AGE", "DUE", "EXPIRES", "VERSIONS"];
