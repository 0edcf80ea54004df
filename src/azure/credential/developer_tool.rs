//! A program that a developer has signed in to, and that hands out tokens: what they have in common.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::Refusal;
use crate::azure::challenge::is_tenant;
use crate::azure::entra::{AccessToken, no_tenant};
use crate::child::{Call, Failure, MAX_STDOUT, Output, Program};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secret::SecretValue;

#[cfg(test)]
pub mod tests;

/// A tool, and what it is asked for.
pub struct DeveloperTool {
    /// Its name and its program's.
    tool: (&'static str, &'static str),
    /// Looked for once.
    program: OnceLock<Option<Program>>,
    surroundings: Surroundings,
}

/// What every tool needs.
#[derive(Clone)]
pub struct Surroundings {
    /// The cloud of the vaults. A tool signs in to the cloud that it was told, whichever that is.
    pub cloud: Arc<Cloud>,
    /// The tenant to ask for; without one it is the tool's own.
    pub tenant: Option<String>,
    /// PATH, and what the tool gets of the rest.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// How long the tool may take.
    pub limit: Duration,
}

impl Surroundings {
    /// Refuses what could be taken for an option of the tool, or end a text in its script.
    pub fn new(cloud: Arc<Cloud>, tenant: Option<String>, env: Env, clock: Clock) -> Result<Self> {
        if let Some(tenant) = tenant.as_deref().filter(|tenant| !is_tenant(tenant)) {
            return Err(no_tenant(tenant));
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._:/-".contains(&b);
        if !cloud.scope.bytes().all(plain) {
            let error = Error::usage("the cloud's scope holds characters that no tool takes");
            return Err(error.help("use letters, digits and `._:/-` in it"));
        }
        Ok(Self { cloud, tenant, env, clock, limit: LIMIT })
    }
}

impl DeveloperTool {
    /// A tool by its name and its program's.
    pub fn new(name: &'static str, program: &'static str, surroundings: Surroundings) -> Self {
        Self { tool: (name, program), program: OnceLock::new(), surroundings }
    }

    /// The cloud of the vaults.
    pub fn cloud(&self) -> &Cloud {
        &self.surroundings.cloud
    }

    /// The tenant that it was told.
    pub fn tenant(&self) -> Option<&str> {
        self.surroundings.tenant.as_deref()
    }

    /// Runs the tool to its end, well or not.
    pub fn run(
        &self,
        args: &[&str],
        extra: &[(&'static str, &'static str)],
    ) -> std::result::Result<Output, Refusal> {
        let Surroundings { env, clock, limit, .. } = &self.surroundings;
        let program = self.program.get_or_init(|| Program::find(self.tool.1, env));
        let Some(program) = program else { return Err(self.not_installed()) };
        let call = Call { args, env, extra, clock, limit: *limit };
        program.run(&call).map_err(|failure| self.failed(failure))
    }

    /// A token that ends at a second since 1970.
    pub fn token(&self, text: SecretValue, ends: i64) -> std::result::Result<AccessToken, Refusal> {
        let left = ends.saturating_sub(self.surroundings.clock.now().as_second());
        if left <= 0 {
            let help = "check this machine's clock, or sign in to it again";
            return Err(self.refused("gave a token that is over", help));
        }
        let lives = Duration::from_secs(left.unsigned_abs());
        AccessToken::new(text, lives).ok_or_else(|| self.nonsense())
    }

    /// Nobody has signed in to it.
    pub fn not_signed_in(&self, command: &str) -> Refusal {
        self.unavailable(&format!("has nobody signed in: `{command}` was not run"), command)
    }

    /// It is too old for something.
    pub fn too_old(&self, least: &str, command: &str) -> Refusal {
        let what = format!("is too old: {least} or newer is needed");
        self.refused(&what, &format!("run `{command}`"))
    }

    /// Its answer is not what it should be.
    pub fn nonsense(&self) -> Refusal {
        let help = format!("see whether `{} --version` works, and update it", self.tool.1);
        self.refused("gave an answer that makes no sense", &help)
    }

    /// It is there and did not do it; `what` follows its name.
    pub fn refused(&self, what: &str, help: &str) -> Refusal {
        Refusal::Refused(self.error(what, help))
    }

    /// It takes no claims: only a person can renew its sign-in with them.
    pub fn claims_refused(&self, command: &str) -> Refusal {
        self.unavailable(
            "has to sign in again, since a policy of the vault's tenant changed",
            command,
        )
    }

    fn unavailable(&self, what: &str, command: &str) -> Refusal {
        Refusal::Unavailable(self.error(what, &format!("run `{command}`")))
    }

    fn not_installed(&self) -> Refusal {
        let what = format!("is not installed: no `{}` in PATH", self.tool.1);
        Refusal::Unavailable(self.error(&what, "install it, or sign in another way"))
    }

    fn failed(&self, failure: Failure) -> Refusal {
        let program = self.tool.1;
        match failure {
            Failure::NotStarted(reason) => {
                let help = format!("see whether `{program} --version` works");
                Refusal::Unavailable(self.error(&format!("does not start: {reason}"), &help))
            }
            Failure::Over(error) => error.into(),
            Failure::Late => {
                let seconds = self.surroundings.limit.as_secs();
                let help =
                    format!("see whether `{program} --version` works, and how long it takes");
                Refusal::Unavailable(self.error(&format!("gave no answer in {seconds} s"), &help))
            }
            Failure::TooLong => {
                let what = format!("wrote more than {MAX_STDOUT} bytes");
                self.refused(&what, &format!("see what `{program} --version` writes"))
            }
        }
    }

    fn error(&self, what: &str, help: &str) -> Error {
        Error::of(ErrorCode::DeveloperTool, format!("{} {what}", self.tool.0)).help(help)
    }
}

/// What a tool wrote, fit for a message: the line that matters most, without what could be a token.
pub fn said(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines()
        .find(|line| line.contains("AADSTS"))
        .or_else(|| lines().rfind(|line| line.starts_with("ERROR: ")))
        .or_else(|| lines().next());
    without_tokens(line.unwrap_or("it gave no reason").trim_start_matches("ERROR: "))
}

/// The last line of a text that is a command for the user: the way out that the tool itself names.
/// Such lines hold no tokens; one that would start another command, too, is not handed on.
pub fn command_in<'a>(text: &'a str, command: &str) -> Option<&'a str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_.:/=\"'+".contains(c);
    let mut lines = text.lines().map(str::trim).filter(|line| line.starts_with(command));
    lines.rfind(|line| line.chars().all(is_plain))
}

/// Long unbroken runs of a token's characters become stars.
fn without_tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.+=~".contains(c);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        kept.push_str(if run.len() > MAX_RUN { "***" } else { run });
        let (other, after) = after.split_at(after.find(is_part).unwrap_or(after.len()));
        kept.push_str(other);
        rest = after;
    }
    kept
}

/// How long a tool may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest run of a token's characters that is shown: a GUID has 36, a token some hundreds.
const MAX_RUN: usize = 63;
