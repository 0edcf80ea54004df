//! The Azure CLI's sign-in.
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::developer_tool::{DeveloperTool, Surroundings, command_in, said};
use super::{Credential, Refusal, Wish};
use crate::azure::challenge::is_tenant;
use crate::azure::entra::AccessToken;
use crate::secret::SecretValue;

/// `az`.
pub struct AzureCli {
    tool: DeveloperTool,
    /// The tenant of the first token that it gave.
    learned: OnceLock<String>,
}

/// What `az` prints. Its `expiresOn` is in local time without a zone, and of no use.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "accessToken")]
    token: SecretValue,
    /// Seconds since 1970; from version 2.54 on.
    expires_on: Option<i64>,
    tenant: Option<String>,
}

impl AzureCli {
    /// Asks nobody yet.
    pub fn new(surroundings: Surroundings) -> Self {
        let tool = DeveloperTool::new("the Azure CLI", "az", surroundings);
        Self { tool, learned: OnceLock::new() }
    }

    fn granted(&self, stdout: &[u8]) -> Result<AccessToken, Refusal> {
        let answer: Answer = serde_json::from_slice(stdout).map_err(|_| self.tool.nonsense())?;
        let Some(ends) = answer.expires_on else {
            return Err(self.tool.too_old("2.54", "az upgrade"));
        };
        let token = self.tool.token(answer.token, ends)?;
        if let Some(tenant) = answer.tenant.filter(|tenant| is_tenant(tenant)) {
            // The first is its own; another that a vault asked for comes later.
            let _ = self.learned.set(tenant);
        }
        Ok(token)
    }

    /// `az` has no other way to say it than its text.
    fn explain(&self, stderr: &[u8], tenant: Option<&str>) -> Refusal {
        let text = String::from_utf8_lossy(stderr);
        let reason = format!("gave no token: {}", said(stderr));
        if text.contains("AADSTS") {
            // A sign-in that lacks a second factor or a consent; it names what is needed.
            let command = command_in(&text, "az login").filter(|found| found.contains("--scope"));
            let command = command.map_or_else(|| self.login(tenant, None), str::to_owned);
            return self.tool.refused(&reason, &format!("run `{command}`"));
        }
        if text.contains("az login") || text.contains("az account set") {
            return self.tool.not_signed_in(&self.login(tenant, None));
        }
        if ["unrecognized arguments", "ambiguous option", "misspelled"]
            .iter()
            .any(|sign| text.contains(sign))
        {
            return self.tool.too_old("2.54", "az upgrade");
        }
        self.tool.refused(&reason, "run `az account show` to see who is signed in, and to where")
    }

    /// The command that signs in, for a tenant and with the claims of a challenge.
    fn login(&self, tenant: Option<&str>, claims: Option<&str>) -> String {
        let mut command = "az login".to_owned();
        if let Some(tenant) = tenant {
            command.push_str(&format!(" --tenant {tenant}"));
        }
        if let Some(claims) = claims {
            let (claims, scope) = (STANDARD.encode(claims), &self.tool.cloud().scope);
            command.push_str(&format!(" --claims-challenge {claims} --scope {scope}"));
        }
        command
    }
}

