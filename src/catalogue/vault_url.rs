//! What is no address of a vault.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{NameUnresolved, SecretName, VaultUrl};

/// `vault_url`.
pub const FAMILY: Family = Family {
    id: "vault-url",
    title: "Vault URL",
    about: "`vault_url` is not the address of a Key Vault; each wrong form has its own message.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "A line of the Secretfile with `is a bare vault name`, `has no scheme`, `has a path or a query`, \
           `is a private-link name`, `is not a vault's host of this cloud`, or what is wrong in the name.",
    why: "A vault's address is `https://NAME.SUFFIX` and nothing more. A token goes only to the cloud's \
          own suffix, so that no Secretfile can lead it elsewhere: the private-link name, an address or \
          another domain is not taken, even where it would resolve. With a private endpoint the public \
          name stays the right one; DNS leads it inside.",
    mend: &[
        "Ask Azure for it: `az keyvault show --name VAULT --query properties.vaultUri --output tsv`.",
        "Suffixes: `vault.azure.net`; China `vault.azure.cn`, US Government `vault.usgovcloudapi.net`. For \
         another cloud set `cloud` on the provider, or give `--cloud-config`.",
        "A name has 3 to 24 letters, digits and hyphens, begins with a letter, ends with a letter or \
         digit, and has no two hyphens in a row.",
        "Where the URL is put together from variables, print what they are: the message shows the result.",
    ],
    check: &["`secretzero validate` checks it without any network."],
};

const ENTRIES: &[Entry] = &[Entry::new(
    VaultUrl,
    "`vault_url` is not a vault's address",
    "It lacks the scheme, has a path, a port or a user name, is of another cloud, is the private-link \
     name, or its name breaks the rule for vaults.",
    &[
        "Write what the message says, which is `https://NAME.vault.azure.net` in the public cloud.",
        "Ask Azure for it: `az keyvault list --query \"[].properties.vaultUri\" --output tsv`.",
    ],
)
.see(&[NameUnresolved, SecretName])];
