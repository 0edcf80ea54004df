//! YAML that every reader takes for the same: a text that YAML 1.1 or 1.2 could take for a flag, a number or
//! nothing is quoted. (`on` is a text for one reader and `true` for the next.)

use serde_json::Value;

/// A document, from a map or a list.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

/// The lines of a map or a list.
fn block(out: &mut String, value: &Value, indent: usize) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(key, value)| {
            out.push_str(&format!("{pad}{}:", text(key)));
            member(out, value, indent);
        }),
        Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| {
            out.push_str(&format!("{pad}-"));
            entry(out, item, indent);
        }),
        other => out.push_str(&format!("{pad}{}\n", scalar(other))),
    }
}

/// What follows `key:`.
fn member(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(out, value, indent + STEP);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            block(out, value, indent + STEP);
        }
        other => leaf(out, other, indent),
    }
}

/// What follows `-`: a map or a list begins on the same line.
fn entry(out: &mut String, value: &Value, indent: usize) {
    if !matches!(value, Value::Object(_) | Value::Array(_)) {
        return leaf(out, value, indent);
    }
    let mut inner = String::new();
    block(&mut inner, value, indent + STEP);
    out.push(' ');
    out.push_str(inner.trim_start_matches(' '));
}

/// A text of several lines keeps them.
fn leaf(out: &mut String, value: &Value, indent: usize) {
    let lines = value.as_str().filter(|text| is_literal(text));
    let Some(lines) = lines else {
        out.push_str(&format!(" {}\n", scalar(value)));
        return;
    };
    let pad = " ".repeat(indent + STEP);
    out.push_str(" |\n");
    lines.lines().for_each(|line| out.push_str(&format!("{pad}{line}\n")));
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(plain) => text(plain),
        other => other.to_string(),
    }
}

/// A text as one scalar: a JSON string is a YAML one, once what YAML takes for a line's end or refuses is
/// escaped.
pub fn text(plain: &str) -> String {
    if is_plain(plain) {
        return plain.to_owned();
    }
    let escape = |c: char| match is_special(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    Value::from(plain).to_string().chars().map(escape).collect()
}

fn is_plain(text: &str) -> bool {
    let is_inner = |c: char| matches!(c, '-' | '_' | '.' | '/' | '@' | ',' | ' ');
    let fits = |c: char| c.is_ascii_alphanumeric() || is_inner(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let rest = text.strip_prefix("https://").unwrap_or(text);
    (starts || text.starts_with("./"))
        && rest.chars().all(fits)
        && !text.ends_with(' ')
        && !is_id(text)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// An id of digits and letters is quoted whatever it begins with, so that all ids look alike.
fn is_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && text.bytes().any(|b| b.is_ascii_digit())
}

/// What may not stand in a document, or ends a line for some readers.
fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether a block of lines says just this text.
fn is_literal(text: &str) -> bool {
    let is_line =
        |line: &str| !line.is_empty() && !line.ends_with(' ') && !line.chars().any(is_special);
    text.ends_with('\n') && !text.starts_with(' ') && text.lines().all(is_line)
}

/// How much deeper what is inside stands.
const STEP: usize = 2;
/// Words that a reader may take for something else (YAML 1.1's and 1.2's).
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_that_could_be_taken_for_something_else_are_quoted() {
        let value =
            json!({"a": ["on", "NO", "1e3", "db-password", "https://kv1.vault.azure.net/x"]});
        let shown = "a:\n  - \"on\"\n  - \"NO\"\n  - \"1e3\"\n  - db-password\n  - \
                     https://kv1.vault.azure.net/x\n";
        assert_eq!(document(&value), shown);
    }

    #[test]
    fn what_is_inside_stands_deeper() {
        let value = json!({"a": {"b": [{"c": 1, "d": [[true, null]]}, {}, []], "e": "x\ny\n"}});
        let shown = "a:\n  b:\n    - c: 1\n      d:\n        - - true\n          - null\n    - {}\n    - \
                     []\n  e: |\n    x\n    y\n";
        assert_eq!(document(&value), shown);
    }

    fn texts() -> impl Strategy<Value = String> {
        let words =
            prop::sample::select(&["on", "null", "~", "- a", "a: b", "x\ny\n", "#", "&a", "!x"]);
        prop_oneof![any::<String>(), words.prop_map(str::to_owned), Just(String::new())]
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaves =
            prop_oneof![texts().prop_map(Value::from), any::<bool>().prop_map(Value::from)];
        leaves.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((texts(), inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(value in values()) {
            let value = json!({"all": value});
            let read: Value = serde_yaml::from_str(&document(&value)).expect("YAML");
            assert_eq!(read, value);
        }
    }
}
