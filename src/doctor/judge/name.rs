//! Where a vault's name leads.

use std::net::IpAddr;

use crate::http::{Proxied, Way};
use crate::report::doctor::{Check, Finding, State};

/// What the addresses tell. A private endpoint's other name does not show here, but its address does.
pub fn finding(way: &Way) -> Finding {
    match &way.proxied {
        Proxied::By(proxy) => {
            return Finding::ok(Check::Name, format!("the proxy {proxy} looks it up"));
        }
        Proxied::Embedded => {
            return Finding::ok(Check::Name, "every name leads to the embedded vault");
        }
        Proxied::No | Proxied::Exempt => {}
    }
    let addresses = way.addresses.as_deref().unwrap_or_default();
    let listed: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    let listed = listed.join(", ");
    let private = addresses.iter().filter(|address| is_private(address)).count();
    if private == 0 {
        Finding::ok(Check::Name, format!("it leads to {listed}, which is public"))
    } else if private == addresses.len() {
        let what = format!("it leads to {listed}, which is private: a private endpoint");
        Finding::ok(Check::Name, what)
    } else {
        Finding::new(Check::Name, State::Notice, format!("it leads to {listed}, public and private"))
            .cause("The private DNS zone and the public one are mixed.")
            .fix("leave the private endpoint's address alone in the zone privatelink.vaultcore.azure.net")
    }
}

/// Whether the name surely leads to a public address.
pub fn is_public(way: &Way) -> bool {
    let addresses = way.addresses.as_deref().unwrap_or_default();
    !addresses.is_empty() && !addresses.iter().any(is_private)
}

/// An address of a network of one's own (RFC 1918, 6598, 4193), or of this machine.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(addresses: &[&str]) -> Way {
        let addresses = addresses.iter().map(|text| text.parse().expect("an address")).collect();
        Way { proxied: Proxied::No, addresses: Ok(addresses) }
    }

    #[test]
    fn a_private_endpoint_shows_by_its_address() {
        for (addresses, state, part) in [
            (&["20.1.2.3"][..], State::Ok, "20.1.2.3, which is public"),
            (&["10.0.0.4"], State::Ok, "a private endpoint"),
            (&["fd00::4", "100.64.0.1", "172.31.0.1"], State::Ok, "a private endpoint"),
            (&["10.0.0.4", "20.1.2.3"], State::Notice, "public and private"),
        ] {
            let found = finding(&way(addresses));
            assert_eq!(found.state, state, "{addresses:?}");
            assert!(found.what.contains(part), "{}", found.what);
        }
        assert!(is_public(&way(&["20.1.2.3"])) && !is_public(&way(&["10.0.0.4"])));
    }
}
