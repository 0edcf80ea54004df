//! What was handed to the next steps. No type here can hold a value.

use std::fmt::Write;

use serde::Serialize;

use crate::report::ErrorReport;

/// What `fetch` did.
#[derive(Debug, Serialize)]
pub struct FetchReport {
    /// `fetch`.
    pub command: &'static str,
    /// Whether it ran on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile.
    pub file: String,
    /// One per value.
    pub exports: Vec<Export>,
    /// How many lines of values are too short to be hidden in logs.
    pub unhidden_lines: usize,
    /// What is odd about what was handed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// The exit code.
    pub exit_code: u8,
}

/// One value's way.
#[derive(Debug, Serialize)]
pub struct Export {
    /// The secret.
    pub name: String,
    /// One member of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The version that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it goes: `env:X`, `output:Y`, `file:P`.
    pub to: String,
    /// The vault and the name in it; none where it is not there, or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
}

impl FetchReport {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.rehearsal {
            text.push_str("REHEARSAL on the embedded Key Vault; no vault of Azure was asked\n\n");
        }
        for export in &self.exports {
            text.push_str(&export.line());
        }
        if self.exit_code != 0 {
            text.push_str("Nothing was handed over.\n");
        }
        self.notices.iter().for_each(|notice| text.push_str(&format!("notice: {notice}\n")));
        if self.unhidden_lines > 0 {
            let lines = self.unhidden_lines;
            let _ = writeln!(text, "notice: lines too short to be hidden in logs: {lines}");
        }
        text
    }

    /// For programs, on one line.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }
}

impl Export {
    fn line(&self) -> String {
        let mut name = self.name.clone();
        self.field.iter().for_each(|field| name.push_str(&format!(".{field}")));
        self.version.iter().for_each(|version| name.push_str(&format!("@{version}")));
        match (&self.from, &self.error) {
            (Some(from), _) => format!("{name} -> {} (from {from})\n", self.to),
            (None, None) => {
                format!("notice: {name} is not there or disabled, and is passed over\n")
            }
            (None, Some(error)) => {
                let place = error.at.as_deref().unwrap_or(&name);
                let mut line = format!("error: {place}: {} [{}]\n", error.message, error.code);
                if let Some(help) = &error.help {
                    let _ = writeln!(line, "  help: {}", help.replace('\n', "\n        "));
                }
                line
            }
        }
    }
}
