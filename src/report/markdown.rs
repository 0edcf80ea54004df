//! The report as Markdown, for a step's summary on GitHub and the like.

use crate::neutral;
use crate::report::help::{self, Piece};
use crate::report::mermaid;
use crate::report::standing::{self, Standing};
use crate::report::summary::{Lead, Row, Summary, headline, marked, more};
use crate::report::text::Failed;
use crate::report::tone::Tone;

#[cfg(test)]
mod tests;

/// The whole summary, of at most 1 MiB: GitHub shows nothing of a longer one.
pub fn show(summary: &Summary<'_>) -> String {
    show_within(summary, LIMIT)
}

fn show_within(summary: &Summary<'_>, limit: usize) -> String {
    let mut page = Page { text: String::new(), limit: limit.saturating_sub(RESERVE) };
    page.text.push_str(&format!("## {}\n\n", summary.title));
    page.text.push_str(&lead(&summary.lead));
    page.failures(&summary.failures);
    page.targets(summary.lead.kind, &summary.news);
    page.standing(&summary.standing);
    page.flow(summary);
    page.due(&summary.due);
    page.notices(&summary.notices);
    page.still(summary.lead.kind, &summary.still);
    page.digest(summary.digest);
    page.text
}

fn lead(lead: &Lead) -> String {
    let mut text = String::new();
    if let Some(rehearsal) = lead.rehearsal {
        text.push_str(&format!("> **REHEARSAL** {rehearsal}\n\n"));
    }
    let file = match lead.file.is_empty() {
        true => String::new(),
        false => format!(" for {}", code(&lead.file)),
    };
    let said = [lead.extent.as_str(), lead.disclaimer].join(" ");
    let said = format!("**{}**{file} at {}. {}", lead.kind, prose(&lead.time), said.trim());
    text.push_str(&format!("{}\n\n", said.trim_end()));
    let counts = lead.counts.iter().map(|count| match count.tone {
        Tone::Still => prose(&count.shown()),
        _ => format!("**{}**", prose(&count.shown())),
    });
    let counts = counts.collect::<Vec<_>>().join(" · ");
    if counts.is_empty() { text } else { format!("{text}{counts}\n\n") }
}

/// A text that grows to a limit by whole rows.
struct Page {
    /// What is there so far.
    text: String,
    /// In bytes; what is fixed may go over it, by less than the reserve.
    limit: usize,
}

impl Page {
    /// Adds rows up to this share, in eighths, of the page; says how many more there are.
    fn rows<T>(&mut self, share: usize, what: &str, all: &[T], show: impl Fn(&T) -> String) {
        let limit = self.limit / 8 * share;
        for (count, item) in all.iter().enumerate() {
            let row = show(item);
            if self.text.len() + row.len() > limit {
                self.text.push_str(&format!("\n{}\n", more(all.len() - count, what)));
                break;
            }
            self.text.push_str(&row);
        }
        self.text.push('\n');
    }

