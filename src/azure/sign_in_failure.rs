//! Why Entra gave no token, and what mends it.
//!
//! What is tried again is decided by the error's code where we know it, whatever the status: a wrong
//! secret stays wrong in a 503, and a busy service may say so in a 400. Of a code that we do not know
//! the status decides.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::aadsts::{self, Entry, Shows, Words};
use super::entra::Proof;
use super::jwt::Claims;
use super::times;
use crate::cloud::Cloud;
use crate::error::{Error, Kind};
use crate::error_code::ErrorCode;
use crate::http::{NoAnswer, Repeat, Response};
use crate::neutral;
use crate::retry::Trouble;

/// A request to Entra that brought no token.
#[derive(Debug)]
pub struct SignInFailure {
    /// What the user reads.
    pub error: Error,
    /// Why another try may help; none where it cannot.
    pub trouble: Option<Trouble>,
    /// How long the service asks to wait before it.
    pub asked: Option<Duration>,
    /// OAuth's word for it; empty where the service said none.
    pub word: String,
}

/// What was asked of Entra, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Whose sign-in service.
    pub cloud: &'a Cloud,
    /// The tenant.
    pub tenant: &'a str,
    /// The application.
    pub client: &'a str,
    /// What it proved itself with, if it did.
    pub proof: Option<Proof<'a>>,
    /// This machine's time.
    pub now: Timestamp,
}

/// An answer of refusal (RFC 6749, section 5.2, and what Entra adds to it).
#[derive(Debug, Default)]
struct Said {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Vec<u64>,
    correlation_id: Option<String>,
    trace_id: Option<String>,
    timestamp: Option<String>,
}

impl SignInFailure {
    /// Something that no other try mends.
    pub fn of(error: Error) -> Self {
        Self { error, trouble: None, asked: None, word: String::new() }
    }

    /// No answer at all.
    pub fn of_silence(none: NoAnswer) -> Self {
        Self { trouble: none.trouble(Repeat::Always), ..Self::of(none.error) }
    }

    /// An answer that is a refusal.
    pub fn of_response(asked: Asked<'_>, response: &Response) -> Self {
        let said = Said::of(&response.body);
        let code = said.code();
        let entry = code.and_then(aadsts::find);
        let trouble = match (code, entry) {
            (Some(code), Some(entry)) if entry.is_transient => Some(passing(code, response)),
            (_, Some(_)) => None,
            (_, None) => response.trouble(Repeat::Always),
        };
        let what = format!("sign-in was refused: {}", said.sentence(code, entry, &asked, response));
        let id = said.correlation_id.clone().or_else(|| response.request_id.clone());
        let kind = kind(trouble, entry, response.status);
        let mut error = Error::new(kind, what).within(about(kind, code));
        error = error.at(asked.host()).request_id(id);
        error.help = Some(asked.help(&said, code, entry, response));
        let word = said.error.unwrap_or_default();
        Self { error, trouble, asked: response.retry_after, word }
    }
}

/// An exit code for what passes, one for what does not.
fn kind(trouble: Option<Trouble>, known: Option<&Entry>, status: u16) -> Kind {
    match trouble {
        Some(Trouble::Throttled) => Kind::Throttled,
        Some(Trouble::Failed) => Kind::Unreachable,
        None if known.is_none() && status >= 500 => Kind::Unreachable,
        None => Kind::SignIn,
    }
}

/// What a failure is about; a service that is in trouble says nothing of us.
fn about(kind: Kind, code: Option<u64>) -> ErrorCode {
    match kind {
        Kind::Unreachable => ErrorCode::ServiceTrouble,
        kind => code.and_then(aadsts::error_code).unwrap_or(ErrorCode::of(kind)),
    }
}

fn passing(code: u64, response: &Response) -> Trouble {
    if code == BUSY || response.status == 429 { Trouble::Throttled } else { Trouble::Failed }
}

impl Said {
    /// What of the body has the form that we know.
    fn of(body: &[u8]) -> Self {
        let map: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
        let codes = map.get("error_codes").and_then(Value::as_array);
        Self {
            error: text("error"),
            error_description: text("error_description"),
            error_codes: codes.into_iter().flatten().filter_map(Value::as_u64).collect(),
            correlation_id: text("correlation_id"),
            trace_id: text("trace_id"),
            timestamp: text("timestamp"),
        }
    }

