//! The report as one page that needs nothing else, for a pipeline's artifacts.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use crate::neutral;
use crate::report::Report;
use crate::report::summary::{Lead, Row, Summary};
use crate::report::text::Failed;
use crate::report::tone::{ALL, Tone};

#[cfg(test)]
mod tests;

/// The whole page. Text from outside stands between tags only, never in an attribute.
pub fn show(report: &Report) -> String {
    let summary = Summary::of(report);
    let mut page = head(&summary);
    page.push_str(&lead(&summary));
    page.push_str(&failures(&summary.failures));
    page.push_str(&targets("targets", summary.lead.kind(), &summary.news));
    page.push_str(&vaults(&summary));
    page.push_str(&due(&summary.due));
    page.push_str(&notices(&summary.notices));
    page.push_str(&still(&summary.still));
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
    let Lead { rehearsal, ref file, .. } = summary.lead;
    let mut text = format!("<header>\n<h1>{}</h1>\n", escape(&summary.title));
    if let Some(rehearsal) = rehearsal {
        let said = format!("<strong>REHEARSAL</strong> {}", escape(rehearsal));
        text.push_str(&format!("<p class=\"rehearsal\">{said}</p>\n"));
    }
    text.push_str(&format!(
        "<p><strong>{}</strong> for <code>{}</code>. {} {}</p>\n",
        summary.lead.kind(),
        escape(file),
        targets_in_all(summary.rows().count()),
        summary.lead.disclaimer()
    ));
    text + &counts(summary) + "</header>\n"
}

/// What each is stands below.
fn targets_in_all(count: usize) -> String {
    match count {
        0 => "Nothing to do: no targets.".to_owned(),
        1 => "1 target.".to_owned(),
        count => format!("{count} targets."),
    }
}

/// How many targets of each kind, by the action's word.
fn counts(summary: &Summary<'_>) -> String {
    let mut counts: BTreeMap<(Tone, &str), usize> = BTreeMap::new();
    for row in summary.rows() {
        *counts.entry((row.target.tone, row.target.action)).or_default() += 1;
    }
    if counts.is_empty() {
        return String::new();
    }
    let items = counts.iter().map(|((tone, action), count)| {
        let said = format!("{} {count} {action}", tone.sign());
        format!("<li class=\"{}\">{said}</li>\n", tone.class())
    });
    format!("<ul class=\"counts\">\n{}</ul>\n", items.collect::<String>())
}

fn failures(failures: &[Failed<'_>]) -> String {
    let items = failures.iter().map(failure).collect::<String>();
    section("failures", "Failures", &items)
}

/// What, where, and the way out, which often is a command to copy.
fn failure(failure: &Failed<'_>) -> String {
    let error = failure.error;
    let id = error.request_id.as_ref();
    let id = id.map(|id| format!(" (request id <code>{}</code>)", escape(id))).unwrap_or_default();
    let help = error.help.as_ref().map(|help| {
        let help = escape_lines(help);
        format!("<p>The way out:</p>\n<pre>{help}</pre>\n")
    });
    format!(
        "<article>\n<h3>{} {}</h3>\n<p><code>{}</code></p>\n<p>{}{id} <code>[{}]</code></p>\n{}</article>\n",
        Tone::Failed.sign(),
        error.kind,
        escape(&failure.shown_places()),
        escape(&error.message),
        error.code,
        help.unwrap_or_default()
    )
}

fn targets(id: &str, title: &str, rows: &[Row<'_>]) -> String {
    if rows.is_empty() { String::new() } else { section(id, title, &table(rows)) }
}

/// Its roles are named, since the narrow page lays it out as cards.
fn table(rows: &[Row<'_>]) -> String {
    let head = ["Secret", "Vault", "Name", "What"]
        .map(|title| format!("<th role=\"columnheader\" scope=\"col\">{title}</th>"))
        .concat();
    let rows = rows.iter().map(row).collect::<String>();
    format!(
        "<table role=\"table\">\n<thead role=\"rowgroup\">\n<tr role=\"row\">{head}</tr>\n</thead>\n\
         <tbody role=\"rowgroup\">\n{rows}</tbody>\n</table>\n"
    )
}

fn row(row: &Row<'_>) -> String {
    let target = row.target;
    let version = target.version.as_ref();
    let version = version
        .map(|version| format!("<br><small>version <code>{}</code></small>", escape(version)));
    format!(
        "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" data-label=\"Secret\">{}</th>\
         <td role=\"cell\" data-label=\"Vault\">{}</td><td role=\"cell\" data-label=\"Name\">{}</td>\
         <td role=\"cell\" data-label=\"What\"><span class=\"{}\">{}</span>{}</td></tr>\n",
        escape(&row.subject),
        escape(&target.vault),
        escape(&target.name),
        target.tone.class(),
        escape(&row.result()),
        version.unwrap_or_default()
    )
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
    section("vaults", "Secrets and vaults", &format!("<div class=\"vaults\">\n{cards}</div>\n"))
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
    section("due", "Next due dates", &table)
}

fn notices(notices: &[String]) -> String {
    if notices.is_empty() {
        return String::new();
    }
    let items = notices.iter().map(|notice| format!("<li>{}</li>\n", escape_lines(notice)));
    section(
        "notices",
        "Notices",
        &format!("<ul class=\"notices\">\n{}</ul>\n", items.collect::<String>()),
    )
}

fn still(rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let summary = format!("<summary>Show {}</summary>", rows.len());
    let details = format!("<details>\n{summary}\n{}</details>\n", table(rows));
    section("still", "As they were", &details)
}

fn plan_digest(digest: Option<&str>) -> String {
    let shown = digest.map(|digest| format!("<pre>{}</pre>\n", escape(digest)));
    section("digest", "Plan digest", &shown.unwrap_or_default())
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

/// Text that may have lines.
fn escape_lines(text: &str) -> String {
    entities(&neutral::text(text))
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
