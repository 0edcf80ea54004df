//! The ways to sign in that the default chain knows.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An application's secret or certificate in the environment.
    Environment,
    /// A token file, as Kubernetes projects it.
    WorkloadIdentity,
    /// The CI system's identity token.
    Oidc,
    /// An Azure host's own identity.
    ManagedIdentity,
    /// The Azure CLI.
    Cli,
    /// Azure PowerShell.
    PowerShell,
    /// The Azure Developer CLI.
    Azd,
}

impl Way {
    /// All, in the order in which they are tried: what was set for this job comes before what its
    /// machine has, and a person's own sign-in comes last.
    pub const ALL: [Self; 7] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::Oidc,
        Self::ManagedIdentity,
        Self::Cli,
        Self::PowerShell,
        Self::Azd,
    ];

    /// Its name in messages: the word of `auth.kind`, where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::WorkloadIdentity => "workload_identity",
            Self::Oidc => "oidc",
            Self::ManagedIdentity => "managed_identity",
            Self::Cli => "cli",
            Self::PowerShell => "powershell",
            Self::Azd => "azd",
        }
    }

    /// Whether it is a developer's own sign-in.
    pub fn is_developers(self) -> bool {
        matches!(self, Self::Cli | Self::PowerShell | Self::Azd)
    }
}
