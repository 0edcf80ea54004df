//! The instance metadata service of a virtual machine.

use serde_json::json;

use super::issuer::{Issuer, LIFE};
use super::{Asked, Assigned, HostEndpoint, Identities};
use crate::emulator::entra::Form;
use crate::emulator::message::{Reply, Request};

/// The service, as far as tokens go.
pub struct Imds {
    /// The machine's.
    identities: Identities,
    /// What it was asked.
    pub asked: Asked,
}

impl Imds {
    /// On a machine with these identities.
    pub fn new(identities: Identities) -> Self {
        Self { identities, asked: Asked::default() }
    }

    /// A machine without an identity of its own and with one other gives that one.
    fn identity(&self, query: &Form) -> Option<&Assigned> {
        let names_one = NAMES.iter().any(|name| query.get(name).is_some());
        match (names_one, &self.identities.system, self.identities.assigned.as_slice()) {
            (false, None, [only]) => Some(only),
            _ => self.identities.find(query, "msi_res_id"),
        }
    }
}

impl HostEndpoint for Imds {
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply {
        self.asked.keep(request);
        let query = Form::parse(request.query.as_bytes());
        if request.path != "/metadata/identity/oauth2/token" {
            return refused(404, "not_found", "The path is not served");
        }
        if request.header("metadata") != Some("true") {
            return refused(400, "invalid_request", "Required metadata header not specified");
        }
        let (Some(_), Some(resource)) = (query.get("api-version"), query.get("resource")) else {
            return refused(400, "invalid_request", "Required query variable is missing");
        };
        let Some(identity) = self.identity(&query) else {
            return refused(400, "invalid_request", "Identity not found");
        };
        let Some(token) = issuer.token(identity, resource) else { return Reply::empty(500) };
        let now = issuer.now.as_second();
        // Numbers are texts here.
        Reply::json(
            200,
            &json!({
                "access_token": token, "client_id": identity.client, "resource": resource,
                "expires_in": LIFE.to_string(), "expires_on": issuer.ends().to_string(),
                "ext_expires_in": LIFE.to_string(), "not_before": now.to_string(),
                "refresh_token": "", "token_type": "Bearer",
            }),
        )
    }
}

/// The service's form of an error.
fn refused(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": description }))
}

/// The parameters that name an identity.
const NAMES: [&str; 3] = ["client_id", "object_id", "msi_res_id"];
