//! The Secretfile: what should be in which vaults.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cloud::Cloud;
use crate::env::Env;
use crate::error_code::ErrorCode;
use crate::generate::Generator;
use crate::names::{SecretName, VaultUrl};
use crate::secret::SecretValue;

pub use period::period;
use problem::Found;
pub use problem::{Place, Problem, Problems};
pub use suggest::nearest;

mod check;
mod expression;
mod interpolate;
mod line;
mod node;
mod period;
mod problem;
mod scalar;
mod segments;
mod source;
mod suggest;
mod unquoted;
mod variables;

/// A Secretfile whose every part was found right.
#[derive(Debug)]
pub struct Secretfile {
    /// The path as the user wrote it.
    pub path: String,
    /// Who owns what we write: `metadata.scope`, else project or project/environment, else none.
    pub scope: Option<String>,
    /// Scopes that this file had before, an empty one for none; what they own is ours.
    pub formerly: Vec<String>,
    /// Tags from the metadata, for every target.
    pub tags: BTreeMap<String, String>,
    /// Credentials, in the file's order; targets point into it.
    pub providers: Vec<Provider>,
    /// The secrets, in the file's order.
    pub secrets: Vec<Secret>,
    /// What is odd but not wrong.
    pub notices: Vec<Problem>,
}

/// A credential for targets.
#[derive(Debug)]
pub struct Provider {
    /// Its key under `providers`.
    pub name: String,
    /// How to sign in.
    pub auth: Auth,
}

/// How a provider signs in. What is absent comes from the environment.
#[derive(Debug, Default, PartialEq)]
pub struct Auth {
    /// The kind of credential.
    pub kind: AuthKind,
    /// Directory (tenant) id.
    pub tenant_id: Option<String>,
    /// Application (client) id.
    pub client_id: Option<String>,
    /// The application's secret.
    pub client_secret: Option<SecretValue>,
    /// A file with the application's certificate and key.
    pub certificate_path: Option<String>,
    /// What decrypts that file.
    pub certificate_password: Option<SecretValue>,
    /// Whether to send the certificate's chain (subject name and issuer trust).
    pub send_chain: bool,
    /// The audience of a federated token.
    pub audience: Option<String>,
    /// The service connection of Azure Pipelines.
    pub service_connection_id: Option<String>,
    /// The variable that holds a ready-made id token.
    pub id_token_variable: Option<String>,
    /// The file that holds a federated token.
    pub token_file: Option<String>,
    /// The object id of a managed identity.
    pub object_id: Option<String>,
    /// The resource id of a managed identity.
    pub resource_id: Option<String>,
    /// A ready-made access token.
    pub token: Option<SecretValue>,
    /// Tenants that a vault's challenge may name beside ours; `*` is any.
    pub additionally_allowed_tenants: Vec<String>,
}

/// The values of `auth.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthKind {
    /// The chain: whatever the job has. `ambient` is the same.
    #[default]
    Default,
    /// An application with a secret or a certificate.
    ServicePrincipal,
    /// The CI system's identity token.
    Oidc,
    /// A token file, as Kubernetes projects it.
    WorkloadIdentity,
    /// An Azure host's own identity.
    ManagedIdentity,
    /// The Azure CLI's sign-in.
    Cli,
    /// The Azure Developer CLI's sign-in.
    Azd,
    /// Azure PowerShell's sign-in.
    PowerShell,
    /// A code entered on another device.
    DeviceCode,
    /// A browser on this machine.
    InteractiveBrowser,
    /// A ready-made access token.
    Token,
}

/// One entry: one content, in all its targets.
#[derive(Debug)]
pub struct Secret {
    /// The entry's name.
    pub name: String,
    /// Where it stands.
    pub at: Place,
    /// What is stored.
    pub content: Content,
    /// How long minted parts live.
    pub rotation_period: Option<SignedDuration>,
    /// Minted once, never rotated.
    pub one_time: bool,
    /// Where it is stored; ours alone, in the file's order, the template's before the entry's before
    /// the fields'.
    pub targets: Vec<Target>,
    /// Kinds of targets that are not ours and that another tool serves.
    pub not_ours: Vec<String>,
}

