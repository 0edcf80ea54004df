//! `init`: a starter Secretfile and a pipeline, and what is left to do. It asks nothing.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::input_file;
use crate::names::VaultUrl;
use crate::new_file;
use crate::render::yaml;

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
        // What could fail comes before the first file, which a second run would stumble over.
        let ignoring = self.ignoring()?;
        files.iter().try_for_each(|(path, _)| self.make_folder(path))?;
        let mut said = String::new();
        for (path, text) in &files {
            self.put(path, text)?;
            said.push_str(&format!("wrote {}\n", path.display()));
        }
        if let Some(text) = ignoring {
            self.put(Path::new(GIT_IGNORE), &text)?;
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

    fn make_folder(&self, path: &Path) -> Result<()> {
        let whole = self.folder.join(path);
        let folder = whole.parent().unwrap_or(self.folder);
        let made = std::fs::create_dir_all(folder).and_then(|()| new_file::check(&whole));
        made.map_err(|error| unwritable(path, &error))
    }

    fn put(&self, path: &Path, text: &str) -> Result<()> {
        new_file::put(&self.folder.join(path), text).map_err(|error| unwritable(path, &error))
    }

    /// The vaults of a rehearsal hold values in plain text; the file's text where a line is to be added.
    fn ignoring(&self) -> Result<Option<String>> {
        let whole = self.folder.join(GIT_IGNORE);
        let text = if whole.exists() { input_file::read_text(&whole)? } else { String::new() };
        let is_there = text.lines().any(|line| line.trim().trim_matches('/') == ".secretzero");
        if is_there {
            return Ok(None);
        }
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        Ok(Some(format!("{text}{end}{IGNORED}\n")))
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
    if has(".github/workflows") {
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
    /// `@PROJECT@`; in YAML, where some names are words of its own, `@QUOTED@`.
    project: String,
    /// `@VAULT@`: its address.
    vault: String,
    /// `@FILE@`: the pipeline's path.
    file: String,
    /// `@NAME@`: the vault's.
    name: String,
    /// `@AUDIENCE@`: whom the CI system's id tokens are for, which differs by cloud.
    audience: String,
}

impl Words {
    fn new(starter: &Starter<'_>, file: &Path) -> Self {
        let project =
            starter.project.map_or_else(|| project::of_folder(starter.folder), str::to_owned);
        let vault = starter.vault.map_or_else(|| project::vault(&project), ToString::to_string);
        let host = vault.trim_start_matches("https://");
        let name = host.split('.').next().unwrap_or_default().to_owned();
        let audience = Cloud::of_host(host).map(|cloud| cloud.federated_audience.clone());
        let audience = audience.unwrap_or_default();
        Self { project, name, audience, vault, file: file.display().to_string() }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("@MAKE@\n", MAKE)
            .replace("@ROLE@\n", ROLE)
            .replace("@NAME@", &self.name)
            .replace("@AUDIENCE@", &self.audience)
            .replace("@PROJECT@", &self.project)
            .replace("@QUOTED@", &yaml::text(&self.project))
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
/// What Git leaves out.
const GIT_IGNORE: &str = ".gitignore";
/// The starter Secretfile.
const SECRETFILE: &str = include_str!("Secretfile.yml");
/// The vault, where there is none, and the identity.
const MAKE: &str = include_str!("make.txt");
/// The right that the identity needs.
const ROLE: &str = include_str!("role.txt");
