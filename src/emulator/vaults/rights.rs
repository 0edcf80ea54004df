//! Who asks, and what they may do.

/// Who asks, as the token says, and what they may do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token's `appid`.
    pub app_id: String,
    /// The token's `oid`.
    pub object_id: String,
    /// The tenant that issued the token.
    pub tenant: String,
    /// What they may do.
    pub rights: Rights,
}

/// How a vault grants rights; it decides how a refusal reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessModel {
    /// Access policies of the vault.
    Policy,
    /// Role assignments.
    Rbac,
}

/// Something that a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read a value.
    Get,
    /// Read properties.
    List,
    /// Make a version.
    Set,
    /// Change properties; access policies know it as part of [`Action::Set`].
    Update,
    /// Delete a secret.
    Delete,
    /// Bring a deleted secret back.
    Recover,
    /// Remove a deleted secret for good.
    Purge,
    /// Take a backup.
    Backup,
    /// Restore a backup.
    Restore,
}

impl Action {
    /// The permission's name in an access policy.
    pub(in crate::emulator) fn permission(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Set | Self::Update => "set",
            Self::Delete => "delete",
            Self::Recover => "recover",
            Self::Purge => "purge",
            Self::Backup => "backup",
            Self::Restore => "restore",
        }
    }

    /// The data action's name in a role, after `Microsoft.KeyVault/vaults/secrets/`.
    pub(in crate::emulator) fn data_action(self) -> &'static str {
        match self {
            Self::Get => "getSecret/action",
            Self::List => "readMetadata/action",
            Self::Set => "setSecret/action",
            Self::Update => "update/action",
            Self::Delete => "delete",
            Self::Recover => "recover/action",
            Self::Purge => "purge/action",
            Self::Backup => "backup/action",
            Self::Restore => "restore/action",
        }
    }
}

/// Which actions a caller may do, granted by access policy or by role.
#[derive(Clone, Debug)]
pub struct Rights {
    /// Who grants them.
    model: AccessModel,
    /// The granted actions; none means every one.
    granted: Option<Vec<Action>>,
}

impl Rights {
    /// Everything, by role, as vaults have it unless they chose access policies.
    pub fn all() -> Self {
        Self { model: AccessModel::Rbac, granted: None }
    }

    /// These actions and no other.
    pub fn only(model: AccessModel, actions: &[Action]) -> Self {
        Self { model, granted: Some(actions.to_vec()) }
    }

    /// Who grants them.
    pub(in crate::emulator) fn model(&self) -> AccessModel {
        self.model
    }

    /// Whether the action is granted.
    pub(in crate::emulator) fn allow(&self, action: Action) -> bool {
        let Some(granted) = &self.granted else { return true };
        match self.model {
            AccessModel::Rbac => granted.contains(&action),
            AccessModel::Policy => {
                granted.iter().any(|other| other.permission() == action.permission())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_policies_know_no_update_beside_set_but_roles_do() {
        assert!(Rights::only(AccessModel::Policy, &[Action::Set]).allow(Action::Update));
        assert!(!Rights::only(AccessModel::Rbac, &[Action::Set]).allow(Action::Update));
    }
}
