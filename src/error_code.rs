//! The codes of errors: what somebody looks up at night.
//!
//! A code is a few lower-case words with hyphens, such as `firewall` or `name-unresolved`. It stands in
//! brackets at the end of a message (`… [firewall]`), bare in JSON (`"code":"firewall"`), behind
//! `secretzero explain`, and as the anchor of its section in `docs/errors.md`: one spelling everywhere,
//! the one that the kinds of failure have, too, and that can be typed without shift. The brackets make it
//! greppable, so that it needs no prefix. A code that was once released keeps its name and its meaning.
//!
//! What each means, and its way out, stands in [`crate::catalogue`].

use crate::error::Kind;

/// One line for each code, so that no code lacks a name or a kind.
macro_rules! error_codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $kind:ident;)+) => {
        /// What went wrong, as a word that is the same in every version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is printed.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The kind of its failures, which decides their exit code.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }
        }
    };
}

error_codes! {
    /// An argument or an input.
    Usage = "usage", Usage;
    /// A name that is not in the Secretfile, or nowhere.
    UnknownName = "unknown-name", Usage;
    /// A file that is to be read.
    FileUnreadable = "file-unreadable", Usage;
    /// A file or a stream that is to be written.
    FileUnwritable = "file-unwritable", Usage;
    /// What a CI system cannot carry, or lacks to carry it.
    Handover = "ci-handover", Usage;
    /// The environment's proxy or certificates.
    NetworkSetting = "network-setting", Usage;
    /// A lockfile of another tool.
    Lockfile = "lockfile", Usage;
    /// `rotate` of what cannot be rotated.
    NotRotatable = "not-rotatable", Usage;
    /// A given value that nobody gave.
    NotSupplied = "not-supplied", Usage;
    /// A value to hand over that no vault has.
    NotThere = "not-there", Usage;
    /// More than Key Vault stores.
    ValueTooLarge = "value-too-large", Usage;
    /// A mistake in the Secretfile of no other family.
    Secretfile = "secretfile", Usage;
    /// YAML.
    SecretfileSyntax = "secretfile-syntax", Usage;
    /// A key that is not known.
    SecretfileKey = "secretfile-key", Usage;
    /// `{{ }}`, `${}` and `variables`.
    SecretfileVariable = "secretfile-variable", Usage;
    /// `auth`.
    SecretfileSignIn = "secretfile-sign-in", Usage;
    /// Generators and given values.
    SecretfileGenerator = "secretfile-generator", Usage;
    /// `vault_url`.
    VaultUrl = "vault-url", Usage;
    /// `secret_name`.
    SecretName = "secret-name", Usage;

    /// A sign-in, for a reason of no other code.
    SignIn = "sign-in", SignIn;
    /// No credential serves.
    NoIdentity = "no-identity", SignIn;
    /// The CI job's own token.
    IdToken = "id-token", SignIn;
    /// What the application trusts is not what was presented.
    FederatedCredential = "federated-credential", SignIn;
    /// The application's proof: secret, assertion.
    ClientSecret = "client-secret", SignIn;
    /// A certificate's file.
    Certificate = "certificate", SignIn;
    /// The application itself.
    Application = "application", SignIn;
    /// The tenant, its cloud, and what it knows.
    Tenant = "tenant", SignIn;
    /// A person's sign-in, and policies.
    UserSignIn = "user-sign-in", SignIn;
    /// The machine's own identity.
    ManagedIdentity = "managed-identity", SignIn;
    /// `az`, `azd`, `pwsh`.
    DeveloperTool = "developer-tool", SignIn;
    /// A token that the vault does not take.
    TokenRejected = "token-rejected", SignIn;
    /// A vault that asks for a token for something else.
    ForeignChallenge = "foreign-challenge", SignIn;

    /// A refusal that does not say why.
    Refused = "refused", Refused;
    /// No role or policy grants it.
    AccessDenied = "access-denied", Refused;
    /// The vault's firewall.
    Firewall = "firewall", Refused;
    /// A vault without public access.
    PrivateVault = "private-vault", Refused;
    /// A purge of what must stay.
    PurgeProtected = "purge-protected", Refused;
    /// A name that the vault does not have.
    SecretNotFound = "secret-not-found", Refused;
    /// A request that the vault does not know.
    NotSupported = "not-supported", Refused;

    /// No answer, for a reason of no other code.
    Unreachable = "unreachable", Unreachable;
    /// Name resolution.
    NameUnresolved = "name-unresolved", Unreachable;
    /// Nobody listens.
    NoConnection = "no-connection", Unreachable;
    /// A connection that ended too early.
    ConnectionLost = "connection-lost", Unreachable;
    /// The proxy.
    Proxy = "proxy", Unreachable;
    /// TLS.
    Tls = "tls", Unreachable;
    /// An answer that leads elsewhere.
    Redirect = "redirect", Unreachable;
    /// An answer that makes no sense.
    OddAnswer = "odd-answer", Unreachable;
    /// The service says that it is in trouble.
    ServiceTrouble = "service-trouble", Unreachable;
    /// Vaults that disagree on the time.
    ClocksApart = "clocks-apart", Unreachable;

    /// Too many requests.
    Throttled = "throttled", Throttled;
    /// No answer in time.
    Timeout = "timeout", Throttled;
    /// The run's own limit.
    RunTimeout = "run-timeout", Throttled;
    /// A name between two states.
    NameBusy = "name-busy", Throttled;

    /// A conflict of no other code.
    Conflict = "conflict", Conflict;
    /// Somebody wrote over ours.
    Drift = "drift", Conflict;
    /// Two values, and none is known to be right.
    ValuesDiffer = "values-differ", Conflict;
    /// A value that was there before us.
    ExistingValue = "existing-value", Conflict;
    /// A value that is no JSON object.
    NotAnObject = "not-an-object", Conflict;
    /// Somebody else's secret.
    ForeignSecret = "foreign-secret", Conflict;
    /// A certificate's secret.
    CertificateOwned = "certificate-owned", Conflict;
    /// A disabled version.
    SecretDisabled = "secret-disabled", Conflict;
    /// A soft-deleted name.
    SoftDeleted = "soft-deleted", Conflict;
    /// More tags than a secret takes.
    TooManyTags = "too-many-tags", Conflict;
    /// Not what was planned for.
    PlanMoved = "plan-moved", Conflict;
    /// Changed between look and write.
    ChangedMeanwhile = "changed-meanwhile", Conflict;
    /// What must not be removed or disabled.
    NotRemovable = "not-removable", Conflict;
    /// A lockfile that is older than the value.
    LockfileOutdated = "lockfile-outdated", Conflict;

    /// A bug.
    Bug = "bug", Internal;
    /// No random numbers.
    RandomSource = "random-source", Internal;
}

impl ErrorCode {
    /// The code of a failure of which no more than its kind is known.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Usage => Self::Usage,
            Kind::SignIn => Self::SignIn,
            Kind::Refused => Self::Refused,
            Kind::Unreachable => Self::Unreachable,
            Kind::Throttled => Self::Throttled,
            Kind::Conflict => Self::Conflict,
            Kind::Internal => Self::Bug,
        }
    }
}
