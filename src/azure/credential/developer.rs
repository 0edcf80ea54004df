//! What a developer can sign in with: tools that they have signed in to, and themselves.

use super::azure_cli::AzureCli;
use super::azure_developer_cli::AzureDeveloperCli;
use super::azure_powershell::AzurePowerShell;
use super::browser::Browser;
use super::chain::Link;
use super::choice::Setup;
use super::developer_tool::Surroundings;
use super::device_code::DeviceCode;
use super::{Credential, Refusal, Wish};
use crate::azure::entra::{AccessToken, Entra};
use crate::azure::public_client::PublicClient;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::secretfile::{Auth, AuthKind};

/// A tool's sign-in by its kind; `None` for a kind that is no tool's.
pub fn tool(kind: AuthKind, setup: Setup<'_>) -> Result<Option<Box<dyn Credential>>> {
    let Setup { http, cloud, auth, env, .. } = setup;
    let surroundings =
        || Surroundings::new(cloud.clone(), tenant(auth, env), env.clone(), http.clock().clone());
    Ok(Some(match kind {
        AuthKind::Cli => Box::new(AzureCli::new(surroundings()?)),
        AuthKind::Azd => Box::new(AzureDeveloperCli::new(surroundings()?)),
        AuthKind::PowerShell => Box::new(AzurePowerShell::new(surroundings()?)),
        _ => return Ok(None),
    }))
}

/// A tool's sign-in as a link of the default chain: whatever it fails by, the next may serve.
pub fn link(kind: AuthKind, setup: Setup<'_>) -> Result<Link> {
    Ok(match tool(kind, setup)? {
        Some(tool) => Link::Ready(Box::new(PassedOver(tool))),
        None => Link::Absent { name: kind.name(), reason: "it is no tool".to_owned() },
    })
}

/// A person's own sign-in by its kind; `None` for a kind that asks nobody. It needs a person who
/// watches, and nobody watches a pipeline.
pub fn person(kind: AuthKind, setup: Setup<'_>) -> Result<Option<Box<dyn Credential>>> {
    if !matches!(kind, AuthKind::DeviceCode | AuthKind::InteractiveBrowser) {
        return Ok(None);
    }
    let Setup { http, cloud, auth, env, terminal } = setup;
    let terminal = terminal.filter(|_| !env.is_ci()).ok_or_else(|| nobody(kind, env))?.clone();
    let entra = Entra::of_env(http.clone(), cloud, env)?;
    let tenant = tenant(auth, env);
    tenant.as_deref().map_or(Ok(()), |tenant| entra.check_tenant(tenant))?;
    let own = auth.client_id.as_deref().or_else(|| env.get("AZURE_CLIENT_ID"));
    let client = PublicClient::new(entra, own.unwrap_or(AZURE_CLI).to_owned());
    Ok(Some(match kind {
        AuthKind::DeviceCode => Box::new(DeviceCode::new(client, tenant, terminal)),
        _ => Box::new(Browser::new(client, tenant, terminal, env.clone())),
    }))
}

fn tenant(auth: &Auth, env: &Env) -> Option<String> {
    auth.tenant_id.clone().or_else(|| env.get("AZURE_TENANT_ID").map(str::to_owned))
}

fn nobody(kind: AuthKind, env: &Env) -> Error {
    let place = if env.is_ci() { "this is a pipeline" } else { "stderr is no terminal" };
    let what = format!("sign-in by `{}` asks a person, and {place}", kind.name());
    let help = "use `default`, which finds what the job has, or `oidc`, `managed_identity` or \
                `service_principal`";
    Error::new(Kind::SignIn, what).help(help)
}

/// A credential in the chain that is passed over, whatever it fails by.
struct PassedOver(Box<dyn Credential>);

impl Credential for PassedOver {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn tenant(&self) -> Option<&str> {
        self.0.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
        self.0.sign_in(wish).map_err(|refusal| Refusal::Unavailable(refusal.into_error()))
    }
}

/// The Azure CLI's own application, which every tenant knows and which may ask for Key Vault.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::credential::chain::Chain;
    use crate::azure::credential::user::tests::World;
    use crate::child::stand_in::StandIn;
    use crate::cloud::Cloud;

    fn chain_in(stand_in: &StandIn) -> Chain {
        let http = World::start().http();
        let cloud = Cloud::built_in("public").expect("built in");
        let (auth, env) = (Auth::default(), stand_in.env());
        let setup = Setup { http: &http, cloud: &cloud, auth: &auth, env: &env, terminal: None };
        let kinds = [AuthKind::Cli, AuthKind::PowerShell, AuthKind::Azd];
        Chain::new(kinds.map(|kind| link(kind, setup).expect("a link")).into())
    }

    #[test]
    fn a_tool_in_the_chain_is_passed_over_whatever_it_fails_by() {
        let stand_in = StandIn::new("az", "echo 'ERROR: AADSTS50076: no' >&2; exit 1");
        let chain = chain_in(&stand_in);
        let error =
            chain.sign_in(Wish::default()).map_err(Refusal::into_error).expect_err("nobody");
        let help = error.help.expect("what was tried");
        let lines: Vec<&str> = help.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "cli: the Azure CLI gave no token: AADSTS50076: no",
                "powershell: Azure PowerShell is not installed: no `pwsh` in PATH",
                "azd: the Azure Developer CLI is not installed: no `azd` in PATH",
            ]
        );
    }

    #[test]
    fn the_first_tool_that_serves_is_used() {
        let body = r#"echo '{"token":"t","expiresOn":"1970-01-01T01:00:00Z"}'"#;
        let stand_in = StandIn::new("azd", body);
        let chain = chain_in(&stand_in);
        assert_eq!(chain.sign_in(Wish::default()).expect("a token").text.expose(), "t");
    }
}
