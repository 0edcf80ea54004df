//! The catalogue on a terminal.

use std::fmt::Write;

use super::{Entry, FAMILIES, Family, Guide, Topic, entries};
use crate::azure::aadsts::{self, Words};

/// Every code with its title, by family.
pub fn list() -> String {
    let names = entries().map(|(_, entry)| entry.code.name().len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for family in FAMILIES {
        let _ = writeln!(text, "{} ({})", family.title, family.id);
        for entry in family.entries {
            let _ = writeln!(text, "  {:width$}  {}", entry.code.name(), entry.title);
        }
        text.push('\n');
    }
    text + "`secretzero explain CODE` explains one of them, or a service's own code, such as \
            ForbiddenByRbac or AADSTS700213.\n"
}

/// One topic, from what happened to how one checks that it is mended.
pub fn show(topic: &Topic) -> String {
    match topic {
        Topic::Code(family, entry) => code(entry) + &guide(family),
        Topic::Family(family) => {
            let codes: Vec<&str> = family.entries.iter().map(|entry| entry.code.name()).collect();
            let codes = codes.join(", ");
            format!("{}: {}\nCodes: {codes}\n{}", family.title, family.about, guide(family))
        }
        Topic::Aadsts(number, meant, family, entry) => {
            let link = aadsts::link(*number);
            let fix = meant.fix(&WORDS);
            let own = format!("AADSTS{number}: {}\n\nFix\n  - {fix}\n  - {link}\n", meant.meaning);
            format!("{own}\nIt is told as\n\n{}{}", code(entry), guide(family))
        }
    }
}

fn code(entry: &Entry) -> String {
    let Entry { code, title, cause, fix, .. } = entry;
    let kind = code.kind();
    let mut text = format!("{}: {title}\n", code.name());
    let _ = writeln!(text, "Kind {}, exit code {}", kind.name(), kind.exit_code());
    let _ = writeln!(text, "\nCause\n  {cause}\n\nFix\n{}", items(fix));
    if !entry.service.is_empty() {
        let _ = writeln!(text, "\nThe service calls it {}", entry.service.join(", "));
    }
    if !entry.see.is_empty() {
        let see: Vec<&str> = entry.see.iter().map(|code| code.name()).collect();
        let _ = writeln!(text, "\nSee also {}", see.join(", "));
    }
    text
}

fn guide(family: &Family) -> String {
    let Some(Guide { sees, why, mend, check }) = &family.guide else { return String::new() };
    let (mend, check) = (items(mend), items(check));
    format!(
        "\n{}\n\nWhat you see\n  {sees}\n\nWhy\n  {why}\n\nHow to mend it\n{mend}\n\nHow to check\n{check}\n",
        family.title.to_uppercase()
    )
}

fn items(items: &[&str]) -> String {
    items.iter().map(|item| format!("  - {item}")).collect::<Vec<_>>().join("\n")
}

/// What stands for what nobody has asked.
pub const WORDS: Words<'_> = Words {
    client: "CLIENT_ID",
    tenant: "TENANT_ID",
    authority: "login.microsoftonline.com",
    audience: "api://AzureADTokenExchange",
    presented: ["ISSUER", "SUBJECT", "AUDIENCE"],
};
