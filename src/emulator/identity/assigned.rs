//! The identities of a host.

use crate::emulator::entra::Form;

/// One identity, by its three ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// The client id.
    pub client: String,
    /// The object id.
    pub object: String,
    /// The resource id; a host's own has none.
    pub resource: String,
}

/// All that a host has.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    /// The host's own.
    pub system: Option<Assigned>,
    /// Those that were assigned to it.
    pub assigned: Vec<Assigned>,
}

impl Identities {
    /// The one that a query asks for; the resource id's parameter has a different name on each kind
    /// of host.
    pub fn find(&self, query: &Form, resource_id: &str) -> Option<&Assigned> {
        let by = |name: &str, of: fn(&Assigned) -> &str| {
            let id = query.get(name)?;
            Some(self.assigned.iter().find(|one| of(one).eq_ignore_ascii_case(id)))
        };
        by("client_id", |one| &one.client)
            .or_else(|| by("object_id", |one| &one.object))
            .or_else(|| by(resource_id, |one| &one.resource))
            .unwrap_or(self.system.as_ref())
    }
}
