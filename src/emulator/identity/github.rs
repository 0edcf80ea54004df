//! GitHub's id-token endpoint, as its runner shows it to a job.

use jiff::Timestamp;
use serde_json::json;

use super::asked::Asked;
use super::id_token;
use super::jobs::parameter;
use crate::emulator::guid;
use crate::emulator::message::{Reply, Request};

/// Where it is.
pub const HOST: &str = "pipelines.actions.githubusercontent.com";

/// The endpoint of one job.
pub struct GitHub {
    /// What opens it.
    pub token: String,
    /// `sub` of its tokens.
    pub subject: String,
    /// How long its tokens live; seconds.
    pub life: i64,
    /// What it was asked.
    pub asked: Asked,
}

impl Default for GitHub {
    fn default() -> Self {
        Self {
            token: "request-token".to_owned(),
            subject: "repo:our/shop:ref:refs/heads/main".to_owned(),
            life: 300,
            asked: Asked::default(),
        }
    }
}

impl GitHub {
    /// A token, or a refusal.
    pub fn answer(&mut self, request: &Request, now: Timestamp) -> Reply {
        self.asked.keep(request);
        if request.method != "GET" {
            return Reply::empty(405);
        }
        if request.header("authorization") != Some(&format!("Bearer {}", self.token)) {
            return Reply::json(401, &json!({ "message": "Bad credentials" }));
        }
        let audience = parameter(&request.query, "audience").unwrap_or(OWNER);
        let token = id_token::of(&json!({
            "jti": guid::random(),
            "sub": self.subject,
            "aud": audience.replace("%3A", ":").replace("%2F", "/"),
            "iss": "https://token.actions.githubusercontent.com",
            "nbf": now.as_second(),
            "exp": now.as_second() + self.life,
        }));
        Reply::json(200, &json!({ "count": token.len(), "value": token }))
    }
}

/// The audience where none is asked for.
const OWNER: &str = "https://github.com/our";
