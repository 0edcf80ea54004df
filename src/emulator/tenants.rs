//! Which tenant a vault belongs to.

use std::collections::BTreeMap;

/// Every tenant is right for a vault that none was named for.
#[derive(Clone)]
pub struct Tenants {
    /// What challenges name.
    usual: String,
    /// By host in lower case.
    of_vaults: BTreeMap<String, String>,
}

/// The tenant that a challenge names unless another is chosen: Microsoft's own placeholder.
pub const USUAL_TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

impl Default for Tenants {
    fn default() -> Self {
        Self { usual: USUAL_TENANT.to_owned(), of_vaults: BTreeMap::new() }
    }
}

impl Tenants {
    /// The tenant that challenges name.
    pub fn usual(&self) -> &str {
        &self.usual
    }

    /// Chooses it.
    pub fn set_usual(&mut self, tenant: &str) {
        self.usual = tenant.to_ascii_lowercase();
    }

    /// The only tenant that is right for this vault.
    pub fn of(&self, host: &str) -> Option<&str> {
        self.of_vaults.get(host).map(String::as_str)
    }

    /// Names it.
    pub fn set(&mut self, host: &str, tenant: &str) {
        self.of_vaults.insert(host.to_ascii_lowercase(), tenant.to_ascii_lowercase());
    }
}
