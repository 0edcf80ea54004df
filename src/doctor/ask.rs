//! Asks a vault, from the outside to the inside, for as long as an answer lets it. Reads no value and writes
//! nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::facts::{Facts, Level, Trust};
use super::{Place, Visit, probe};
use crate::azure::key_vault::KeyVault;
use crate::azure::{Answer, Code};
use crate::error_code::ErrorCode;
use crate::http::{Proxied, guid};
use crate::names::SecretName;

/// Everything that can be seen of a vault.
pub fn facts(visit: &Visit<'_>, place: &Place<'_>, vault: &KeyVault) -> Facts {
    let mut facts = Facts {
        way: vault.way(),
        greeting: None,
        trust: Trust::Unknown,
        caller: None,
        list: None,
        list_one: None,
        get: None,
        level: None,
        deleted: None,
        probe: None,
    };
    if reach(&mut facts, visit, vault) && enter(&mut facts, place, vault) {
        look(&mut facts, place, vault);
        if visit.probes {
            let (probe, level) = probe::run(vault, visit.clock).unzip();
            facts.level = facts.level.or(level.flatten());
            facts.probe = probe;
        }
    }
    facts
}

/// Name, proxy, connection, TLS, clock; false: nothing more can be asked.
fn reach(facts: &mut Facts, visit: &Visit<'_>, vault: &KeyVault) -> bool {
    if facts.way.addresses.is_err() {
        return false;
    }
    let greeting = vault.greet(None);
    let is_there = greeting.is_ok();
    if is_there {
        facts.trust = trust(facts, visit, vault);
    }
    facts.greeting = Some(greeting);
    is_there
}

fn trust(facts: &Facts, visit: &Visit<'_>, vault: &KeyVault) -> Trust {
    let Some(plain) = &visit.plain else {
        return match facts.way.proxied {
            Proxied::Embedded => Trust::Embedded,
            _ => Trust::BuiltIn,
        };
    };
    match vault.greet(Some(plain)) {
        Ok(_) => Trust::BuiltIn,
        Err(error) if error.code == ErrorCode::Tls => Trust::Added,
        Err(_) => Trust::Unknown,
    }
}

/// Sign-in, firewall, api-version, the right to list; false: no other right can be asked for.
fn enter(facts: &mut Facts, place: &Place<'_>, vault: &KeyVault) -> bool {
    let caller = vault.caller();
    let is_signed_in = caller.is_ok();
    facts.caller = Some(caller);
    if !is_signed_in {
        return false;
    }
    let list = vault.list(None).map(|page| {
        facts.level = page.items.first().and_then(Level::of);
    });
    // The vault may have asked for a token of another tenant.
    facts.caller = Some(vault.caller());
    let code = list.as_ref().err().map(|failure| failure.code);
    facts.list = Some(list);
    if code == Some(Code::Rights)
        && let Some((_, target)) = place.targets.first()
    {
        facts.list_one = Some(vault.versions(&target.name).map(|_| ()));
    }
    matches!(code, None | Some(Code::Rights))
}

/// The right to get, and deleted names.
fn look(facts: &mut Facts, place: &Place<'_>, vault: &KeyVault) {
    facts.get = absent_name("doctor").map(|name| match vault.get(&name, None) {
        // Rights are looked at before names.
        Err(failure) if failure.code == Code::NotFound => Ok(()),
        other => other.map(|_| ()),
    });
    if matches!(facts.list, Some(Ok(()))) {
        let found = deleted(facts, place, vault);
        facts.deleted = found.ok().flatten();
    }
}

/// A name that nobody has: its end is random.
pub fn absent_name(what: &str) -> Option<SecretName> {
    let random: String = guid().chars().filter(char::is_ascii_hexdigit).take(16).collect();
    SecretName::strict(&format!("secretzero-{what}-{random}")).ok()
}

/// The file's names that are soft-deleted, and when they are purged.
type DeletedNames = Vec<(SecretName, Option<Timestamp>)>;

/// None where the list is too long.
fn deleted(facts: &mut Facts, place: &Place<'_>, vault: &KeyVault) -> Answer<Option<DeletedNames>> {
    let wanted: BTreeSet<String> = place.targets.iter().map(|(_, t)| t.name.key()).collect();
    let (mut found, mut next) = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let page = vault.list_deleted(next.as_ref())?;
        for item in page.items {
            facts.level = facts.level.take().or_else(|| Level::of(&item.properties));
            if wanted.contains(&item.properties.name.key()) {
                found.push((item.properties.name, item.purge));
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A list of deleted names that has more pages of 25 is not read to its end.
const MAX_PAGES: usize = 40;
