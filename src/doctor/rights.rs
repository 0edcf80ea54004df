//! Rights and the commands that grant them.

use super::assignee::Assignee;
use super::needs::Needs;
use crate::azure::RightsModel;
use crate::report::doctor::Check;

/// The smallest built-in role that lists.
pub const READER: &str = "Key Vault Reader";
/// The smallest built-in role that reads values.
pub const USER: &str = "Key Vault Secrets User";
/// The smallest built-in role that writes; it deletes and purges, too.
pub const OFFICER: &str = "Key Vault Secrets Officer";

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Names and properties.
    List,
    /// Values.
    Get,
    /// A version.
    Set,
    /// Properties.
    Update,
    /// A name.
    Delete,
    /// A soft-deleted name.
    Recover,
    /// A soft-deleted name.
    Purge,
}

impl Right {
    /// What a check is about, where it is about a right.
    pub fn of(check: Check) -> Option<Self> {
        Some(match check {
            Check::List => Self::List,
            Check::Get => Self::Get,
            Check::Set => Self::Set,
            Check::Update => Self::Update,
            Check::Delete => Self::Delete,
            Check::Recover => Self::Recover,
            Check::Purge => Self::Purge,
            _ => return None,
        })
    }

    /// The smallest built-in role that grants it.
    pub fn role(self) -> &'static str {
        match self {
            Self::List => READER,
            Self::Get => USER,
            _ => OFFICER,
        }
    }

    /// As access policies call it.
    pub fn permission(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Set | Self::Update => "set",
            Self::Delete => "delete",
            Self::Recover => "recover",
            Self::Purge => "purge",
        }
    }

    /// As roles call it, after `Microsoft.KeyVault/vaults/secrets/`.
    pub fn data_action(self) -> &'static str {
        match self {
            Self::List => "readMetadata/action",
            Self::Get => "getSecret/action",
            Self::Set => "setSecret/action",
            Self::Update => "update/action",
            Self::Delete => "delete",
            Self::Recover => "recover/action",
            Self::Purge => "purge/action",
        }
    }

    /// Grants it in a vault, as far as the vault said in which of both ways. A policy's permissions are
    /// replaced by what the command names, so that it names all that we have and a `sync` needs, too.
    pub fn fix(self, grant: &Granting<'_>) -> String {
        let Granting { vault, model, who, needs, held } = *grant;
        let role = || format!("{}\n{WAIT}", assign(self.role(), vault, who));
        let mut rights = needs.of_sync();
        rights.extend_from_slice(held);
        rights.push(self);
        rights.sort();
        let policy = || format!("{}\n{REPLACES}", set_policy(&rights, vault, who));
        match model {
            Some(RightsModel::Roles) => role(),
            Some(RightsModel::Policies) => policy(),
            None => format!("{}\nor, where the vault has access policies: {}", role(), policy()),
        }
    }
}

/// What a right is to be granted on, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Granting<'a> {
    /// The vault's name.
    pub vault: &'a str,
    /// Who grants there; none: not known.
    pub model: Option<RightsModel>,
    /// Who is to get it.
    pub who: &'a Assignee,
    /// What else the file needs there.
    pub needs: Needs,
    /// What it has already, as far as that was seen.
    pub held: &'a [Right],
}

/// Assigns a role on a vault.
pub fn assign(role: &str, vault: &str, who: &Assignee) -> String {
    let who = who.of_role();
    format!("az role assignment create --role \"{role}\" {who} --scope \"{}\"", scope(vault))
}

/// Assigns a role on some of a vault's names, one by one.
pub fn assign_on_names(role: &str, vault: &str, names: &[&str], who: &Assignee) -> String {
    let (who, scope) = (who.of_role(), scope(vault));
    format!(
        "for name in {}; do az role assignment create --role \"{role}\" {who} --scope \
         \"{scope}/secrets/$name\"; done",
        names.join(" ")
    )
}

/// Grants rights by a vault's access policy.
pub fn set_policy(rights: &[Right], vault: &str, who: &Assignee) -> String {
    let mut permissions: Vec<&str> = rights.iter().map(|right| right.permission()).collect();
    permissions.dedup();
    let (who, permissions) = (who.of_policy(), permissions.join(" "));
    format!("az keyvault set-policy --name {vault} {who} --secret-permissions {permissions}")
}

fn scope(vault: &str) -> String {
    format!("$(az keyvault show --name {vault} --query id --output tsv)")
}

/// What is said of every policy.
const REPLACES: &str =
    "(it replaces the identity's secret permissions: add those that other jobs need)";
/// What is said of every role.
const WAIT: &str = "(a new assignment takes some minutes; --wait-for-access 5m waits for it)";
