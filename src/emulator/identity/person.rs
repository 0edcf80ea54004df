//! A person before a browser: the pages and codes by which they sign in for an application.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::Asked;
use crate::emulator::entra::{Answer, Claims, Form, Mint, Refused};
use crate::emulator::guid;
use crate::emulator::message::{Reply, Request};
use crate::emulator::tenants::USUAL_TENANT;

/// A person who accepts everything until a test says otherwise.
#[derive(Default)]
pub struct Person {
    /// What they do at the next times that somebody waits for them.
    does: VecDeque<Does>,
    /// What the applications hold, by its text.
    given: BTreeMap<String, Given>,
    /// The requests.
    asked: Asked,
}

/// What a person does while an application waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Nothing yet.
    Waits,
    /// Nothing yet, and the application asks too often.
    WaitsLonger,
    /// They decline.
    Declines,
    /// They are too late.
    Forgets,
}

/// What a code or a refresh token is good for.
struct Given {
    client: String,
    /// The redirect URL and the PKCE challenge of a browser's code.
    browser: Option<(String, String)>,
}

impl Person {
    /// What they do at the next times that somebody waits for them, in order; then they accept.
    pub fn does(&mut self, next: impl IntoIterator<Item = Does>) {
        self.does.extend(next);
    }

    /// Ends their sign-in everywhere.
    pub fn sign_out(&mut self) {
        self.given.clear();
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.all()
    }

    /// Answers what is for a person; `None` is for the application's own sign-in.
    pub(in crate::emulator) fn answer(
        &mut self,
        request: &Request,
        mint: &Mint,
        now: Timestamp,
    ) -> Option<Answer> {
        let path = request.path.clone();
        let (tenant, endpoint) = path.strip_prefix('/')?.split_once("/oauth2/v2.0/")?;
        let (query, form) = (Form::parse(request.query.as_bytes()), Form::parse(&request.body));
        let grant = form.get("grant_type").filter(|grant| *grant != "client_credentials");
        if endpoint == "token" && grant.is_none() {
            return None;
        }
        self.asked.keep(request);
        let ended = match (request.method.as_str(), endpoint) {
            ("GET", "authorize") => self.authorize(&query).map(|reply| (reply, None)),
            ("POST", "devicecode") => self.device_code(&form).map(|reply| (reply, None)),
            ("POST", "token") => self.token(&form, tenant, mint, now.as_second()),
            _ => return None,
        };
        let (reply, token) = ended.unwrap_or_else(|refused| (refused.reply(request, now), None));
        Some(Answer { reply, token })
    }

    /// The person signs in at once, and the browser goes where the application waits.
    fn authorize(&mut self, query: &Form) -> Result<Reply, Refused> {
        let redirect = wanted(query, "redirect_uri")?;
        let state = query.get("state").unwrap_or_default();
        let challenge = wanted(query, "code_challenge")?;
        let to = match self.does.pop_front() {
            Some(Does::Declines) => format!(
                "{redirect}/?error=access_denied&error_description=AADSTS65004%3a+User+declined&state={state}"
            ),
            _ => {
                let browser = Some((redirect.to_owned(), challenge.to_owned()));
                let code = self.give(wanted(query, "client_id")?, browser);
                format!("{redirect}/?code={code}&state={state}&session_state={}", guid::random())
            }
        };
        let mut reply = Reply::empty(302);
        reply.headers.push(("Location".to_owned(), to));
        Ok(reply)
    }

    fn device_code(&mut self, form: &Form) -> Result<Reply, Refused> {
        let code = self.give(wanted(form, "client_id")?, None);
        let page = "https://login.microsoft.com/device";
        let message = format!(
            "To sign in, use a web browser to open the page {page} and enter the code H2K8J4M6N to \
             authenticate."
        );
        Ok(Reply::json(
            200,
            &json!({
                "user_code": "H2K8J4M6N", "device_code": code, "verification_uri": page,
                "expires_in": 900, "interval": 5, "message": message,
            }),
        ))
    }

