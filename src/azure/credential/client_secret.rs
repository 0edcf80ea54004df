//! An application that signs in with a secret.

use super::{Credential, Refusal, Wish};
use crate::azure::entra::{AccessToken, ClientCredentials, Entra, Proof};
use crate::secret::SecretValue;

/// An application's id and secret.
pub struct ClientSecret {
    entra: Entra,
    tenant: String,
    client: String,
    secret: SecretValue,
}

impl ClientSecret {
    /// Takes over what signs in.
    pub fn new(entra: Entra, tenant: String, client: String, secret: SecretValue) -> Self {
        Self { entra, tenant, client, secret }
    }
}

impl Credential for ClientSecret {
    fn name(&self) -> &'static str {
        "service_principal"
    }

    fn tenant(&self) -> Option<&str> {
        Some(&self.tenant)
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        let ask = ClientCredentials {
            tenant: wish.tenant.unwrap_or(&self.tenant),
            client: &self.client,
            proof: Proof::Secret(&self.secret),
            claims: wish.claims,
        };
        Ok(self.entra.client_credentials(&ask)?)
    }
}
