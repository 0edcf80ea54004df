//! A snapshot of the process's environment; an empty variable counts as absent.

use std::collections::BTreeMap;

/// The environment as it was when the program started.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// Takes names and values; names and values that are not UTF-8 cannot be ours and are left out
    /// by the caller.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The variable's text, unless it is unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a CI system runs us; GitHub, Azure Pipelines and GitLab are among those that say so.
    pub fn is_ci(&self) -> bool {
        ["CI", "TF_BUILD", "GITHUB_ACTIONS"].iter().any(|name| self.get(name).is_some())
    }
}

impl std::fmt::Debug for Env {
    /// Names alone: values may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let env = Env::new([("A".to_owned(), String::new()), ("B".to_owned(), "b".to_owned())]);
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (None, Some("b"), None));
    }

    #[test]
    fn debug_output_holds_no_values() {
        let env = Env::new([("TOKEN".to_owned(), "hunter2".to_owned())]);
        assert_eq!(format!("{env:?}"), r#"{"TOKEN"}"#);
    }
}
