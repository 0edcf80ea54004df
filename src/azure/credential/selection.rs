//! `AZURE_TOKEN_CREDENTIALS`: which ways to sign in the default chain may try.
//! <https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains>

use super::managed_identity::Search;
use super::way::Way;
use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// The ways that a job leaves to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Every one.
    All,
    /// Those of a developer's machine.
    Developers,
    /// Those of a service.
    Services,
    /// This one, and what is of its kind.
    Only(Way),
}

impl Selection {
    /// What the environment says, or that nobody knows what it says.
    pub fn read(env: &Env) -> Result<Self> {
        let text = env.get(VARIABLE).unwrap_or_default().trim();
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if text.is_empty() {
            return Ok(Self::All);
        }
        if let Some((_, selection)) = KNOWN.iter().find(|row| is(row.0)) {
            return Ok(*selection);
        }
        let help = UNSERVED.iter().find(|row| is(row.0)).map(|row| row.1.to_owned());
        let what = match help {
            Some(_) => format!("{VARIABLE} is `{text}`, which this program does not have"),
            None => format!("{VARIABLE} is `{text}`, which is no credential"),
        };
        Err(Error::new(Kind::SignIn, what).help(help.unwrap_or_else(names)))
    }

    /// Whether a way may be tried. A CI system's identity token is a service's, and federation as a
    /// token file is.
    pub fn admits(self, way: Way) -> bool {
        match self {
            Self::All => true,
            Self::Developers => way.is_developers(),
            Self::Services => !way.is_developers(),
            Self::Only(Way::WorkloadIdentity) => {
                matches!(way, Way::WorkloadIdentity | Way::Oidc)
            }
            Self::Only(only) => way == only,
        }
    }

    /// Who chose a machine's identity by name waits for it.
    pub fn search(self) -> Search {
        match self {
            Self::Only(Way::ManagedIdentity) => Search::Insist,
            _ => Search::Probe,
        }
    }
}

/// The way out of a word that nobody knows.
fn names() -> String {
    let names: Vec<&str> = KNOWN.iter().map(|row| row.0).collect();
    format!("it can be {}", names.join(", "))
}

/// The variable; Microsoft's clients read the same.
pub const VARIABLE: &str = "AZURE_TOKEN_CREDENTIALS";

/// What it can be, in any case.
const KNOWN: [(&str, Selection); 8] = [
    ("dev", Selection::Developers),
    ("prod", Selection::Services),
    ("EnvironmentCredential", Selection::Only(Way::Environment)),
    ("WorkloadIdentityCredential", Selection::Only(Way::WorkloadIdentity)),
    ("ManagedIdentityCredential", Selection::Only(Way::ManagedIdentity)),
    ("AzureCliCredential", Selection::Only(Way::Cli)),
    ("AzurePowerShellCredential", Selection::Only(Way::PowerShell)),
    ("AzureDeveloperCliCredential", Selection::Only(Way::Azd)),
];

/// What it can be in Microsoft's clients, and what to use here.
const UNSERVED: [(&str, &str); 7] = [
    ("VisualStudioCodeCredential", BROKER),
    ("VisualStudioCredential", BROKER),
    ("SharedTokenCacheCredential", BROKER),
    ("BrokerCredential", BROKER),
    ("InteractiveBrowserCredential", "run `az login`, and write AzureCliCredential"),
    ("DeviceCodeCredential", "run `az login --use-device-code`, and write AzureCliCredential"),
    ("AzurePipelinesCredential", "leave the variable out, or set `auth.kind: oidc`"),
];

/// Sign-ins that only Microsoft's broker on a desktop can use.
const BROKER: &str = "it needs a native broker: run `az login`, and write AzureCliCredential";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Selection> {
        Selection::read(&Env::new([(VARIABLE.to_owned(), text.to_owned())]))
    }

    fn admitted(text: &str) -> Vec<&'static str> {
        let selection = read(text).expect(text);
        let admitted = Way::ALL.into_iter().filter(|way| selection.admits(*way));
        admitted.map(Way::name).collect()
    }

    #[test]
    fn a_word_or_a_name_narrows_the_chain_in_any_case() {
        let services = ["environment", "workload_identity", "oidc", "managed_identity"];
        assert_eq!(admitted("").len(), 7);
        assert_eq!(admitted("  ").len(), 7);
        assert_eq!(admitted(" Prod "), services);
        assert_eq!(admitted("DEV"), ["cli", "powershell", "azd"]);
        assert_eq!(admitted("azureclicredential"), ["cli"]);
        assert_eq!(admitted("AzurePowerShellCredential"), ["powershell"]);
        assert_eq!(admitted("AzureDeveloperCliCredential"), ["azd"]);
        assert_eq!(admitted("EnvironmentCredential"), ["environment"]);
        assert_eq!(admitted("WorkloadIdentityCredential"), ["workload_identity", "oidc"]);
        assert_eq!(admitted("ManagedIdentityCredential"), ["managed_identity"]);
    }

    #[test]
    fn only_who_names_the_machines_identity_waits_for_it() {
        assert_eq!(read("ManagedIdentityCredential").expect("known").search(), Search::Insist);
        for text in ["", "prod"] {
            assert_eq!(read(text).expect("known").search(), Search::Probe);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = read("AzureCliCredentials").expect_err("unknown").to_string();
        assert!(error.contains("AzureCliCredentials"), "{error}");
        for (name, _) in KNOWN {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_credential_that_we_do_not_have_is_answered_with_what_to_use() {
        let error = read("visualstudiocodecredential").expect_err("unserved").to_string();
        assert!(error.contains("az login"), "{error}");
        let error = read("AzurePipelinesCredential").expect_err("unserved").to_string();
        assert!(error.contains("auth.kind: oidc"), "{error}");
    }
}
