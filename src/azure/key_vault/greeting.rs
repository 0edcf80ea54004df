//! What a vault tells to anybody, and who we are to it.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::KeyVault;
use crate::azure::failure::{Failure, seen_address};
use crate::azure::jwt::Caller;
use crate::error::Result;
use crate::http::{Body, Http, Method, Repeat, Request, Way};

/// The answer to a request without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    /// How far this machine's clock is ahead of the service's, to the second.
    pub ahead: Option<SignedDuration>,
    /// Our address as the vault sees it.
    pub address: Option<IpAddr>,
}

impl KeyVault {
    /// How its host is reached from here.
    pub fn way(&self) -> Way {
        self.http.way(self.vault.host())
    }

    /// Asks without a token, by another client than its own where one is given.
    pub fn greet(&self, by: Option<&Http>) -> Result<Greeting> {
        let url = format!("{}/secrets?api-version={}", self.vault, self.vault.cloud().api_version);
        let request = Request {
            method: Method::Get,
            url: &url,
            token: None,
            headers: &[],
            body: Body::Empty,
        };
        let answer = by.unwrap_or(&self.http).call(&request, Repeat::Always);
        let response =
            answer.map_err(|none| Failure::of_silence(self.asked("list", None), none).error)?;
        let now = self.http.clock().now();
        Ok(Greeting {
            ahead: response.date.map(|date| now.duration_since(date)),
            address: response.network_info.as_deref().and_then(seen_address),
        })
    }

    /// Signs in, unless that was done, and says as whom.
    pub fn caller(&self) -> Result<Caller> {
        let held = self.tokens.token(self.tenant().as_deref())?;
        Ok(Caller::of(held.text().expose()))
    }
}
