//! Azure PowerShell's sign-in.
//! <https://learn.microsoft.com/powershell/module/az.accounts/get-azaccesstoken>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::developer_tool::{DeveloperTool, Surroundings, said};
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::secret::SecretValue;

/// `pwsh` with the module Az.Accounts.
pub struct AzurePowerShell {
    tool: DeveloperTool,
}

impl AzurePowerShell {
    /// Asks nobody yet.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { tool: DeveloperTool::new("Azure PowerShell", "pwsh", surroundings) }
    }

    fn script(&self, tenant: Option<&str>) -> String {
        let tenant = tenant.map_or_else(String::new, |tenant| format!("; TenantId = '{tenant}'"));
        SCRIPT
            .replace("RESOURCE", self.tool.cloud().resource())
            .replace("TENANT", &tenant)
            .replace("MARK", MARK)
    }

    /// What a profile or a module says before and after is passed over.
    fn read(&self, stdout: Zeroizing<Vec<u8>>) -> Result<AccessToken, Refusal> {
        let text = std::str::from_utf8(&stdout).map_err(|_| self.tool.nonsense())?;
        let marked = text.lines().find_map(|line| line.trim().strip_prefix(MARK));
        let marked = marked.ok_or_else(|| self.tool.nonsense())?;
        if marked == NO_MODULE {
            let help = "run `Install-Module Az.Accounts` in pwsh";
            return Err(self.tool.refused("lacks its module Az.Accounts, 2.2.0 or newer", help));
        }
        let (token, ends) = marked.split_once('%').ok_or_else(|| self.tool.nonsense())?;
        let ends = ends.parse().map_err(|_| self.tool.nonsense())?;
        self.tool.token(SecretValue::new(token.to_owned()), ends)
    }

    fn explain(&self, stderr: &[u8], tenant: Option<&str>) -> Refusal {
        let text = String::from_utf8_lossy(stderr);
        let is_signed_out = text.contains("Run Connect-AzAccount to login");
        if is_signed_out && !text.contains("AADSTS") {
            return self.tool.not_signed_in(&login(tenant, None));
        }
        let reason = format!("gave no token: {}", said(stderr));
        let help = match text.contains("AuthorizationManager check failed") {
            true => {
                "let scripts run: `Set-ExecutionPolicy -Scope CurrentUser RemoteSigned`".to_owned()
            }
            false => format!("run `{}` in pwsh", login(tenant, None)),
        };
        self.tool.refused(&reason, &help)
    }
}

impl Credential for AzurePowerShell {
    fn name(&self) -> &'static str {
        "powershell"
    }

    fn tenant(&self) -> Option<&str> {
        self.tool.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        let tenant = wish.tenant.or(self.tool.tenant());
        if let Some(claims) = wish.claims {
            return Err(self.tool.claims_refused(&login(tenant, Some(claims))));
        }
        let script = encoded(&self.script(tenant));
        let args = ["-NoProfile", "-NonInteractive", "-EncodedCommand", &script];
        let output = self.tool.run(&args, &[("NO_COLOR", "true")])?;
        match output.is_success {
            true => self.read(output.stdout),
            false => Err(self.explain(&output.stderr, tenant)),
        }
    }
}

/// The command that signs in, for a tenant and with the claims of a challenge.
fn login(tenant: Option<&str>, claims: Option<&str>) -> String {
    let tenant = tenant.map_or_else(String::new, |tenant| format!(" -Tenant {tenant}"));
    let claims = claims.map(|claims| format!(" -ClaimsChallenge {}", STANDARD.encode(claims)));
    format!("Connect-AzAccount{tenant}{}", claims.unwrap_or_default())
}

/// A script in the form that `-EncodedCommand` takes: base64 of UTF-16, little end first.
fn encoded(script: &str) -> String {
    let bytes: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    STANDARD.encode(bytes)
}

