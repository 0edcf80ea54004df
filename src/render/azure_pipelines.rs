//! Azure Pipelines: secrets as variables, which a step has to name to get them.
//! <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-key-vault-v2>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Reference;
use crate::error::{Error, Result};
use crate::names::VaultUrl;

/// A task for each vault, then a step with the environment.
pub fn task(
    references: &[Reference<'_>],
    service_connection: Option<&str>,
) -> Result<Vec<(&'static str, Value)>> {
    let connection = service_connection.ok_or_else(|| {
        Error::usage("the service connection that reads the vault is not said")
            .help("pass --service-connection NAME, from the project's settings")
    })?;
    apart(references)?;
    let mut steps: Vec<Value> = by_vault(references)
        .iter()
        .map(|(vault, references)| read(vault, references, connection))
        .collect();
    steps.push(step(references));
    Ok(vec![(LINE, json!({"steps": steps}))])
}

/// A variable group for each vault, then a step with the environment.
pub fn group(references: &[Reference<'_>]) -> Result<Vec<(&'static str, Value)>> {
    if references.iter().any(|one| one.version.is_some()) {
        let what = "a variable group holds no versions";
        return Err(Error::usage(what).help("leave `--with-version` out"));
    }
    apart(references)?;
    let groups: Value =
        by_vault(references).keys().map(|vault| json!({"group": vault.name()})).collect();
    Ok(vec![(GROUP_LINE, json!({"variables": groups, "steps": [step(references)]}))])
}

/// Reads an argument: the name of a service connection, which a macro could change.
pub fn connection(text: &str) -> std::result::Result<String, String> {
    if text.trim().is_empty() || text.contains(['$', '\\']) || text.chars().any(char::is_control) {
        return Err("a service connection's name is one line without `$`".to_owned());
    }
    Ok(text.to_owned())
}

fn by_vault<'r, 'f>(
    references: &'r [Reference<'f>],
) -> BTreeMap<&'f VaultUrl, Vec<&'r Reference<'f>>> {
    let mut by_vault: BTreeMap<_, Vec<_>> = BTreeMap::new();
    references.iter().for_each(|one| by_vault.entry(&one.target.vault).or_default().push(one));
    by_vault
}

/// The task sets a variable of the secret's name for `NAME` and for `NAME/VERSION`.
fn read(vault: &VaultUrl, references: &[&Reference<'_>], connection: &str) -> Value {
    let filter: Vec<String> = references
        .iter()
        .map(|one| match &one.version {
            Some(version) => format!("{}/{version}", one.target.name),
            None => one.target.name.to_string(),
        })
        .collect();
    json!({
        "task": "AzureKeyVault@2",
        "displayName": format!("Read secrets from {}", vault.name()),
        "inputs": {
            "azureSubscription": connection,
            "KeyVaultName": vault.name(),
            "SecretsFilter": filter.join(","),
            "RunAsPreJob": false,
        },
    })
}

/// Secret variables reach no step that does not map them.
fn step(references: &[Reference<'_>]) -> Value {
    let pair = |one: &Reference<'_>| {
        (one.variable.clone(), Value::from(format!("$({})", one.target.name)))
    };
    let env: Map<String, Value> = references.iter().map(pair).collect();
    json!({"script": "./deploy.sh", "env": env})
}

/// Variables are one regardless of the vault they come from, and of case.
fn apart(references: &[Reference<'_>]) -> Result<()> {
    let mut taken = BTreeMap::new();
    for one in references {
        if let Some(other) = taken.insert(one.target.name.key(), &one.entry) {
            let name = &one.target.name;
            let what = format!("`{other}` and `{}` would both be the variable `{name}`", one.entry);
            return Err(Error::usage(what).help("choose one vault by `--vault`"));
        }
    }
    Ok(())
}

/// What is said of the task.
const LINE: &str = "The last step stands for yours: `env` hands the secrets to it.";
/// What is said of the group.
const GROUP_LINE: &str =
    "Each group is linked to the vault of its name, under Library. The step stands for yours.";