    fn failures(&mut self, failures: &[Failed<'_>]) {
        if failures.is_empty() {
            return;
        }
        self.text.push_str("### Failures\n\n");
        self.rows(3, "failures", failures, failure);
    }

    fn targets(&mut self, kind: &str, rows: &[Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        let is_folded = rows.len() > OPEN;
        self.text.push_str(&format!("### {kind}\n\n"));
        if is_folded {
            let summary = format!("<summary>Show {} targets</summary>", rows.len());
            self.text.push_str(&format!("<details>{summary}\n\n"));
        }
        self.text.push_str(&head(kind));
        self.rows(6, "targets", rows, target);
        if is_folded {
            self.text.push_str("</details>\n\n");
        }
    }

    fn standing(&mut self, targets: &[Standing]) {
        if targets.is_empty() {
            return;
        }
        let columns = standing::COLUMNS.join(" | ");
        let rule = " --- |".repeat(standing::COLUMNS.len() + 2);
        self.text.push_str(&format!("### Targets\n\n| State | Secret | {columns} |\n|{rule}\n"));
        self.rows(6, "targets", targets, |target| {
            let [place, rest @ ..] = &target.cells;
            let state = format!("{}{}", marked(target.tone, target.word), target.rest);
            let rest = rest.iter().map(|cell| format!(" {} |", prose(cell))).collect::<String>();
            let subject = code(&target.subject);
            format!("| {} | {subject} | {} |{rest}\n", prose(&state), code(place))
        });
    }

    /// A picture, unless it is larger than its share.
    fn flow(&mut self, summary: &Summary<'_>) {
        let flow = mermaid::show(summary);
        if flow.text.is_empty() || self.text.len() + flow.text.len() > self.limit / 8 * 7 {
            return;
        }
        self.text.push_str(&format!("### Secrets and vaults\n\n```mermaid\n{}```\n\n", flow.text));
        if flow.left_out > 0 {
            let left_out = format!("The picture leaves out {} more arrows.\n\n", flow.left_out);
            self.text.push_str(&left_out);
        }
    }

    fn due(&mut self, due: &[(&str, String)]) {
        if due.is_empty() {
            return;
        }
        self.text.push_str("### Next due dates\n\n| Secret | Due |\n| --- | --- |\n");
        let shown = &due[..due.len().min(DUE)];
        self.rows(7, "due dates", shown, |(name, due)| {
            format!("| {} | {} |\n", code(name), prose(due))
        });
        if let left_out @ 1.. = due.len() - shown.len() {
            self.text.push_str(&format!("{left_out} more are due later.\n\n"));
        }
    }

    fn notices(&mut self, notices: &[String]) {
        if notices.is_empty() {
            return;
        }
        self.text.push_str("### Notices\n\n");
        self.rows(7, "notices", notices, |notice| format!("- {}\n", lines(notice)));
    }

    fn still(&mut self, kind: &str, rows: &[Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        let summary = format!("<summary>As they were ({})</summary>", rows.len());
        self.text.push_str(&format!("<details>{summary}\n\n"));
        self.text.push_str(&head(kind));
        self.rows(8, "targets", rows, target);
        self.text.push_str("</details>\n\n");
    }

    fn digest(&mut self, digest: Option<&str>) {
        let Some(digest) = digest else { return };
        if self.text.len() + digest.len() > self.limit {
            return;
        }
        let block = block(digest);
        self.text
            .push_str(&format!("<details><summary>Plan digest</summary>\n\n{block}\n</details>\n"));
    }
}

/// The result comes first, since a narrow page shows only the first columns.
fn head(kind: &str) -> String {
    format!("| {kind} | Secret | Target |\n| --- | --- | --- |\n")
}

fn target(row: &Row<'_>) -> String {
    let (word, rest) = row.result();
    let result = prose(&format!("{word}{rest}"));
    format!("| {result} | {} | {} |\n", code(&row.subject), code(&row.place()))
}

/// What, where, and the way out.
fn failure(failure: &Failed<'_>) -> String {
    let error = failure.error;
    let (sign, kind) = (Tone::Failed.sign(), headline(error.kind));
    let mut text = format!("{sign} **{kind}**");
    let places = failure.shown_places();
    if !places.is_empty() {
        text.push_str(&format!(" {}", code(&places)));
    }
    let message = neutral::line(&error.message);
    text.push_str(&format!("<br>{}", pieces(&help::pieces(&message))));
    if let Some(id) = &error.request_id {
        text.push_str(&format!(" (request id {})", code(id)));
    }
    text.push_str(&format!(" {}\n\n", code(&format!("[{}]", error.code))));
    if let Some(help) = &error.help {
        text.push_str(&way_out(help));
    }
    text
}

/// Sentences that wrap, and each command in a block of its own, which a click copies.
fn way_out(help: &str) -> String {
    let mut text = "**Fix:** ".to_owned();
    for line in help::lines(&neutral::text(help)) {
        // The mark stands before the first line, which then starts no list.
        let is_first = text.ends_with(' ');
        let said = pieces(&line.said);
        let said = if is_first { said } else { guarded(&said) };
        text.push_str(&format!("{said}\n\n"));
        if let Some(command) = line.command {
            text.push_str(&format!("{}\n", block(command)));
        }
    }
    text
}

fn pieces(pieces: &[Piece<'_>]) -> String {
    let mut shown = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => shown.push_str(&prose_within(words)),
            Piece::Code(text) => {
                // Two backticks in a row would be another fence.
                shown.push_str(if shown.ends_with('`') { "\u{2060}" } else { "" });
                shown.push_str(&code(text));
            }
        }
    }
    shown
}

/// Text on one line, as it is. Inside code nothing is a link, a mention or a reference.
fn code(text: &str) -> String {
    let text = neutral::line(text);
    let is_plain = !text.contains(['`', '|', '\\']) && text.trim() == text && !text.is_empty();
    if is_plain { format!("`{text}`") } else { format!("<code>{}</code>", prose(&text)) }
}

/// Text on one line that is read, and is nothing else; within a line, since a sign or a number at its
/// start makes a list.
fn prose(text: &str) -> String {
    prose_within(&neutral::line(text))
}

/// The same for a part of a line; a blank at its end stays.
fn prose_within(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ['\0'; 3];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            // GitHub looks for mentions, references and addresses after it has read the entities.
            '@' | '#' => safe.push_str(&format!("&#{};\u{2060}", u32::from(c))),
            '-' if before[1..] == ['g', 'h'] => safe.push_str("-\u{2060}"),
            '.' if before == ['w', 'w', 'w'] => safe.push_str("&#46;"),
            ':' if rest.peek() == Some(&' ') => safe.push(c),
            ' ' | ',' | '.' | '-' | '+' | '/' | ';' | '%' | '?' => safe.push(c),
            c if c.is_ascii_punctuation() => safe.push_str(&format!("&#{};", u32::from(c))),
            c => safe.push(c),
        }
        before = [before[1], before[2], c.to_ascii_lowercase()];
    }
    safe
}

/// The same on several lines, and at the start of one.
fn lines(text: &str) -> String {
    let lines = text.lines().map(|line| pieces(&help::pieces(&neutral::line(line.trim()))));
    guarded(&lines.collect::<Vec<_>>().join("<br>"))
}

/// Prose that starts a line, and neither a list nor a heading.
fn guarded(text: &str) -> String {
    match text.chars().next() {
        Some(c) if c.is_ascii() && !c.is_ascii_alphabetic() && !['&', '`', '<'].contains(&c) => {
            format!("&#{};{}", u32::from(c), &text[1..])
        }
        _ => text.to_owned(),
    }
}

/// Text in a block of its own, fenced by more backticks than it has in a row.
fn block(text: &str) -> String {
    let text = neutral::text(text);
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// GitHub's limit, in bytes.
const LIMIT: usize = 1 << 20;
/// Bytes for headings, and for the lines that say what was left out.
const RESERVE: usize = 16 << 10;
/// More targets are shown when they are asked for; the picture, the due dates and the notices follow.
const OPEN: usize = 60;
/// How many due dates are shown.
const DUE: usize = 20;
