//! The tokens of one credential in one cloud: asked for once, shared by all threads, renewed ahead of
//! their end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::allowed::allowed_tenants;
use super::{Credential, Wish, choice};
use crate::azure::challenge::Challenge;
use crate::azure::entra::AccessToken;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::halt::Over;
use crate::http::Http;
use crate::secret::SecretValue;
use crate::secretfile::Auth;
use crate::terminal::Terminal;

/// A source of access tokens for one credential and one cloud: one request per (authority, tenant,
/// identity, scope), shared by all threads.
pub struct TokenSource {
    credential: Box<dyn Credential>,
    cloud: Arc<Cloud>,
    clock: Clock,
    /// Tenants that a vault may name beside the credential's own; `*` is any.
    allowed: Vec<String>,
    /// By tenant; none is the credential's own.
    slots: Mutex<BTreeMap<Option<String>, Arc<Mutex<Slot>>>>,
}

/// A token that is held, and when it must go.
pub struct Held {
    token: AccessToken,
    tenant: Option<String>,
    /// By the clock; from then on it is renewed.
    renew_at: Duration,
    /// By the clock; from then on it is of no use.
    ends_at: Duration,
}

/// What is held for one tenant.
#[derive(Default)]
struct Slot {
    held: Option<Arc<Held>>,
    /// A failure, and until when it stands for every thread.
    failed: Option<(Error, Duration)>,
}

impl TokenSource {
    /// Chooses the credential; what is incomplete is said here, before any request.
    pub fn new(
        http: Arc<Http>,
        cloud: Arc<Cloud>,
        auth: &Auth,
        env: &Env,
        terminal: Option<&Terminal>,
    ) -> Result<Self> {
        let credential = choice::choose(&http, &cloud, auth, env, terminal)?;
        Ok(Self::of(credential, &http, cloud, allowed_tenants(auth, env)?))
    }

    /// Signs in to the embedded vault by itself.
    pub fn rehearsal(http: Arc<Http>, cloud: Arc<Cloud>) -> Self {
        let credential = choice::rehearsal(&http, &cloud);
        Self::of(credential, &http, cloud, Vec::new())
    }

    fn of(
        credential: Box<dyn Credential>,
        http: &Http,
        cloud: Arc<Cloud>,
        allowed: Vec<String>,
    ) -> Self {
        let clock = http.clock().clone();
        Self { credential, cloud, clock, allowed, slots: Mutex::default() }
    }

    /// The token for a tenant; none is the credential's own.
    pub fn token(&self, tenant: Option<&str>) -> Result<Arc<Held>> {
        self.get(Wish { tenant, claims: None }, None)
    }

    /// Another token after a vault did not take `refused` and answered with `challenge`.
    pub fn after(
        &self,
        refused: &Arc<Held>,
        challenge: &Challenge,
        vault: &str,
    ) -> Result<Arc<Held>> {
        challenge.check_resource(&self.cloud, vault)?;
        let same = refused.tenant.as_deref();
        let own = same.or_else(|| self.credential.tenant());
        let tenant = match challenge.tenant.as_deref() {
            // The tenant of a continuous-access challenge may be `common`, and says nothing.
            Some(asked) if challenge.claims.is_none() && is_another(own, asked) => {
                self.check_tenant(asked, own.unwrap_or_default(), vault)?;
                Some(asked)
            }
            _ => same,
        };
        self.get(Wish { tenant, claims: challenge.claims.as_deref() }, Some(refused))
    }

    /// A vault in a foreign tenant must not learn who we are.
    fn check_tenant(&self, asked: &str, own: &str, vault: &str) -> Result<()> {
        let is_allowed = |tenant: &String| tenant == "*" || tenant.eq_ignore_ascii_case(asked);
        if self.allowed.iter().any(is_allowed) {
            return Ok(());
        }
        let what = format!("the vault belongs to tenant {asked}, and we sign in to tenant {own}");
        let help = format!(
            "set `tenant_id: {asked}`, or, if this identity is known there, \
             `additionally_allowed_tenants: [{asked}]`"
        );
        Err(Error::of(ErrorCode::Tenant, what).at(vault).help(help))
    }

