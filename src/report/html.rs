//! The report as one page that needs nothing else, for a pipeline's artifacts.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use crate::neutral;
use crate::report::help::{self, Piece};
use crate::report::standing::{self, Standing};
use crate::report::summary::{Lead, Row, Summary, headline, marked};
use crate::report::text::Failed;
use crate::report::tone::{ALL, Tone};

#[cfg(test)]
mod tests;

/// The whole page. Text from outside stands between tags only, never in an attribute.
pub fn show(summary: &Summary<'_>) -> String {
    let kind = summary.lead.kind;
    let mut page = head(summary);
    page.push_str(&lead(summary));
    page.push_str(&failures(&summary.failures));
    page.push_str(&targets("targets", kind, &summary.news));
    page.push_str(&standing(&summary.standing));
    page.push_str(&vaults(summary));
    page.push_str(&due(&summary.due));
    page.push_str(&notices(&summary.notices));
    page.push_str(&still(kind, &summary.still));
    page.push_str(&plan_digest(summary.digest));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// No script, no request, and no style but the one whose digest is named.
fn head(summary: &Summary<'_>) -> String {
    let mark = if summary.lead.rehearsal.is_some() { "REHEARSAL: " } else { "" };
    let title = format!("{mark}{}: {}", summary.title, summary.lead.file);
    let title = escape(&title);
    let digest = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
}

fn lead(summary: &Summary<'_>) -> String {
    let Lead { rehearsal, kind, file, time, extent, disclaimer, .. } = &summary.lead;
    let mut text = format!("<header>\n<h1>{}</h1>\n", escape(&summary.title));
    if let Some(rehearsal) = rehearsal {
        let said = format!("<strong>REHEARSAL</strong> {}", escape(rehearsal));
        text.push_str(&format!("<p class=\"rehearsal\">{said}</p>\n"));
    }
    let file = match file.is_empty() {
        true => String::new(),
        false => format!(" for <code>{}</code>", escape(file)),
    };
    let said = format!("<strong>{kind}</strong>{file} at {}.", escape(time));
    text.push_str(&format!("<p>{said} {}</p>\n", escape(&format!("{extent} {disclaimer}"))));
    text + &counts(summary) + "</header>\n"
}

/// How many targets of each word.
fn counts(summary: &Summary<'_>) -> String {
    let items = summary.lead.counts.iter().map(|count| {
        format!("<li class=\"{}\">{}</li>\n", count.tone.class(), escape(&count.shown()))
    });
    let items = items.collect::<String>();
    if items.is_empty() { items } else { format!("<ul class=\"counts\">\n{items}</ul>\n") }
}

fn failures(failures: &[Failed<'_>]) -> String {
    let items = failures.iter().map(failure).collect::<String>();
    section("failures", "Failures", &items)
}

/// What, where, and the way out.
fn failure(failure: &Failed<'_>) -> String {
    let error = failure.error;
    let id = error.request_id.as_ref();
    let id = id.map(|id| format!(" (request id <code>{}</code>)", escape(id))).unwrap_or_default();
    let places = escape(&failure.shown_places());
    let places = match places.is_empty() {
        true => places,
        false => format!("<p><code>{places}</code></p>\n"),
    };
    format!(
        "<article>\n<h3>{} {}</h3>\n{places}<p>{}{id} <code>[{}]</code></p>\n{}</article>\n",
        Tone::Failed.sign(),
        escape(headline(error.kind)),
        pieces(&help::pieces(&neutral::line(&error.message))),
        error.code,
        error.help.as_deref().map(way_out).unwrap_or_default()
    )
}

/// Sentences, and each command in a block of its own.
fn way_out(help: &str) -> String {
    let mut text = String::new();
    for line in help::lines(&neutral::text(help)) {
        let mark = if text.is_empty() { "<strong>Fix:</strong> " } else { "" };
        text.push_str(&format!("<p>{mark}{}</p>\n", pieces(&line.said)));
        if let Some(command) = line.command {
            text.push_str(&format!("<pre>{}</pre>\n", entities(command)));
        }
    }
    text
}

fn pieces(pieces: &[Piece<'_>]) -> String {
    let shown = pieces.iter().map(|piece| match piece {
        Piece::Words(words) => entities(words),
        Piece::Code(code) => format!("<code>{}</code>", entities(code)),
    });
    shown.collect()
}

fn targets(id: &str, kind: &str, rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    section(id, kind, &folded(rows.len(), rows.len(), &results(kind, rows)))
}

fn results(kind: &str, rows: &[Row<'_>]) -> String {
    let rows = rows.iter().map(|row| result(kind, row)).collect::<String>();
    table("results", &[kind, "Secret", "Vault", "Name"], &rows)
}

fn result(kind: &str, row: &Row<'_>) -> String {
    let target = row.target;
    let (word, rest) = row.result();
    let version = target.version.as_ref();
    let version = version
        .map(|version| format!("<br><small>version <code>{}</code></small>", escape(version)));
    let result = format!(
        "<span class=\"{}\">{}</span>{}{}",
        target.tone.class(),
        escape(&word),
        entities(&rest),
        version.unwrap_or_default()
    );
    let cells = [
        cell(kind, &result),
        header("Secret", &row.subject),
        cell("Vault", &escape(&target.vault)),
        cell("Name", &escape(&target.name)),
    ];
    format!("<tr role=\"row\">{}</tr>\n", cells.concat())
}

fn standing(targets: &[Standing]) -> String {
    if targets.is_empty() {
        return String::new();
    }
    let rows = targets.iter().map(|target| {
        let word = escape(&marked(target.tone, target.word));
        let word = format!("<span class=\"{}\">{word}</span>", target.tone.class());
        let state = cell("State", &format!("{word}{}", entities(&target.rest)));
        let cells = standing::COLUMNS.iter().zip(&target.cells);
        let cells = cells.map(|(label, text)| cell(label, &escape(text))).collect::<String>();
        format!("<tr role=\"row\">{state}{}{cells}</tr>\n", header("Secret", &target.subject))
    });
    let head = [&["State", "Secret"], standing::COLUMNS.as_slice()].concat();
    section("standing", "Targets", &table("standing", &head, &rows.collect::<String>()))
}

/// Its roles are named, since the narrow page lays it out as cards.
fn table(class: &str, head: &[&str], rows: &str) -> String {
    let head = head.iter();
    let head = head.map(|title| format!("<th role=\"columnheader\" scope=\"col\">{title}</th>"));
    format!(
        "<table role=\"table\" class=\"{class}\">\n<thead role=\"rowgroup\">\n<tr role=\"row\">{}</tr>\n\
         </thead>\n<tbody role=\"rowgroup\">\n{rows}</tbody>\n</table>\n",
        head.collect::<String>()
    )
}

/// One with nothing in it is not shown on a narrow page.
fn cell(label: &str, content: &str) -> String {
    format!("<td role=\"cell\" data-label=\"{label}\">{content}</td>")
}

fn header(label: &str, text: &str) -> String {
    let text = escape(text);
    format!("<th role=\"rowheader\" scope=\"row\" data-label=\"{label}\">{text}</th>")
}

/// The flow: what went into each vault.
fn vaults(summary: &Summary<'_>) -> String {
    let mut vaults: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in summary.rows() {
        vaults.entry(&row.target.vault).or_default().push(row);
    }
    let cards = vaults.iter().map(|(host, rows)| vault(host, rows)).collect::<String>();
    if cards.is_empty() {
        return String::new();
    }
    let cards = format!("<div class=\"vaults\">\n{cards}</div>\n");
    let cards = folded(summary.rows().count(), vaults.len(), &cards);
    section("vaults", "Secrets and vaults", &cards)
}

fn vault(host: &str, rows: &[&Row<'_>]) -> String {
    let mut lists = String::new();
    for tone in ALL {
        for row in rows.iter().filter(|row| row.target.tone == tone) {
            let said = format!("{} {}", tone.sign(), row.target.action);
            let name = escape(&row.subject);
            lists.push_str(&format!(
                "<li><span class=\"{}\">{said}</span> {name}</li>\n",
                tone.class()
            ));
        }
    }
    format!("<article>\n<h3>{}</h3>\n<ul>\n{lists}</ul>\n</article>\n", escape(host))
}

fn due(due: &[(&str, String)]) -> String {
    if due.is_empty() {
        return String::new();
    }
    let rows = due.iter().map(|(name, due)| {
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(name), escape(due))
    });
    let rows = rows.collect::<String>();
    let head =
        "<thead>\n<tr><th scope=\"col\">Secret</th><th scope=\"col\">Due</th></tr>\n</thead>";
    let table = format!("<table class=\"small\">\n{head}\n<tbody>\n{rows}</tbody>\n</table>\n");
    section("due", "Next due dates", &folded(due.len(), due.len(), &table))
}

fn notices(notices: &[String]) -> String {
    if notices.is_empty() {
        return String::new();
    }
    let items = notices
        .iter()
        .map(|notice| format!("<li>{}</li>\n", pieces(&help::pieces(&neutral::text(notice)))));
    section(
        "notices",
        "Notices",
        &format!("<ul class=\"notices\">\n{}</ul>\n", items.collect::<String>()),
    )
}

fn still(kind: &str, rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let summary = format!("<summary>Show {}</summary>", rows.len());
    let details = format!("<details>\n{summary}\n{}</details>\n", results(kind, rows));
    section("still", "As they were", &details)
}

fn plan_digest(digest: Option<&str>) -> String {
    let shown = digest.map(|digest| format!("<pre>{}</pre>\n", escape(digest)));
    section("digest", "Plan digest", &shown.unwrap_or_default())
}

/// What is long is shown when it is asked for, so that what follows is found.
fn folded(targets: usize, shown: usize, content: &str) -> String {
    match targets > OPEN {
        true => format!("<details>\n<summary>Show {shown}</summary>\n{content}</details>\n"),
        false => content.to_owned(),
    }
}

fn section(id: &str, title: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    let head = format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n");
    format!("{head}{content}</section>\n")
}

/// Text on one line, for between tags.
fn escape(text: &str) -> String {
    entities(&neutral::line(text))
}

fn entities(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// The style sheet, within the page.
const STYLE: &str = include_str!("html.css");
/// More targets are shown when they are asked for.
const OPEN: usize = 60;
