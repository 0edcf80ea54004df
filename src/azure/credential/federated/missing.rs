//! Why a job has no id token, and what to add to its definition.

use std::fs::File;
use std::io::Read;

use serde_json::Value;

use super::source::USUAL_VARIABLE;
use super::{azure_pipelines, github};
use crate::env::Env;
use crate::error::Error;
use crate::error_code::ErrorCode;

/// What is missing.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// A GitHub job without `id-token: write`.
    Permission,
    /// One of two variables that a CI system sets together.
    Part(&'static str),
    /// A job of Azure Pipelines whose token is not mapped.
    AccessToken,
    /// A job of Azure Pipelines without a service connection.
    Connection,
    /// The variable that the file names.
    Variable(String),
    /// A job that has to declare its token.
    Declared(Ci),
    /// A CI job at all.
    Job,
}

/// CI systems where a token has to be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    /// Runs GitHub's workflows, and gives no id tokens, or only newer versions of it do.
    LikeGitHub,
    /// GitLab.
    GitLab,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// CircleCI.
    Circle,
    /// Any other.
    Another,
}

impl Missing {
    /// Whether the job was meant to have a token, so that to act as somebody else, such as the machine
    /// that it runs on, would be wrong.
    pub fn is_mistake(&self) -> bool {
        match self {
            Self::Permission | Self::Part(_) | Self::AccessToken | Self::Variable(_) => true,
            Self::Connection | Self::Declared(_) | Self::Job => false,
        }
    }

    /// In one line.
    pub fn reason(&self) -> String {
        match self {
            Self::Permission => "this GitHub job may not ask for an id token".to_owned(),
            Self::Part(name) => format!("{name} is not set, though what belongs to it is"),
            Self::AccessToken => format!("{} is not mapped to this step", azure_pipelines::TOKEN),
            Self::Connection => "the job names no service connection".to_owned(),
            Self::Variable(name) => format!("the variable {name}, which `auth` names, is not set"),
            Self::Declared(_) => format!("the job has no id token in {USUAL_VARIABLE}"),
            Self::Job => "no CI system runs this, so there is no id token".to_owned(),
        }
    }

    /// Both in one line, for a list of ways to sign in.
    pub fn line(&self) -> String {
        match self {
            Self::Job => self.reason(),
            _ => format!("{}; {}", self.reason(), self.help().replace(":\n", ": ")),
        }
    }

    /// With what to do.
    pub fn error(&self, env: &Env) -> Error {
        if *self == Self::Permission
            && let Some(fork) = fork(env)
        {
            let what = format!("GitHub gives no id token to a pull request from a fork ({fork})");
            return Error::of(ErrorCode::IdToken, what).help(FORK);
        }
        Error::of(ErrorCode::IdToken, self.reason()).help(self.help())
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Permission => PERMISSION,
            Self::Part(github::URL | github::TOKEN) => {
                "hand both ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN on to \
                 this process, for example with docker run -e"
            }
            Self::Part(_) => {
                "hand SYSTEM_OIDCREQUESTURI on to this process; Azure DevOps Server has none"
            }
            Self::AccessToken => ACCESS_TOKEN,
            Self::Connection => {
                "set `auth.service_connection_id` (`resourceId` in the URL of the connection's \
                 page), or run in an AzureCLI@2 task of that connection"
            }
            Self::Variable(_) => "declare it in the job's definition, or mend its name",
            Self::Declared(ci) => ci.help(),
            Self::Job => {
                "use `auth.kind: default`, which takes what a machine has, such as az login; or \
                 rehearse with --local"
            }
        }
    }
}

impl Ci {
    fn help(self) -> &'static str {
        match self {
            Self::LikeGitHub => {
                "this runner gives no id tokens; rehearse with --local, or sign in in another way"
            }
            Self::GitLab => {
                "add to the job:\nid_tokens: {AZURE_ID_TOKEN: {aud: 'api://AzureADTokenExchange'}}"
            }
            Self::Bitbucket => {
                "add `oidc: true` to the step, and `id_token_variable: BITBUCKET_STEP_OIDC_TOKEN` \
                 to `auth`"
            }
            Self::Circle => {
                "give the job a context, and add `id_token_variable: CIRCLE_OIDC_TOKEN_V2` to `auth`"
            }
            Self::Another => {
                "put the job's id token into AZURE_ID_TOKEN, or name its variable with \
                 `auth.id_token_variable`"
            }
        }
    }
}

