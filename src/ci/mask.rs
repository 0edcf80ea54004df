//! What a CI system is told to hide of a value.
//!
//! A runner hides the exact text that it was told, and the forms that it derives itself; each line is told
//! alone, since logs are hidden line by line. A short text and `true` are left out: they would be hidden
//! everywhere.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::secret::SecretValue;

/// The texts to hide.
#[derive(Debug, Default)]
pub struct Masks {
    /// Single lines, each of at least [`SHORTEST`] characters, and none a word of JSON.
    pub texts: Vec<SecretValue>,
    /// How many lines were too short, or a word of JSON.
    pub skipped: usize,
    /// Where texts stand, by a hash that tells nothing without its key.
    places: HashMap<u64, Vec<usize>>,
    /// That key.
    key: RandomState,
}

impl Masks {
    /// Hides a value: its lines, its encodings, and the texts in it where it is JSON. What `is_literal`
    /// says stands in the Secretfile for all to read, and is not hidden.
    pub fn add(&mut self, value: &SecretValue, is_literal: &dyn Fn(&str) -> bool) {
        let text = value.expose();
        self.lines(text);
        if text.chars().count() >= SHORTEST {
            self.encodings(text);
        }
        if let Ok(json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
            self.leaves(json, is_literal);
        }
    }

    fn lines(&mut self, text: &str) {
        for line in text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()) {
            if line.chars().count() < SHORTEST || is_word(line) {
                self.skipped += 1;
            } else {
                self.hide(SecretValue::new(line.to_owned()));
            }
        }
    }

    /// Each text is told once, however many lines a value has.
    fn hide(&mut self, text: SecretValue) {
        let places = self.places.entry(self.key.hash_one(text.expose())).or_default();
        if places.iter().all(|&at| self.texts[at].expose() != text.expose()) {
            places.push(self.texts.len());
            self.texts.push(text);
        }
    }

    /// Base64 at each of the places that a value can have in a longer text, without what depends on its
    /// neighbours; and hex.
    fn encodings(&mut self, text: &str) {
        for skip in 0..3 {
            let rest = text.as_bytes().get(skip..).unwrap_or_default();
            // The last group depends on what follows, or nothing follows.
            let whole = &rest[..rest.len() - rest.len() % 3];
            for bytes in [whole, rest] {
                self.encoded(STANDARD_NO_PAD.encode(bytes));
                self.encoded(URL_SAFE_NO_PAD.encode(bytes));
            }
        }
        self.encoded(hex::encode(text));
        self.encoded(hex::encode_upper(text));
    }

    /// An encoding that is too short says nothing, and is not counted.
    fn encoded(&mut self, text: String) {
        let text = SecretValue::new(text);
        if text.expose().len() >= SHORTEST_ENCODED {
            self.hide(text);
        }
    }

    fn leaves(&mut self, json: Value, is_literal: &dyn Fn(&str) -> bool) {
        match json {
            Value::String(text) if !is_literal(&text) => {
                let leaf = SecretValue::new(text);
                if leaf.expose().chars().count() >= SHORTEST {
                    self.lines(leaf.expose());
                    self.encodings(leaf.expose());
                }
            }
            Value::Array(items) => items.into_iter().for_each(|item| self.leaves(item, is_literal)),
            Value::Object(members) => {
                members.into_iter().for_each(|(_, member)| self.leaves(member, is_literal));
            }
            _ => {}
        }
    }
}

/// A word of JSON, alone on a line; hidden, it would be missing everywhere.
fn is_word(line: &str) -> bool {
    matches!(line.trim_end_matches(','), "true" | "false" | "null")
}

/// The shortest line that is hidden, in characters: `{`, `},` and `yes` stay readable.
const SHORTEST: usize = 4;
/// The shortest encoding that is hidden, in characters.
const SHORTEST_ENCODED: usize = 6;

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn of(text: &str) -> Masks {
        let mut masks = Masks::default();
        masks.add(&SecretValue::new(text.to_owned()), &|leaf| leaf == "db.example.net");
        masks
    }

    fn has(masks: &Masks, text: &str) -> bool {
        masks.texts.iter().any(|mask| mask.expose() == text)
    }

    #[test]
    fn every_line_is_hidden_alone_and_short_ones_not_at_all() {
        let masks = of("{\n  \"a\": \"secret one\",\r\n}\n");
        assert!(has(&masks, "\"a\": \"secret one\","));
        assert!(!has(&masks, "{") && !has(&masks, "}"));
        assert_eq!(masks.skipped, 2);
        assert!(masks.texts.iter().all(|mask| !mask.expose().contains(['\n', '\r'])));
    }

    #[test]
    fn a_text_is_told_once_however_often_it_stands() {
        let mut masks = of(&"the same line\n".repeat(2_000));
        let count = |masks: &Masks, text: &str| {
            masks.texts.iter().filter(|mask| mask.expose() == text).count()
        };
        assert_eq!(count(&masks, "the same line"), 1);
        let all = masks.texts.len();
        masks.add(&SecretValue::new("the same line\n".repeat(2_000)), &|_| false);
        assert_eq!(masks.texts.len(), all);
    }

    #[test]
    fn texts_in_json_are_hidden_but_not_what_the_file_says_itself() {
        let masks = of(r#"{"host":"db.example.net","port":5432,"password":"hunter2"}"#);
        assert!(has(&masks, "hunter2"));
        assert!(!has(&masks, "db.example.net") && !has(&masks, "5432"));
    }

    #[test]
    fn words_of_json_stay_readable_everywhere() {
        let masks =
            of("{\n  \"on\": [\n    true,\n    false,\n    null\n  ],\n  \"tls\": \"true\"\n}");
        for text in ["true", "true,", "false,", "null"] {
            assert!(!has(&masks, text), "{text}");
        }
    }

    #[test]
    fn base64_is_hidden_wherever_the_value_stands_in_a_longer_text() {
        let masks = of("hunter2-hunter2");
        for around in ["", "a", "ab", "abc"] {
            for behind in ["", "\n", "xy"] {
                let encoded = STANDARD.encode(format!("{around}hunter2-hunter2{behind}"));
                let is_hidden = masks.texts.iter().any(|mask| encoded.contains(mask.expose()));
                assert!(is_hidden, "{around}+{behind}");
            }
        }
        assert!(has(&masks, &hex::encode("hunter2-hunter2")));
    }
}
