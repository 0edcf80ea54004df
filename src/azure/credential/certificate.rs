//! An application that signs in with a certificate.

use super::{Credential, Refusal, Wish};
use crate::azure::assertion::Signer;
use crate::azure::entra::{AccessToken, ClientCredentials, Entra, Proof};
use crate::azure::key_file::KeyFile;
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};
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

    /// Says which certificate was refused, as Azure's portal lists it.
    fn name_certificate(&self, error: Error) -> Error {
        if error.kind != Kind::SignIn {
            return error;
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::cloud::Cloud;
    use crate::emulator::{self, Emulator, Fault};
    use crate::env::Env;
    use crate::http::{Http, Limits, Network};

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const OTHER: &str = "22222222-2222-3333-4444-555555555555";

    /// A credential, and the service that it signs in to.
    struct World {
        credential: ClientCertificate,
        server: Emulator,
        clock: Clock,
    }

    fn world() -> World {
        let clock = Clock::simulated(Timestamp::now());
        let server = Emulator::start(emulator::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        })
        .expect("the embedded vault starts");
        let network = Network::Embedded { address: server.address(), ca: server.ca_der().to_vec() };
        let minute = Duration::from_secs(60);
        let limits = Limits { connect: minute, first_byte: minute, call: minute };
        let http = Http::new(&network, &Env::default(), limits, clock.clone()).expect("a client");
        let entra = Entra::new(http, Cloud::built_in("public").expect("built in"));
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/certificates/modern-no-password.pfx");
        let file = CertificateFile { path: path.to_owned(), password: None, send_chain: false };
        let (tenant, client) = (TENANT.to_owned(), OTHER.to_owned());
        let credential =
            ClientCertificate::new(entra, tenant, client, &file, &clock).expect("opens");
        World { credential, server, clock }
    }

    impl World {
        fn answers_next(&self, status: u16, body: &str) {
            let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
            let fault = Fault::Answer { status, headers, body: body.to_owned() };
            self.server.control().entra(|entra| entra.answer_next(fault));
        }

        fn asked(&self) -> Vec<String> {
            self.server.control().requests().into_iter().map(|seen| seen.path).collect()
        }

        fn error(&self) -> Error {
            let refusal = self.credential.sign_in(Wish::default()).err();
            refusal.map(Refusal::into_error).expect("a refusal")
        }
    }

    #[test]
    fn it_signs_in_to_its_own_tenant_or_the_one_that_a_vault_asks_for() {
        let world = world();
        assert!(world.credential.sign_in(Wish::default()).is_ok());
        let wish = Wish { tenant: Some(OTHER), claims: Some("{}") };
        assert!(world.credential.sign_in(wish).is_ok());
        let path = |tenant| format!("/{tenant}/oauth2/v2.0/token");
        assert_eq!(world.asked(), [path(TENANT), path(OTHER)]);
    }

    #[test]
    fn a_refusal_names_the_certificate_and_is_final() {
        let world = world();
        world.answers_next(401, r#"{"error_description":"AADSTS700027: not registered.\r\nx"}"#);
        let error = world.error();
        assert_eq!((error.kind, world.asked().len()), (Kind::SignIn, 1));
        let help = error.help.expect("a way out");
        assert!(help.contains(&world.credential.signer.certificate().thumbprint()), "{help}");
    }

    #[test]
    fn a_throttled_sign_in_waits_as_it_is_told() {
        let world = world();
        world.answers_next(429, "");
        assert!(world.credential.sign_in(Wish::default()).is_ok());
        assert!(world.clock.elapsed() >= Duration::from_secs(7));
    }

    #[test]
    fn a_service_that_fails_to_the_end_is_no_fault_of_the_certificate() {
        let world = world();
        for _ in 0..20 {
            world.answers_next(503, "<html>");
        }
        let error = world.error();
        assert_eq!(error.kind, Kind::Unreachable);
        assert!(!error.help.unwrap_or_default().contains("thumbprint"));
    }
}
