//! The expression language inside `{{ }}`: Jinja's, over `var` alone.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::interpolate::{Flaw, Holds, Shared};
use super::node::{self, Body, Node, Size};
use super::scalar::Type;
use super::variables::ELSEWHERE;

/// The longest expression, in bytes; the evaluator calls itself for every operator of a row.
const MAX_LENGTH: usize = 1024;

/// What one expression may cost, in the evaluator's unit: about an instruction, or 64 bytes.
const FUEL: u64 = 10_000;

/// The longest number in an expression, in digits.
const MAX_DIGITS: usize = 6;

/// How deep an expression's brackets and its value may nest.
const MAX_DEPTH: usize = 32;

/// An evaluator in which what is not defined is an error.
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(32);
    environment.remove_global("debug");
    // Its width costs nothing, whatever it is, and no value needs it.
    environment.remove_filter("indent");
    environment
}

/// The value of an expression.
pub fn evaluate(shared: &Arc<Shared>, source: &str) -> Result<Node, Flaw> {
    let help = "write {{var.name}}; literal braces are written {{ \"{{\" }}";
    let wrong = |what: String| Flaw::Wrong(what, help.to_owned());
    if source.is_empty() {
        return Err(wrong("`{{ }}` is empty".to_owned()));
    }
    if source.len() > MAX_LENGTH {
        return Err(wrong(format!(
            "an expression has {} bytes; at most {MAX_LENGTH} are evaluated",
            source.len()
        )));
    }
    if nesting(source) > MAX_DEPTH {
        return Err(wrong(format!("an expression's brackets nest deeper than {MAX_DEPTH} levels")));
    }
    if let Some(what) = costly(source) {
        return Err(wrong(format!("`{source}` {what}")));
    }
    let said = shared.times_said();
    let compiled = shared
        .jinja
        .compile_expression_owned(source.to_owned())
        .map_err(|error| wrong(sentence(source, &error)))?;
    let root = Value::from_object(Variables { shared: shared.clone(), id: 0 });
    let value = compiled.eval(Value::from_pairs([("var", root)]));
    match value {
        _ if shared.times_said() != said => Err(Flaw::Said),
        Err(error) if error.kind() == ErrorKind::UndefinedError => {
            Err(undefined(shared, source, &compiled))
        }
        Err(error) => Err(wrong(sentence(source, &error))),
        Ok(value) if value.is_undefined() => Err(undefined(shared, source, &compiled)),
        Ok(value) => {
            let node = tree(shared, source, &value, 0);
            if shared.times_said() == said { node } else { Err(Flaw::Said) }
        }
    }
}

/// How many brackets are open at once; those in quotes count, too, which does no harm.
fn nesting(source: &str) -> usize {
    let depths = source.bytes().scan(0_usize, |depth, byte| {
        match byte {
            b'(' | b'[' | b'{' => *depth += 1,
            b')' | b']' | b'}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    });
    depths.max().unwrap_or_default()
}

/// What would cost more than the evaluator counts: `*` repeats a list in no step at all, and so do
/// numbers of many digits as steps and widths.
fn costly(source: &str) -> Option<String> {
    let bare = without_quoted(source);
    let is_long = |digits: &str| digits.len() > MAX_DIGITS;
    if bare.split(|c: char| !c.is_ascii_digit()).any(is_long) {
        return Some(format!("has a number of more than {MAX_DIGITS} digits outside quotes"));
    }
    // A text's end is as good as a number's: what a text costs is counted.
    let is_operand = |c: Option<char>| c.is_some_and(|c| c == '"' || c.is_ascii_digit());
    let repeats = bare.match_indices('*').any(|(at, _)| {
        let (before, after) = (bare[..at].trim_end(), bare[at + 1..].trim_start());
        !is_operand(before.chars().last()) || !is_operand(after.chars().next())
    });
    repeats.then(|| "multiplies something else than numbers and texts in quotes".to_owned())
}

/// The expression with every quoted text as `""`, and names with digits without them.
fn without_quoted(source: &str) -> String {
    let mut bare = String::with_capacity(source.len());
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        if matches!(c, '"' | '\'') {
            bare.push_str("\"\"");
            while let Some(inner) = chars.next().filter(|inner| *inner != c) {
                if inner == '\\' {
                    chars.next();
                }
            }
        } else {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let in_name = c.is_ascii_digit()
                && bare.chars().last().is_some_and(|last| is_name(last) && !last.is_ascii_digit());
            bare.push(if in_name { '_' } else { c });
        }
    }
    bare
}

fn sentence(source: &str, error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return format!("`{source}` costs more than an expression may ({FUEL} steps)");
    }
    let detail = error.detail().unwrap_or_default();
    format!("`{source}` cannot be evaluated: {}: {detail}", error.kind())
}

/// Names what an expression lacks.
fn undefined(shared: &Shared, source: &str, compiled: &minijinja::Expression<'_, '_>) -> Flaw {
    let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
    names.sort();
    for name in &names {
        match name.strip_prefix("var.") {
            Some(path) => {
                let parts: Vec<&str> = path.split('.').collect();
                let known =
                    parts.iter().try_fold(0, |id, part| shared.slots.child(id, part)).is_some();
                if !known {
                    return shared.undefined(&parts);
                }
            }
            None if name != "var" && shared.jinja.globals().all(|(global, _)| global != name) => {
                return Flaw::Wrong(
                    format!("`{name}` is not defined; `var` is all that expressions know"),
                    format!("write {{{{var.{name}}}}}, or ${{{name}}} for the environment"),
                );
            }
            None => {}
        }
    }
    Flaw::Wrong(
        format!("`{source}` uses something that is not defined"),
        "check the variable's name; `default(…)` gives a value for what is not defined".to_owned(),
    )
}

/// A value of the evaluator as a tree.
fn tree(shared: &Shared, source: &str, value: &Value, depth: usize) -> Result<Node, Flaw> {
    let wrong = |what: &str| {
        Flaw::Wrong(
            format!("`{source}` is {what}"),
            "make a text, a number, a flag, a list or a map of it".to_owned(),
        )
    };
    shared.spend(Size { values: 1, text: value.as_str().map_or(0, str::len) })?;
    if depth > MAX_DEPTH {
        return Err(wrong("nested too deeply"));
    }
    let items = || value.try_iter().map_err(|_| wrong("a value of an unknown kind"));
    let body = match value.kind() {
        ValueKind::None => return Ok(literal("null", true)),
        ValueKind::Bool => {
            return Ok(literal(if value.is_true() { "true" } else { "false" }, true));
        }
        ValueKind::Number => return Ok(literal(&value.to_string(), true)),
        ValueKind::String => return Ok(literal(value.as_str().unwrap_or_default(), false)),
        ValueKind::Seq | ValueKind::Iterable => {
            let nodes: Result<_, Flaw> =
                items()?.map(|item| tree(shared, source, &item, depth + 1)).collect();
            Body::List(nodes?)
        }
        ValueKind::Map => {
            let entries: Result<_, Flaw> = items()?
                .map(|key| {
                    let item = value.get_item(&key).map_err(|_| wrong("a map without values"))?;
                    let item = tree(shared, source, &item, depth + 1)?;
                    Ok(node::entry(&key.to_string(), item))
                })
                .collect();
            Body::Map(entries?)
        }
        ValueKind::Undefined => return Err(wrong("not defined")),
        _ => return Err(wrong("a value of an unknown kind")),
    };
    Ok(Node { at: ELSEWHERE, body })
}

fn literal(text: &str, plain: bool) -> Node {
    Node::literal(ELSEWHERE, text.to_owned(), plain)
}

/// A map or list among the variables, as the evaluator sees it.
struct Variables {
    shared: Arc<Shared>,
    id: usize,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("var")
    }
}

