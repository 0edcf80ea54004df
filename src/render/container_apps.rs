//! Container Apps: secrets that refer to a vault, and the environment that refers to them.
//! <https://learn.microsoft.com/azure/container-apps/manage-secrets>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Identity, Reference};
use crate::error::{Error, Result};

/// `secrets` of the app's configuration and `env` of a container.
pub fn fragment(
    references: &[Reference<'_>],
    identity: Option<&Identity>,
) -> Result<Vec<(&'static str, Value)>> {
    let identity = reader(identity)?;
    let named = names(references)?;
    let secrets: Value = named
        .iter()
        .map(
            |(one, name)| json!({"name": name, "keyVaultUrl": one.address(), "identity": identity}),
        )
        .collect();
    let env: Value =
        named.iter().map(|(one, name)| json!({"name": one.variable, "secretRef": name})).collect();
    let line = "`secrets` belongs to the app's configuration, `env` to its container.";
    Ok(vec![(line, json!({"secrets": secrets, "env": env}))])
}

/// Arguments of `az containerapp create`, one a line; none has a blank, so that a shell may split them.
pub fn arguments(references: &[Reference<'_>], identity: Option<&Identity>) -> Result<Vec<String>> {
    let identity = reader(identity)?;
    let named = names(references)?;
    let secrets = named
        .iter()
        .map(|(one, name)| format!("{name}=keyvaultref:{},identityref:{identity}", one.address()));
    let env = named.iter().map(|(one, name)| format!("{}=secretref:{name}", one.variable));
    let (secrets_flag, env_flag) = (["--secrets".to_owned()], ["--env-vars".to_owned()]);
    Ok(secrets_flag.into_iter().chain(secrets).chain(env_flag).chain(env).collect())
}

/// The app's own identity where none is said.
fn reader(identity: Option<&Identity>) -> Result<&str> {
    match identity {
        None | Some(Identity::System) => Ok("system"),
        Some(Identity::Resource(id)) => Ok(id),
        Some(Identity::Client(_) | Identity::Machine(_)) => {
            Err(Error::usage("a container app names its identity by a resource id, or `system`")
                .help("az identity show --name NAME --resource-group GROUP --query id"))
        }
    }
}

/// The app's own name for each secret, which has no capital letter.
fn names<'r, 'f>(references: &'r [Reference<'f>]) -> Result<Vec<(&'r Reference<'f>, String)>> {
    let mut taken = BTreeMap::new();
    let mut named = Vec::with_capacity(references.len());
    for one in references {
        let name = one.target.name.key();
        if let Some(other) = taken.insert(name.clone(), &one.entry) {
            let what = format!("`{other}` and `{}` would both be the app's `{name}`", one.entry);
            return Err(Error::usage(what).help("choose one vault by `--vault`"));
        }
        named.push((one, name));
    }
    Ok(named)
}
