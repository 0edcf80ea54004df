//! The secrets data plane of one vault.
//! <https://learn.microsoft.com/rest/api/keyvault/secrets/>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::access::Access;
use super::challenge::Challenge;
use super::credential::{Held, TokenSource};
use super::failure::{Answer, Asked, Failure, lacks_role};
use crate::http::{self, Body, Http, Method, Repeat, Request, Response};
use crate::names::{SecretName, VaultUrl, VersionId};
use crate::retry::Retry;
use crate::secret::SecretValue;
use crate::throttle::Bucket;

use queue::Queue;

mod greeting;
mod queue;
#[cfg(test)]
mod tests;
mod wire;

pub use greeting::Greeting;
#[cfg(fuzzing)]
pub use wire::FromAnswer;

/// A client of one vault; shared by threads.
pub struct KeyVault {
    http: Arc<Http>,
    vault: VaultUrl,
    tokens: Arc<TokenSource>,
    access: Arc<Access>,
    queue: Arc<Queue>,
    learned: Mutex<Learned>,
}

/// What the vault's answers told.
#[derive(Default)]
struct Learned {
    /// The tenant that it belongs to, where that is not the credential's own.
    tenant: Option<String>,
    /// The service's time, and the reading of the clock when it came.
    date: Option<(Timestamp, Duration)>,
}

/// What a vault says of a version, without its value.
#[derive(Debug, Clone)]
pub struct Properties {
    /// The name as the vault spells it.
    pub name: SecretName,
    /// Absent in the items of `/secrets` and `/deletedsecrets`.
    pub version: Option<VersionId>,
    /// Whether it can be read.
    pub enabled: bool,
    /// When the version was made.
    pub created: Timestamp,
    /// `exp`, seconds since 1970.
    pub expires: Option<i64>,
    /// `nbf`, seconds since 1970.
    pub not_before: Option<i64>,
    /// Such as `Recoverable+Purgeable`.
    pub recovery_level: Option<String>,
    /// How long a deleted name is kept; days.
    pub recoverable_days: Option<i64>,
    /// `contentType`.
    pub content_type: Option<String>,
    /// None where tags were never set.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether a certificate owns it.
    pub managed: bool,
}

/// A version with its value.
#[derive(Debug)]
pub struct Bundle {
    /// The value.
    pub value: SecretValue,
    /// The rest.
    pub properties: Properties,
}

/// A soft-deleted name.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// Of its latest version; the list's items carry no version.
    pub properties: Properties,
    /// Absent where the vault has no soft delete.
    pub recovery_id: Option<String>,
    /// When the vault purges it by itself.
    pub purge: Option<Timestamp>,
}

/// One page of a listing. A page may be short or empty and still have a next one.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Where the next one is; only its absence ends a listing.
    pub next: Option<NextPage>,
}

/// A checked `nextLink`: a path and a query on the same vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPage(String);

/// A new version.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// The value.
    pub value: &'a SecretValue,
    /// The rest of what is sent.
    pub changes: Changes,
}

/// Properties to send; what is absent is left alone by PATCH and unset by PUT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// `contentType`.
    pub content_type: Option<String>,
    /// The whole map of tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// `attributes.enabled`.
    pub enabled: Option<bool>,
    /// `attributes.exp`.
    pub expires: Option<i64>,
    /// `attributes.nbf`.
    pub not_before: Option<i64>,
}

impl KeyVault {
    /// A client of `vault` that signs in by `tokens`, and waits for roles by `access`.
    pub fn new(
        http: Arc<Http>,
        vault: VaultUrl,
        tokens: Arc<TokenSource>,
        access: Arc<Access>,
    ) -> Self {
        Self { http, vault, tokens, access, queue: Arc::default(), learned: Mutex::default() }
    }

    /// The same, in one queue with another client of the same vault.
    #[must_use]
    pub fn beside(self, other: Option<&Self>) -> Self {
        let queue = other.map_or(self.queue, |other| other.queue.clone());
        Self { queue, ..self }
    }

    /// The vault.
    pub fn url(&self) -> &VaultUrl {
        &self.vault
    }

    /// The service's time by its last answer, or the runner's before the first.
    pub fn now(&self) -> Timestamp {
        self.told_now().unwrap_or_else(|| self.http.clock().now())
    }

    /// The service's time by its last answer.
    pub fn told_now(&self) -> Option<Timestamp> {
        let (date, read) = self.learned().date?;
        let since = self.http.clock().elapsed().saturating_sub(read);
        Some(date.saturating_add(since).unwrap_or(Timestamp::MAX))
    }

    /// A page of the names that are there; `None` asks for the first.
    pub fn list(&self, next: Option<&NextPage>) -> Answer<Page<Properties>> {
        self.page("secrets", self.asked("list", None), next)
    }

