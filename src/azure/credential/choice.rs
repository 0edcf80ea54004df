//! Which credential serves: decided from the file and the environment alone, before any request. A
//! configuration that lacks a part names it.

use std::sync::Arc;

use super::Credential;
use super::chain::Link;
use super::client_secret::ClientSecret;
use super::default_chain;
use super::developer;
use super::federated::{oidc, workload_identity};
use super::managed_identity::ManagedIdentity;
use super::password;
use super::ready_made::ReadyMade;
use super::service_principal::ServicePrincipal;
use super::unexpanded;
use crate::azure::entra::Entra;
use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::secret::SecretValue;
use crate::secretfile::{Auth, AuthKind};
use crate::terminal::Terminal;

/// What a credential is chosen from, and made with.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The way out.
    pub http: &'a Arc<Http>,
    /// The vault's cloud.
    pub cloud: &'a Arc<Cloud>,
    /// What the file says.
    pub auth: &'a Auth,
    /// What the job says.
    pub env: &'a Env,
    /// Where a person watches.
    pub terminal: Option<&'a Terminal>,
}

/// The credential that `auth` names.
pub fn choose(
    http: &Arc<Http>,
    cloud: &Arc<Cloud>,
    auth: &Auth,
    env: &Env,
    terminal: Option<&Terminal>,
) -> Result<Box<dyn Credential>> {
    unexpanded::refuse(auth, env)?;
    let setup = Setup { http, cloud, auth, env, terminal };
    match auth.kind {
        AuthKind::ServicePrincipal => {
            let entra = Entra::of_env(http.clone(), cloud, env)?;
            let settings = ServicePrincipal::read(auth, env);
            settings.credential(entra, http.clock(), "service_principal")
        }
        AuthKind::Oidc => oidc::credential(setup),
        AuthKind::WorkloadIdentity => workload_identity::credential(setup),
        AuthKind::ManagedIdentity => Ok(Box::new(ManagedIdentity::chosen(setup)?)),
        AuthKind::Token => match &auth.token {
            Some(token) => Ok(Box::new(ReadyMade::new(token.duplicate(), cloud, http.clock())?)),
            None => Err(missing("token", "token")),
        },
        AuthKind::Default => Ok(Box::new(default_chain::chain(setup)?)),
        kind @ (AuthKind::Cli | AuthKind::Azd | AuthKind::PowerShell) => {
            developer::tool(kind, setup)?.ok_or_else(|| unserved(kind))
        }
        kind => developer::person(kind, setup)?.ok_or_else(|| unserved(kind)),
    }
}

/// The embedded vault takes any application and secret.
pub fn rehearsal(http: &Arc<Http>, cloud: &Arc<Cloud>) -> Box<dyn Credential> {
    let entra = Entra::new(http.clone(), cloud.clone());
    let id = || "00000000-0000-0000-0000-000000000000".to_owned();
    Box::new(ClientSecret::new(entra, id(), id(), SecretValue::new("rehearsal".to_owned())))
}

/// The chain's first link: an application's secret or certificate in the environment. An id alone is
/// no sign of one, since other ways to sign in take it, too; a secret without the rest is a mistake.
pub fn environment(Setup { http, cloud, auth, env, .. }: Setup<'_>) -> Result<Link> {
    const NAME: &str = "environment";
    let settings = ServicePrincipal::read(auth, env);
    if !settings.is_told() {
        password::refuse(env)?;
        let what = "neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set";
        return Ok(Link::Absent { name: NAME, reason: what.to_owned() });
    }
    let entra = Entra::of_env(http.clone(), cloud, env)?;
    Ok(Link::Ready(settings.credential(entra, http.clock(), NAME)?))
}

/// One part of a configuration is not there.
pub fn missing(kind: &str, option: &str) -> Error {
    let error = Error::new(Kind::SignIn, format!("sign-in by `{kind}` lacks `{option}`"));
    match option {
        "client_secret" => error.help(
            "set `auth.client_secret` or `auth.certificate_path`, or the variable \
             AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH",
        ),
        "certificate_path" => error.help(
            "a certificate's password is set; set `auth.certificate_path`, or the variable \
             AZURE_CLIENT_CERTIFICATE_PATH, to its file",
        ),
        "token" => error.help("set `auth.token`, for example to ${KEY_VAULT_TOKEN}"),
        _ => error.help(format!(
            "set `auth.{option}`, or the variable AZURE_{}",
            option.to_ascii_uppercase()
        )),
    }
}

