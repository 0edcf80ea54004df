//! An application that signs in with a secret.

use super::{Credential, Refusal};
use crate::azure::entra::{AccessToken, Entra};
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

    fn sign_in(&self, tenant: Option<&str>) -> Result<AccessToken, Refusal> {
        let proof = [("client_secret", self.secret.expose())];
        Ok(self.entra.client_credentials(tenant.unwrap_or(&self.tenant), &self.client, &proof)?)
    }
}