/// The fork's name where a pull request comes from one: GitHub wrote it into the job's event.
fn fork(env: &Env) -> Option<String> {
    if env.get("GITHUB_EVENT_NAME") != Some("pull_request") {
        return None;
    }
    let event = event(env.get("GITHUB_EVENT_PATH")?)?;
    let name = |side: &str| event["pull_request"][side]["repo"]["full_name"].as_str();
    let base = name("base").or_else(|| env.get("GITHUB_REPOSITORY"))?;
    // A fork that is gone has no name any more.
    let head = name("head").unwrap_or("deleted");
    (!head.eq_ignore_ascii_case(base)).then(|| head.to_owned())
}

/// The event, unless it is too long or no JSON.
fn event(path: &str) -> Option<Value> {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > LONGEST {
        return None;
    }
    serde_json::from_slice(&text).ok()
}

/// The longest event that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// For a GitHub job.
const PERMISSION: &str = "add to the job, and to the workflow that calls it, if one does:
permissions:
  id-token: write
  contents: read";
/// For a fork's pull request.
const FORK: &str = "rehearse it with --local, and sync after the merge; `pull_request_target` would \
                    give the fork's change an identity: use it only with care, and never run the \
                    fork's own files in it";
/// For a step of Azure Pipelines.
const ACCESS_TOKEN: &str = "add to the step:
env:
  SYSTEM_ACCESSTOKEN: $(System.AccessToken)";

#[cfg(test)]
mod tests {
    use super::*;

    fn error(event: Option<&str>, name: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("event.json");
        if let Some(event) = event {
            std::fs::write(&path, event).expect("written");
        }
        let variables = [
            ("GITHUB_EVENT_NAME", name.to_owned()),
            ("GITHUB_EVENT_PATH", path.display().to_string()),
            ("GITHUB_REPOSITORY", "our/shop".to_owned()),
        ];
        let env = Env::new(variables.map(|(name, text)| (name.to_owned(), text)));
        Missing::Permission.error(&env).to_string()
    }

    fn of(head: &str) -> String {
        format!(
            r#"{{"pull_request":{{"head":{{"repo":{head}}},"base":{{"repo":{{"full_name":"our/shop"}}}}}}}}"#
        )
    }

    #[test]
    fn a_pull_request_from_a_fork_is_told_apart() {
        for (head, said) in [
            (r#"{"full_name":"theirs/shop"}"#, Some("(theirs/shop)")),
            ("null", Some("(deleted)")),
            (r#"{"full_name":"Our/Shop"}"#, None),
        ] {
            let error = error(Some(&of(head)), "pull_request");
            let part = said.unwrap_or("id-token: write");
            assert!(error.contains(part), "{head}: {error}");
            assert_eq!(error.contains("--local"), said.is_some(), "{error}");
        }
    }

    #[test]
    fn without_a_readable_event_the_permission_is_named() {
        let of_fork = of(r#"{"full_name":"theirs/shop"}"#);
        let long = format!("{of_fork}{}", " ".repeat(1 << 20));
        for (event, name) in [
            (None, "pull_request"),
            (Some("no JSON"), "pull_request"),
            (Some(long.as_str()), "pull_request"),
            (Some(of_fork.as_str()), "push"),
        ] {
            let error = error(event, name);
            assert!(error.contains("permissions:\n"), "{error}");
            assert!(error.contains("  id-token: write\n"), "{error}");
        }
    }

    #[test]
    fn a_forks_name_cannot_start_a_command_of_the_runner() {
        let error = error(Some(&of(r#"{"full_name":"a\n::add-mask::b"}"#)), "pull_request");
        assert!(!error.contains("\n::") && !error.contains("::add-mask"), "{error}");
    }
}