fn unserved(kind: AuthKind) -> Error {
    let what = format!("this version cannot sign in by {}", kind.name());
    Error::new(Kind::SignIn, what).help(
        "use `oidc`, `workload_identity`, `managed_identity`, `service_principal` or `token`; or \
         rehearse with --local",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::http::{Limits, Network};

    fn chosen(
        auth: &Auth,
        variables: &[(&str, &str)],
    ) -> std::result::Result<&'static str, String> {
        chosen_at(auth, variables, None)
    }

    fn chosen_at(
        auth: &Auth,
        variables: &[(&str, &str)],
        terminal: Option<&Terminal>,
    ) -> std::result::Result<&'static str, String> {
        let env = Env::new(variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let cloud = Cloud::built_in("public").expect("built in");
        let second = std::time::Duration::from_secs(1);
        let limits = Limits { connect: second, first_byte: second, call: second };
        let address = ([127, 0, 0, 1], 9).into();
        let network = Network::Embedded { address, ca: Vec::new() };
        let http = Http::new(&network, &env, limits, Clock::system()).expect("a client");
        choose(&http, &cloud, auth, &env, terminal)
            .map(|c| c.name())
            .map_err(|error| error.to_string())
    }

    const TENANT: (&str, &str) = ("AZURE_TENANT_ID", "t");
    const CLIENT: (&str, &str) = ("AZURE_CLIENT_ID", "c");
    const SECRET: (&str, &str) = ("AZURE_CLIENT_SECRET", "s");
    const CERTIFICATE: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/certificates/pkcs8.pem");

    #[test]
    fn a_partial_configuration_names_the_missing_part() {
        let auth = Auth { kind: AuthKind::ServicePrincipal, ..Auth::default() };
        assert_eq!(chosen(&auth, &[TENANT, CLIENT, SECRET]), Ok("service_principal"));
        for (variables, missing) in [
            ([CLIENT, SECRET], "tenant_id"),
            ([TENANT, SECRET], "client_id"),
            ([TENANT, CLIENT], "client_secret"),
        ] {
            let error = chosen(&auth, &variables).expect_err(missing);
            assert!(error.contains(&format!("lacks `{missing}`")), "{error}");
        }
        let line = ("AZURE_CLIENT_ID", "c\n");
        let error = chosen(&auth, &[TENANT, line, SECRET]).expect_err("a line break");
        assert!(error.contains("without blanks or line breaks"), "{error}");
        let error = chosen(&Auth::default(), &[CLIENT, SECRET]).expect_err("partial");
        assert!(error.contains("lacks `tenant_id`"), "{error}");
    }

    #[test]
    fn a_person_is_asked_at_a_terminal_only_and_never_in_a_pipeline() {
        let terminal = Terminal::new(|_| {});
        for kind in [AuthKind::DeviceCode, AuthKind::InteractiveBrowser] {
            let auth = Auth { kind, ..Auth::default() };
            assert_eq!(chosen_at(&auth, &[], Some(&terminal)), Ok(kind.name()));
            let error = chosen_at(&auth, &[("CI", "true")], Some(&terminal)).expect_err("CI");
            assert!(error.contains("this is a pipeline") && error.contains("`oidc`"), "{error}");
            let error = chosen_at(&auth, &[], None).expect_err("nobody");
            assert!(error.contains("stderr is no terminal"), "{error}");
        }
    }

    #[test]
    fn a_tools_sign_in_is_chosen_by_its_kind() {
        for kind in [AuthKind::Cli, AuthKind::Azd, AuthKind::PowerShell] {
            let auth = Auth { kind, ..Auth::default() };
            assert_eq!(chosen(&auth, &[]), Ok(kind.name()));
            assert!(chosen(&auth, &[("AZURE_TENANT_ID", "-x")]).is_err());
        }
    }

    #[test]
    fn a_certificate_serves_where_no_secret_is_told() {
        let auth = Auth { kind: AuthKind::ServicePrincipal, ..Auth::default() };
        let path = ("AZURE_CLIENT_CERTIFICATE_PATH", CERTIFICATE);
        assert_eq!(chosen(&auth, &[TENANT, CLIENT, path]), Ok("service_principal"));
        let absent = ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/cert.pem");
        assert_eq!(chosen(&auth, &[TENANT, CLIENT, SECRET, absent]), Ok("service_principal"));
        assert_eq!(chosen(&Auth::default(), &[TENANT, CLIENT, path]), Ok("default"));
    }

    #[test]
    fn the_files_certificate_wins_over_the_environments_secret() {
        let auth = Auth {
            kind: AuthKind::ServicePrincipal,
            certificate_path: Some("/nowhere/cert.pem".to_owned()),
            ..Auth::default()
        };
        let error = chosen(&auth, &[TENANT, CLIENT, SECRET]).expect_err("no file");
        assert!(error.starts_with("/nowhere/cert.pem: the file cannot be read"), "{error}");
    }

    #[test]
    fn a_certificate_that_does_not_serve_stops_the_chain_before_any_request() {
        let absent = ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/cert.pem");
        let error = chosen(&Auth::default(), &[TENANT, CLIENT, absent]).expect_err("no file");
        assert!(error.contains("AZURE_CLIENT_CERTIFICATE_PATH"), "{error}");
    }

    #[test]
    fn a_certificate_or_its_password_without_the_rest_names_the_missing_part() {
        let path = ("AZURE_CLIENT_CERTIFICATE_PATH", CERTIFICATE);
        let password = ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hunter2");
        for (variables, missing) in [
            ([CLIENT, path], "tenant_id"),
            ([TENANT, path], "client_id"),
            ([password, path], "tenant_id"),
        ] {
            let error = chosen(&Auth::default(), &variables).expect_err(missing);
            assert!(error.contains(&format!("lacks `{missing}`")), "{error}");
        }
        let error = chosen(&Auth::default(), &[TENANT, CLIENT, password]).expect_err("no file");
        assert!(error.contains("lacks `certificate_path`"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_client_and_tenant_id_alone_are_no_partial_configuration() {
        assert_eq!(chosen(&Auth::default(), &[TENANT, CLIENT]), Ok("default"));
    }

    #[test]
    fn a_tenant_that_could_change_the_url_is_refused() {
        for tenant in ["../x", "a/b", "common", "organizations"] {
            let error = chosen(&Auth::default(), &[("AZURE_TENANT_ID", tenant), CLIENT, SECRET]);
            assert!(error.is_err(), "{tenant}");
        }
    }
}
