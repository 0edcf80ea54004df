//! What a word stands for: a code of ours, a family, or a service's own code.

use super::{Entry, FAMILIES, Family, entries, entry};
use crate::azure::aadsts;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::secretfile::nearest;

/// What is explained.
#[derive(Debug)]
pub enum Topic {
    /// A code.
    Code(&'static Family, &'static Entry),
    /// A family by its own word.
    Family(&'static Family),
    /// One of Entra's numbers, and the code that it is told by.
    Aadsts(u64, &'static aadsts::Entry, &'static Family, &'static Entry),
}

/// Finds a word as it stands in a message: with its brackets or without, in any case; a service's code
/// alone or behind the outer one (`Forbidden/ForbiddenByRbac`).
pub fn find(text: &str) -> Option<Topic> {
    let word = text.trim().trim_matches(['[', ']']).to_ascii_lowercase();
    let of_code = || entries().find(|(_, entry)| entry.code.name() == word);
    let of_service = || {
        let inner = word.rsplit('/').next().unwrap_or(&word);
        let is_it = |own: &&'static str| own.eq_ignore_ascii_case(inner);
        entries().find(|(_, entry)| entry.service.iter().any(is_it))
    };
    if let Some((family, entry)) = of_code() {
        return Some(Topic::Code(family, entry));
    }
    if let Some(family) = FAMILIES.iter().find(|family| family.id == word) {
        return Some(Topic::Family(family));
    }
    aadsts_of(&word).or_else(|| of_service().map(|(family, entry)| Topic::Code(family, entry)))
}

/// Why a word stands for nothing, and what may be meant.
pub fn unknown(text: &str) -> Error {
    let error = Error::of(ErrorCode::UnknownName, format!("there is no error code `{text}`"));
    if let Some(number) = number_of(&text.trim().to_ascii_lowercase()) {
        return error.help(format!("Entra itself explains it: {}", aadsts::link(number)));
    }
    match nearest(text, words()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`secretzero explain` lists them all"),
    }
}

/// Every word that is known.
fn words() -> impl Iterator<Item = &'static str> {
    let codes = entries().map(|(_, entry)| entry.code.name());
    let services = entries().flat_map(|(_, entry)| entry.service.iter().copied());
    codes.chain(FAMILIES.iter().map(|family| family.id)).chain(services)
}

fn aadsts_of(word: &str) -> Option<Topic> {
    let number = number_of(word)?;
    let (family, entry) = entry(aadsts::error_code(number)?)?;
    Some(Topic::Aadsts(number, aadsts::find(number)?, family, entry))
}

/// The number of `AADSTS700213`, or the number alone, which has five digits at least.
fn number_of(word: &str) -> Option<u64> {
    let digits = word.strip_prefix("aadsts").unwrap_or(word);
    let is_number = digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&'static str> {
        Some(match find(text)? {
            Topic::Code(_, entry) | Topic::Aadsts(_, _, _, entry) => entry.code.name(),
            Topic::Family(family) => family.id,
        })
    }

    #[test]
    fn a_code_is_found_as_it_stands_in_a_message_and_so_is_the_services_own() {
        for (text, code) in [
            ("firewall", "firewall"),
            ("[Firewall]", "firewall"),
            ("network", "network"),
            ("ForbiddenByFirewall", "firewall"),
            ("Forbidden/ForbiddenByConnection", "private-vault"),
            ("ForbiddenByPolicy", "access-denied"),
            ("AccessDenied", "access-denied"),
            ("ObjectIsDeletedButRecoverable", "soft-deleted"),
            ("SecretDisabled", "secret-disabled"),
            ("AKV10032", "token-rejected"),
            ("AADSTS700213", "federated-credential"),
            ("7000215", "client-secret"),
            ("aadsts90055", "service-trouble"),
        ] {
            assert_eq!(found(text), Some(code), "{text}");
        }
    }

    #[test]
    fn an_unknown_word_gets_a_suggestion_and_an_unknown_number_of_entra_its_page() {
        for (text, help) in [
            ("firewal", "did you mean `firewall`?"),
            ("ForbidenByRbac", "did you mean `ForbiddenByRbac`?"),
            ("AADSTS1234567", "error?code=1234567"),
            ("qqq", "`secretzero explain` lists them all"),
        ] {
            assert!(find(text).is_none(), "{text}");
            let error = unknown(text);
            assert_eq!(error.kind.exit_code(), 3);
            assert!(error.help.as_deref().is_some_and(|said| said.contains(help)), "{error}");
        }
    }
}
