//! AKS: the Secrets Store CSI driver with Azure's provider.
//! <https://secrets-store-csi-driver.sigs.k8s.io/>,
//! <https://azure.github.io/secrets-store-csi-driver-provider-azure/>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Identity, Reference, yaml};
use crate::error::{Error, Result};
use crate::names::VaultUrl;

/// A class for each vault, and a pod that mounts it and takes its environment from it.
pub fn manifests(
    references: &[Reference<'_>],
    identity: Option<&Identity>,
) -> Result<Vec<(&'static str, Value)>> {
    let mut by_vault: BTreeMap<&VaultUrl, Vec<&Reference<'_>>> = BTreeMap::new();
    references.iter().for_each(|one| by_vault.entry(&one.target.vault).or_default().push(one));
    let vaults: Vec<&str> = by_vault.keys().map(|vault| vault.name()).collect();
    apart(&vaults)?;
    let mut documents = Vec::with_capacity(by_vault.len() + 1);
    for (vault, references) in &by_vault {
        documents.push((CLASS_LINE, class(vault, references, identity)?));
    }
    documents.push((POD_LINE, pod(&vaults, references)));
    Ok(documents)
}

/// Vaults of two clouds may have one name, and a cluster has one class of it.
fn apart(vaults: &[&str]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match vaults.iter().find(|vault| !seen.insert(**vault)) {
        None => Ok(()),
        Some(twice) => {
            let what =
                format!("two vaults, in different clouds, would both be the class `{twice}`");
            Err(Error::usage(what).help("choose one vault by `--vault HOST`"))
        }
    }
}

/// One vault, what is read from it, and the Kubernetes secret that mirrors it. Both have the vault's name,
/// which is a legal one.
fn class(
    vault: &VaultUrl,
    references: &[&Reference<'_>],
    identity: Option<&Identity>,
) -> Result<Value> {
    let parameters = parameters(vault, references, identity)?;
    let data: Value = references
        .iter()
        .map(|one| {
            let name = one.target.name.as_str();
            json!({"objectName": name, "key": name})
        })
        .collect();
    Ok(json!({
        "apiVersion": "secrets-store.csi.x-k8s.io/v1",
        "kind": "SecretProviderClass",
        "metadata": {"name": vault.name()},
        "spec": {
            "provider": "azure",
            "parameters": parameters,
            "secretObjects": [{"secretName": vault.name(), "type": "Opaque", "data": data}],
        },
    }))
}

/// The provider's parameters, all of them texts.
fn parameters(
    vault: &VaultUrl,
    references: &[&Reference<'_>],
    identity: Option<&Identity>,
) -> Result<Map<String, Value>> {
    let mut parameters = Map::new();
    let mut set = |key: &str, value: &str| parameters.insert(key.to_owned(), value.into());
    set("usePodIdentity", "false");
    match identity {
        Some(Identity::Client(id)) => set("clientID", id),
        Some(Identity::Machine(id)) => {
            set("useVMManagedIdentity", "true");
            set("userAssignedIdentityID", id)
        }
        Some(Identity::System) => {
            set("useVMManagedIdentity", "true");
            set("userAssignedIdentityID", "")
        }
        None | Some(Identity::Resource(_)) => return Err(no_identity()),
    };
    set("keyvaultName", vault.name());
    if let Some(cloud) = cloud(&vault.cloud().name)? {
        set("cloudName", cloud);
    }
    set("objects", &objects(references));
    if let Some(first) = references.first() {
        set("tenantId", tenant(first.tenant()?)?);
    }
    Ok(parameters)
}

fn no_identity() -> Error {
    Error::usage("a cluster's identity must be named by its client id").help(
        "pass --identity CLIENT-ID (workload identity), vm:CLIENT-ID (an identity of the nodes), or \
         system (the nodes' own)",
    )
}

/// The names that the provider has for the clouds.
fn cloud(name: &str) -> Result<Option<&'static str>> {
    match name {
        "public" => Ok(None),
        "usgov" => Ok(Some("AzureUSGovernmentCloud")),
        "china" => Ok(Some("AzureChinaCloud")),
        _ => Err(Error::usage(format!("the CSI provider has no name for the cloud `{name}`"))
            .help("describe it in a file on the nodes: `cloudName` AzureStackCloud, `cloudEnvFileName`")),
    }
}

/// YAML in YAML: a list of texts, each a map.
fn objects(references: &[&Reference<'_>]) -> String {
    let object = |one: &&Reference<'_>| {
        let version = one.version.as_ref().map(ToString::to_string).unwrap_or_default();
        Value::from(yaml::document(&json!({
            "objectName": one.target.name.as_str(),
            "objectType": "secret",
            "objectVersion": version,
        })))
    };
    yaml::document(&json!({"array": references.iter().map(object).collect::<Value>()}))
}

/// A command line may say anything.
fn tenant(text: &str) -> Result<&str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    match !text.is_empty() && text.bytes().all(fits) {
        true => Ok(text),
        false => Err(Error::usage("`--tenant-id` is no GUID and no domain name")
            .help("az account show --query tenantId")),
    }
}

/// The parts of a pod that use the classes.
fn pod(vaults: &[&str], references: &[Reference<'_>]) -> Value {
    let env: Value = references
        .iter()
        .map(|one| {
            let key = json!({"name": one.target.vault.name(), "key": one.target.name.as_str()});
            json!({"name": one.variable, "valueFrom": {"secretKeyRef": key}})
        })
        .collect();
    let mounts: Value = vaults
        .iter()
        .map(|vault| {
            json!({"name": vault, "mountPath": format!("/mnt/secrets/{vault}"), "readOnly": true})
        })
        .collect();
    let volumes: Value = vaults.iter().map(|vault| volume(vault)).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "app"},
        "spec": {
            "containers": [{
                "name": "app",
                "image": "registry.example.net/app:1.0",
                "env": env,
                "volumeMounts": mounts,
            }],
            "volumes": volumes,
        },
    })
}

fn volume(vault: &str) -> Value {
    json!({
        "name": vault,
        "csi": {
            "driver": "secrets-store.csi.k8s.io",
            "readOnly": true,
            "volumeAttributes": {"secretProviderClass": vault},
        },
    })
}

/// What is said of a class.
const CLASS_LINE: &str =
    "Read from the vault when a pod mounts it, and mirrored to a Kubernetes secret.";
/// What is said of the pod.
const POD_LINE: &str = "The environment is there once the volume is mounted. Take `env`, `volumeMounts` and `volumes` over.";
