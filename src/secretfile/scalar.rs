//! What a scalar's text means: YAML 1.2's core schema, and JSON.

use super::node::Scalar;

/// The types of the core schema (YAML 1.2.2, section 10.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; none if it does not fit.
    Int(Option<i64>),
    /// Another number.
    Float(f64),
    /// Anything else, and whatever is quoted.
    Text,
}

impl Scalar {
    /// What the text means; quoted text is text.
    pub fn kind(&self) -> Type {
        if !self.plain {
            return Type::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Type::Null,
            "true" | "True" | "TRUE" => Type::Bool(true),
            "false" | "False" | "FALSE" => Type::Bool(false),
            text => number(text),
        }
    }

    /// The member of a JSON document that stands for this scalar. Numbers keep their written text;
    /// one that JSON could not write so (`007`, `0x1F`, `.5`) is a string of that text.
    pub fn json(&self) -> String {
        match self.kind() {
            Type::Null => "null".to_owned(),
            Type::Bool(flag) => flag.to_string(),
            Type::Int(_) | Type::Float(_) if is_json_number(&self.text) => self.text.clone(),
            _ => quote(&self.text),
        }
    }

    /// Whether [`Scalar::json`] is no string.
    pub fn is_json_literal(&self) -> bool {
        match self.kind() {
            Type::Null | Type::Bool(_) => true,
            Type::Int(_) | Type::Float(_) => is_json_number(&self.text),
            Type::Text => false,
        }
    }
}

/// A JSON string.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn number(text: &str) -> Type {
    let first = text.bytes().next().unwrap_or_default();
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Type::Text;
    }
    if let Some(int) = int(text) {
        return int;
    }
    match text {
        ".nan" | ".NaN" | ".NAN" => Type::Float(f64::NAN),
        _ if is_infinite(text) => Type::Float(f64::INFINITY),
        _ if is_float(text) => text.parse().map_or(Type::Text, Type::Float),
        _ => Type::Text,
    }
}

/// `[-+]?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`.
fn int(text: &str) -> Option<Type> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            return all.then(|| Type::Int(i64::from_str_radix(digits, radix).ok()));
        }
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| Type::Int(text.parse().ok()))
}

fn is_infinite(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(text, ".inf" | ".Inf" | ".INF")
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        !text.is_empty() && digits(text)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent
}

/// RFC 8259, section 6.
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let whole = unsigned.split_once(['.', 'e', 'E']).map_or(unsigned, |(whole, _)| whole);
    let fraction = unsigned.split_once('.').map(|(_, rest)| rest);
    let leading = whole == "0" || (!whole.is_empty() && !whole.starts_with('0'));
    let fraction = fraction.is_none_or(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    leading && fraction && !text.starts_with('+') && is_float(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar {
        Scalar::new(text.to_owned(), true)
    }

    #[test]
    fn plain_scalars_have_the_types_of_the_core_schema() {
        for (text, expected) in [
            ("", Type::Null),
            ("~", Type::Null),
            ("True", Type::Bool(true)),
            ("yes", Type::Text),
            ("007", Type::Int(Some(7))),
            ("0x1F", Type::Int(Some(31))),
            ("-12", Type::Int(Some(-12))),
            ("99999999999999999999", Type::Int(None)),
            ("1.10", Type::Float(1.1)),
            (".5", Type::Float(0.5)),
            ("1e3", Type::Float(1000.0)),
            ("-.inf", Type::Float(f64::INFINITY)),
            ("1.2.3", Type::Text),
            (".", Type::Text),
            ("-", Type::Text),
            ("1e", Type::Text),
            ("2027-01-31", Type::Text),
        ] {
            assert_eq!(plain(text).kind(), expected, "{text}");
        }
        assert_eq!(Scalar::new("1".to_owned(), false).kind(), Type::Text);
    }

    #[test]
    fn json_keeps_the_written_text_of_numbers_where_json_can_write_them() {
        for (text, json) in [
            ("1.10", "1.10"),
            ("-0", "-0"),
            ("1e3", "1e3"),
            ("5432", "5432"),
            ("007", r#""007""#),
            ("+5", r#""+5""#),
            (".5", r#"".5""#),
            ("5.", r#""5.""#),
            ("0x1F", r#""0x1F""#),
            (".nan", r#"".nan""#),
            ("TRUE", "true"),
            ("null", "null"),
            ("a\"b", r#""a\"b""#),
        ] {
            assert_eq!(plain(text).json(), json, "{text}");
            let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
            assert_eq!(plain(text).is_json_literal(), !value.is_string(), "{text}");
        }
    }
}
