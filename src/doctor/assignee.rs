//! To whom rights are granted, as the options of `az`.

use crate::azure::is_guid;
use crate::env::Env;
use crate::report::doctor::Identity;
use crate::secretfile::{Auth, AuthKind};

/// Who is to get rights. Only ids get into a command that people paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// An object of the tenant: a service principal, a managed identity, a person.
    Object {
        /// Its id.
        id: String,
        /// Whether it is a person.
        is_person: bool,
    },
    /// An application, by its client id.
    Application(String),
    /// Nobody that the file names.
    Unknown,
}

impl Assignee {
    /// Whom a token was for.
    pub fn of_identity(identity: &Identity) -> Option<Self> {
        let id = identity.object.clone().filter(|id| is_guid(id));
        let object = id.map(|id| Self::Object { id, is_person: identity.is_person });
        let application = || identity.application.clone().filter(|id| is_guid(id));
        object.or_else(|| application().map(Self::Application))
    }

    /// Whom the file, the flags or the environment names.
    pub fn told(auth: &Auth, env: &Env) -> Self {
        let known = |id: Option<&str>| id.filter(|id| is_guid(id)).map(str::to_owned);
        if let Some(id) = known(auth.object_id.as_deref()) {
            return Self::Object { id, is_person: false };
        }
        let of_env = match auth.kind {
            AuthKind::Default
            | AuthKind::ServicePrincipal
            | AuthKind::Oidc
            | AuthKind::WorkloadIdentity => env.get("AZURE_CLIENT_ID"),
            _ => None,
        };
        known(auth.client_id.as_deref().or(of_env)).map_or(Self::Unknown, Self::Application)
    }

    /// For `az role assignment create`.
    pub fn of_role(&self) -> String {
        match self {
            Self::Object { id, is_person } => {
                let kind = if *is_person { "User" } else { "ServicePrincipal" };
                format!("--assignee-object-id {id} --assignee-principal-type {kind}")
            }
            Self::Application(id) => format!("--assignee {id}"),
            Self::Unknown => {
                "--assignee-object-id \"$OBJECT_ID\" --assignee-principal-type ServicePrincipal"
                    .to_owned()
            }
        }
    }

    /// For `az keyvault set-policy`.
    pub fn of_policy(&self) -> String {
        match self {
            Self::Object { id, .. } => format!("--object-id {id}"),
            Self::Application(id) => format!("--spn {id}"),
            Self::Unknown => "--object-id \"$OBJECT_ID\"".to_owned(),
        }
    }
}
