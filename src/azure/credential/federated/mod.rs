//! Workload identity federation: an application that trusts somebody else's tokens. Each request to
//! Entra carries a new one, which is kept nowhere.
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

use super::{Credential, Refusal, Wish};
use crate::azure::entra::{AccessToken, ClientCredentials, Entra, Proof, no_client};
use crate::azure::guid::is_guid;
use crate::error::Result;
use crate::secret::SecretValue;

mod azure_pipelines;
mod endpoint;
mod github;
mod id_token;
mod missing;
pub mod oidc;
mod source;
#[cfg(test)]
mod tests;
mod token_file;
mod variable;
pub mod workload_identity;

/// An application, and where the tokens come from that it trusts.
struct Federated {
    name: &'static str,
    entra: Entra,
    tenant: String,
    client: String,
    tokens: Box<dyn IdTokens>,
}

/// Gives tokens that say who this job is.
trait IdTokens: Send + Sync {
    /// A new one, or the one that there is now.
    fn fetch(&self) -> std::result::Result<SecretValue, Refusal>;
}

impl Federated {
    /// Checks the ids, before either goes anywhere.
    fn new(
        name: &'static str,
        entra: Entra,
        Ids { tenant, client }: Ids,
        tokens: Box<dyn IdTokens>,
    ) -> Result<Self> {
        entra.check_tenant(&tenant)?;
        if !is_guid(&client) {
            return Err(no_client(&client));
        }
        Ok(Self { name, entra, tenant, client, tokens })
    }
}

impl Credential for Federated {
    fn name(&self) -> &'static str {
        self.name
    }

    fn tenant(&self) -> Option<&str> {
        Some(&self.tenant)
    }

    fn sign_in(&self, wish: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
        self.entra.repeatedly(|| {
            let assertion = self.tokens.fetch()?;
            Ok(self.entra.try_once(&ClientCredentials {
                tenant: wish.tenant.unwrap_or(&self.tenant),
                client: &self.client,
                proof: Proof::Assertion(&assertion),
                claims: wish.claims,
            }))
        })
    }
}

/// Who signs in, and where.
#[derive(Debug)]
struct Ids {
    /// The tenant.
    tenant: String,
    /// The application.
    client: String,
}

/// The same as far as it is told.
#[derive(Debug)]
struct Told {
    tenant: Option<String>,
    client: Option<String>,
}

impl Told {
    /// What the file says, else the first variable that is set.
    fn read(
        auth: &crate::secretfile::Auth,
        env: &crate::env::Env,
        tenant: &[&str],
        client: &[&str],
    ) -> Self {
        let or = |told: &Option<String>, names: &[&str]| {
            let found = || names.iter().find_map(|name| env.get(name)).map(str::to_owned);
            told.clone().or_else(found)
        };
        Self { tenant: or(&auth.tenant_id, tenant), client: or(&auth.client_id, client) }
    }

    /// Both, or the option that is missing.
    fn all(self) -> std::result::Result<Ids, &'static str> {
        match (self.tenant, self.client) {
            (Some(tenant), Some(client)) => Ok(Ids { tenant, client }),
            (None, _) => Err("tenant_id"),
            (_, None) => Err("client_id"),
        }
    }
}
