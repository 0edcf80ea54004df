//! A person who enters a code on a device of theirs.

use std::time::Duration;

use super::user::User;
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::public_client::{Denied, DeviceCode as Code, Grant, PublicClient};
use crate::error::{Error, Kind};
use crate::neutral;
use crate::terminal::Terminal;

/// Sign-in by a code.
pub struct DeviceCode {
    user: User,
    terminal: Terminal,
}

impl DeviceCode {
    /// Asks nobody yet.
    pub fn new(client: PublicClient, tenant: Option<String>, terminal: Terminal) -> Self {
        Self { user: User::new(client, tenant), terminal }
    }

    fn ask(&self, tenant: &str, claims: Option<&str>) -> Result<Grant, Refusal> {
        let code = self.user.client().device_code(tenant, claims)?;
        self.terminal.say(&neutral::text(&code.message));
        self.wait(tenant, &code, claims)
    }

    /// Asks at the service's pace whether the person is done.
    fn wait(&self, tenant: &str, code: &Code, claims: Option<&str>) -> Result<Grant, Refusal> {
        let client = self.user.client();
        let ends = client.clock().elapsed() + code.lives;
        let mut interval = code.interval;
        while client.clock().elapsed() + interval < ends {
            client.clock().wait(interval);
            match client.by_device_code(tenant, code, claims) {
                Ok(grant) => return Ok(grant),
                Err(denied) => match denied.word.as_str() {
                    "authorization_pending" => {}
                    "slow_down" => interval += SLOWER,
                    "expired_token" => break,
                    _ => return Err(refused(denied)),
                },
            }
        }
        Err(over(code.lives))
    }
}

impl Credential for DeviceCode {
    fn name(&self) -> &'static str {
        "device_code"
    }

    fn tenant(&self) -> Option<&str> {
        self.user.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        self.user.sign_in(wish, |tenant| self.ask(tenant, wish.claims))
    }
}

fn refused(denied: Denied) -> Refusal {
    if denied.word == "authorization_declined" {
        let error = Error::new(Kind::SignIn, "the person declined to sign in");
        return error.help("run again, and accept").into();
    }
    denied.error.into()
}

fn over(lives: Duration) -> Refusal {
    let what = format!("nobody entered the code in the {} s for which it is good", lives.as_secs());
    Error::new(Kind::SignIn, what).help("run again, and enter the new code").into()
}

/// How much longer to wait each time when the service asks for it (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
