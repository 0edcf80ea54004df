//! The Azure Developer CLI's sign-in.
//! <https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::developer_tool::{DeveloperTool, Surroundings, said};
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::child::Output;
use crate::secret::SecretValue;

/// `azd`.
pub struct AzureDeveloperCli {
    tool: DeveloperTool,
}

/// What `azd` prints.
#[derive(Deserialize)]
struct Answer {
    token: SecretValue,
    /// RFC 3339.
    #[serde(rename = "expiresOn")]
    expires_on: String,
}

/// A line of what it prints when it fails: version 1.23.7 has `error`, older ones a message for the
/// console.
#[derive(Default, Deserialize)]
struct Line {
    #[serde(default)]
    error: String,
    #[serde(default)]
    suggestion: String,
    #[serde(default)]
    data: Data,
}

/// A message for the console.
#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    message: String,
}

impl AzureDeveloperCli {
    /// Asks nobody yet.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { tool: DeveloperTool::new("the Azure Developer CLI", "azd", surroundings) }
    }

    fn granted(&self, stdout: &[u8]) -> Result<AccessToken, Refusal> {
        let answer: Answer = serde_json::from_slice(stdout).map_err(|_| self.tool.nonsense())?;
        let ends: Timestamp = answer.expires_on.parse().map_err(|_| self.tool.nonsense())?;
        self.tool.token(answer.token, ends.as_second())
    }

    fn explain(&self, output: &Output, tenant: Option<&str>) -> Refusal {
        let (text, suggestion) = complaint(output);
        let login = match tenant {
            Some(tenant) => format!("azd auth login --tenant-id {tenant}"),
            None => "azd auth login".to_owned(),
        };
        if text.contains("unknown flag: --claims") {
            return self.tool.claims_refused(&login);
        }
        if !text.contains("AADSTS") && text.contains("azd auth login") {
            return self.tool.not_signed_in(&login);
        }
        let help = if suggestion.is_empty() { format!("run `{login}`") } else { suggestion };
        self.tool.refused(&format!("gave no token: {}", said(text.as_bytes())), &help)
    }
}

impl Credential for AzureDeveloperCli {
    fn name(&self) -> &'static str {
        "azd"
    }

    fn tenant(&self) -> Option<&str> {
        self.tool.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        let tenant = wish.tenant.or(self.tool.tenant());
        let claims = wish.claims.map(|claims| STANDARD.encode(claims));
        let mut args = vec!["auth", "token", "--output", "json", "--no-prompt"];
        args.extend(["--scope", &self.tool.cloud().scope]);
        args.extend(tenant.iter().flat_map(|tenant| ["--tenant-id", tenant]));
        args.extend(claims.iter().flat_map(|claims| ["--claims", claims]));
        let output = self.tool.run(&args, &[("NO_COLOR", "true")])?;
        match output.is_success {
            true => self.granted(&output.stdout),
            false => Err(self.explain(&output, tenant)),
        }
    }
}

/// What it complains of, and what it suggests: from the first line of either stream that holds it,
/// else all of stderr.
fn complaint(output: &Output) -> (String, String) {
    let streams = [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes));
    let lines: Vec<Line> = streams
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let error = lines.iter().find(|line| !line.error.is_empty());
    if let Some(line) = error {
        return (line.error.clone(), line.suggestion.clone());
    }
    let message = lines.iter().map(|line| line.data.message.trim()).find(|text| !text.is_empty());
    let text = message.map_or_else(|| streams[0].clone().into_owned(), str::to_owned);
    (text, String::new())
}

#[cfg(test)]
mod tests {
    use super::super::developer_tool::tests::{refusal, surroundings};
    use super::*;
    use crate::child::stand_in::StandIn;

    fn azd(body: &str) -> (StandIn, AzureDeveloperCli) {
        let stand_in = StandIn::new("azd", body);
        let azd = AzureDeveloperCli::new(surroundings(&stand_in, None));
        (stand_in, azd)
    }

    const GRANTED: &str = r#"echo '{"token":"the-token","expiresOn":"1970-01-01T01:16:40Z"}'"#;

    fn fails(stdout: &str, stderr: &str) -> (bool, String) {
        let body = format!("cat <<'END'\n{stdout}\nEND\ncat >&2 <<'END'\n{stderr}\nEND\nexit 1");
        refusal(azd(&body).1.sign_in(Wish::default()))
    }

    #[test]
    fn a_token_and_its_end_are_taken_over() {
        let (stand_in, azd) = azd(GRANTED);
        let token = azd.sign_in(Wish::default()).expect("a token");
        assert_eq!((token.text.expose(), token.lives.as_secs()), ("the-token", 3_600));
        let scope = "https://vault.azure.net/.default";
        let plain = ["auth", "token", "--output", "json", "--no-prompt", "--scope", scope];
        assert_eq!(stand_in.arguments(), plain);
        stand_in.assert_called_safely("NO_COLOR=true");
        azd.sign_in(Wish { tenant: Some("t"), claims: Some("{}") }).expect("a token");
        let more = ["--tenant-id", "t", "--claims", "e30="];
        assert_eq!(stand_in.arguments(), [&plain[..], &more].concat());
    }

    #[test]
    fn without_a_sign_in_it_is_passed_over_in_every_form_it_says_so() {
        let said = "not logged in, run `azd auth login` to login";
        let old =
            format!(r#"{{"type":"consoleMessage","data":{{"message":"\nERROR: {said}\n"}}}}"#);
        let new = format!(
            "{{\"type\":\"consoleMessage\",\"data\":{{\"message\":\"\\n\"}}}}\n\
             {{\"error\":\"{said}\",\"message\":\"m\",\"suggestion\":\"s\"}}"
        );
        for (stdout, stderr) in [("", old.as_str()), ("", &new), (&new, ""), ("", said)] {
            let (is_passed, error) = fails(stdout, stderr);
            assert!(is_passed && error.contains("`azd auth login` was not run"), "{error}");
        }
    }

    #[test]
    fn what_entra_refuses_is_shown_with_what_azd_suggests() {
        let said =
            r#"{"error":"AADSTS50076: use azd auth login","suggestion":"Use a second factor."}"#;
        let (is_passed, error) = fails("", said);
        assert!(!is_passed && error.contains("gave no token: AADSTS50076"), "{error}");
        assert!(error.contains("help: Use a second factor."), "{error}");
    }

    #[test]
    fn a_version_without_claims_is_passed_over_when_they_are_needed() {
        let (_stand_in, azd) = azd("echo 'ERROR: unknown flag: --claims' >&2; exit 1");
        let (is_passed, error) = refusal(azd.sign_in(Wish { tenant: None, claims: Some("{}") }));
        assert!(is_passed && error.contains("run `azd auth login`"), "{error}");
    }

    #[test]
    fn an_answer_that_is_none_shows_nothing_of_itself() {
        for body in ["echo the-token", r#"echo '{"token":"the-token","expiresOn":"soon"}'"#] {
            let (is_passed, error) = refusal(azd(body).1.sign_in(Wish::default()));
            assert!(!is_passed && error.contains("makes no sense"), "{error}");
            assert!(!error.contains("the-token"), "{error}");
        }
    }
}