    /// The number after `AADSTS`: the first of the list that we know, else the first, else the one
    /// that the description begins with.
    fn code(&self) -> Option<u64> {
        let known = self.error_codes.iter().find(|code| aadsts::find(**code).is_some());
        known.or_else(|| self.error_codes.first()).copied().or_else(|| {
            let text = self.error_description.as_deref()?.strip_prefix("AADSTS")?;
            text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        })
    }

    /// The code and the description's first line, without the ids, which are said elsewhere.
    fn sentence(
        &self,
        code: Option<u64>,
        entry: Option<&Entry>,
        asked: &Asked<'_>,
        response: &Response,
    ) -> String {
        let first = self.error_description.as_deref().unwrap_or_default().lines().next();
        let first = first.unwrap_or_default().split(" Trace ID:").next().unwrap_or_default();
        let first = asked.without_proof(first.trim_end().trim_end_matches('.'));
        match (code, first.is_empty()) {
            (_, false) if first.starts_with("AADSTS") => first,
            (Some(code), false) => format!("AADSTS{code}: {first}"),
            (Some(code), true) => {
                format!("AADSTS{code}: {}", entry.map_or("no reason was given", |e| e.meaning))
            }
            (None, false) => format!("{}: {first}", response.status),
            (None, true) => {
                let word = self.error.as_deref().unwrap_or("no reason was given");
                format!("{}: {word}", response.status)
            }
        }
    }

    /// Entra's own page on the code, and the ids that its support asks for.
    fn reference(&self, code: Option<u64>) -> Option<String> {
        let ids = [("trace id", &self.trace_id), ("at", &self.timestamp)];
        let ids = ids.iter().filter_map(|(name, id)| Some(format!("{name} {}", id.as_ref()?)));
        let parts: Vec<String> = code.map(aadsts::link).into_iter().chain(ids).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl Asked<'_> {
    fn host(&self) -> &str {
        self.cloud.authority_host()
    }

    /// No answer should hold a proof; one that does is not shown with it.
    fn without_proof(&self, text: &str) -> String {
        match self.proof {
            Some(Proof::Secret(proof) | Proof::Assertion(proof)) => proof.taken_out_of(text),
            None => text.to_owned(),
        }
    }

    /// What mends it, then what to compare, then where to read on. Each line is made harmless by
    /// itself, so that a long one cannot cost another.
    fn help(
        &self,
        said: &Said,
        code: Option<u64>,
        entry: Option<&Entry>,
        response: &Response,
    ) -> String {
        let claims = self.claims();
        let shown = |claim: &Option<String>| claim.clone().unwrap_or_else(|| "(none)".to_owned());
        let [iss, sub, aud] =
            [shown(&claims.issuer), shown(&claims.subject), shown(&claims.audience)];
        let mut lines = match entry {
            Some(entry) => vec![entry.fix(&Words {
                client: self.client,
                tenant: self.tenant,
                authority: self.host(),
                audience: &self.cloud.federated_audience,
                presented: [&iss, &sub, &aud],
            })],
            None => vec![self.usual_fix()],
        };
        match entry.map(|entry| entry.shows) {
            Some(Shows::Assertion) => lines.extend([
                format!("the token's issuer:   {iss}"),
                format!("the token's subject:  {sub}"),
                format!("the token's audience: {aud}"),
            ]),
            Some(Shows::Times) => {
                let mut times = times::explain(&claims, self.now, response.date);
                times.append(&mut lines);
                lines = times;
            }
            _ => {}
        }
        lines.extend(said.reference(code));
        lines.iter().map(|line| neutral::line(line)).collect::<Vec<_>>().join("\n")
    }

    fn claims(&self) -> Claims {
        match self.proof {
            Some(Proof::Assertion(assertion)) => Claims::of(assertion.expose()),
            _ => Claims::default(),
        }
    }

    fn usual_fix(&self) -> String {
        let Self { client, tenant, .. } = self;
        let proof = match self.proof {
            Some(Proof::Secret(_)) => ", and that its secret is the current one",
            Some(Proof::Assertion(_)) => ", and that it trusts what was presented",
            None => "",
        };
        format!("check application {client} in tenant {tenant}{proof}")
    }
}

/// The one code that says throttled.
const BUSY: u64 = 90_055;