/// What a secret holds.
#[derive(Debug)]
pub enum Content {
    /// One text.
    Single(Part),
    /// A template: a JSON object, its fields in the file's order.
    Object(Vec<Field>),
}

/// One member of a template.
#[derive(Debug)]
pub struct Field {
    /// The member's key.
    pub name: String,
    /// Its value.
    pub part: Part,
}

/// Where a value comes from.
#[derive(Debug)]
pub enum Part {
    /// We make it.
    Minted(Generator),
    /// The file or its environment gives it.
    Given(Given),
}

/// A declared value.
#[derive(Debug)]
pub struct Given {
    /// Whether there is a value, and what it may be used for.
    pub supply: Supply,
    /// Whether all of it stands in the file for all to read, without any variable.
    pub is_literal: bool,
}

/// Whether a declared value is there.
#[derive(Debug)]
pub enum Supply {
    /// The value is there.
    Supplied(GivenValue),
    /// Only the default of a `${NAME:-default}` is there: it creates and never updates.
    Default(GivenValue),
    /// Nothing is there; the names of the variables that would supply it, or the text that a CI left
    /// unexpanded.
    Missing(String),
}

/// A declared value that is there.
#[derive(Debug)]
pub struct GivenValue {
    /// What a target of its own stores: a string's text, or JSON.
    pub text: SecretValue,
    /// Whether `text` is JSON that a template takes over as it is (number, bool, list, map, null); a
    /// string is quoted there.
    pub is_json: bool,
}

/// One name in one vault.
#[derive(Debug)]
pub struct Target {
    /// The template's field that is stored alone; none for the whole content.
    pub field: Option<String>,
    /// Index into [`Secretfile::providers`].
    pub provider: usize,
    /// The vault.
    pub vault: VaultUrl,
    /// The name in it.
    pub name: SecretName,
    /// How it is stored and defended.
    pub options: TargetOptions,
    /// Where it stands.
    pub at: Place,
}

/// A target's options, after its provider's defaults.
#[derive(Debug, Clone, Default)]
pub struct TargetOptions {
    /// Tags beside ours and the metadata's.
    pub tags: BTreeMap<String, String>,
    /// `contentType`; a template's is `application/json` unless said otherwise.
    pub content_type: Option<String>,
    /// Whether the secret can be read; not said: as it is.
    pub enabled: Option<bool>,
    /// When it expires.
    pub expires: Option<Expires>,
    /// When it starts to be valid; informational.
    pub not_before: Option<Timestamp>,
    /// How many versions of ours stay enabled.
    pub keep_versions: Option<u32>,
    /// What to do with a value that never was ours.
    pub on_existing: OnExisting,
    /// What to do with a value that somebody put over ours.
    pub on_drift: OnDrift,
    /// What to do with a soft-deleted name.
    pub on_soft_deleted: OnSoftDeleted,
    /// Whether a foreign secret becomes ours.
    pub take_over: bool,
}

/// The values of `expires`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    /// 14 days after the secret is due.
    AfterDue,
    /// That long after the value was made.
    After(SignedDuration),
    /// On a date.
    At(Timestamp),
}

/// The values of `on_existing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Keep the value and make it ours.
    #[default]
    Adopt,
    /// Replace it.
    Overwrite,
    /// Report it.
    Fail,
}

/// The values of `on_drift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDrift {
    /// Report it.
    #[default]
    Fail,
    /// Put ours back.
    Overwrite,
    /// Keep theirs, everywhere.
    Adopt,
}

/// The values of `on_soft_deleted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSoftDeleted {
    /// Bring it back.
    #[default]
    Recover,
    /// Remove it for good and start anew.
    Purge,
    /// Report it.
    Fail,
}

