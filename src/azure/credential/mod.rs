//! Credentials: how a job gets an access token.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::Result;
use crate::http::Http;
use crate::secretfile::Auth;

/// A source of access tokens for one credential and one cloud: one request per (authority, tenant,
/// identity, scope), shared by all threads.
pub struct TokenSource {}

impl TokenSource {
    /// Chooses the credential; what is incomplete is said here, before any request.
    pub fn new(http: Arc<Http>, cloud: Arc<Cloud>, auth: &Auth, env: &Env) -> Result<Self> {
        let _ = (http, cloud, auth, env);
        unimplemented!()
    }

    /// Signs in to the embedded vault by itself.
    pub fn rehearsal(http: Arc<Http>, cloud: Arc<Cloud>) -> Self {
        let _ = (http, cloud);
        unimplemented!()
    }
}
