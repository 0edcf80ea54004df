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

    /// What a child program gets: all but what looks like a credential, or like an input of ours.
    pub fn for_child(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, _)| !is_ours_alone(name))
    }

    /// Whether a CI system runs us; GitHub, Azure Pipelines and GitLab are among those that say so.
    pub fn is_ci(&self) -> bool {
        ["CI", "TF_BUILD", "GITHUB_ACTIONS"].iter().any(|name| self.get(name).is_some())
    }
}

/// Whether a variable's name looks like a credential's.
pub fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    PARTS.iter().any(|part| name.contains(part))
        || ENDS.iter().any(|end| name.ends_with(end))
        || ["ACTIONS_", "SYSTEM_"].iter().any(|start| name.starts_with(start))
}

/// Whether a text is a variable's name that a CI left as it was: `$(NAME)` or `$NAME`.
pub fn is_unexpanded(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else {
        return false;
    };
    let starts = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(name) => {
            let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
            starts(name) && name.bytes().all(is_part)
        }
        // Variables are upper-case where `$NAME` is written; a password may start with a dollar.
        None => {
            let is_part = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            starts(rest) && rest.bytes().all(is_part)
        }
    }
}

/// What credentials' names hold, wherever it stands.
const PARTS: [&str; 8] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CONNECTION_STRING",
    "JWT",
];
/// What credentials' names end with, such as `servicePrincipalKey` of a task of Azure Pipelines; an
/// address of a database has its password in it.
const ENDS: [&str; 8] = ["KEY", "_PWD", "_PASS", "_AUTH", "_PAT", "_SAS", "_DSN", "DATABASE_URL"];

/// What no other program is given; a job's inputs may be credentials, too.
fn is_ours_alone(name: &str) -> bool {
    is_credential(name) || name.starts_with("INPUT_")
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
    fn a_child_gets_no_credentials() {
        let names = [
            "HOME",
            "AZURE_CONFIG_DIR",
            "https_proxy",
            "AZURE_CLIENT_SECRET",
            "AZURE_CLIENT_CERTIFICATE_PASSWORD",
            "Gitlab_Token",
            "STRIPE_API_KEY",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "SYSTEM_OIDCREQUESTURI",
            "INPUT_CLIENT-ID",
            "AZURE_CREDENTIALS",
            "servicePrincipalKey",
            "idToken",
            "APIKEY",
            "CI_JOB_JWT_V2",
            "STORAGE_SAS",
        ];
        let env = Env::new(names.map(|name| (name.to_owned(), "x".to_owned())));
        let kept: Vec<&str> = env.for_child().map(|(name, _)| name).collect();
        assert_eq!(kept, ["AZURE_CONFIG_DIR", "HOME", "https_proxy"]);
    }

    #[test]
    fn debug_output_holds_no_values() {
        let env = Env::new([("TOKEN".to_owned(), "hunter2".to_owned())]);
        assert_eq!(format!("{env:?}"), r#"{"TOKEN"}"#);
    }
}
