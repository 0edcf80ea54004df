//! What the sign-in service knows: applications, tenants, and how long its tokens live.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use subtle::ConstantTimeEq;

use super::federation::FederatedCredential;
use crate::emulator::fault::Fault;
use crate::emulator::identity::Asked;
use crate::emulator::vaults::Rights;

/// Every application and tenant is known until a test says otherwise.
pub struct Directory {
    /// By client id in lower case.
    apps: BTreeMap<String, App>,
    /// In lower case; none means every one.
    tenants: Option<BTreeSet<String>>,
    /// How long new tokens live; seconds.
    life: i64,
    /// What the next requests end with.
    next: VecDeque<Fault>,
    /// What the token endpoint was asked.
    pub asked: Asked,
}

/// What is known of one application.
#[derive(Default)]
struct App {
    /// Any secret is right where it is none.
    secret: Option<String>,
    /// All rights where it is none.
    rights: Option<Rights>,
    /// Every assertion is believed where there are none.
    trusted: Vec<FederatedCredential>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            apps: BTreeMap::new(),
            tenants: None,
            life: LIFE,
            next: VecDeque::new(),
            asked: Asked::default(),
        }
    }
}

impl Directory {
    /// Only this secret is right for this application from now on.
    pub fn register(&mut self, client_id: &str, secret: &str) {
        self.app(client_id).secret = Some(secret.to_owned());
    }

    /// Only assertions that match a credential of this application are right from now on.
    pub fn trust(&mut self, client_id: &str, credential: FederatedCredential) {
        self.app(client_id).trusted.push(credential);
    }

    /// What the application may do in every vault, from the next request on.
    pub fn grant(&mut self, client_id: &str, rights: Rights) {
        self.app(client_id).rights = Some(rights);
    }

    /// How long new tokens live; seconds.
    pub fn token_life(&mut self, seconds: i64) {
        self.life = seconds;
    }

    /// Only these tenants exist from now on.
    pub fn only_tenants(&mut self, tenants: &[&str]) {
        self.tenants = Some(tenants.iter().map(|tenant| tenant.to_ascii_lowercase()).collect());
    }

    /// The fault of the next request to the sign-in service; several queue up.
    pub fn answer_next(&mut self, fault: Fault) {
        self.next.push_back(fault);
    }

    /// The fault of this request.
    pub(in crate::emulator) fn take_next(&mut self) -> Option<Fault> {
        self.next.pop_front()
    }

    /// How long new tokens live; seconds.
    pub(in crate::emulator) fn life(&self) -> i64 {
        self.life
    }

    /// Whether the tenant exists.
    pub(in crate::emulator) fn knows_tenant(&self, tenant: &str) -> bool {
        let tenant = tenant.to_ascii_lowercase();
        self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&tenant))
    }

    /// Whether the secret is right.
    pub(in crate::emulator) fn is_secret(&self, client_id: &str, secret: &str) -> bool {
        let app = self.apps.get(&client_id.to_ascii_lowercase());
        let known = app.and_then(|app| app.secret.as_ref());
        known.is_none_or(|known| bool::from(known.as_bytes().ct_eq(secret.as_bytes())))
    }

    /// Whose assertions the application trusts.
    pub(in crate::emulator) fn trusted(&self, client_id: &str) -> &[FederatedCredential] {
        self.apps.get(&client_id.to_ascii_lowercase()).map_or(&[], |app| &app.trusted)
    }

    /// What the application may do.
    pub(in crate::emulator) fn rights(&self, client_id: &str) -> Rights {
        let app = self.apps.get(&client_id.to_ascii_lowercase());
        app.and_then(|app| app.rights.clone()).unwrap_or_else(Rights::all)
    }

    /// The application, made known if it is not.
    fn app(&mut self, client_id: &str) -> &mut App {
        self.apps.entry(client_id.to_ascii_lowercase()).or_default()
    }
}

/// How long the real service's tokens live at least; seconds.
const LIFE: i64 = 3_599;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_secret_is_right_until_one_is_registered() {
        let mut directory = Directory::default();
        assert!(directory.is_secret("ID", "anything"));
        directory.register("id", "right");
        assert!(!directory.is_secret("ID", "anything"));
        assert!(directory.is_secret("ID", "right"));
        assert!(directory.is_secret("other", "anything"));
    }
}
