//! What the summaries say, whatever form they have.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::neutral;
use crate::report::standing::Standing;
use crate::report::status::StatusReport;
use crate::report::stop::StopReport;
use crate::report::text::{self, Failed};
use crate::report::tone::Tone;
use crate::report::{Report, SecretReport, TargetReport, status_text};

/// The content of a summary.
pub struct Summary<'a> {
    /// The program and its command.
    pub title: String,
    /// What the whole is: a plan, a result, of which file, and how many targets got which action.
    pub lead: Lead,
    /// What failed, each error once.
    pub failures: Vec<Failed<'a>>,
    /// Targets that are not as they were, or should be; the most urgent first.
    pub news: Vec<Row<'a>>,
    /// All other targets.
    pub still: Vec<Row<'a>>,
    /// How the targets stand, where that was asked.
    pub standing: Vec<Standing>,
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
    /// What it is: a plan, a result, a status, or why there is none.
    pub kind: &'static str,
    /// The Secretfile, neutralised; empty where the command did not come so far.
    pub file: String,
    /// When it was made, to the minute, in UTC.
    pub time: String,
    /// How much there is, as a sentence.
    pub extent: String,
    /// How many targets of each word, the most urgent first.
    pub counts: Vec<Count>,
    /// What was not done; may be empty.
    pub disclaimer: &'static str,
}

/// How many targets got an action, or are in a state.
#[derive(Debug, PartialEq, Eq)]
pub struct Count {
    /// The kind of the word.
    pub tone: Tone,
    /// The word.
    pub word: &'static str,
    /// How many.
    pub number: usize,
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
    /// Reads a report that is made now.
    pub fn of(report: &'a Report, now: Timestamp) -> Self {
        let rows = report.secrets.iter().flat_map(rows);
        let (still, mut news): (Vec<_>, Vec<_>) =
            rows.partition(|row| row.target.tone == Tone::Still);
        news.sort_by_key(|row| row.target.tone);
        let counts =
            counts(news.iter().chain(&still).map(|row| (row.target.tone, row.target.action)));
        Self {
            lead: Lead {
                rehearsal: report.rehearsal.then_some(REHEARSAL),
                kind: if report.planned { "Plan" } else { "Result" },
                disclaimer: if report.planned { "Nothing was written." } else { "" },
                ..Lead::new(&report.file, now, counts)
            },
            failures: text::failures(report),
            news,
            still,
            due: due(report, now),
            notices: text::notices(report),
            digest: report.plan_digest.as_deref().filter(|_| report.planned),
            ..Self::new(report.command)
        }
    }

    /// Reads how the targets stand.
    pub fn of_status(report: &'a StatusReport, now: Timestamp) -> Self {
        let mut standing: Vec<_> = report.secrets.iter().flat_map(Standing::of).collect();
        let counts = counts(standing.iter().map(|target| (target.tone, target.word)));
        standing.sort_by_key(|target| target.tone);
        Self {
            lead: Lead {
                rehearsal: report.rehearsal.then_some(REHEARSAL),
                kind: "Status",
                ..Lead::new(&report.file, now, counts)
            },
            failures: status_text::failures(report),
            standing,
            notices: status_text::notices(report),
            ..Self::new(report.command)
        }
    }

    /// Reads why a command stopped.
    pub fn of_stop(report: &'a StopReport, now: Timestamp) -> Self {
        let extent = match report.errors.len() {
            1 => String::new(),
            count => format!("{count} mistakes."),
        };
        Self {
            lead: Lead {
                rehearsal: report.rehearsal.then_some(REHEARSAL),
                kind: "Stopped",
                extent,
                disclaimer: "No vault was written to.",
                ..Lead::new(report.file.as_deref().unwrap_or_default(), now, Vec::new())
            },
            failures: report.failures(),
            ..Self::new(report.command)
        }
    }

    fn new(command: &str) -> Self {
        Self {
            title: format!("secretzero {command}").trim_end().to_owned(),
            lead: Lead::new("", Timestamp::UNIX_EPOCH, Vec::new()),
            failures: Vec::new(),
            news: Vec::new(),
            still: Vec::new(),
            standing: Vec::new(),
            due: Vec::new(),
            notices: Vec::new(),
            digest: None,
        }
    }

    /// All targets, those with news first.
    pub fn rows(&self) -> impl Iterator<Item = &Row<'a>> {
        self.news.iter().chain(&self.still)
    }
}

impl Lead {
    fn new(file: &str, now: Timestamp, counts: Vec<Count>) -> Self {
        Self {
            rehearsal: None,
            kind: "",
            file: neutral::line(file),
            time: minute(&now.to_string()),
            extent: extent(&counts),
            counts,
            disclaimer: "",
        }
    }
}

impl Count {
    /// `+ 3 created`
    pub fn shown(&self) -> String {
        format!("{} {} {}", self.tone.sign(), self.number, self.word)
    }
}

/// How many of each, by urgency.
fn counts(all: impl Iterator<Item = (Tone, &'static str)>) -> Vec<Count> {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    counts.into_iter().map(|((tone, word), number)| Count { tone, word, number }).collect()
}

fn extent(counts: &[Count]) -> String {
    let total: usize = counts.iter().map(|count| count.number).sum();
    let targets = if total == 1 { "1 target".to_owned() } else { format!("{total} targets") };
    match counts {
        [] => "Nothing to do: no targets.".to_owned(),
        [Count { word: "unchanged", .. }] => {
            format!("Nothing changed: {targets} as the Secretfile says.")
        }
        _ => format!("{targets}."),
    }
}

impl Row<'_> {
    /// The target by its vault's own name.
    pub fn place(&self) -> String {
        text::short(&self.target.vault, &self.target.name)
    }

    /// What was done, and what there is to say of it.
    pub fn result(&self) -> (String, String) {
        let (result, word) = (text::result(self.target), self.target.action);
        (marked(self.target.tone, word), result[word.len()..].to_owned())
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
fn due(report: &Report, now: Timestamp) -> Vec<(&str, String)> {
    let dated = report.secrets.iter().filter_map(|secret| Some((secret, secret.due.as_ref()?)));
    let shown = |due: &str| match due.parse::<Timestamp>() {
        Ok(time) if time <= now => format!("{}: overdue", minute(due)),
        _ => minute(due),
    };
    let mut due: Vec<_> = dated.map(|(secret, due)| (secret.name.as_str(), shown(due))).collect();
    due.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    due
}

/// A word with a sign that stays with it.
pub fn marked(tone: Tone, word: &str) -> String {
    format!("{}\u{a0}{word}", tone.sign())
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

/// What kind of error it is, for people.
pub fn headline(kind: &str) -> &str {
    match kind {
        "usage" => "Wrong input",
        "sign-in" => "Sign-in failed",
        "refused" => "Refused",
        "unreachable" => "Not reachable",
        "throttled" => "Throttled or timed out",
        "conflict" => "Conflict",
        "internal" => "A bug of secretzero",
        other => other,
    }
}

/// How a rehearsal is marked.
const REHEARSAL: &str = "on the embedded Key Vault; no vault of Azure was asked";
