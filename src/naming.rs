//! Advice on names, which `validate` gives as notices. A good name gets none.

use std::collections::BTreeSet;

use crate::secretfile::{Problem, Secretfile};

/// What could be better about the names that the file's secrets have in vaults, each name once.
pub fn advice(file: &Secretfile) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let targets = file.secrets.iter().flat_map(|secret| &secret.targets);
    let named = targets.filter_map(|target| {
        let name = target.name.as_str();
        let (what, help) = of(name).filter(|_| seen.insert(name.to_owned()))?;
        let what = format!("the name `{name}` {what}");
        Some(Problem::new(target.at, what).help(help))
    });
    named.collect()
}

/// What could be better about a name, and the way there.
fn of(name: &str) -> Option<(&'static str, String)> {
    // Some programs want that: it separates the levels of their settings.
    if name.contains("--") {
        return None;
    }
    let kebab = kebab(name);
    let words: Vec<&str> = kebab.split('-').collect();
    let bare = |word: &&str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let is_bare = |word: &&str| bare(word).is_empty() || GENERIC.contains(&bare(word).as_str());
    if words.first().is_some_and(|first| PASSING.contains(&bare(first).as_str())) {
        let help =
            "a name stays while its value changes; say what it opens, such as shop-db-password";
        Some(("tells a stage that will pass", help.to_owned()))
    } else if words.iter().all(is_bare) {
        let help = "say whose it is and what it opens, such as shop-db-password";
        Some(("does not tell what it is for", help.to_owned()))
    } else if kebab != name {
        let help = format!("`{kebab}` is the same in lower case with hyphens");
        Some(("mixes upper and lower case, which Key Vault takes for the same", help))
    } else {
        None
    }
}

/// `DbPassword` becomes `db-password`; a run of capitals is one word.
fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut kebab = String::with_capacity(name.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied().unwrap_or('-');
        let after = chars.get(at + 1).copied().unwrap_or('-');
        let is_start = before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || (before.is_ascii_uppercase() && after.is_ascii_lowercase());
        if c.is_ascii_uppercase() && is_start {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

/// Words that alone tell nothing, whatever number follows them.
const GENERIC: [&str; 25] = [
    "a",
    "api",
    "app",
    "code",
    "cred",
    "credential",
    "credentials",
    "creds",
    "data",
    "foo",
    "id",
    "key",
    "my",
    "pass",
    "passwd",
    "password",
    "pw",
    "pwd",
    "secret",
    "secrets",
    "test",
    "text",
    "the",
    "token",
    "value",
];
/// First words of names that were meant to be replaced soon.
const PASSING: [&str; 7] = ["copy", "new", "old", "temp", "temporary", "tmp", "todo"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_tells_nothing_is_passing_or_mixes_case_is_remarked() {
        for (name, part) in [
            ("secret1", "what it is for"),
            ("test", "what it is for"),
            ("password", "what it is for"),
            ("api-key", "what it is for"),
            ("my-secret-2", "what it is for"),
            ("Token", "what it is for"),
            ("42", "what it is for"),
            ("temp-key", "will pass"),
            ("tmp1", "will pass"),
            ("new-db-password", "will pass"),
            ("OldDbPassword", "will pass"),
            ("DbPassword", "upper and lower case"),
            ("SMTPPassword", "upper and lower case"),
            ("DB-PASSWORD", "upper and lower case"),
        ] {
            let (what, _) = of(name).unwrap_or_else(|| panic!("{name}"));
            assert!(what.contains(part), "{name}: {what}");
        }
    }

    #[test]
    fn a_good_name_is_not_remarked() {
        for name in [
            "shop-db-password",
            "db-password",
            "admin-password",
            "session-key",
            "sendgrid-api-key",
            "database",
            "shop-test-db-password",
            "renewal-token-shop",
            "oauth2-client",
            "ConnectionStrings--Default",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn the_same_in_lower_case_with_hyphens_is_offered() {
        for (name, expected) in [
            ("DbPassword", "db-password"),
            ("SMTPPassword", "smtp-password"),
            ("DB-PASSWORD", "db-password"),
            ("Oauth2Client", "oauth2-client"),
            ("shopKV", "shop-kv"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }
}
