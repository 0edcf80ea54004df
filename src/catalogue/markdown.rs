//! The catalogue as `docs/errors.md`.

use std::fmt::Write;

use super::{Entry, FAMILIES, Family, Guide};
use crate::azure::aadsts;
use crate::catalogue::text::WORDS;

/// The whole page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| Code | Exit code | What happened |\n| --- | --- | --- |\n");
    for entry in FAMILIES.iter().flat_map(|family| family.entries) {
        let name = entry.code.name();
        let exit = entry.code.kind().exit_code();
        let _ = writeln!(text, "| [`{name}`](#{name}) | {exit} | {} |", entry.title);
    }
    FAMILIES.iter().for_each(|family| text.push_str(&section(family)));
    text + &numbers()
}

fn section(family: &Family) -> String {
    let mut text = format!("\n## About {}\n\n{}\n", lower(family.title), family.about);
    if let Some(Guide { sees, why, mend, check }) = &family.guide {
        let (mend, check) = (items(mend), items(check));
        let _ = write!(
            text,
            "\n**What you see.** {sees}\n\n**Why.** {why}\n\n**How to mend it.**\n\n{mend}\n\
             **How to check.**\n\n{check}"
        );
    }
    family.entries.iter().for_each(|entry| text.push_str(&code(entry)));
    text
}

fn code(entry: &Entry) -> String {
    let Entry { code, title, cause, fix, .. } = entry;
    let kind = code.kind();
    let (name, fix) = (code.name(), items(fix));
    let mut text = format!("\n### {name}\n\n{}. Kind `{}`, exit code ", upper(title), kind.name());
    let _ = write!(text, "{}.\n\n**Cause.** {cause}\n\n**Fix.**\n\n{fix}", kind.exit_code());
    if !entry.service.is_empty() {
        let _ = writeln!(text, "\nThe service calls it `{}`.", entry.service.join("`, `"));
    }
    if !entry.see.is_empty() {
        let see = entry.see.iter().map(|code| format!("[`{0}`](#{0})", code.name()));
        let _ = writeln!(text, "\nSee also {}.", see.collect::<Vec<_>>().join(", "));
    }
    text
}

/// Entra's own numbers.
fn numbers() -> String {
    let mut text = NUMBERS.to_owned();
    for (about, entry) in aadsts::entries() {
        let numbers =
            entry.codes.iter().map(|number| format!("[{number}]({})", aadsts::link(*number)));
        let numbers = numbers.collect::<Vec<_>>().join(", ");
        let fix = entry.fix(&WORDS);
        let code = about.name();
        let _ = writeln!(text, "| {numbers} | {} | {fix} | [`{code}`](#{code}) |", entry.meaning);
    }
    text
}

fn items(items: &[&str]) -> String {
    items.iter().map(|item| format!("- {item}\n")).collect()
}

fn upper(text: &str) -> String {
    change_first(text, |c| c.to_ascii_uppercase())
}

/// Within a heading, except where a word is a name or a code.
fn lower(text: &str) -> String {
    change_first(text, |c| c.to_ascii_lowercase())
}

fn change_first(text: &str, change: impl Fn(char) -> char) -> String {
    let mut chars = text.chars();
    chars.next().map(change).into_iter().chain(chars).collect()
}

const HEAD: &str = "# Errors

Every error ends with its code in brackets, such as `[firewall]`; in JSON it is `\"code\"`. What the code
means stands here, and `secretzero explain CODE` prints it. The services' own codes can be explained, too:
`secretzero explain ForbiddenByRbac`, `secretzero explain AADSTS700213`. What stands in capitals in a
command is to be filled in.

This page is generated from `src/catalogue/`; `UPDATE_DOCS=1 cargo test --lib catalogue` writes it.

";

const NUMBERS: &str = "
## Numbers of Microsoft Entra

| AADSTS | Meaning | Fix | Code |
| --- | --- | --- | --- |
";
