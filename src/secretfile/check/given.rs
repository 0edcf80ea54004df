//! `static`: values that the file or its environment gives.

use std::collections::BTreeSet;

use super::{Check, Map, Private};
use crate::env::is_unexpanded;
use crate::secret::SecretValue;
use crate::secretfile::node::{Body, Node, Scalar};
use crate::secretfile::scalar;
use crate::secretfile::{Given, GivenValue, Place, Problem, Supply};

/// The service's limit on a value, in bytes of UTF-8.
pub const MAX_BYTES: usize = 25_600;

/// The keys of a static generator's `config`.
pub const KEYS: [&str; 3] = ["default", "value", "validation"];

/// The most that a compiled pattern may take, in bytes; matching time grows with it.
const MAX_PATTERN: usize = 64 * 1024;

/// Reads a given value. In a template, numbers and flags keep their type.
pub fn given(
    check: &Check<'_>,
    config: Option<&Node>,
    at: Place,
    in_template: bool,
) -> Option<Given> {
    let Some(config) = config else {
        no_value(check, at);
        return None;
    };
    let map = check.map(config, "the `config` of `static`")?;
    check.keys(&map, &KEYS, "in the `config` of `static`");
    let Some(node) = declared(check, &map, in_template) else {
        no_value(check, map.at);
        return None;
    };
    let supply = supply(check, node, in_template)?;
    if let Supply::Supplied(value) | Supply::Default(value) = &supply {
        let bytes = value.text.expose().len();
        if !check.spend_given(node.at, bytes) {
            return None;
        }
        if bytes > MAX_BYTES {
            let what = format!("the value has {bytes} bytes; Key Vault takes at most {MAX_BYTES}");
            let help = "store it elsewhere and keep a reference or a key to it here";
            check.problem(Problem::new(node.at, what).help(help));
            return None;
        }
    }
    if let Some(pattern) = map.get("validation") {
        validate(check, pattern, node, &supply);
    }
    Some(Given { supply, is_literal: is_literal(node) })
}

/// Whether nothing is filled in.
fn is_literal(node: &Node) -> bool {
    match &node.body {
        Body::Scalar(scalar) => !scalar.text.contains("${") && !scalar.text.contains("{{"),
        Body::List(items) => items.iter().all(is_literal),
        Body::Map(entries) => entries.iter().all(|entry| is_literal(&entry.value)),
    }
}

/// A pattern that must match all of a text, or what is wrong with it.
pub fn compile(pattern: &str) -> Result<regex_lite::Regex, String> {
    regex_lite::RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .size_limit(MAX_PATTERN)
        .build()
        .map_err(|error| error.to_string())
}

/// The declared value; in a template a written `null` is one.
fn declared<'m>(check: &Check<'_>, map: &'m Map<'_>, in_template: bool) -> Option<&'m Node> {
    let entry = |key: &str| map.entries.iter().find(|entry| entry.key.text == key);
    if let (Some(_), Some(second)) = (entry("default"), entry("value")) {
        let what = "`default` and `value` are the same and cannot both be said";
        check.problem(Problem::new(second.key.at, what).help("keep one of them"));
    }
    let node = &entry("default").or_else(|| entry("value"))?.value;
    let is_written = matches!(&node.body, Body::Scalar(scalar) if !scalar.text.is_empty());
    (!node.is_null() || (in_template && is_written)).then_some(node)
}

fn no_value(check: &Check<'_>, at: Place) {
    let what = "a static value is not declared";
    let help = "write config: {default: \"${NAME}\"}; an empty text is written ''";
    check.problem(Problem::new(at, what).help(help));
}

fn supply(check: &Check<'_>, node: &Node, in_template: bool) -> Option<Supply> {
    let mut gathered = Gathered::default();
    let value = match &node.body {
        Body::Scalar(_) => {
            let private = check.resolve_private(node)?;
            gathered.take(&private);
            match &private.node.body {
                Body::Scalar(scalar) => single(check, node, scalar, in_template)?,
                _ => collection(check, &private.node, &mut gathered)?,
            }
        }
        _ => collection(check, node, &mut gathered)?,
    };
    Some(gathered.supply(value))
}

