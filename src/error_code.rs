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
use crate::halt::Signal;

/// One line for each code, so that no code lacks a name or a kind.
macro_rules! error_codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $kind:expr;)+) => {
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

            /// The kind of its failures, which decides their exit code; of `stopped` the usual signal's.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind,)+ }
            }
        }
    };
}

error_codes! {
    /// An argument or an input.
    Usage = "usage", Kind::Usage;
    /// A name that is not in the Secretfile, or nowhere.
    UnknownName = "unknown-name", Kind::Usage;
    /// A file that is to be read.
    FileUnreadable = "file-unreadable", Kind::Usage;
    /// A file or a stream that is to be written.
    FileUnwritable = "file-unwritable", Kind::Usage;
    /// What a CI system cannot carry, or lacks to carry it.
    Handover = "ci-handover", Kind::Usage;
    /// The environment's proxy or certificates.
    NetworkSetting = "network-setting", Kind::Usage;
    /// A lockfile of another tool.
    Lockfile = "lockfile", Kind::Usage;
    /// `rotate` of what cannot be rotated.
    NotRotatable = "not-rotatable", Kind::Usage;
    /// A given value that nobody gave.
    NotSupplied = "not-supplied", Kind::Usage;
    /// A value to hand over that no vault has.
    NotThere = "not-there", Kind::Usage;
    /// More than Key Vault stores.
    ValueTooLarge = "value-too-large", Kind::Usage;
    /// A mistake in the Secretfile of no other family.
    Secretfile = "secretfile", Kind::Usage;
    /// YAML.
    SecretfileSyntax = "secretfile-syntax", Kind::Usage;
    /// A key that is not known.
    SecretfileKey = "secretfile-key", Kind::Usage;
    /// `{{ }}`, `${}` and `variables`.
    SecretfileVariable = "secretfile-variable", Kind::Usage;
    /// `auth`.
    SecretfileSignIn = "secretfile-sign-in", Kind::Usage;
    /// Generators and given values.
    SecretfileGenerator = "secretfile-generator", Kind::Usage;
    /// `vault_url`.
    VaultUrl = "vault-url", Kind::Usage;
    /// `secret_name`.
    SecretName = "secret-name", Kind::Usage;

    /// A sign-in, for a reason of no other code.
    SignIn = "sign-in", Kind::SignIn;
    /// No credential serves.
    NoIdentity = "no-identity", Kind::SignIn;
    /// The CI job's own token.
    IdToken = "id-token", Kind::SignIn;
    /// What the application trusts is not what was presented.
    FederatedCredential = "federated-credential", Kind::SignIn;
    /// The application's proof: secret, assertion.
    ClientSecret = "client-secret", Kind::SignIn;
    /// A certificate's file.
    Certificate = "certificate", Kind::SignIn;
    /// The application itself.
    Application = "application", Kind::SignIn;
    /// The tenant, its cloud, and what it knows.
    Tenant = "tenant", Kind::SignIn;
    /// A person's sign-in, and policies.
    UserSignIn = "user-sign-in", Kind::SignIn;
    /// The machine's own identity.
    ManagedIdentity = "managed-identity", Kind::SignIn;
    /// `az`, `azd`, `pwsh`.
    DeveloperTool = "developer-tool", Kind::SignIn;
    /// A token that the vault does not take.
    TokenRejected = "token-rejected", Kind::SignIn;
    /// A vault that asks for a token for something else.
    ForeignChallenge = "foreign-challenge", Kind::SignIn;

    /// A refusal that does not say why.
    Refused = "refused", Kind::Refused;
    /// No role or policy grants it.
    AccessDenied = "access-denied", Kind::Refused;
    /// The vault's firewall.
    Firewall = "firewall", Kind::Refused;
    /// A vault without public access.
    PrivateVault = "private-vault", Kind::Refused;
    /// A purge of what must stay.
    PurgeProtected = "purge-protected", Kind::Refused;
    /// A name that the vault does not have.
    SecretNotFound = "secret-not-found", Kind::Refused;
    /// A request that the vault does not know.
    NotSupported = "not-supported", Kind::Refused;

    /// No answer, for a reason of no other code.
    Unreachable = "unreachable", Kind::Unreachable;
    /// Name resolution.
    NameUnresolved = "name-unresolved", Kind::Unreachable;
    /// Nobody listens.
    NoConnection = "no-connection", Kind::Unreachable;
    /// A connection that ended too early.
    ConnectionLost = "connection-lost", Kind::Unreachable;
    /// The proxy.
    Proxy = "proxy", Kind::Unreachable;
    /// TLS.
    Tls = "tls", Kind::Unreachable;
    /// An answer that leads elsewhere.
    Redirect = "redirect", Kind::Unreachable;
    /// An answer that makes no sense.
    OddAnswer = "odd-answer", Kind::Unreachable;
    /// The service says that it is in trouble.
    ServiceTrouble = "service-trouble", Kind::Unreachable;
    /// Vaults that disagree on the time.
    ClocksApart = "clocks-apart", Kind::Unreachable;

    /// Too many requests.
    Throttled = "throttled", Kind::Throttled;
    /// No answer in time.
    Timeout = "timeout", Kind::Throttled;
    /// The run's own limit.
    RunTimeout = "run-timeout", Kind::Throttled;
    /// A name between two states.
    NameBusy = "name-busy", Kind::Throttled;

    /// A conflict of no other code.
    Conflict = "conflict", Kind::Conflict;
    /// Somebody wrote over ours.
    Drift = "drift", Kind::Conflict;
    /// Two values, and none is known to be right.
    ValuesDiffer = "values-differ", Kind::Conflict;
    /// A value that was there before us.
    ExistingValue = "existing-value", Kind::Conflict;
    /// A value that is no JSON object.
    NotAnObject = "not-an-object", Kind::Conflict;
    /// Somebody else's secret.
    ForeignSecret = "foreign-secret", Kind::Conflict;
    /// A certificate's secret.
    CertificateOwned = "certificate-owned", Kind::Conflict;
    /// A disabled version.
    SecretDisabled = "secret-disabled", Kind::Conflict;
    /// A soft-deleted name.
    SoftDeleted = "soft-deleted", Kind::Conflict;
    /// More tags than a secret takes.
    TooManyTags = "too-many-tags", Kind::Conflict;
    /// Not what was planned for.
    PlanMoved = "plan-moved", Kind::Conflict;
    /// Changed between look and write.
    ChangedMeanwhile = "changed-meanwhile", Kind::Conflict;
    /// What must not be removed or disabled.
    NotRemovable = "not-removable", Kind::Conflict;
    /// A lockfile that is older than the value.
    LockfileOutdated = "lockfile-outdated", Kind::Conflict;

    /// A signal ended the run.
    Stopped = "stopped", Kind::Stopped(Signal::Terminate);

    /// A bug.
    Bug = "bug", Kind::Internal;
    /// No random numbers.
    RandomSource = "random-source", Kind::Internal;
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
            Kind::Stopped(_) => Self::Stopped,
            Kind::Internal => Self::Bug,
        }
    }
}
