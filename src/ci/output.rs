//! A result for the next steps.

/// A named result, without any value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name, with dashes.
    pub name: &'static str,
    /// Its text.
    pub text: String,
    /// Whether the text is JSON (a list or a map) and no scalar.
    pub is_json: bool,
}

impl Output {
    /// A scalar.
    pub fn scalar(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into(), is_json: false }
    }

    /// A list or a map.
    pub fn json(name: &'static str, value: &serde_json::Value) -> Self {
        Self { name, text: value.to_string(), is_json: true }
    }

    /// The name where dashes are not allowed.
    pub fn underscored(&self) -> String {
        self.name.replace('-', "_")
    }
}