/// What loading needs beside the file's own text.
pub struct LoadOptions<'a> {
    /// Path and text of every `--var-file`, in order.
    pub var_files: Vec<(String, String)>,
    /// Every `--var`, in order.
    pub vars: Vec<(String, String)>,
    /// For `${NAME}`.
    pub env: &'a Env,
    /// What `cloud: custom` stands for.
    pub custom_cloud: Option<Arc<Cloud>>,
    /// Whether a minted secret may also have targets that are not ours.
    pub partial: bool,
    /// Whether `auth` is not going to be used, so that what it lacks is no mistake.
    pub rehearsal: bool,
}

/// The most that a Secretfile may have, in bytes.
pub const MAX_BYTES: u64 = source::MAX_BYTES as u64;

/// The JSON Schema (2020-12) of a Secretfile, for editors. It sees less than [`load`] does.
pub const SCHEMA: &str = include_str!("../../docs/Secretfile.schema.json");

/// Loads a Secretfile, or says every mistake in it.
pub fn load(path: &str, bytes: &[u8], options: &LoadOptions<'_>) -> Result<Secretfile, Problems> {
    let failed = |found: Found| Problems { path: path.to_owned(), list: found.into_list() };
    let text = source::text(bytes)
        .map_err(|problem| failed(problem.within(ErrorCode::SecretfileSyntax).into()))?;
    let tree =
        node::parse(&text).map_err(|found| failed(found.within(ErrorCode::SecretfileSyntax)))?;
    let Some(root) = tree.root.filter(|root| !root.is_null()) else {
        let empty = Problem::of_file("the file is empty");
        return Err(failed(
            empty.help("declare a secret under `secrets`, as the README shows").into(),
        ));
    };
    let mut problems = tree.problems.within(ErrorCode::SecretfileSyntax);
    let (variables, found) = variables::collect(variables_of(&root), options);
    problems.extend(found.into_iter().map(|problem| problem.within(ErrorCode::SecretfileVariable)));
    let fill = interpolate::Interpolator::new(variables, options.env);
    problems.absorb(fill.check_variables().within(ErrorCode::SecretfileVariable));
    let check = check::Check::new(options, fill);
    let mut secretfile = check::file(&check, path, &root);
    let (found, notices) = check.finish();
    problems.absorb(found);
    secretfile.notices = notices.into_list();
    if problems.is_empty() { Ok(secretfile) } else { Err(failed(problems)) }
}

/// The file's own `variables`.
fn variables_of(root: &node::Node) -> Option<&node::Node> {
    let node::Body::Map(entries) = &root.body else {
        return None;
    };
    let entry = entries.iter().find(|entry| entry.key.text == "variables")?;
    Some(&entry.value)
}

impl AuthKind {
    /// The word in a Secretfile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::ServicePrincipal => "service_principal",
            Self::Oidc => "oidc",
            Self::WorkloadIdentity => "workload_identity",
            Self::ManagedIdentity => "managed_identity",
            Self::Cli => "cli",
            Self::Azd => "azd",
            Self::PowerShell => "powershell",
            Self::DeviceCode => "device_code",
            Self::InteractiveBrowser => "interactive_browser",
            Self::Token => "token",
        }
    }
}

impl Secret {
    /// Whether any part is minted.
    pub fn is_minted(&self) -> bool {
        self.parts().any(|part| matches!(part, Part::Minted(_)))
    }

    /// Whether any part is given.
    pub fn is_given(&self) -> bool {
        self.parts().any(|part| matches!(part, Part::Given(_)))
    }

    /// The parts, in order.
    pub fn parts(&self) -> Box<dyn Iterator<Item = &Part> + '_> {
        match &self.content {
            Content::Single(part) => Box::new(std::iter::once(part)),
            Content::Object(fields) => Box::new(fields.iter().map(|field| &field.part)),
        }
    }
}

/// `vault/name`, as reports say it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.vault.name(), self.name)
    }
}

#[cfg(test)]
mod tests;