/// Prints one marked line: the token and its end, or that the module is not there. Get-AzAccessToken
/// gives a SecureString on demand from 2.17 on, and always from 5.0 on.
const SCRIPT: &str = "\
$ErrorActionPreference = 'Stop'
$least = [version]'2.2.0'
$module = Import-Module Az.Accounts -MinimumVersion $least -PassThru -ErrorAction SilentlyContinue
if (-not $module) { Write-Output 'MARKno-module'; exit 0 }
$wish = @{ ResourceUrl = 'RESOURCE'; WarningAction = 'Ignore'TENANT }
$version = @($module)[0].Version
if ($version -ge [version]'2.17.0' -and $version -lt [version]'5.0.0') { $wish.AsSecureString = $true }
$given = Get-AzAccessToken @wish
$text = $given.Token
if ($text -is [System.Security.SecureString]) {
  $address = [System.Runtime.InteropServices.Marshal]::SecureStringToBSTR($text)
  try { $text = [System.Runtime.InteropServices.Marshal]::PtrToStringBSTR($address) }
  finally { [System.Runtime.InteropServices.Marshal]::ZeroFreeBSTR($address) }
}
Write-Output ('MARK' + $text + '%' + $given.ExpiresOn.ToUnixTimeSeconds())
";
/// What our line starts with, among what else PowerShell may print.
const MARK: &str = "secretzero%";
/// What follows it where the module is not there or too old.
const NO_MODULE: &str = "no-module";

#[cfg(test)]
mod tests {
    use super::super::developer_tool::tests::{refusal, surroundings};
    use super::*;
    use crate::child::stand_in::StandIn;

    fn pwsh(body: &str) -> (StandIn, AzurePowerShell) {
        let stand_in = StandIn::new("pwsh", body);
        let pwsh = AzurePowerShell::new(surroundings(&stand_in, Some("contoso.com")));
        (stand_in, pwsh)
    }

    fn script_of(stand_in: &StandIn) -> String {
        let arguments = stand_in.arguments();
        assert_eq!(arguments[..3], ["-NoProfile", "-NonInteractive", "-EncodedCommand"]);
        assert_eq!(arguments.len(), 4);
        let bytes = STANDARD.decode(&arguments[3]).expect("base64");
        let units: Vec<u16> =
            bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).expect("UTF-16")
    }

    #[test]
    fn the_marked_line_is_taken_wherever_it_stands() {
        let body = "echo 'Welcome!'; echo 'secretzero%the-token%4600'; echo 'Bye!'";
        let (stand_in, pwsh) = pwsh(body);
        let token = pwsh.sign_in(Wish::default()).expect("a token");
        assert_eq!((token.text.expose(), token.lives.as_secs()), ("the-token", 3_600));
        stand_in.assert_called_safely("NO_COLOR=true");
        let script = script_of(&stand_in);
        for part in [
            "@{ ResourceUrl = 'https://vault.azure.net'; WarningAction = 'Ignore'; TenantId = 'contoso.com' }",
            "Write-Output 'secretzero%no-module'",
            "Write-Output ('secretzero%' + $text",
        ] {
            assert!(script.contains(part), "{script}");
        }
        pwsh.sign_in(Wish { tenant: Some("other"), claims: None }).expect("a token");
        assert!(script_of(&stand_in).contains("; TenantId = 'other' }"));
    }

    #[test]
    fn a_module_that_is_missing_or_too_old_is_named() {
        let (_stand_in, pwsh) = pwsh("echo 'secretzero%no-module'");
        let (is_passed, error) = refusal(pwsh.sign_in(Wish::default()));
        assert!(!is_passed && error.contains("Az.Accounts, 2.2.0 or newer"), "{error}");
    }

    #[test]
    fn failures_say_what_to_run() {
        for (stderr, passed, said) in [
            (
                "Get-AzAccessToken: Run Connect-AzAccount to login.",
                true,
                "has nobody signed in: `Connect-AzAccount -Tenant contoso.com` was not run",
            ),
            ("AADSTS50076: a second factor", false, "gave no token: AADSTS50076"),
            ("Import-Module: AuthorizationManager check failed.", false, "Set-ExecutionPolicy"),
        ] {
            let (_stand_in, pwsh) = pwsh(&format!("echo '{stderr}' >&2; exit 1"));
            let (is_passed, error) = refusal(pwsh.sign_in(Wish::default()));
            assert_eq!(is_passed, passed, "{error}");
            assert!(error.contains(said), "{error}");
        }
        let (_stand_in, pwsh) = pwsh("exit 1");
        let (is_passed, error) = refusal(pwsh.sign_in(Wish { tenant: None, claims: Some("{}") }));
        let command = "Connect-AzAccount -Tenant contoso.com -ClaimsChallenge e30=";
        assert!(is_passed && error.contains(command), "{error}");
    }

    #[test]
    fn an_answer_that_is_none_shows_nothing_of_itself() {
        for body in
            ["echo the-token", "echo 'secretzero%the-token'", "echo 'secretzero%the-token%soon'"]
        {
            let (is_passed, error) = refusal(pwsh(body).1.sign_in(Wish::default()));
            assert!(!is_passed && error.contains("makes no sense"), "{error}");
            assert!(!error.contains("the-token"), "{error}");
        }
    }
}
