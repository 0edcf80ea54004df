//! `application/x-www-form-urlencoded`, in bodies and in queries.

use std::fmt::Write;

use zeroize::Zeroizing;

use crate::secret::SecretValue;

/// A form's text; secret, since proofs travel in it.
pub fn form(fields: &[(&str, &str)]) -> SecretValue {
    let mut text = Zeroizing::new(String::with_capacity(room(fields)));
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        escape(&mut text, value);
    }
    SecretValue::new(std::mem::take(&mut *text))
}

/// A text as a value in a query.
pub fn escaped(value: &str) -> String {
    let mut text = String::new();
    escape(&mut text, value);
    text
}

/// All but unreserved characters are escaped, byte by byte.
fn escape(text: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
}

/// Enough for the worst case, so that no copy of a proof stays behind when the text grows; bytes.
fn room(fields: &[(&str, &str)]) -> usize {
    fields.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_escapes_all_that_a_secret_may_hold() {
        let form = form(&[("a", "x y+z~/=&"), ("b", "ü")]);
        assert_eq!(form.expose(), "a=x%20y%2Bz~%2F%3D%26&b=%C3%BC");
    }
}
