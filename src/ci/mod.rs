//! The CI system around the program: how it is told what happened, and given what the next steps need.
//!
//! Formats are pure functions; [`Handover`] is what they make, and [`deliver`] carries
//! it out.

use clap::ValueEnum;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::secret::SecretValue;

pub use annotation::{Annotation, Level, within_limit};
pub use handover::{Handover, deliver, deliver_values};
pub use mask::Masks;
pub use output::Output;

mod annotation;
mod azure_pipelines;
mod delimiter;
mod github;
mod gitlab;
mod handover;
mod heredoc;
mod mask;
mod output;
mod plain;
pub mod variable;

/// A CI system.
pub trait Ci: Send {
    /// Whether somebody asked it for more detail; never for values.
    fn is_debug(&self) -> bool {
        false
    }

    /// Refuses to begin where the results could not be handed over at the end.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// What shows an annotation; none where the text of the report is all there is.
    fn annotation(&self, annotation: &Annotation) -> Option<String> {
        let _ = annotation;
        None
    }

    /// What begins a folded part of the log; `time` is in seconds since 1970.
    fn open_group(&self, title: &str, time: i64) -> String {
        let _ = (title, time);
        String::new()
    }

    /// What ends it.
    fn close_group(&self, time: i64) -> String {
        let _ = time;
        String::new()
    }

    /// Whether the next steps get results that are lists or maps.
    fn carries_lists(&self) -> bool {
        false
    }

    /// Hands results to the next steps.
    fn outputs(&self, outputs: &[Output]) -> Result<Handover> {
        let _ = outputs;
        Ok(Handover::default())
    }

    /// Whether a stream tells it what to hide.
    fn is_told_masks(&self) -> bool {
        false
    }

    /// Hides texts in the log of the job.
    fn masks(&self, masks: &Masks) -> Handover {
        let _ = masks;
        Handover::default()
    }

    /// Refuses a variable where no step would get it safely.
    fn check_environment(&self, name: &str) -> Result<()> {
        let _ = name;
        Err(no_channel("variable"))
    }

    /// Hands a value to the next steps as a variable; refuses what would arrive as another.
    fn environment(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        let _ = (name, value);
        Err(no_channel("variable"))
    }

    /// How many bytes the values of variables may have together; none: they are in no step's environment
    /// unless somebody puts them there.
    fn most_variables(&self) -> Option<usize> {
        None
    }

    /// Refuses an output where no step would get it safely.
    fn check_output(&self, name: &str) -> Result<()> {
        let _ = name;
        Err(no_channel("output"))
    }

    /// Hands a value to the next steps as an output; refuses what would arrive as another.
    fn output(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        let _ = (name, value);
        Err(no_channel("output"))
    }

    /// Keeps a text for the last step of the same action, where there is one.
    fn state(&self, name: &str, text: &str) -> Result<Handover> {
        let _ = (name, text);
        Ok(Handover::default())
    }

    /// Hands a summary in markdown, without any value, to the page of the run.
    fn summary(&self, markdown: &str) -> Result<Handover> {
        let _ = markdown;
        Ok(Handover::default())
    }

    /// What marks a step that goes on although not all is well; none where a step is green or red.
    fn complete_with_issues(&self) -> Option<String> {
        None
    }
}

/// A CI system that neither hides a value nor keeps it from other jobs gets files alone.
fn no_channel(what: &str) -> Error {
    let what = format!("this CI system carries no secret {what} safely to the next steps");
    let help = "write it to a file: --export NAME=file:PATH, and read that in the same job; other jobs \
                fetch for themselves";
    Error::usage(what).help(help)
}

/// The CI systems that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// GitHub Actions, and what speaks its language: Gitea, Forgejo, act
    #[value(name = "github")]
    GitHub,
    /// Azure Pipelines
    #[value(name = "azure_pipelines", aliases = ["azure-pipelines", "azure"])]
    AzurePipelines,
    /// GitLab CI
    #[value(name = "gitlab")]
    GitLab,
    /// Any other, or none
    Plain,
}

impl Platform {
    /// The platform that the environment tells. Those that imitate GitHub set its variable, too.
    pub fn detect(env: &Env) -> Self {
        let is = |name: &str| env.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is("GITHUB_ACTIONS") || is("GITEA_ACTIONS") || is("FORGEJO_ACTIONS") {
            Self::GitHub
        } else if is("TF_BUILD") {
            Self::AzurePipelines
        } else if is("GITLAB_CI") {
            Self::GitLab
        } else {
            Self::Plain
        }
    }

    /// The platform, with what its environment says of this step.
    pub fn open(self, env: &Env) -> Box<dyn Ci> {
        match self {
            Self::GitHub => Box::new(github::GitHub::new(env)),
            Self::AzurePipelines => Box::new(azure_pipelines::AzurePipelines::new(env)),
            Self::GitLab => Box::new(gitlab::GitLab::new(env)),
            Self::Plain => Box::new(plain::Plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_known_by_its_own_variable() {
        for (name, value, expected) in [
            ("GITHUB_ACTIONS", "true", Platform::GitHub),
            ("FORGEJO_ACTIONS", "true", Platform::GitHub),
            ("TF_BUILD", "True", Platform::AzurePipelines),
            ("GITLAB_CI", "true", Platform::GitLab),
            ("GITLAB_CI", "false", Platform::Plain),
            ("CI", "true", Platform::Plain),
        ] {
            let env = Env::new([(name.to_owned(), value.to_owned())]);
            assert_eq!(Platform::detect(&env), expected, "{name}={value}");
        }
    }
}
