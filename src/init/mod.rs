//! `init`: a starter Secretfile and a pipeline, and what is left to do. It asks nothing.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::error::{Error, Result};
use crate::input_file;
use crate::names::VaultUrl;
use crate::new_file;

pub mod project;

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
        let what = format!("these files are there already: {}", there.join(", "));
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
        let whole = self.folder.join(path);
        let text = if whole.exists() { input_file::read_text(&whole)? } else { String::new() };
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
    /// `@PROJECT@`.
    project: String,
    /// `@VAULT@`: its address.
    vault: String,
    /// `@FILE@`: the pipeline's path.
    file: String,
    /// `@ROLE@`: the command that grants the right.
    role: String,
}

impl Words {
    fn new(starter: &Starter<'_>, file: &Path) -> Self {
        let project =
            starter.project.map_or_else(|| project::of_folder(starter.folder), str::to_owned);
        let vault = starter.vault.map_or_else(|| project::vault(&project), ToString::to_string);
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

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let what = format!("it could not be written: {error}");
    Error::usage(what).at(path.display().to_string()).help("let this user write here")
}

/// The file that GitLab reads by itself.
const GITLAB_OWN: &str = ".gitlab-ci.yml";
/// What a rehearsal leaves.
const IGNORED: &str = ".secretzero/";
/// The starter Secretfile.
const SECRETFILE: &str = include_str!("Secretfile.yml");
/// The right that the identity needs.
const ROLE: &str = include_str!("role.txt");
