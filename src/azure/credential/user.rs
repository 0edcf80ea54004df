//! A person's sign-in, kept for the run: nobody is asked twice while the service renews it.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::public_client::{Denied, Grant, PublicClient};
use crate::secret::SecretValue;

/// A person, as far as they have signed in.
pub struct User {
    client: PublicClient,
    /// What the file or the environment says.
    tenant: Option<String>,
    /// Where they signed in when nothing was said.
    learned: OnceLock<String>,
    /// By tenant; in memory only.
    refresh: Mutex<BTreeMap<String, SecretValue>>,
}

impl User {
    /// Nobody has signed in yet.
    pub fn new(client: PublicClient, tenant: Option<String>) -> Self {
        Self { client, tenant, learned: OnceLock::new(), refresh: Mutex::default() }
    }

    /// The application that they sign in for.
    pub fn client(&self) -> &PublicClient {
        &self.client
    }

    /// Their tenant, as far as it is known.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref().or_else(|| self.learned.get().map(String::as_str))
    }

    /// Renews what there is; else lets `ask` ask the person, in this tenant.
    pub fn sign_in(
        &self,
        wish: Wish<'_>,
        ask: impl FnOnce(&str) -> Result<Grant, Refusal>,
    ) -> Result<AccessToken, Refusal> {
        let tenant = wish.tenant.or(self.tenant.as_deref()).unwrap_or(ANY_TENANT);
        let grant = match self.renew(tenant, wish.claims)? {
            Some(grant) => grant,
            None => ask(tenant)?,
        };
        if let Some(refresh) = grant.refresh {
            self.refresh().insert(tenant.to_owned(), refresh);
        }
        if let Some(tenant) = grant.tenant.filter(|_| wish.tenant.is_none()) {
            let _ = self.learned.set(tenant);
        }
        Ok(grant.token)
    }

    /// None where a person is needed.
    fn renew(&self, tenant: &str, claims: Option<&str>) -> Result<Option<Grant>, Refusal> {
        let Some(refresh) = self.refresh().get(tenant).map(SecretValue::duplicate) else {
            return Ok(None);
        };
        match self.client.by_refresh(tenant, &refresh, claims) {
            Ok(grant) => Ok(Some(grant)),
            Err(Denied { word, .. })
                if word == "invalid_grant" || word == "interaction_required" =>
            {
                self.refresh().remove(tenant);
                Ok(None)
            }
            Err(denied) => Err(denied.error.into()),
        }
    }

    fn refresh(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, SecretValue>> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whichever work or school account the person picks.
const ANY_TENANT: &str = "organizations";
