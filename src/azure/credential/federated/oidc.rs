//! `auth.kind: oidc`, and the default chain's part of it: a CI job's own identity.

use super::azure_pipelines::AzurePipelines;
use super::github::GitHub;
use super::source::{self, Source};
use super::variable::Variable;
use super::{Federated, IdTokens, Ids};
use crate::azure::credential::Credential;
use crate::azure::credential::chain::Link;
use crate::azure::credential::choice::{Setup, missing};
use crate::azure::credential::client_secret::ClientSecret;
use crate::azure::entra::Entra;
use crate::error::Result;

/// The credential of this CI job, or what is missing for it.
pub fn credential(setup: Setup<'_>) -> Result<Box<dyn Credential>> {
    let Setup { auth, env, .. } = setup;
    let source = source::find(auth, env).map_err(|missing| missing.error(env))?;
    let ids = source::ids(&source, auth, env).all();
    build(setup, source, ids.map_err(|option| missing(NAME, option))?)
}

/// The link of the default chain. A job that was meant to have an identity of its own, and has none,
/// ends the chain there: the next link could be the identity of the machine that it runs on.
pub fn link(setup: Setup<'_>) -> Link {
    let Setup { auth, env, .. } = setup;
    let absent = |reason: String| Link::Absent { name: NAME, reason };
    match source::find(auth, env) {
        Ok(source) => match source::ids(&source, auth, env).all() {
            Ok(ids) => build(setup, source, ids).map_or_else(Link::Stop, Link::Ready),
            Err(option) => {
                let error = missing(NAME, option);
                absent(format!("{}; {}", error.what, error.help.as_deref().unwrap_or_default()))
            }
        },
        Err(missing) if missing.is_mistake() && is_named(setup) => {
            let error = missing.error(env);
            let help = format!("{}\n{ANOTHER}", error.help.as_deref().unwrap_or_default());
            Link::Stop(error.help(help))
        }
        Err(missing) => absent(missing.line()),
    }
}

/// Whether the job says who it wants to be.
fn is_named(Setup { auth, env, .. }: Setup<'_>) -> bool {
    let tenants = ["AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"];
    let clients = ["AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"];
    super::Told::read(auth, env, &tenants, &clients).all().is_ok()
}

fn build(setup: Setup<'_>, source: Source, ids: Ids) -> Result<Box<dyn Credential>> {
    let Setup { http, cloud, auth, env, .. } = setup;
    let entra = Entra::of_env(http.clone(), cloud, env)?;
    let clock = || http.clock().clone();
    let tokens: Box<dyn IdTokens> = match source {
        Source::GitHub { url, token } => {
            let audience = auth.audience.as_deref().unwrap_or(&cloud.federated_audience);
            Box::new(GitHub::new(http.clone(), &url, token, audience)?)
        }
        Source::AzurePipelines { uri, token, connection } => {
            Box::new(AzurePipelines::new(http.clone(), &uri, token, &connection)?)
        }
        Source::Variable { name, text } => Box::new(Variable::new(name, text, clock())),
        Source::TaskToken(text) => Box::new(Variable::new("idToken".to_owned(), text, clock())),
        Source::TaskKey(secret) => {
            entra.check_tenant(&ids.tenant)?;
            return Ok(Box::new(ClientSecret::new(entra, ids.tenant, ids.client, secret)));
        }
    };
    Ok(Box::new(Federated::new(NAME, entra, ids, tokens)?))
}

/// The kind in a Secretfile.
const NAME: &str = "oidc";
/// The way out where the machine's identity is meant after all.
const ANOTHER: &str = "where another identity is meant, name its kind, such as `auth: {kind: \
                       managed_identity}` or `auth: {kind: cli}`";
