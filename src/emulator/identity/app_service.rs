//! The identity endpoint of App Service, Functions, Container Apps and Automation.

use serde_json::json;

use super::{Asked, HostEndpoint, Identities, Issuer};
use crate::emulator::entra::Form;
use crate::emulator::message::{Reply, Request};

/// The endpoint.
pub struct AppService {
    /// The app's.
    identities: Identities,
    /// What a caller on the host knows.
    header: String,
    /// What it was asked.
    pub asked: Asked,
}

impl AppService {
    /// For an app with these identities, and with `header` in its environment.
    pub fn new(identities: Identities, header: &str) -> Self {
        Self { identities, header: header.to_owned(), asked: Asked::default() }
    }
}

impl HostEndpoint for AppService {
    fn answer(&self, request: &Request, issuer: &Issuer<'_>) -> Reply {
        self.asked.keep(request);
        let query = Form::parse(request.query.as_bytes());
        if request.header("x-identity-header") != Some(&self.header) {
            return refused(401, "The identity header is missing or wrong.");
        }
        let (Some("2019-08-01"), Some(resource)) =
            (query.get("api-version"), query.get("resource"))
        else {
            return refused(400, "The parameter api-version or resource is missing.");
        };
        let Some(identity) = self.identities.find(&query, "mi_res_id") else {
            return refused(400, "No managed identity found.");
        };
        let Some(token) = issuer.token(identity, resource) else { return Reply::empty(500) };
        // It does not say how long the token lives.
        Reply::json(
            200,
            &json!({
                "access_token": token, "client_id": identity.client, "resource": resource,
                "expires_on": issuer.ends().to_string(), "token_type": "Bearer",
            }),
        )
    }
}

/// The endpoint's form of an error.
fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "statusCode": status, "message": message }))
}
