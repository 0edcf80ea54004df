//! Which of a host's identities signs in.

use std::fmt;

use crate::env::Env;
use crate::secretfile::Auth;

/// One identity of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The host's own.
    System,
    /// A user-assigned one, by its client id.
    Client(String),
    /// A user-assigned one, by its object id.
    Object(String),
    /// A user-assigned one, by its resource id.
    Resource(String),
}

impl Identity {
    /// The one that the file names by one of its three ids; the file was checked to say one only.
    pub fn chosen(auth: &Auth) -> Self {
        match (&auth.client_id, &auth.object_id, &auth.resource_id) {
            (Some(id), _, _) => Self::Client(id.clone()),
            (_, Some(id), _) => Self::Object(id.clone()),
            (_, _, Some(id)) => Self::Resource(id.clone()),
            (None, None, None) => Self::System,
        }
    }

    /// The one that a job's client id names in the chain, if it has one.
    pub fn of_job(auth: &Auth, env: &Env) -> Self {
        let id = auth.client_id.as_deref().or_else(|| env.get("AZURE_CLIENT_ID"));
        id.map_or(Self::System, |id| Self::Client(id.to_owned()))
    }

    /// The query's parameter; hosts call the resource id by different names.
    pub fn parameter(&self, resource_id: &'static str) -> Option<(&'static str, &str)> {
        match self {
            Self::System => None,
            Self::Client(id) => Some(("client_id", id)),
            Self::Object(id) => Some(("object_id", id)),
            Self::Resource(id) => Some((resource_id, id)),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the host's own identity"),
            Self::Client(id) => write!(f, "the identity with client id {id}"),
            Self::Object(id) => write!(f, "the identity with object id {id}"),
            Self::Resource(id) => write!(f, "the identity {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_client_id_names_an_identity_in_the_chain_only() {
        let env = Env::new([("AZURE_CLIENT_ID".to_owned(), "c".to_owned())]);
        assert_eq!(Identity::of_job(&Auth::default(), &env), Identity::Client("c".to_owned()));
        assert_eq!(Identity::chosen(&Auth::default()), Identity::System);
        let auth = Auth { client_id: Some("f".to_owned()), ..Auth::default() };
        assert_eq!(Identity::of_job(&auth, &env), Identity::Client("f".to_owned()));
        assert_eq!(Identity::of_job(&Auth::default(), &Env::default()), Identity::System);
    }

    #[test]
    fn the_file_names_an_identity_by_any_of_its_ids() {
        let auth = Auth { object_id: Some("o".to_owned()), ..Auth::default() };
        assert_eq!(Identity::chosen(&auth).parameter("mi_res_id"), Some(("object_id", "o")));
        let auth = Auth { resource_id: Some("/r".to_owned()), ..Auth::default() };
        assert_eq!(Identity::chosen(&auth).parameter("mi_res_id"), Some(("mi_res_id", "/r")));
    }
}
