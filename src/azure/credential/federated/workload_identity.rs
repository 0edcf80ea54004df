//! `auth.kind: workload_identity`, and the default chain's part of it: a token file, as Azure's webhook
//! for Kubernetes projects it.

use super::token_file::TokenFile;
use super::{Federated, Ids, Told};
use crate::azure::credential::Credential;
use crate::azure::credential::chain::Link;
use crate::azure::credential::choice::{Setup, missing};
use crate::azure::entra::Entra;
use crate::error::{Error, Kind, Result};

/// The credential, or what is missing for it.
pub fn credential(setup: Setup<'_>) -> Result<Box<dyn Credential>> {
    let path = path(setup).ok_or_else(no_file)?;
    build(setup, path, ids(setup)?)
}

/// The link of the default chain. A file without the ids is half a configuration, and ends it there.
pub fn link(setup: Setup<'_>) -> Link {
    let Some(path) = path(setup) else {
        return Link::Absent { name: NAME, reason: format!("{VARIABLE} is not set") };
    };
    let built = ids(setup).and_then(|ids| build(setup, path, ids));
    built.map_or_else(Link::Stop, Link::Ready)
}

fn path(Setup { auth, env, .. }: Setup<'_>) -> Option<String> {
    let told = auth.token_file.as_deref();
    told.or_else(|| env.get(VARIABLE)).map(str::to_owned)
}

fn ids(Setup { auth, env, .. }: Setup<'_>) -> Result<Ids> {
    let told = Told::read(auth, env, &["AZURE_TENANT_ID"], &["AZURE_CLIENT_ID"]);
    told.all().map_err(|option| missing(NAME, option))
}

fn build(setup: Setup<'_>, path: String, ids: Ids) -> Result<Box<dyn Credential>> {
    let Setup { http, cloud, env, .. } = setup;
    let entra = Entra::of_env(http.clone(), cloud, env)?;
    let tokens = Box::new(TokenFile::new(path, http.clock().clone()));
    Ok(Box::new(Federated::new(NAME, entra, ids, tokens)?))
}

fn no_file() -> Error {
    let what = format!("sign-in by `{NAME}` lacks `token_file`");
    let help = "set `auth.token_file`, or the variable AZURE_FEDERATED_TOKEN_FILE; in Kubernetes, \
                label the pod `azure.workload.identity/use: \"true\"` and annotate its service account \
                with the client id";
    Error::new(Kind::SignIn, what).help(help)
}

/// The kind in a Secretfile.
const NAME: &str = "workload_identity";
/// The variable that the webhook sets.
const VARIABLE: &str = "AZURE_FEDERATED_TOKEN_FILE";
