//! `init`: a starter Secretfile and a pipeline, and what is left to do. It asks nothing.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::error::{Error, Result};
use crate::names::VaultUrl;
use crate::new_file;

/// The CI systems that have a starter pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pipeline {
    /// GitHub Actions
    #[value(name = "github")]
    GitHub,
    /// Azure Pipelines
    Azure,
    /// GitLab CI
    #[value(name = "gitlab")]
    GitLab,
}

/// What the starters are made from.
pub struct Starter<'a> {
    /// The repository's folder.
    pub folder: &'a Path,
    /// Whose pipeline is written; none: of the system that the repository has traces of, else GitHub's.
    pub pipeline: Option<Pipeline>,
    /// The vault; none: one of the project's name.
    pub vault: Option<&'a VaultUrl>,
    /// The project; none: the folder's name.
    pub project: Option<&'a str>,
    /// Whether files that are there are replaced.
    pub force: bool,
}

impl Starter<'_> {
    /// Writes the files and says what is left to do.
    pub fn write(&self) -> Result<String> {
        let pipeline = self.pipeline.unwrap_or_else(|| detect(self.folder));
        let path = pipeline.path(self.folder);
        let words = Words::new(self, &path);
        let files = [
            (PathBuf::from("Secretfile.yml"), words.fill(SECRETFILE)),
            (path, words.fill(pipeline.text())),
        ];
        if !self.force {
            self.check_absent(files.iter().map(|(path, _)| path.as_path()))?;
        }
        let mut said = String::new();
        for (path, text) in &files {
            self.put(path, text)?;
            said.push_str(&format!("wrote {}\n", path.display()));
        }
        if self.ignore()? {
            said.push_str(&format!("added {IGNORED} to .gitignore\n"));
        }
        Ok(said + "\n" + &words.fill(pipeline.next()) + &self.include(pipeline, &words))
    }

    /// All that would be lost is named at once, before anything is written.
    fn check_absent<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> Result<()> {
        let there = paths.filter(|path| self.folder.join(path).symlink_metadata().is_ok());
        let there: Vec<String> = there.map(|path| path.display().to_string()).collect();
        if there.is_empty() {
            return Ok(());
        }
        let what = format!("there already: {}", there.join(", "));
        Err(Error::usage(what).help("nothing was written; `--force` replaces what is there"))
    }

    fn put(&self, path: &Path, text: &str) -> Result<()> {
        let whole = self.folder.join(path);
        let folder = whole.parent().unwrap_or(self.folder);
        let written = std::fs::create_dir_all(folder).and_then(|()| new_file::put(&whole, text));
        written.map_err(|error| unwritable(path, &error))
    }

    /// The vaults of a rehearsal hold values in plain text; whether a line was added.
    fn ignore(&self) -> Result<bool> {
        let path = Path::new(".gitignore");
        let text = match std::fs::read_to_string(self.folder.join(path)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unwritable(path, &error)),
        };
        let is_there = text.lines().any(|line| line.trim().trim_matches('/') == ".secretzero");
        if is_there {
            return Ok(false);
        }
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.put(path, &format!("{text}{end}{IGNORED}\n"))?;
        Ok(true)
    }

    /// GitLab reads one file by itself; another has to be included there.
    fn include(&self, pipeline: Pipeline, words: &Words) -> String {
        if pipeline != Pipeline::GitLab || words.file == GITLAB_OWN {
            return String::new();
        }
        format!("\nInclude it in {GITLAB_OWN}:\n\n  include: [{{local: {}}}]\n", words.file)
    }
}

impl Pipeline {
    /// Where its file goes, beside what the repository has.
    fn path(self, folder: &Path) -> PathBuf {
        match self {
            Self::GitHub => PathBuf::from(".github/workflows/secrets.yml"),
            Self::Azure => PathBuf::from(".azure-pipelines/secrets.yml"),
            Self::GitLab if folder.join(GITLAB_OWN).exists() => {
                PathBuf::from(".gitlab/secrets.gitlab-ci.yml")
            }
            Self::GitLab => PathBuf::from(GITLAB_OWN),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::GitHub => include_str!("github.yml"),
            Self::Azure => include_str!("azure.yml"),
            Self::GitLab => include_str!("gitlab.yml"),
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::GitHub => include_str!("next-github.txt"),
            Self::Azure => include_str!("next-azure.txt"),
            Self::GitLab => include_str!("next-gitlab.txt"),
        }
    }
}

