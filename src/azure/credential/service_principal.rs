//! An application by its secret or certificate: which of them the file or the environment tells.

use super::Credential;
use super::certificate::{CertificateFile, ClientCertificate};
use super::choice::missing;
use super::client_secret::ClientSecret;
use crate::azure::entra::{Entra, no_client};
use crate::clock::Clock;
use crate::env::Env;
use crate::error::Result;
use crate::secret::SecretValue;
use crate::secretfile::Auth;

/// An application, as far as it is told.
pub struct ServicePrincipal {
    tenant_id: Option<String>,
    client_id: Option<String>,
    proof: Proof,
}

/// What an application proves itself with.
enum Proof {
    /// Its secret.
    Secret(SecretValue),
    /// Its certificate.
    Certificate(CertificateFile),
    /// A certificate's password without the certificate.
    PasswordAlone,
    /// Nothing.
    None,
}

impl ServicePrincipal {
    /// The file wins over the environment, and a secret over a certificate.
    pub fn read(auth: &Auth, env: &Env) -> Self {
        let or = |told: &Option<String>, name: &str| {
            told.clone().or_else(|| env.get(name).map(str::to_owned))
        };
        Self {
            tenant_id: or(&auth.tenant_id, "AZURE_TENANT_ID"),
            client_id: or(&auth.client_id, "AZURE_CLIENT_ID"),
            proof: Proof::read(auth, env),
        }
    }

    /// Whether there is more than ids, which other ways to sign in take, too.
    pub fn is_told(&self) -> bool {
        !matches!(self.proof, Proof::None)
    }

    /// The credential, or the part that is missing.
    pub fn credential(
        self,
        entra: Entra,
        clock: &Clock,
        kind: &str,
    ) -> Result<Box<dyn Credential>> {
        let tenant = self.tenant_id.ok_or_else(|| missing(kind, "tenant_id"))?;
        let client = self.client_id.ok_or_else(|| missing(kind, "client_id"))?;
        entra.check_tenant(&tenant)?;
        if !client.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(no_client(&client));
        }
        match self.proof {
            Proof::Secret(secret) => Ok(Box::new(ClientSecret::new(entra, tenant, client, secret))),
            Proof::Certificate(file) => {
                Ok(Box::new(ClientCertificate::new(entra, tenant, client, &file, clock)?))
            }
            Proof::PasswordAlone => Err(missing(kind, "certificate_path")),
            Proof::None => Err(missing(kind, "client_secret")),
        }
    }
}

impl Proof {
    fn read(auth: &Auth, env: &Env) -> Self {
        let variable = |name| env.get(name).map(str::to_owned);
        let secret = |told: &Option<SecretValue>| told.as_ref().map(SecretValue::duplicate);
        if let Some(secret) = secret(&auth.client_secret) {
            return Self::Secret(secret);
        }
        let password = || {
            let variable = || variable("AZURE_CLIENT_CERTIFICATE_PASSWORD").map(SecretValue::new);
            secret(&auth.certificate_password).or_else(variable)
        };
        let certificate = |path| {
            let send_chain = auth.send_chain || sends_chain(env);
            Self::Certificate(CertificateFile { path, password: password(), send_chain })
        };
        if let Some(path) = auth.certificate_path.clone() {
            return certificate(path);
        }
        if let Some(secret) = variable("AZURE_CLIENT_SECRET") {
            return Self::Secret(SecretValue::new(secret));
        }
        match variable("AZURE_CLIENT_CERTIFICATE_PATH") {
            Some(path) => certificate(path),
            None if password().is_some() => Self::PasswordAlone,
            None => Self::None,
        }
    }
}

fn sends_chain(env: &Env) -> bool {
    let told = env.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN").unwrap_or_default();
    told == "1" || told.eq_ignore_ascii_case("true")
}
