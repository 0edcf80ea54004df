//! What the program hands to CI systems, read back by their own rules.

mod action;
mod agent;
mod all_or_nothing;
mod outputs;
mod peers;
mod runner;
mod step;
mod survival;
mod values;

/// A stream's lines as the runners' readers see them: a bare carriage return ends one, too.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_owned).collect()
}

/// A command, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub properties: Vec<(String, String)>,
    pub data: String,
}

impl Command {
    /// A property's text.
    pub fn property(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}

/// An entry whose name is a trap on every platform.
const TRAP: &str = "x]::y;%0A%3B$(Build.BuildId)##vso[task.complete]##[error]z";
