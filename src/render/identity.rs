//! Who reads a vault for a service.

use crate::azure::guid::is_guid;

/// An identity of Azure, as an option names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The service's own.
    System,
    /// An application or managed identity, by its client id.
    Client(String),
    /// A managed identity of a cluster's machines, by its client id.
    Machine(String),
    /// A user-assigned managed identity, by its resource id.
    Resource(String),
}

impl Identity {
    /// Reads an argument.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "system" {
            return Ok(Self::System);
        }
        if is_guid(text) {
            return Ok(Self::Client(text.to_owned()));
        }
        if let Some(id) = text.strip_prefix("vm:").filter(|id| is_guid(id)) {
            return Ok(Self::Machine(id.to_owned()));
        }
        if is_resource(text) {
            return Ok(Self::Resource(text.to_owned()));
        }
        Err("write system, a client id (GUID), vm:CLIENT-ID, or a user-assigned identity's resource \
             id (/subscriptions/…)"
            .to_owned())
    }
}

/// `/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/N`.
fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let ["", subscriptions, id, groups, group, providers, namespace, kind, name] = parts.as_slice()
    else {
        return false;
    };
    let words = [*subscriptions, *groups, *providers, *namespace, *kind];
    let is_part = |text: &&str| {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')');
        !text.is_empty() && text.chars().all(fits)
    };
    words.iter().zip(WORDS).all(|(word, known)| word.eq_ignore_ascii_case(known))
        && is_guid(id)
        && [group, name].into_iter().all(is_part)
}

/// The fixed parts of a resource id, which Azure compares regardless of case.
const WORDS: [&str; 5] = [
    "subscriptions",
    "resourceGroups",
    "providers",
    "Microsoft.ManagedIdentity",
    "userAssignedIdentities",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_one_of_four_forms_and_nothing_else() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        let resource = format!(
            "/subscriptions/{id}/resourcegroups/shop-rg/providers/Microsoft.ManagedIdentity/\
             userAssignedIdentities/shop"
        );
        assert_eq!(Identity::parse("system"), Ok(Identity::System));
        assert_eq!(Identity::parse(id), Ok(Identity::Client(id.to_owned())));
        assert_eq!(Identity::parse(&format!("vm:{id}")), Ok(Identity::Machine(id.to_owned())));
        assert_eq!(Identity::parse(&resource), Ok(Identity::Resource(resource.clone())));
        for text in [
            "",
            "System",
            "vm:",
            "shop",
            &resource.replace("shop-rg", "a b"),
            &resource.replace("shop-rg", "a,identityref:b"),
            &resource.replace("shop-rg", ""),
            &resource.replace(id, "x"),
            &format!("{resource}/x"),
            &format!("{resource}\n"),
            &format!("{id}\"\n- x: y"),
        ] {
            assert!(Identity::parse(text).is_err(), "{text}");
        }
    }
}
