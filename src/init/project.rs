//! The project's name, which becomes a tag, a part of the scope, and a part of names in Azure.

use std::path::Path;

/// Reads `--project`: a name that vaults, tags and YAML take as it is.
pub fn name(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(fits)
        && !text.ends_with('-')
        && !text.contains("--")
        && text.len() <= MAX;
    match is_name {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a project has at most {MAX} lower-case letters, digits and single hyphens, and starts \
             with a letter"
        )),
    }
}

/// The folder's name, made one of a project; whole words alone are left out.
pub fn of_folder(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let text = whole.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    let text = text.unwrap_or_default();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut kept = String::new();
    for word in words {
        let hyphen = if kept.is_empty() { "" } else { "-" };
        if kept.len() + hyphen.len() + word.len() <= MAX {
            kept = format!("{kept}{hyphen}{word}");
        }
    }
    name(&kept).unwrap_or_else(|_| "shop".to_owned())
}

/// The address of a project's vault, whose name has 24 characters at most.
pub fn vault(project: &str) -> String {
    let most = project.len().min(MAX_VAULT - SUFFIX.len());
    let stem = project[..most].trim_end_matches('-');
    format!("https://{stem}{SUFFIX}.vault.azure.net")
}

/// The longest name, in characters.
const MAX: usize = 64;
/// The longest name of a vault, in characters.
const MAX_VAULT: usize = 24;
/// What vaults end with.
const SUFFIX: &str = "-kv";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::VaultUrl;

    #[test]
    fn a_folders_name_becomes_a_projects() {
        for (folder, expected) in [
            ("shop", "shop"),
            ("Shop.Web_App", "shop-web-app"),
            ("--x--", "x"),
            ("1st", "shop"),
            ("größe", "gr-e"),
            ("ä", "shop"),
        ] {
            assert_eq!(of_folder(Path::new(folder)), expected, "{folder}");
        }
        let long = format!("a-{}-b", "x".repeat(70));
        assert_eq!(of_folder(Path::new(&long)), "a-b");
    }

    #[test]
    fn every_project_makes_a_legal_vault() {
        for project in ["a", "shop", "a-name-of-more-than-24-characters", "exactly-20-character"] {
            assert_eq!(name(project).as_deref(), Ok(project));
            assert!(VaultUrl::new(&vault(project), None).is_ok(), "{}", vault(project));
        }
        for text in ["", "A", "a b", "-a", "a-", "a--b", "1a", "a\nb", &"a".repeat(65)] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