    /// A page of the names that are soft-deleted.
    pub fn list_deleted(&self, next: Option<&NextPage>) -> Answer<Page<Deleted>> {
        self.page("deletedsecrets", self.asked("list", None), next)
    }

    /// Every version of a name, in no order; empty for an unknown or deleted name.
    pub fn versions(&self, name: &SecretName) -> Answer<Vec<Properties>> {
        let asked = self.asked("list", Some(name));
        let path = format!("secrets/{name}/versions");
        let mut versions = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let page: Page<Properties> = self.page(&path, asked, next.as_ref())?;
            versions.extend(page.items);
            next = page.next;
            if versions.len() > MAX_VERSIONS {
                break;
            }
            if next.is_none() {
                return Ok(versions);
            }
        }
        Err(Failure::of_endless_list(asked, MAX_PAGES, MAX_VERSIONS))
    }

    /// The current version, or the named one, with its value.
    pub fn get(&self, name: &SecretName, version: Option<&VersionId>) -> Answer<Bundle> {
        let path = match version {
            Some(version) => format!("secrets/{name}/{version}"),
            None => format!("secrets/{name}"),
        };
        self.call(self.asked("get", Some(name)), Method::Get, &path, Body::Empty)
    }

    /// A soft-deleted name.
    pub fn get_deleted(&self, name: &SecretName) -> Answer<Deleted> {
        let path = format!("deletedsecrets/{name}");
        self.call(self.asked("get", Some(name)), Method::Get, &path, Body::Empty)
    }

    /// Makes a new version. It is sent again only after a failure that surely came before the
    /// commit; after any other the failure says `may_be_done`.
    pub fn set(&self, name: &SecretName, new: &NewVersion<'_>) -> Answer<Properties> {
        let body = wire::new_version(new);
        let path = format!("secrets/{name}");
        self.call(self.asked("set", Some(name)), Method::Put, &path, Body::Json(&body))
    }

    /// Waits until the vault takes new versions, as far as is known.
    pub fn await_turn(&self) {
        // Why it is not to be waited for, the request itself will tell.
        let _ = self.queue.look(Bucket::Creates, &self.http);
    }

    /// Whether a new version would be sent at once.
    pub fn takes_new_versions(&self) -> bool {
        self.queue.is_open(Bucket::Creates, self.http.clock())
    }

    /// Changes properties of one version.
    pub fn update(
        &self,
        name: &SecretName,
        version: &VersionId,
        changes: &Changes,
    ) -> Answer<Properties> {
        let body = wire::changes(changes);
        let path = format!("secrets/{name}/{version}");
        self.call(self.asked("set", Some(name)), Method::Patch, &path, Body::Json(&body))
    }

    /// Soft-deletes a name; without soft delete it is gone at once (no `recovery_id`).
    pub fn delete(&self, name: &SecretName) -> Answer<Deleted> {
        let path = format!("secrets/{name}");
        self.call(self.asked("delete", Some(name)), Method::Delete, &path, Body::Empty)
    }

    /// Starts to bring a soft-deleted name back.
    pub fn recover(&self, name: &SecretName) -> Answer<Properties> {
        let path = format!("deletedsecrets/{name}/recover");
        self.call(self.asked("recover", Some(name)), Method::Post, &path, Body::Empty)
    }

    /// Starts to remove a soft-deleted name for good.
    pub fn purge(&self, name: &SecretName) -> Answer<()> {
        let path = format!("deletedsecrets/{name}");
        self.call(self.asked("purge", Some(name)), Method::Delete, &path, Body::Empty)
    }

    fn asked<'a>(&'a self, action: &'static str, name: Option<&'a SecretName>) -> Asked<'a> {
        Asked { vault: &self.vault, action, name: name.map(SecretName::as_str) }
    }

    fn page<T>(&self, path: &str, asked: Asked<'_>, next: Option<&NextPage>) -> Answer<Page<T>>
    where
        Page<T>: wire::FromAnswer,
    {
        match next {
            Some(next) => {
                let url = format!("{}{}", self.vault, next.0);
                self.call_url(asked, Method::Get, &url, Body::Empty)
            }
            None => self.call(asked, Method::Get, path, Body::Empty),
        }
    }

    fn call<T: wire::FromAnswer>(
        &self,
        asked: Asked<'_>,
        method: Method,
        path: &str,
        body: Body<'_>,
    ) -> Answer<T> {
        let version = &self.vault.cloud().api_version;
        let url = format!("{}/{path}?api-version={version}", self.vault);
        self.call_url(asked, method, &url, body)
    }

    fn call_url<T: wire::FromAnswer>(
        &self,
        asked: Asked<'_>,
        method: Method,
        url: &str,
        body: Body<'_>,
    ) -> Answer<T> {
        let response = self.admitted(asked, method, url, &body)?;
        if !(200..300).contains(&response.status) {
            let failure = Failure::of_response(asked, &response);
            let is_awaited = self.awaits_role(method, url, &response);
            return Err(if is_awaited { self.access.gave_up(failure) } else { failure });
        }
        T::from_answer(&self.vault, asked.name, &response.body)
            .map_err(|what| Failure::of_nonsense(asked, &response, &what))
    }

    /// Sends, and again for as long as a role assignment may still come.
    fn admitted(
        &self,
        asked: Asked<'_>,
        method: Method,
        url: &str,
        body: &Body<'_>,
    ) -> Answer<Response> {
        loop {
            let response = self.authorised(asked, method, url, body)?;
            let is_awaited = self.awaits_role(method, url, &response);
            if !is_awaited || !self.access.waits(self.vault.name()) {
                return Ok(response);
            }
        }
    }

    /// Whether a role is missing without which nothing goes on. Deleted names are only looked at, and whoever
    /// may not do that goes on without.
    fn awaits_role(&self, method: Method, url: &str, response: &Response) -> bool {
        let path = url.strip_prefix(&self.vault.to_string());
        let looks = method == Method::Get && path.is_some_and(|p| p.starts_with("/deletedsecrets"));
        !looks && lacks_role(response)
    }

    /// Sends with a token; where the vault does not take it, with another: once because it belongs to
    /// another tenant or the token ended, and once because of a continuous-access policy.
    fn authorised(
        &self,
        asked: Asked<'_>,
        method: Method,
        url: &str,
        body: &Body<'_>,
    ) -> Answer<Response> {
        let mut held = self.tokens.token(self.tenant().as_deref()).map_err(Failure::of_sign_in)?;
        let mut response = self.send(asked, method, url, body, &held)?;
        for _ in 0..CHALLENGES {
            let challenge = response.challenge.as_deref().and_then(Challenge::parse);
            let (401, Some(challenge)) = (response.status, challenge) else { break };
            let another = self.tokens.after(&held, &challenge, self.vault.name());
            held = another.map_err(Failure::of_sign_in)?;
            response = self.send(asked, method, url, body, &held)?;
        }
        if response.status != 401 {
            self.learned().tenant = held.tenant().map(str::to_owned);
        }
        Ok(response)
    }

    fn tenant(&self) -> Option<String> {
        self.learned().tenant.clone()
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(
        &self,
        asked: Asked<'_>,
        method: Method,
        url: &str,
        body: &Body<'_>,
        held: &Held,
    ) -> Answer<Response> {
        // A second PUT would make a second version; all else is the same when it is done twice.
        let (repeat, bucket) = match method {
            Method::Put => (Repeat::BeforeCommit, Bucket::Creates),
            _ => (Repeat::Always, Bucket::Others),
        };
        let request = Request { method, url, token: Some(held.text()), headers: &[], body: *body };
        let response = self.in_turn(asked, &request, repeat, bucket)?;
        if let Some(date) = response.date {
            let read = self.http.clock().elapsed();
            self.learned().date = Some((date, read));
        }
        Ok(response)
    }

    /// Sends when it is this request's turn, and again as long as that is of use. How long a throttled
    /// request waits is the queue's to say.
    fn in_turn(
        &self,
        asked: Asked<'_>,
        request: &Request<'_>,
        repeat: Repeat,
        bucket: Bucket,
    ) -> Answer<Response> {
        let silence = |none| Failure::of_silence(asked, none);
        let (began, mut retry) = (self.http.clock().elapsed(), Retry::default());
        loop {
            let sending = self.queue.enter(bucket, &self.http).map_err(silence)?;
            let waited = self.http.clock().elapsed().saturating_sub(began);
            if bucket == Bucket::Creates && waited > MOST_QUEUED {
                return Err(Failure::of_long_wait(asked));
            }
            let answer = self.http.send(request);
            if sending.was_refused(&answer) {
                continue;
            }
            let wish = answer.as_ref().ok().and_then(|response| response.retry_after);
            if !self.http.waits(&mut retry, http::trouble_of(&answer, repeat), wish) {
                return answer.map_err(silence);
            }
        }
    }
}

/// How long a new version may wait for its turn: its tag says when it was made ready, and is taken for
/// its own for five minutes.
const MOST_QUEUED: Duration = Duration::from_secs(120);
/// A name with more versions than that many pages hold is not read; each page has up to 25.
const MAX_PAGES: usize = 2_000;
/// As many versions; a page with more than its 25 is no reason to keep more of them.
const MAX_VERSIONS: usize = 25 * MAX_PAGES;
/// How many challenges of one request are answered.
const CHALLENGES: usize = 2;