impl Object for Variables {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.shared.slots.holds(self.id) {
            Some(Holds::List(_)) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let id = match self.shared.slots.holds(self.id)? {
            Holds::List(items) => *items.get(key.as_usize()?)?,
            Holds::Map(_, index) => *index.get(key.as_str()?)?,
            Holds::Scalar(_) => return None,
        };
        Some(value_at(&self.shared, id))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.shared.slots.holds(self.id) {
            Some(Holds::List(items)) => Enumerator::Seq(items.len()),
            Some(Holds::Map(order, _)) => {
                let names = order.iter().map(|(name, _)| Value::from(name.as_str()));
                Enumerator::Values(names.collect())
            }
            _ => Enumerator::Empty,
        }
    }
}

fn value_at(shared: &Arc<Shared>, id: usize) -> Value {
    if !matches!(shared.slots.holds(id), Some(Holds::Scalar(_))) {
        return Value::from_object(Variables { shared: shared.clone(), id });
    }
    let node = shared.value_of(id).and_then(|node| shared.spend(node.size()).map(|()| node));
    match node {
        Ok(node) => value(&node),
        Err(Flaw::Said) => failed("a variable is wrong"),
        Err(Flaw::Wrong(what, _)) => failed(&what),
    }
}

fn failed(what: &str) -> Value {
    Value::from(Error::new(ErrorKind::InvalidOperation, what.to_owned()))
}

/// A tree as a value of the evaluator.
fn value(node: &Node) -> Value {
    match &node.body {
        Body::Scalar(scalar) => match scalar.kind() {
            Type::Null => Value::from(()),
            Type::Bool(flag) => Value::from(flag),
            Type::Int(Some(number)) => Value::from(number),
            Type::Float(number) => Value::from(number),
            Type::Int(None) | Type::Text => Value::from(scalar.text.as_str()),
        },
        Body::List(items) => items.iter().map(value).collect(),
        Body::Map(entries) => {
            let pairs = entries.iter();
            Value::from_pairs(pairs.map(|e| (e.key.text.as_str(), value(&e.value))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_evaluator_does_not_count_is_refused() {
        for source in [
            "2 in ([1]*1000)",
            "[[1]*100]*100",
            "var.list * 100",
            "100 * var.list",
            "('a'|list) * 9",
            "10**9",
            "\"x\"[::-9223372036854775808]",
            "1234567",
        ] {
            assert!(costly(source).is_some(), "{source}");
        }
        for source in [
            "'x' * 128",
            "3 * \"a\\\"*b\"",
            "2 * 3",
            "var.a ~ '*' ~ var.b",
            "'1234567890'",
            "var.id1234567",
            "var.a[0:3]",
        ] {
            assert_eq!(costly(source), None, "{source}");
        }
    }
}
