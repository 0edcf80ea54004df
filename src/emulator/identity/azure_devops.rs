//! Azure DevOps's id-token endpoint: one token for each service connection.

use jiff::Timestamp;
use serde_json::json;

use super::asked::Asked;
use super::id_token;
use super::jobs::parameter;
use crate::emulator::guid;
use crate::emulator::message::{Reply, Request};

/// Where it is.
pub const HOST: &str = "dev.azure.com";

/// The endpoint of one job.
pub struct AzureDevOps {
    /// What opens it: the job's access token.
    pub token: String,
    /// The service connection that the job may use.
    pub connection: String,
    /// `sub` of its tokens.
    pub subject: String,
    /// What it was asked.
    pub asked: Asked,
}

impl Default for AzureDevOps {
    fn default() -> Self {
        Self {
            token: "system-access-token".to_owned(),
            connection: "cccccccc-0000-0000-0000-000000000001".to_owned(),
            subject: "sc://our/shop/azure".to_owned(),
            asked: Asked::default(),
        }
    }
}

impl AzureDevOps {
    /// A token, or a refusal; a bad access token is sent to a page for people, unless the client
    /// says that it is none.
    pub fn answer(&mut self, request: &Request, now: Timestamp) -> Reply {
        self.asked.keep(request);
        if request.method != "POST" {
            return Reply::empty(405);
        }
        if request.header("authorization") != Some(&format!("Bearer {}", self.token)) {
            return bad_token(request);
        }
        if parameter(&request.query, "api-version").is_none() {
            return refused(400, "VssVersionNotSpecifiedException", "No api-version was supplied.");
        }
        let connection = parameter(&request.query, "serviceConnectionId");
        if connection != Some(&self.connection) {
            let text = "The service connection could not be found, or is not authorized for use.";
            return refused(404, "ServiceEndpointNotFoundException", text);
        }
        let token = id_token::of(&json!({
            "jti": guid::random(),
            "sub": self.subject,
            "aud": "api://AzureADTokenExchange",
            "iss": "https://vstoken.dev.azure.com/dddddddd-0000-0000-0000-000000000001",
            "nbf": now.as_second(),
            "exp": now.as_second() + 600,
        }));
        Reply::json(200, &json!({ "oidcToken": token }))
    }
}

fn bad_token(request: &Request) -> Reply {
    if request.header("x-tfs-fedauthredirect") == Some("Suppress") {
        return Reply::empty(401);
    }
    let page = format!("https://{HOST}/_signin");
    Reply { headers: vec![("Location".to_owned(), page)], ..Reply::empty(302) }
}

fn refused(status: u16, key: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "typeKey": key, "message": message }))
}