    /// What is held and not `refused`, else what the credential gives: one request at a time.
    fn get(&self, wish: Wish<'_>, refused: Option<&Arc<Held>>) -> Result<Arc<Held>> {
        let slot = self.slot(wish.tenant);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        let is_refused = |held: &Arc<Held>| refused.is_some_and(|old| Arc::ptr_eq(held, old));
        let held = slot.held.clone().filter(|held| now < held.ends_at && !is_refused(held));
        if let Some(held) = held.as_ref().filter(|held| now < held.renew_at) {
            return Ok(held.clone());
        }
        if let Some((error, until)) = &slot.failed
            && now < *until
        {
            return held.ok_or_else(|| error.clone());
        }
        match self.credential.sign_in(wish) {
            Ok(token) => {
                let held = Arc::new(Held::new(token, wish.tenant, self.clock.elapsed()));
                *slot = Slot { held: Some(held.clone()), failed: None };
                Ok(held)
            }
            Err(refusal) => {
                // A chain that was cut short knows only what each of its credentials lacked.
                let over = self.clock.over().map(Over::error);
                let error = over.unwrap_or_else(|| refusal.into_error());
                slot.failed = Some((error.clone(), self.clock.elapsed() + FAILED_FOR));
                held.ok_or(error)
            }
        }
    }

    fn slot(&self, tenant: Option<&str>) -> Arc<Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(tenant.map(str::to_owned)).or_default().clone()
    }
}

impl Held {
    fn new(token: AccessToken, tenant: Option<&str>, now: Duration) -> Self {
        let lives = token.lives;
        let renew_at = now + lives.saturating_sub(AHEAD).max(lives / 2);
        Self { token, tenant: tenant.map(str::to_owned), renew_at, ends_at: now + lives }
    }

    /// The token's text.
    pub fn text(&self) -> &SecretValue {
        &self.token.text
    }

    /// The tenant that a vault asked for; none is the credential's own.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }
}