fn single(
    check: &Check<'_>,
    node: &Node,
    scalar: &Scalar,
    in_template: bool,
) -> Option<GivenValue> {
    let is_null = scalar.kind() == scalar::Type::Null;
    if is_null && !in_template {
        no_value(check, node.at);
        return None;
    }
    let is_json = in_template && scalar.is_json_literal();
    let text = if is_json { scalar.json() } else { scalar.text.clone() };
    Some(GivenValue { text: SecretValue::new(text), is_json })
}

/// A list or a map, as compact JSON.
fn collection(check: &Check<'_>, node: &Node, gathered: &mut Gathered) -> Option<GivenValue> {
    let mut json = String::new();
    let done = write(check, node, gathered, &mut json);
    let text = SecretValue::new(json);
    done.then_some(GivenValue { text, is_json: true })
}

/// Writes JSON; false if something in it is wrong, which is said.
fn write(check: &Check<'_>, node: &Node, gathered: &mut Gathered, out: &mut String) -> bool {
    match &node.body {
        Body::Scalar(_) => {
            let Some(private) = check.resolve_private(node) else {
                return false;
            };
            gathered.take(&private);
            match &private.node.body {
                Body::Scalar(scalar) => out.push_str(&scalar.json()),
                _ => return write(check, &private.node, gathered, out),
            }
            true
        }
        Body::List(items) => {
            out.push('[');
            let mut done = true;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                done &= write(check, item, gathered, out);
            }
            out.push(']');
            done
        }
        Body::Map(entries) => {
            out.push('{');
            let mut done = true;
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&scalar::quote(&entry.key.text));
                out.push(':');
                done &= write(check, &entry.value, gathered, out);
            }
            out.push('}');
            done
        }
    }
}

/// What the parts of a value lack.
#[derive(Default)]
struct Gathered {
    missing: BTreeSet<String>,
    defaulted: bool,
}

impl Gathered {
    fn take(&mut self, private: &Private<'_>) {
        self.defaulted |= private.defaulted;
        self.missing.extend(private.missing.iter().cloned());
        if let Body::Scalar(scalar) = &private.node.body
            && is_unexpanded(&scalar.text)
        {
            self.missing.insert(scalar.text.clone());
        }
    }

    fn supply(self, value: GivenValue) -> Supply {
        if !self.missing.is_empty() {
            Supply::Missing(Vec::from_iter(self.missing).join(", "))
        } else if self.defaulted {
            Supply::Default(value)
        } else {
            Supply::Supplied(value)
        }
    }
}

/// Matches a value against its pattern, without showing it.
fn validate(check: &Check<'_>, pattern: &Node, node: &Node, supply: &Supply) {
    let Some(text) = check.text(pattern, "`validation`") else {
        return;
    };
    check.with_pattern(&text, |compiled| match (compiled, supply) {
        (Err(error), _) => {
            let what = format!("`validation` is not a regular expression: {error}");
            check.problem(Problem::new(pattern.at, what));
        }
        (Ok(_), Supply::Supplied(value) | Supply::Default(value))
            if value.is_json && value.text.expose().starts_with(['{', '[']) =>
        {
            let what = "`validation` is for single values, and this is a list or a map";
            check.problem(Problem::new(pattern.at, what).help("take it out"));
        }
        (Ok(regex), Supply::Supplied(value) | Supply::Default(value))
            if !regex.is_match(value.text.expose()) =>
        {
            let what = "the value does not match its `validation`";
            let help = "the pattern must match all of it; the value is not shown";
            check.problem(Problem::new(node.at, what).help(help));
        }
        (Ok(_), _) => {}
    });
}
