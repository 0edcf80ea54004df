//! `application/x-www-form-urlencoded`.

/// The value of each name; what is no UTF-8 after decoding is left out.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Takes a body apart.
    pub fn parse(body: &[u8]) -> Self {
        let pairs = body.split(|b| *b == b'&').filter_map(|pair| {
            let end = pair.iter().position(|b| *b == b'=')?;
            let (name, value) = pair.split_at_checked(end)?;
            Some((decode(name)?, decode(value.get(1..)?)?))
        });
        Self(pairs.collect())
    }

    /// The first value of that name; an empty one counts as none, as the service has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// The names and values of a form, or of a query.
#[cfg(test)]
pub fn fields(text: &[u8]) -> Vec<(String, String)> {
    Form::parse(text).0
}

/// None for a bad escape, and for what is no UTF-8.
fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit.
fn digit(hex: u8) -> Option<u8> {
    u8::try_from(char::from(hex).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let form = Form::parse(b"a=1%2b+x&client%5Fsecret=c%7e%26&empty=&bad=%zz&cut=%4&flag");
        assert_eq!(form.get("a"), Some("1+ x"));
        assert_eq!(form.get("client_secret"), Some("c~&"));
        for name in ["empty", "bad", "cut", "flag"] {
            assert_eq!(form.get(name), None, "{name}");
        }
    }
}