/// Whether a vault names another tenant than ours, as far as that is known.
fn is_another(own: Option<&str>, asked: &str) -> bool {
    own.is_some_and(|own| !own.eq_ignore_ascii_case(asked))
}

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::from_secs(300);
/// How long a failure stands for every thread, so that a thousand secrets do not ask a thousand times.
const FAILED_FOR: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use jiff::Timestamp;

    use super::super::Refusal;
    use super::*;
    use crate::error::Kind;

    /// Gives tokens of an hour that are numbered, or fails.
    struct Numbered {
        asked: Arc<AtomicU64>,
        fails: Arc<AtomicU64>,
    }

    impl Credential for Numbered {
        fn name(&self) -> &'static str {
            "numbered"
        }

        fn tenant(&self) -> Option<&str> {
            Some("ours")
        }

        fn sign_in(&self, wish: Wish<'_>) -> std::result::Result<AccessToken, Refusal> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            if self.fails.load(Ordering::SeqCst) == 1 {
                return Err(Error::new(Kind::SignIn, "no").into());
            }
            let claims = if wish.claims.is_some() { "+" } else { "" };
            let text = format!("{}-{number}{claims}", wish.tenant.unwrap_or("ours"));
            let lives = Duration::from_secs(3_600);
            Ok(AccessToken { text: SecretValue::new(text), lives })
        }
    }

    struct World {
        source: TokenSource,
        clock: Clock,
        asked: Arc<AtomicU64>,
        fails: Arc<AtomicU64>,
    }

    fn world(allowed: &[&str]) -> World {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (asked, fails) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let source = TokenSource {
            credential: Box::new(Numbered { asked: asked.clone(), fails: fails.clone() }),
            cloud: Cloud::built_in("public").expect("built in"),
            clock: clock.clone(),
            allowed: allowed.iter().map(|tenant| (*tenant).to_owned()).collect(),
            slots: Mutex::default(),
        };
        World { source, clock, asked, fails }
    }

    fn text(held: &Result<Arc<Held>>) -> &str {
        held.as_ref().map_or("(none)", |held| held.text().expose())
    }

    fn challenge(tenant: &str) -> Challenge {
        Challenge { tenant: Some(tenant.to_owned()), ..Challenge::default() }
    }

    #[test]
    fn sixteen_threads_share_one_request() {
        let world = world(&[]);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| assert_eq!(text(&world.source.token(None)), "ours-0"));
            }
        });
        assert_eq!(world.asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_token_is_renewed_five_minutes_before_its_end() {
        let world = world(&[]);
        assert_eq!(text(&world.source.token(None)), "ours-0");
        world.clock.wait(Duration::from_secs(3_299));
        assert_eq!(text(&world.source.token(None)), "ours-0");
        world.clock.wait(Duration::from_secs(1));
        assert_eq!(text(&world.source.token(None)), "ours-1");
    }

    #[test]
    fn a_token_that_cannot_be_renewed_serves_to_its_end() {
        let world = world(&[]);
        assert_eq!(text(&world.source.token(None)), "ours-0");
        world.fails.store(1, Ordering::SeqCst);
        world.clock.wait(Duration::from_secs(3_400));
        assert_eq!(text(&world.source.token(None)), "ours-0");
        world.clock.wait(Duration::from_secs(200));
        assert!(world.source.token(None).is_err());
    }

    #[test]
    fn a_failure_stands_for_all_threads_for_a_while() {
        let world = world(&[]);
        world.fails.store(1, Ordering::SeqCst);
        assert!(world.source.token(None).is_err());
        assert!(world.source.token(None).is_err());
        assert_eq!(world.asked.load(Ordering::SeqCst), 1);
        world.fails.store(0, Ordering::SeqCst);
        world.clock.wait(FAILED_FOR);
        assert_eq!(text(&world.source.token(None)), "ours-1");
    }

    #[test]
    fn a_refused_token_is_replaced_once_for_all_threads() {
        let world = world(&[]);
        let first = world.source.token(None).expect("a token");
        let ours = challenge("OURS");
        assert_eq!(text(&world.source.after(&first, &ours, "kv")), "ours-1");
        assert_eq!(text(&world.source.after(&first, &ours, "kv")), "ours-1");
    }

    #[test]
    fn a_vault_of_another_tenant_gets_a_token_only_if_the_file_allows_it() {
        let refused = world(&["third"]);
        let first = refused.source.token(None).expect("a token");
        let error = refused.source.after(&first, &challenge("other"), "kv").err().expect("refused");
        assert!(error.to_string().contains("additionally_allowed_tenants"), "{error}");
        assert_eq!(refused.asked.load(Ordering::SeqCst), 1, "nobody was asked");
        for allowed in ["other", "*"] {
            let world = world(&[allowed]);
            let first = world.source.token(None).expect("a token");
            let other = world.source.after(&first, &challenge("other"), "kv");
            assert_eq!(text(&other), "other-1");
        }
    }

    #[test]
    fn a_vault_that_asks_for_another_resource_gets_nothing() {
        let world = world(&["*"]);
        let first = world.source.token(None).expect("a token");
        let resource = Some("https://management.azure.com".to_owned());
        let asked = Challenge { resource, ..Challenge::default() };
        assert!(world.source.after(&first, &asked, "kv").is_err());
        assert_eq!(world.asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_continuous_access_challenge_is_answered_with_its_claims_and_in_the_same_tenant() {
        let world = world(&[]);
        let first = world.source.token(None).expect("a token");
        let claims = Some("{}".to_owned());
        let asked = Challenge { claims, ..challenge("common") };
        assert_eq!(text(&world.source.after(&first, &asked, "kv")), "ours-1+");
        assert_eq!(text(&world.source.token(None)), "ours-1+");
    }
}
