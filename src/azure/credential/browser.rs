//! A person who signs in with the browser of this machine.

use std::time::Duration;

use super::user::User;
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::pkce::{Pkce, random};
use crate::azure::public_client::{BrowserCode, Grant, PublicClient};
use crate::child::Program;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::http::{Loopback, Verdict};
use crate::secret::SecretValue;
use crate::terminal::Terminal;

#[cfg(test)]
mod tests;

/// Sign-in by a browser.
pub struct Browser {
    user: User,
    terminal: Terminal,
    /// PATH and BROWSER.
    env: Env,
}

/// What the browser brings.
enum Brought {
    Code(SecretValue),
    /// The service's word and its sentence, from outside.
    Refusal(String),
}

impl Browser {
    /// Asks nobody yet.
    pub fn new(client: PublicClient, tenant: Option<String>, terminal: Terminal, env: Env) -> Self {
        Self { user: User::new(client, tenant), terminal, env }
    }

    fn ask(&self, tenant: &str, claims: Option<&str>) -> Result<Grant, Refusal> {
        let opener = opener(&self.env).ok_or_else(no_browser)?;
        let door = Loopback::open().map_err(Refusal::Unavailable)?;
        let (state, pkce, redirect) = (random()?, Pkce::new()?, door.url());
        let client = self.user.client();
        let ends = client.clock().elapsed() + LIMIT;
        let page = client.page(tenant, &redirect, &state, &pkce, claims);
        self.terminal.say(&format!("Sign in to Azure in the browser. If none opens, open\n{page}"));
        opener.launch(&[&page], &self.env).map_err(|reason| does_not_open(&reason))?;
        let brought = door.receive(client.clock(), ends, |target| judge(target, &state));
        let unbrought = || client.clock().over().map_or_else(over, |over| over.error().into());
        match brought.ok_or_else(unbrought)? {
            Brought::Code(code) => {
                let brought = BrowserCode { code: &code, redirect: &redirect, pkce: &pkce };
                let grant = client.by_browser(tenant, &brought, claims);
                grant.map_err(|denied| denied.error.into())
            }
            Brought::Refusal(said) => Err(refused(&said)),
        }
    }
}

impl Credential for Browser {
    fn name(&self) -> &'static str {
        "interactive_browser"
    }

    fn tenant(&self) -> Option<&str> {
        self.user.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        self.user.sign_in(wish, |tenant| self.ask(tenant, wish.claims))
    }
}

/// Only who saw the page that we opened knows the state: what comes without it is somebody else's.
fn judge(target: &str, state: &SecretValue) -> Verdict<Brought> {
    let Some(query) = target.strip_prefix("/?") else { return Verdict::Other(404) };
    let field = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| decoded(value))
    };
    if !field("state").is_some_and(|own| own.same(state)) {
        return Verdict::Other(400);
    }
    if let Some(code) = field("code").filter(|code| !code.expose().is_empty()) {
        return Verdict::Taken(Brought::Code(code), DONE);
    }
    let Some(error) = field("error") else { return Verdict::Other(400) };
    let said = field("error_description").unwrap_or_else(|| error.duplicate());
    let line = said.expose().lines().next().unwrap_or_default();
    Verdict::Taken(Brought::Refusal(format!("{}: {line}", error.expose())), FAILED)
}

/// A query's value; none for a bad escape, and for what is no UTF-8.
fn decoded(value: &str) -> Option<SecretValue> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(SecretValue::new)
}

fn digit(hex: u8) -> Option<u8> {
    u8::try_from(char::from(hex).to_digit(16)?).ok()
}

/// The program that opens pages: the person's own choice, a list like PATH, else the system's.
fn opener(env: &Env) -> Option<Program> {
    let own = env.get("BROWSER").into_iter().flat_map(|list| list.split(':'));
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    own.chain([system]).find_map(|name| Program::find(name, env))
}

fn no_browser() -> Refusal {
    let what = "no program that opens a browser: neither BROWSER nor xdg-open leads to one";
    Refusal::Unavailable(Error::new(Kind::SignIn, what).help("use `kind: device_code`"))
}

fn does_not_open(reason: &str) -> Refusal {
    let error = Error::new(Kind::SignIn, format!("the browser does not start: {reason}"));
    Refusal::Unavailable(error.help("set BROWSER, or use `kind: device_code`"))
}

fn over() -> Refusal {
    let what = format!("nobody signed in within {} s", LIMIT.as_secs());
    Error::new(Kind::SignIn, what).help("run again, or use `kind: device_code`").into()
}

fn refused(said: &str) -> Refusal {
    let error = Error::new(Kind::SignIn, format!("sign-in was refused: {said}"));
    error.help("run again and accept, or sign in as somebody else").into()
}

/// How long a person may take.
const LIMIT: Duration = Duration::from_secs(300);
/// What the browser shows in the end; it says nothing that came from outside.
const DONE: &str = "<!doctype html><html lang=\"en\"><title>secretzero</title>\
    <h1>The terminal goes on from here</h1><p>You can close this page.</p></html>\n";
const FAILED: &str = "<!doctype html><html lang=\"en\"><title>secretzero</title>\
    <h1>You are not signed in</h1><p>The terminal says why. You can close this page.</p></html>\n";