    fn token(
        &mut self,
        form: &Form,
        tenant: &str,
        mint: &Mint,
        now: i64,
    ) -> Result<(Reply, Option<String>), Refused> {
        let client = wanted(form, "client_id")?;
        let scope = wanted(form, "scope")?.split(' ').next().unwrap_or_default();
        match form.get("grant_type").unwrap_or_default() {
            "urn:ietf:params:oauth:grant-type:device_code" => {
                self.is_there(form, "device_code")?;
                self.wait()?;
                self.take(form, "device_code")?;
            }
            "authorization_code" => self.redeem(form)?,
            "refresh_token" => self.take(form, "refresh_token")?,
            _ => {
                let text = "The app requested an unsupported grant type.";
                return Err(Refused::new(400, "unsupported_grant_type", 70_003, text));
            }
        }
        let refresh = self.give(client, None);
        let claims = claims(scope.trim_end_matches("/.default"), client, tenant, now);
        let identity = Claims { aud: client.to_owned(), ..claims.clone() };
        let broken = |_| Refused::new(500, "server_error", 50_000, "A token could not be issued.");
        let token = mint.issue(&claims).map_err(broken)?;
        let body = json!({
            "token_type": "Bearer", "scope": scope, "expires_in": LIFE, "ext_expires_in": LIFE,
            "access_token": token, "refresh_token": refresh,
            "id_token": mint.issue(&identity).map_err(broken)?,
        });
        Ok((Reply::json(200, &body), Some(token)))
    }

    /// What the person does now; nothing more to do is acceptance.
    fn wait(&mut self) -> Result<(), Refused> {
        let (word, code, text) = match self.does.pop_front() {
            None => return Ok(()),
            Some(Does::Waits) => {
                ("authorization_pending", 70_016, "The user has not yet signed in.")
            }
            Some(Does::WaitsLonger) => ("slow_down", 1_003_033, "Ask less often."),
            Some(Does::Declines) => ("authorization_declined", 70_020, "The user declined."),
            Some(Does::Forgets) => ("expired_token", 70_019, "The code has expired."),
        };
        Err(Refused::new(400, word, code, text))
    }

    /// A browser's code is good once, and only with what it was asked for with.
    fn redeem(&mut self, form: &Form) -> Result<(), Refused> {
        let given = self.given.remove(wanted(form, "code")?);
        let (redirect, challenge) =
            given.and_then(|given| given.browser).ok_or_else(|| over("code"))?;
        let verifier = digest(&SHA256, wanted(form, "code_verifier")?.as_bytes());
        if URL_SAFE_NO_PAD.encode(verifier) != challenge {
            let text = "The code_verifier does not match the code_challenge.";
            return Err(Refused::new(400, "invalid_grant", 501_481, text));
        }
        if wanted(form, "redirect_uri")? != redirect {
            let text = "The redirect_uri is not the one that the code was asked for with.";
            return Err(Refused::new(400, "invalid_grant", 500_112, text));
        }
        Ok(())
    }

    fn is_there(&self, form: &Form, name: &str) -> Result<(), Refused> {
        let client = wanted(form, "client_id")?;
        let given = self.given.get(wanted(form, name)?);
        given.filter(|given| given.client == client).map(|_| ()).ok_or_else(|| over(name))
    }

    fn take(&mut self, form: &Form, name: &str) -> Result<(), Refused> {
        self.is_there(form, name)?;
        self.given.remove(wanted(form, name)?);
        Ok(())
    }

    /// A new text that is good for one thing.
    fn give(&mut self, client: &str, browser: Option<(String, String)>) -> String {
        // Somebody who never redeems them must not fill the memory.
        if self.given.len() >= MAX_KEPT {
            self.given.pop_first();
        }
        let text = format!("1.{}.{}", guid::random(), guid::random());
        self.given.insert(text.clone(), Given { client: client.to_owned(), browser });
        text
    }
}

fn wanted<'f>(form: &'f Form, name: &str) -> Result<&'f str, Refused> {
    form.get(name).ok_or_else(|| Refused::missing(name))
}

fn over(name: &str) -> Refused {
    let text = format!("The {name} is not known, was used already, or has been revoked.");
    Refused::new(400, "invalid_grant", 70_008, text)
}

/// The person has one account, in the usual tenant, for whoever does not name another.
fn claims(audience: &str, client: &str, tenant: &str, now: i64) -> Claims {
    let tid = match tenant {
        "organizations" | "common" => USUAL_TENANT.to_owned(),
        tenant if guid::is_guid(tenant) => tenant.to_ascii_lowercase(),
        tenant => guid::of(tenant),
    };
    let oid = guid::of(&format!("{tid}/person"));
    Claims {
        aud: audience.to_owned(),
        iss: format!("https://sts.windows.net/{tid}/"),
        iat: now,
        nbf: now,
        exp: now.saturating_add(LIFE),
        appid: client.to_owned(),
        sub: oid.clone(),
        oid,
        tid,
        ver: "1.0".to_owned(),
    }
}

/// How long the real service's tokens live at least; seconds.
const LIFE: i64 = 3_599;
/// An emulator may serve for weeks: more codes than this are not kept.
const MAX_KEPT: usize = 1_000;