/// The CI system that a repository has traces of, else GitHub.
fn detect(folder: &Path) -> Pipeline {
    let has = |name: &str| folder.join(name).exists();
    if has(".github") {
        Pipeline::GitHub
    } else if has("azure-pipelines.yml") || has(".azure-pipelines") {
        Pipeline::Azure
    } else if has(GITLAB_OWN) || has(".gitlab") {
        Pipeline::GitLab
    } else {
        Pipeline::GitHub
    }
}

/// What takes the place of `@WORD@`.
struct Words {
    project: String,
    vault: String,
    file: String,
    role: String,
}

impl Words {
    fn new(starter: &Starter<'_>, file: &Path) -> Self {
        let project = starter.project.map(str::to_owned).unwrap_or_else(|| project(starter.folder));
        let vault = match starter.vault {
            Some(vault) => vault.to_string(),
            None => format!("https://{}-kv.vault.azure.net", vault_stem(&project)),
        };
        let name = vault.trim_start_matches("https://").split('.').next().unwrap_or_default();
        let role = ROLE.replace("@NAME@", name);
        Self { project, vault, file: file.display().to_string(), role }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("@ROLE@\n", &self.role)
            .replace("@PROJECT@", &self.project)
            .replace("@VAULT@", &self.vault)
            .replace("@FILE@", &self.file)
            .replace("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR"))
    }
}

/// Reads `--project`: a name that vaults, tags and YAML take as it is.
pub fn project_name(text: &str) -> std::result::Result<String, String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(fits)
        && !text.ends_with('-')
        && !text.contains("--")
        && text.len() <= MAX_PROJECT;
    match is_name {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a project has at most {MAX_PROJECT} lower-case letters, digits and single hyphens, and \
             starts with a letter"
        )),
    }
}

/// The folder's name, made one of a project.
fn project(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    let name = name.unwrap_or_default();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut kept = String::new();
    for word in words {
        let hyphen = if kept.is_empty() { "" } else { "-" };
        if kept.len() + hyphen.len() + word.len() <= MAX_PROJECT {
            kept = format!("{kept}{hyphen}{word}");
        }
    }
    project_name(&kept).unwrap_or_else(|_| "shop".to_owned())
}

/// A vault's name has 24 characters, and this one ends with `-kv`.
fn vault_stem(project: &str) -> &str {
    let most = project.len().min(21);
    project[..most].trim_end_matches('-')
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let what = format!("it could not be written: {error}");
    Error::usage(what).at(path.display().to_string()).help("let this user write here")
}

/// The file that GitLab reads by itself.
const GITLAB_OWN: &str = ".gitlab-ci.yml";
/// What a rehearsal leaves.
const IGNORED: &str = ".secretzero/";
/// The longest name of a project, in characters; an identity of Azure is called by it.
const MAX_PROJECT: usize = 64;
/// The starter Secretfile.
const SECRETFILE: &str = include_str!("Secretfile.yml");
/// The right that the identity needs.
const ROLE: &str = "  az role assignment create --role 'Key Vault Secrets Officer' --assignee-principal-type ServicePrincipal \\
    --assignee-object-id \"$(az identity show --name @PROJECT@-secrets --resource-group GROUP --query principalId --output tsv)\" \\
    --scope \"$(az keyvault show --name @NAME@ --query id --output tsv)\"
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_name_becomes_a_projects() {
        for (name, expected) in [
            ("shop", "shop"),
            ("Shop.Web_App", "shop-web-app"),
            ("--x--", "x"),
            ("1st", "shop"),
            ("größe", "gr-e"),
            ("ä", "shop"),
        ] {
            assert_eq!(project(Path::new(name)), expected, "{name}");
        }
        let long = format!("a-{}-b", "x".repeat(70));
        assert_eq!(project(Path::new(&long)), "a-b");
    }

    #[test]
    fn every_project_makes_a_legal_vault() {
        for name in ["a", "shop", "a-name-of-more-than-24-characters", "exactly-21-characters-x"] {
            let vault = format!("https://{}-kv.vault.azure.net", vault_stem(name));
            assert!(VaultUrl::new(&vault, None).is_ok(), "{vault}");
        }
        for name in ["", "A", "a b", "-a", "a-", "a--b", "1a", "a\nb", &"a".repeat(65)] {
            assert!(project_name(name).is_err(), "{name}");
        }
    }
}
