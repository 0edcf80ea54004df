//! An application that signs in with a certificate.

use super::{Credential, Refusal, Wish};
use crate::azure::assertion::Signer;
use crate::azure::entra::{AccessToken, ClientCredentials, Entra, Proof};
use crate::azure::key_file::KeyFile;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::secret::SecretValue;

/// An application's id, certificate and key.
pub struct ClientCertificate {
    entra: Entra,
    tenant: String,
    client: String,
    signer: Signer,
    clock: Clock,
}

/// Where the certificate is.
pub struct CertificateFile {
    /// The file: PEM or PKCS#12.
    pub path: String,
    /// What decrypts it.
    pub password: Option<SecretValue>,
    /// Whether the certificates go with each assertion (subject name and issuer trust).
    pub send_chain: bool,
}

impl ClientCertificate {
    /// Reads the file; all that can be wrong with it is said here, before any request.
    pub fn new(
        entra: Entra,
        tenant: String,
        client: String,
        file: &CertificateFile,
        clock: &Clock,
    ) -> Result<Self> {
        let key = KeyFile::open(&file.path, file.password.as_ref(), clock)?;
        let signer = Signer::new(key, file.send_chain)?;
        Ok(Self { entra, tenant, client, signer, clock: clock.clone() })
    }

    /// Which certificate it was, as Azure's portal lists it.
    fn name_certificate(&self, error: Error) -> Error {
        let certificate = self.signer.certificate();
        let (thumbprint, end) = (certificate.thumbprint(), certificate.not_after);
        let way_out = error.help.as_deref().unwrap_or("check the application's certificates");
        let help = format!(
            "{way_out}\nthe certificate's thumbprint is {thumbprint}, and it ends at {end}"
        );
        error.help(help)
    }
}

impl Credential for ClientCertificate {
    fn name(&self) -> &'static str {
        "service_principal"
    }

    fn tenant(&self) -> Option<&str> {
        Some(&self.tenant)
    }

    fn sign_in(&self, wish: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
        let tenant = wish.tenant.unwrap_or(&self.tenant);
        let audience = self.entra.token_url(tenant);
        let assertion = self.signer.assertion(&self.client, &audience, self.clock.now())?;
        let ask = ClientCredentials {
            tenant,
            client: &self.client,
            proof: Proof::Assertion(&assertion),
            claims: wish.claims,
        };
        let token = self.entra.client_credentials(&ask);
        Ok(token.map_err(|error| self.name_certificate(error))?)
    }
}
