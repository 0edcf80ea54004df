//! What the summaries say, whatever form they have.

use crate::neutral;
use crate::report::text::{self, Failed};
use crate::report::tone::Tone;
use crate::report::{Report, SecretReport, TargetReport};

/// The content of a summary.
pub struct Summary<'a> {
    /// The program and its command.
    pub title: String,
    /// What the whole is: a plan, a result, of which file, and how many targets got which action.
    pub lead: Lead,
    /// What failed, each error once.
    pub failures: Vec<Failed<'a>>,
    /// Targets that are not as they were, or should be.
    pub news: Vec<Row<'a>>,
    /// All other targets.
    pub still: Vec<Row<'a>>,
    /// Secrets and when they are due, the next first.
    pub due: Vec<(&'a str, String)>,
    /// What is odd.
    pub notices: Vec<String>,
    /// What a plan rests on.
    pub digest: Option<&'a str>,
}

/// What a summary is about.
pub struct Lead {
    /// How the rehearsal is marked; none: it was none.
    pub rehearsal: Option<&'static str>,
    /// Whether it tells what would be done.
    pub planned: bool,
    /// The Secretfile, neutralised.
    pub file: String,
    /// How many targets got which action.
    pub outcome: String,
}

/// One target.
pub struct Row<'a> {
    /// The entry, which may have several targets.
    pub secret: &'a str,
    /// The same, or its field that this target holds alone.
    pub subject: String,
    /// What became of it.
    pub target: &'a TargetReport,
}

impl<'a> Summary<'a> {
    /// Reads a report.
    pub fn of(report: &'a Report) -> Self {
        let rows = report.secrets.iter().flat_map(rows);
        let (still, news) = rows.partition(|row| row.target.tone == Tone::Still);
        Self {
            title: format!("secretzero {}", report.command),
            lead: lead(report),
            failures: text::failures(report),
            news,
            still,
            due: due(report),
            notices: text::notices(report),
            digest: report.plan_digest.as_deref().filter(|_| report.planned),
        }
    }

    /// All targets, those with news first.
    pub fn rows(&self) -> impl Iterator<Item = &Row<'a>> {
        self.news.iter().chain(&self.still)
    }
}

impl Row<'_> {
    /// The target by its vault's own name.
    pub fn place(&self) -> String {
        text::short(&self.target.vault, &self.target.name)
    }

    /// A sign that stays with its word, and what was done.
    pub fn result(&self) -> String {
        format!("{}\u{a0}{}", self.target.tone.sign(), text::result(self.target))
    }
}

fn lead(report: &Report) -> Lead {
    Lead {
        rehearsal: report
            .rehearsal
            .then_some("on the embedded Key Vault; no vault of Azure was asked"),
        planned: report.planned,
        file: neutral::line(&report.file),
        outcome: text::outcome(report),
    }
}

impl Lead {
    /// A plan or a result.
    pub fn kind(&self) -> &'static str {
        if self.planned { "Plan" } else { "Result" }
    }

    /// What a plan did not do.
    pub fn disclaimer(&self) -> &'static str {
        if self.planned { "Nothing was written." } else { "" }
    }
}

fn rows(secret: &SecretReport) -> impl Iterator<Item = Row<'_>> {
    secret.targets.iter().map(move |target| Row {
        secret: &secret.name,
        subject: text::subject(secret, target),
        target,
    })
}

/// Times in UTC by the same clock have one form, so that they sort as text.
fn due(report: &Report) -> Vec<(&str, String)> {
    let dated = report.secrets.iter().filter_map(|secret| Some((secret, secret.due.as_ref()?)));
    let mut due: Vec<_> = dated.map(|(secret, due)| (secret.name.as_str(), minute(due))).collect();
    due.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    due
}

/// `2027-02-22T10:04:05Z` to the minute.
fn minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
}

/// What cannot be shown is counted.
pub fn more(count: usize, what: &str) -> String {
    format!("… and {count} more {what}, left out for size; the log has all of them")
}
