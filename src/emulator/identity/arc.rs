//! Azure Arc's agent, which has its callers read a file.

use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::json;

use super::issuer::{Issuer, LIFE};
use super::{Asked, HostEndpoint, Identities};
use crate::emulator::entra::Form;
use crate::emulator::guid;
use crate::emulator::lock::lock;
use crate::emulator::message::{Reply, Request};

/// The agent.
pub struct AzureArc {
    /// The server's.
    identities: Identities,
    /// Where it writes its keys.
    keys: PathBuf,
    /// Keys that were not used yet.
    open: Mutex<Vec<String>>,
    /// Whether it passes over the identity that is asked for, as agents did before 2026.
    pub is_old: bool,
    /// What it was asked.
    pub asked: Asked,
}

impl AzureArc {
    /// On a server with these identities; it writes its keys into a folder that is there.
    pub fn new(identities: Identities, keys: PathBuf) -> Self {
        let (open, asked) = (Mutex::default(), Asked::default());
        Self { identities, keys, open, is_old: false, asked }
    }

    /// Writes a key and names its file.
    fn challenge(&self) -> Reply {
        let key = guid::random();
        let path = self.keys.join(format!("{}.key", guid::random()));
        if std::fs::write(&path, &key).is_err() {
            return Reply::empty(500);
        }
        lock(&self.open).push(key);
        let mut reply = refused(401, "unauthorized_client", "Missing Basic Authorization header");
        let realm = format!("Basic realm={}", path.display());
        reply.headers.push(("WWW-Authenticate".to_owned(), realm));
        reply
    }

    /// Whether a key is one of ours, which then is used.
    fn takes(&self, key: &str) -> bool {
        let mut open = lock(&self.open);
        let found = open.iter().position(|known| known == key);
        found.map(|at| open.swap_remove(at)).is_some()
    }

    /// The token, with all that new agents say of its identity.
    fn grant(&self, request: &Request, issuer: &Issuer<'_>) -> Reply {
        let query = Form::parse(request.query.as_bytes());
        let Some(resource) = query.get("resource") else {
            return refused(400, "invalid_request", "Required query variable is missing");
        };
        let identity = match self.is_old {
            true => self.identities.system.as_ref(),
            false => self.identities.find(&query, "msi_res_id"),
        };
        let Some(identity) = identity else {
            return refused(400, "invalid_request", "Identity not found");
        };
        let Some(token) = issuer.token(identity, resource) else { return Reply::empty(500) };
        let mut body = json!({
            "access_token": token, "expires_in": LIFE.to_string(), "resource": resource,
            "expires_on": issuer.ends().to_string(), "token_type": "Bearer",
        });
        if !self.is_old {
            body["client_id"] = json!(identity.client);
            body["object_id"] = json!(identity.object);
            body["msi_res_id"] = json!(identity.resource);
        }
        Reply::json(200, &body)
    }
}

impl HostEndpoint for AzureArc {
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply {
        self.asked.keep(request);
        if request.header("metadata") != Some("true") {
            return refused(400, "invalid_request", "Required metadata header not specified");
        }
        match request.header("authorization").map(|text| text.strip_prefix("Basic ")) {
            None => self.challenge(),
            Some(Some(key)) if self.takes(key) => self.grant(request, issuer),
            Some(_) => refused(401, "unauthorized_client", "The key is wrong or was used"),
        }
    }
}

/// The agent's form of an error.
fn refused(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": description }))
}
