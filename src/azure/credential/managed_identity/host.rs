//! Which kind of host this is, as its environment tells.

use std::path::Path;

use super::Search;
use super::app_service::AppService;
use super::arc::AzureArc;
use super::imds::Imds;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::http::is_local;
use crate::secret::SecretValue;

/// A host that hands out tokens.
#[derive(Debug)]
pub enum Host {
    /// A virtual machine, a scale set, a node of AKS, a container instance.
    Imds(Imds),
    /// App Service, Functions, Container Apps, Automation.
    AppService(AppService),
    /// A server elsewhere that Azure manages.
    AzureArc(AzureArc),
}

impl Host {
    /// The first that fits, in the order of Microsoft's own clients, or what to use instead on a host
    /// that has tokens but none for us. Whether Azure Arc's agent is installed comes from the caller.
    pub fn detect(env: &Env, has_arc_agent: bool, search: Search) -> Result<Self> {
        match (env.get(ENDPOINT), env.get("IDENTITY_HEADER")) {
            (Some(_), Some(_)) if env.get("IDENTITY_SERVER_THUMBPRINT").is_some() => {
                Err(instead("Service Fabric", "use `auth.kind: service_principal` there"))
            }
            (Some(endpoint), Some(header)) => {
                let header = SecretValue::new(header.to_owned());
                let endpoint = local(ENDPOINT, endpoint)?;
                Ok(Self::AppService(AppService::new(endpoint, header)))
            }
            (Some(endpoint), None) if env.get("IMDS_ENDPOINT").is_some() => {
                Ok(Self::AzureArc(AzureArc::new(Some(local(ENDPOINT, endpoint)?))))
            }
            _ => Self::without_endpoint(env, has_arc_agent, search),
        }
    }

    /// The hosts that have older variables, or none.
    fn without_endpoint(env: &Env, has_arc_agent: bool, search: Search) -> Result<Self> {
        match (env.get("MSI_ENDPOINT"), env.get("MSI_SECRET")) {
            (Some(_), Some(_)) => {
                let help = "run `az login --identity` first and use `auth.kind: cli`";
                Err(instead("Azure Machine Learning", help))
            }
            (Some(_), None) => {
                let help = "use `auth.kind: cli`: the Azure CLI is signed in there";
                Err(instead("Cloud Shell", help))
            }
            (None, _) if has_arc_agent => Ok(Self::AzureArc(AzureArc::new(None))),
            _ => Self::imds(env, search),
        }
    }

    /// The variable of aad-pod-identity puts another service in the place of the machine's, and says
    /// by itself that there is one.
    fn imds(env: &Env, search: Search) -> Result<Self> {
        const NAME: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
        Ok(Self::Imds(match env.get(NAME) {
            Some(origin) => Imds::new(Some(local(NAME, origin)?), Search::Insist),
            None => Imds::new(None, search),
        }))
    }
}

/// Whether the agent of Azure Arc is installed.
pub fn has_arc_agent() -> bool {
    Path::new(ARC_AGENT).is_file()
}

/// A header or a token that goes there must not leave this machine.
fn local(variable: &str, url: &str) -> Result<String> {
    if is_local(url) {
        return Ok(url.to_owned());
    }
    let what = format!("{variable} is no http URL of a loopback or link-local address");
    let help = "a host's identity is asked for on the host alone; unset it, or choose another \
                `auth.kind`";
    Err(Error::of(ErrorCode::ManagedIdentity, what).help(help))
}

/// A host that we know and cannot ask.
fn instead(host: &str, help: &str) -> Error {
    Error::of(ErrorCode::ManagedIdentity, format!("the identity of {host} is not supported"))
        .help(help)
}

/// The variable that most hosts set.
const ENDPOINT: &str = "IDENTITY_ENDPOINT";
/// The agent's program, on Linux.
const ARC_AGENT: &str = "/opt/azcmagent/bin/himds";

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)], has_arc_agent: bool) -> String {
        let env = Env::new(variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        match Host::detect(&env, has_arc_agent, Search::Probe) {
            Ok(Host::Imds(_)) => "imds".to_owned(),
            Ok(Host::AppService(_)) => "app service".to_owned(),
            Ok(Host::AzureArc(_)) => "arc".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    const LOCAL: (&str, &str) = ("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token");
    const HEADER: (&str, &str) = ("IDENTITY_HEADER", "h");
    const THUMBPRINT: (&str, &str) = ("IDENTITY_SERVER_THUMBPRINT", "AB");
    const MSI: (&str, &str) = ("MSI_ENDPOINT", "http://127.0.0.1:50342/oauth2/token");
    const MSI_SECRET: (&str, &str) = ("MSI_SECRET", "s");
    const IMDS: (&str, &str) = ("IMDS_ENDPOINT", "http://localhost:40342");

    #[test]
    fn the_environment_tells_the_host() {
        assert_eq!(detected(&[], false), "imds");
        assert_eq!(detected(&[LOCAL, HEADER], false), "app service");
        assert_eq!(detected(&[LOCAL, HEADER, MSI, MSI_SECRET, IMDS], true), "app service");
        assert_eq!(detected(&[LOCAL, IMDS], false), "arc");
        assert_eq!(detected(&[], true), "arc");
        assert_eq!(detected(&[LOCAL], false), "imds", "half of a pair is no sign");
        assert_eq!(detected(&[HEADER, MSI_SECRET], false), "imds");
    }

    #[test]
    fn a_host_whose_identity_we_cannot_use_says_what_to_use_instead() {
        for (variables, host, instead) in [
            (&[LOCAL, HEADER, THUMBPRINT][..], "Service Fabric", "service_principal"),
            (&[MSI], "Cloud Shell", "auth.kind: cli"),
            (&[MSI, MSI_SECRET], "Azure Machine Learning", "az login --identity"),
        ] {
            let said = detected(variables, true);
            assert!(said.contains(host) && said.contains(instead), "{said}");
        }
    }

    #[test]
    fn an_endpoint_on_another_machine_is_never_asked() {
        for url in ["http://10.0.0.1/token", "https://127.0.0.1/", "http://evil.example/", "x"] {
            let said = detected(&[("IDENTITY_ENDPOINT", url), HEADER], false);
            assert!(said.contains("IDENTITY_ENDPOINT is no http URL"), "{said}");
            let said = detected(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)], false);
            assert!(said.contains("AZURE_POD_IDENTITY_AUTHORITY_HOST is no"), "{said}");
        }
    }
}
