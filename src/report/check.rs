//! What is looked at between a job and its vaults.

use serde::Serialize;

/// The checks, from the outside to the inside: where one fails, the later ones cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Who connects.
    Proxy,
    /// Where the vault's name leads.
    Name,
    /// Whether anybody answers.
    Connection,
    /// Whose certificate is shown.
    Tls,
    /// How far the clocks are apart.
    Clock,
    /// Whether there is a token, and for whom.
    SignIn,
    /// Whether the vault lets this address in.
    Network,
    /// Whether the vault speaks our version.
    ApiVersion,
    /// The right to list.
    List,
    /// The right to get.
    Get,
    /// What becomes of deleted names.
    SoftDelete,
    /// Whether names of the file are soft-deleted.
    DeletedNames,
    /// The right to set, tried.
    Set,
    /// The right to update, tried.
    Update,
    /// The right to delete, tried.
    Delete,
    /// The right to recover, tried.
    Recover,
    /// The right to purge, tried.
    Purge,
    /// What the tries left behind.
    LeftBehind,
}

impl Check {
    /// All, in their order.
    pub const ALL: [Self; 18] = [
        Self::Proxy,
        Self::Name,
        Self::Connection,
        Self::Tls,
        Self::Clock,
        Self::SignIn,
        Self::Network,
        Self::ApiVersion,
        Self::List,
        Self::Get,
        Self::SoftDelete,
        Self::DeletedNames,
        Self::Set,
        Self::Update,
        Self::Delete,
        Self::Recover,
        Self::Purge,
        Self::LeftBehind,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Proxy => "proxy",
            Self::Connection => "connection",
            Self::Tls => "TLS",
            Self::Clock => "clock",
            Self::SignIn => "sign-in",
            Self::Network => "firewall",
            Self::ApiVersion => "api-version",
            Self::List => "list",
            Self::Get => "get",
            Self::SoftDelete => "soft delete",
            Self::DeletedNames => "deleted names",
            Self::Set => "set",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Recover => "recover",
            Self::Purge => "purge",
            Self::LeftBehind => "left behind",
        }
    }

    /// Whether only a write tells.
    pub fn is_tried(self) -> bool {
        self >= Self::Set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_stands_once_in_the_order_in_which_they_are_made() {
        assert!(Check::ALL.is_sorted());
        assert!(Check::Set.is_tried() && !Check::DeletedNames.is_tried());
    }
}