impl Credential for AzureCli {
    fn name(&self) -> &'static str {
        "cli"
    }

    fn tenant(&self) -> Option<&str> {
        self.tool.tenant().or_else(|| self.learned.get().map(String::as_str))
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        let tenant = wish.tenant.or(self.tool.tenant());
        if let Some(claims) = wish.claims {
            return Err(self.tool.claims_refused(&self.login(tenant, Some(claims))));
        }
        let resource = self.tool.cloud().resource();
        let mut args = vec!["account", "get-access-token", "--output", "json"];
        args.extend(["--resource", resource]);
        args.extend(tenant.iter().flat_map(|tenant| ["--tenant", tenant]));
        let output = self.tool.run(&args, &[("AZURE_CORE_NO_COLOR", "true")])?;
        match output.is_success {
            true => self.granted(&output.stdout),
            false => Err(self.explain(&output.stderr, tenant)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::developer_tool::tests::{refusal, surroundings};
    use super::*;
    use crate::child::stand_in::StandIn;

    /// `az` with this script's body; the answers are those of version 2.91.
    fn az(body: &str) -> (StandIn, AzureCli) {
        let stand_in = StandIn::new("az", body);
        let az = AzureCli::new(surroundings(&stand_in, None));
        (stand_in, az)
    }

    const GRANTED: &str = r#"cat <<'END'
{
  "accessToken": "the-token",
  "expiresOn": "1970-01-01 01:26:40.000000",
  "expires_on": 4600,
  "subscription": "00000000-0000-0000-0000-000000000000",
  "tenant": "11111111-2222-3333-4444-555555555555",
  "tokenType": "Bearer"
}
END"#;

    fn fails(stderr: &str, code: u8) -> (bool, String) {
        let (_stand_in, az) = az(&format!("cat >&2 <<'END'\n{stderr}\nEND\nexit {code}"));
        refusal(az.sign_in(Wish::default()))
    }

    #[test]
    fn a_token_and_its_end_are_taken_over() {
        let (stand_in, az) = az(GRANTED);
        let token = az.sign_in(Wish::default()).expect("a token");
        assert_eq!((token.text.expose(), token.lives.as_secs()), ("the-token", 3_600));
        assert_eq!(az.tenant(), Some("11111111-2222-3333-4444-555555555555"));
        let resource = "https://vault.azure.net";
        let plain = ["account", "get-access-token", "--output", "json", "--resource", resource];
        assert_eq!(stand_in.arguments(), plain);
        stand_in.assert_called_safely("AZURE_CORE_NO_COLOR=true");
        az.sign_in(Wish { tenant: Some("other"), claims: None }).expect("a token");
        assert_eq!(stand_in.arguments(), [&plain[..], &["--tenant", "other"]].concat());
    }

    #[test]
    fn the_tenant_that_it_was_told_is_asked_for() {
        let stand_in = StandIn::new("az", GRANTED);
        let az = AzureCli::new(surroundings(&stand_in, Some("contoso.com")));
        az.sign_in(Wish::default()).expect("a token");
        assert_eq!(stand_in.arguments()[6..], ["--tenant", "contoso.com"]);
        assert_eq!(az.tenant(), Some("contoso.com"));
    }

    #[test]
    fn without_a_sign_in_it_is_passed_over_and_says_what_to_run() {
        let (is_passed, error) = fails("ERROR: Please run 'az login' to setup account.", 1);
        assert!(
            is_passed
                && error.contains("the Azure CLI has nobody signed in: `az login` was not run"),
            "{error}"
        );
    }

    #[test]
    fn what_entra_refuses_is_shown_with_the_command_that_az_names() {
        let said = "ERROR: AADSTS50076: you must use multi-factor authentication. Trace ID: 1\n\
                    Run the command below to authenticate interactively; additional arguments may \
                    be added as needed:\naz logout\naz login --tenant \"t\" --scope \"https://vault.azure.net/.default\"";
        let (is_passed, error) = fails(said, 1);
        assert!(!is_passed, "{error}");
        assert!(error.contains("gave no token: AADSTS50076: you must use multi-factor"), "{error}");
        let command = "run `az login --tenant \"t\" --scope \"https://vault.azure.net/.default\"`";
        assert!(error.contains(command), "{error}");
        let (is_passed, error) = fails("ERROR: AADSTS700082: the refresh token has expired", 1);
        assert!(!is_passed && error.contains("run `az login`"), "{error}");
    }

    #[test]
    fn a_command_that_would_start_another_one_is_not_handed_on() {
        for more in ["; id", " | sh", " && id", "$(id)", "`id`", " > x", "\u{1b}[2J"] {
            let said = format!("ERROR: AADSTS50076: no\naz login --scope \"https://v\"{more}");
            let (_, error) = fails(&said, 1);
            assert!(error.ends_with("run `az login`"), "{error}");
        }
    }

    #[test]
    fn an_old_version_is_told_which_one_is_needed() {
        let old = r#"echo '{"accessToken": "t", "expiresOn": "2026-11-24 23:14:42.000000"}'"#;
        for (is_passed, error) in [
            refusal(az(old).1.sign_in(Wish::default())),
            fails("ERROR: unrecognized arguments: --resource x", 2),
        ] {
            assert!(!is_passed && error.contains("2.54 or newer is needed"), "{error}");
            assert!(error.contains("run `az upgrade`"), "{error}");
        }
    }

    #[test]
    fn any_other_failure_is_shown_without_what_could_be_a_token() {
        let token = "t".repeat(400);
        let said = format!("ERROR: Here is the traceback:\nERROR: no proxy, {token}\nTraceback:");
        let (is_passed, error) = fails(&said, 1);
        assert!(!is_passed && error.contains("gave no token: no proxy, ***"), "{error}");
    }

    #[test]
    fn an_answer_that_is_none_shows_nothing_of_itself() {
        for body in ["echo the-token", "echo '{}'", "echo '{\"accessToken\": 1}'", ":"] {
            let (is_passed, error) = refusal(az(body).1.sign_in(Wish::default()));
            assert!(!is_passed && error.contains("makes no sense"), "{error}");
            assert!(!error.contains("the-token"), "{error}");
        }
    }

    #[test]
    fn a_claims_challenge_is_for_a_person() {
        let (_stand_in, az) = az("exit 1");
        let wish = Wish { tenant: None, claims: Some(r#"{"a":1}"#) };
        let (is_passed, error) = refusal(az.sign_in(wish));
        let command =
            "az login --claims-challenge eyJhIjoxfQ== --scope https://vault.azure.net/.default";
        assert!(is_passed && error.contains(command), "{error}");
    }
}
