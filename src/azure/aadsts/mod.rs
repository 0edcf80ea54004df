//! Entra's error codes, as far as a job meets them: what they mean, what mends them, and whether they
//! pass by themselves.
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

mod table;

use crate::error_code::ErrorCode;

/// One meaning, with all codes that have it.
#[derive(Debug)]
pub struct Entry {
    /// The numbers after `AADSTS`.
    pub codes: &'static [u64],
    /// What happened, where the answer itself does not say it.
    pub meaning: &'static str,
    /// What mends it. `{client}`, `{tenant}`, `{authority}`, `{audience}` (what the cloud expects) and
    /// the presented assertion's `{iss}`, `{sub}` and `{aud}` stand for what was asked.
    pub fix: &'static str,
    /// What the user has to see beside the fix.
    pub shows: Shows,
    /// Whether the same request may succeed in a moment; nothing else is tried again.
    pub is_transient: bool,
}

/// What an error is to be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Nothing more.
    Nothing,
    /// Issuer, subject and audience of the assertion that was presented.
    Assertion,
    /// The clocks, and when the assertion is good.
    Times,
}

/// What a fix's placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The application's id.
    pub client: &'a str,
    /// The tenant that was asked.
    pub tenant: &'a str,
    /// The host that was asked.
    pub authority: &'a str,
    /// The audience of the cloud's federated tokens.
    pub audience: &'a str,
    /// The assertion's issuer, subject and audience.
    pub presented: [&'a str; 3],
}

/// The entry of a code.
pub fn find(code: u64) -> Option<&'static Entry> {
    entries().map(|(_, entry)| entry).find(|entry| entry.codes.contains(&code))
}

/// What a code is about.
pub fn error_code(code: u64) -> Option<ErrorCode> {
    entries().find(|(_, entry)| entry.codes.contains(&code)).map(|(about, _)| about)
}

/// Every entry, and what it is about.
pub fn entries() -> impl Iterator<Item = (ErrorCode, &'static Entry)> {
    let families = table::FAMILIES.iter();
    families.flat_map(|(about, entries)| entries.iter().map(|entry| (*about, entry)))
}

/// Where Entra itself explains a code.
pub fn link(code: u64) -> String {
    format!("https://login.microsoftonline.com/error?code={code}")
}

impl Entry {
    /// The fix in the words of this request. What is put in is not looked at again, so no text can
    /// name a placeholder.
    pub fn fix(&self, words: &Words<'_>) -> String {
        let mut text = String::new();
        let mut rest = self.fix;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            text.push_str(words.get(name));
            rest = after;
        }
        text + rest
    }
}

impl<'a> Words<'a> {
    fn get(&self, name: &str) -> &'a str {
        let [issuer, subject, audience] = self.presented;
        match name {
            "client" => self.client,
            "tenant" => self.tenant,
            "authority" => self.authority,
            "audience" => self.audience,
            "iss" => issuer,
            "sub" => subject,
            "aud" => audience,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const WORDS: Words<'_> = Words {
        client: "C",
        tenant: "T",
        authority: "H",
        audience: "A",
        presented: ["{sub}", "S", "D"],
    };

    #[test]
    fn no_code_has_two_meanings_and_every_one_has_a_fix() {
        let mut seen = BTreeSet::new();
        for (_, entry) in entries() {
            assert!(!entry.meaning.is_empty() && !entry.fix.is_empty(), "{:?}", entry.codes);
            assert!(entry.codes.iter().all(|code| seen.insert(*code)), "{:?}", entry.codes);
        }
    }

    #[test]
    fn every_placeholder_is_known() {
        let known = ["client", "tenant", "authority", "audience", "iss", "sub", "aud"];
        for (_, entry) in entries() {
            for part in entry.fix.split('{').skip(1) {
                let name = part.split_once('}').expect("closed").0;
                assert!(known.contains(&name), "{:?}: {name}", entry.codes);
            }
        }
    }

    #[test]
    fn what_was_presented_is_put_in_once() {
        let fix = find(700_211).expect("an issuer's").fix(&WORDS);
        assert!(fix.contains("`{sub}`"), "{fix}");
        assert!(find(700_213).expect("a subject's").fix(&WORDS).contains("`S`"));
    }
}
