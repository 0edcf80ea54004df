//! App Service and Functions: settings whose values are references.
//! <https://learn.microsoft.com/azure/app-service/app-service-key-vault-references>

use serde_json::{Value, json};

use super::Reference;

/// By the secret's address. Without a version it ends with a slash: without that slash an app was seen to
/// keep an older version.
pub fn by_address(references: &[Reference<'_>]) -> Value {
    settings(references, |one| {
        let slash = if one.version.is_none() { "/" } else { "" };
        format!("@Microsoft.KeyVault(SecretUri={}{slash})", one.address())
    })
}

/// By the names of vault and secret.
pub fn by_names(references: &[Reference<'_>]) -> Value {
    settings(references, |one| {
        let (vault, name) = (one.target.vault.name(), &one.target.name);
        let version = one.version.as_ref().map(|version| format!(";SecretVersion={version}"));
        let version = version.unwrap_or_default();
        format!("@Microsoft.KeyVault(VaultName={vault};SecretName={name}{version})")
    })
}

/// What `az webapp config appsettings set --settings @FILE` and the portal's editor take.
fn settings(references: &[Reference<'_>], value: impl Fn(&Reference<'_>) -> String) -> Value {
    let setting = |one: &Reference<'_>| json!({"name": one.variable, "value": value(one), "slotSetting": false});
    references.iter().map(setting).collect()
}
