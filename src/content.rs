//! What a secret holds: made by its generators, taken from what is there, compared with what is
//! declared. Pure but for the generators' random source.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroize;

use crate::comparisons::Fit;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secret::SecretValue;
use crate::secretfile::{Content, Field, Given, GivenValue, Part, Secret, Supply};

/// The service's limit for a value, in bytes of UTF-8.
pub const MAX_VALUE: usize = 25_600;

/// A content in hand.
#[derive(Debug)]
pub enum Holding {
    /// One text.
    Text(SecretValue),
    /// A template's members; each value is JSON text.
    Object(Vec<(String, SecretValue)>),
}

impl Holding {
    /// Reads what targets hold: a whole content, or single fields of one. `None` where a template's
    /// value is no JSON object.
    pub fn read(secret: &Secret, values: Vec<(Option<&str>, SecretValue)>) -> Option<Self> {
        let mut members: Vec<(String, SecretValue)> = Vec::new();
        for (field, value) in values {
            match (&secret.content, field) {
                (Content::Single(_), _) => return Some(Self::Text(value)),
                (Content::Object(_), None) => merge(&mut members, parse_object(&value)?),
                (Content::Object(fields), Some(name)) => {
                    let field = fields.iter().find(|field| field.name == name)?;
                    merge(&mut members, vec![(name.to_owned(), as_json(&field.part, &value))]);
                }
            }
        }
        Some(Self::Object(members))
    }

    /// A new content. What `base` holds is kept but for what is made anew: minted parts with
    /// `remint`, given parts that are supplied.
    pub fn make(
        secret: &Secret,
        base: Option<&Self>,
        remint: bool,
        keeps_extra: bool,
    ) -> Result<Self> {
        match (&secret.content, base) {
            (Content::Single(part), _) => make_text(secret, part),
            (Content::Object(fields), Some(Self::Object(members))) => {
                make_object(secret, fields, members, remint, keeps_extra)
            }
            (Content::Object(fields), _) => make_object(secret, fields, &[], remint, false),
        }
    }

    /// What a target stores: the whole, or one field of it.
    pub fn of_target(&self, secret: &Secret, field: Option<&str>) -> Result<SecretValue> {
        let value = match (self, field) {
            (Self::Text(value), _) => value.duplicate(),
            (Self::Object(members), None) => to_object(members),
            (Self::Object(members), Some(name)) => {
                let json = members.iter().find(|(key, _)| key == name).map(|(_, json)| json);
                let json = json.ok_or_else(|| lacks_field(secret, name))?;
                from_json(json)
            }
        };
        let bytes = value.expose().len();
        if bytes <= MAX_VALUE {
            return Ok(value);
        }
        Err(Error::of(
            ErrorCode::ValueTooLarge,
            format!("its value has {bytes} bytes; Key Vault stores {MAX_VALUE}"),
        )
        .at(&secret.name)
        .help("store less in one secret, or split it into several"))
    }

    /// Whether two contents may be one: two wholes are equal; of a whole and a field that is stored
    /// alone, the whole has the field; two fields do not contradict each other.
    pub fn agrees(&self, is_whole: bool, other: &Self, other_is_whole: bool) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.same(b),
            (Self::Object(a), Self::Object(b)) => {
                covers(a, b, is_whole) && covers(b, a, other_is_whole)
            }
            _ => false,
        }
    }

    /// How it fits the declaration; `is_whole` is false for what single fields hold.
    pub fn fit(&self, secret: &Secret, is_whole: bool) -> Fit {
        match (&secret.content, self) {
            (Content::Single(part), Self::Text(value)) => {
                let given_differs = supplied(part).is_some_and(|given| !given_is(given, value));
                Fit { given_differs, ..Fit::default() }
            }
            (Content::Object(fields), Self::Object(members)) => Fit {
                wrong_shape: false,
                given_differs: fields.iter().any(|field| field_differs(field, members)),
                lacks: is_whole && fields.iter().any(|f| find(members, &f.name).is_none()),
                has_extra: is_whole
                    && members.iter().any(|(key, _)| !fields.iter().any(|f| f.name == *key)),
            },
            _ => Fit { wrong_shape: true, ..Fit::default() },
        }
    }
}

/// One member of a JSON object, as a target of its own would store it; none where there is no such.
pub fn member(object: &SecretValue, name: &str) -> Option<SecretValue> {
    find(&parse_object(object)?, name).map(from_json)
}

/// Whether `all` has the members of `some`; one that is not whole may lack them.
fn covers(all: &[(String, SecretValue)], some: &[(String, SecretValue)], is_whole: bool) -> bool {
    some.iter().all(|(key, value)| match find(all, key) {
        Some(other) => same_json(value, other),
        None => !is_whole,
    })
}

fn make_text(secret: &Secret, part: &Part) -> Result<Holding> {
    match part {
        Part::Minted(generator) => Ok(Holding::Text(generator.mint()?)),
        Part::Given(given) => match declared(given) {
            Some(value) => Ok(Holding::Text(value.text.duplicate())),
            None => Err(not_supplied(secret)),
        },
    }
}

fn make_object(
    secret: &Secret,
    fields: &[Field],
    base: &[(String, SecretValue)],
    remint: bool,
    keeps_extra: bool,
) -> Result<Holding> {
    let mut members = Vec::with_capacity(fields.len());
    for Field { name, part } in fields {
        let kept = find(base, name);
        let value = match (part, supplied(part), kept) {
            (_, Some(value), _) => given_json(value),
            (Part::Minted(_), None, Some(kept)) if !remint => kept.duplicate(),
            (Part::Minted(generator), None, _) => to_json(&generator.mint()?),
            (Part::Given(_), None, Some(kept)) => kept.duplicate(),
            (Part::Given(given), None, None) => match declared(given) {
                Some(value) => given_json(value),
                None => return Err(not_supplied(secret)),
            },
        };
        members.push((name.clone(), value));
    }
    if keeps_extra {
        let is_extra = |key: &String| !fields.iter().any(|field| field.name == *key);
        let extra = base.iter().filter(|(key, _)| is_extra(key));
        members.extend(extra.map(|(key, value)| (key.clone(), value.duplicate())));
    }
    Ok(Holding::Object(members))
}

/// The declared value, where it may change what is there.
fn supplied(part: &Part) -> Option<&GivenValue> {
    match part {
        Part::Given(Given { supply: Supply::Supplied(value), .. }) => Some(value),
        _ => None,
    }
}

/// The declared value, where it may make what is not there.
fn declared(given: &Given) -> Option<&GivenValue> {
    match &given.supply {
        Supply::Supplied(value) | Supply::Default(value) => Some(value),
        Supply::Missing(_) => None,
    }
}

fn given_is(given: &GivenValue, value: &SecretValue) -> bool {
    given.text.same(value) || (given.is_json && same_json(&given.text, value))
}

fn field_differs(field: &Field, members: &[(String, SecretValue)]) -> bool {
    match (supplied(&field.part), find(members, &field.name)) {
        (Some(given), Some(value)) => !same_json(&given_json(given), value),
        _ => false,
    }
}

/// A field stored alone, as JSON: text is quoted, unless the file declares it as JSON.
fn as_json(part: &Part, value: &SecretValue) -> SecretValue {
    let is_json = match part {
        Part::Given(given) => declared(given).is_some_and(|value| value.is_json),
        Part::Minted(_) => false,
    };
    if is_json { value.duplicate() } else { to_json(value) }
}

fn given_json(given: &GivenValue) -> SecretValue {
    if given.is_json { given.text.duplicate() } else { to_json(&given.text) }
}

fn find<'a>(members: &'a [(String, SecretValue)], key: &str) -> Option<&'a SecretValue> {
    members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn merge(members: &mut Vec<(String, SecretValue)>, more: Vec<(String, SecretValue)>) {
    for (key, value) in more {
        match members.iter_mut().find(|(name, _)| *name == key) {
            Some(member) => member.1 = value,
            None => members.push((key, value)),
        }
    }
}

/// A JSON string.
fn to_json(text: &SecretValue) -> SecretValue {
    SecretValue::new(quoted(text.expose()))
}

fn quoted(text: &str) -> String {
    // Room for the quotes and some escapes, so that no copy is left behind by growing.
    let mut json = Vec::with_capacity(text.len() * 6 + 2);
    match serde_json::to_writer(&mut json, text) {
        Ok(()) => String::from_utf8(json).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// What a target of its own stores of a member: a string's text, or other JSON as it is.
fn from_json(json: &SecretValue) -> SecretValue {
    match serde_json::from_str::<String>(json.expose()) {
        Ok(text) => SecretValue::new(text),
        Err(_) => json.duplicate(),
    }
}

/// A compact JSON object.
fn to_object(members: &[(String, SecretValue)]) -> SecretValue {
    let length: usize =
        members.iter().map(|(key, value)| key.len() * 6 + value.expose().len() + 4).sum();
    let mut json = String::with_capacity(length + 2);
    for (index, (key, value)) in members.iter().enumerate() {
        json.push(if index == 0 { '{' } else { ',' });
        json.push_str(&quoted(key));
        json.push(':');
        json.push_str(value.expose());
    }
    json.push_str(if members.is_empty() { "{}" } else { "}" });
    SecretValue::new(json)
}

/// The members of a JSON object in their order; a key that comes twice keeps its last value.
fn parse_object(value: &SecretValue) -> Option<Vec<(String, SecretValue)>> {
    let mut parser = serde_json::Deserializer::from_str(value.expose());
    let members = parser.deserialize_map(Members).ok()?;
    parser.end().ok()?;
    Some(members)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, SecretValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            merge(&mut members, vec![(key, SecretValue::new(value.get().to_owned()))]);
        }
        Ok(members)
    }
}

/// Whether two JSON texts mean the same.
fn same_json(a: &SecretValue, b: &SecretValue) -> bool {
    if a.same(b) {
        return true;
    }
    let parse = |text: &SecretValue| serde_json::from_str::<serde_json::Value>(text.expose()).ok();
    let (Some(mut left), Some(mut right)) = (parse(a), parse(b)) else {
        return false;
    };
    let same = left == right;
    wipe(&mut left);
    wipe(&mut right);
    same
}

fn wipe(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => text.zeroize(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(wipe),
        serde_json::Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

fn not_supplied(secret: &Secret) -> Error {
    Error::of(ErrorCode::NotSupplied, "a part of its value is not supplied, and no target has it")
        .at(&secret.name)
        .help("set the variable in this job once; the vaults keep the value")
}

fn lacks_field(secret: &Secret, field: &str) -> Error {
    Error::internal(format!("the content lacks its field `{field}`")).at(&secret.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Charset, Generator, RandomString};
    use crate::secretfile::Place;

    fn minted() -> Part {
        let string = RandomString::new(16, Charset::Hex).expect("possible");
        Part::Minted(Generator::String(string))
    }

    fn given(text: &str, is_json: bool) -> Part {
        let value = GivenValue { text: SecretValue::new(text.to_owned()), is_json };
        Part::Given(Given { supply: Supply::Supplied(value), is_literal: false })
    }

    fn missing() -> Part {
        Part::Given(Given { supply: Supply::Missing("KEY".to_owned()), is_literal: false })
    }

    fn template(fields: Vec<(&str, Part)>) -> Secret {
        let field = |(name, part): (&str, Part)| Field { name: name.to_owned(), part };
        secret(Content::Object(fields.into_iter().map(field).collect()))
    }

    fn secret(content: Content) -> Secret {
        Secret {
            name: "db".to_owned(),
            at: Place::default(),
            content,
            rotation_period: None,
            one_time: false,
            targets: Vec::new(),
            not_ours: Vec::new(),
        }
    }

    fn held(secret: &Secret, text: &str) -> Holding {
        let value = SecretValue::new(text.to_owned());
        Holding::read(secret, vec![(None, value)]).expect("it fits the secret")
    }

    fn text(secret: &Secret, content: &Holding, field: Option<&str>) -> String {
        content.of_target(secret, field).expect("it is short").expose().to_owned()
    }

    #[test]
    fn a_template_is_one_compact_json_object_with_its_keys_in_the_files_order() {
        let secret = template(vec![
            ("port", given("5432", true)),
            ("host", given("db \"x\"\n", false)),
            ("tls", given("true", true)),
        ]);
        let content = Holding::make(&secret, None, true, false).expect("made");
        let json = r#"{"port":5432,"host":"db \"x\"\n","tls":true}"#;
        assert_eq!(text(&secret, &content, None), json);
        assert_eq!(text(&secret, &content, Some("host")), "db \"x\"\n");
        assert_eq!(text(&secret, &content, Some("port")), "5432");
    }

    #[test]
    fn a_rotation_mints_minted_fields_and_keeps_given_ones_that_are_not_supplied() {
        let secret = template(vec![("user", missing()), ("password", minted())]);
        let base = held(&secret, r#"{"user":"app","password":"old"}"#);
        let content = Holding::make(&secret, Some(&base), true, false).expect("made");
        assert_eq!(text(&secret, &content, Some("user")), "app");
        assert_ne!(text(&secret, &content, Some("password")), "old");
    }

    #[test]
    fn an_update_keeps_minted_fields_and_mints_only_what_is_new() {
        let secret =
            template(vec![("user", given("new", false)), ("old", minted()), ("new", minted())]);
        let base = held(&secret, r#"{"user":"app","old":"kept","gone":1}"#);
        let content = Holding::make(&secret, Some(&base), false, false).expect("made");
        assert_eq!(text(&secret, &content, Some("old")), "kept");
        assert_eq!(text(&secret, &content, Some("new")).len(), 16);
        assert!(!text(&secret, &content, None).contains("gone"));
    }

    #[test]
    fn members_of_somebody_else_are_kept_where_they_are_to_be_kept() {
        let secret = template(vec![("password", minted())]);
        let base = held(&secret, r#"{"note":{"a":[1, 2]},"password":"x"}"#);
        let content = Holding::make(&secret, Some(&base), false, true).expect("made");
        let json = r#"{"password":"x","note":{"a":[1, 2]}}"#;
        assert_eq!(text(&secret, &content, None), json);
    }

    #[test]
    fn fields_that_are_stored_alone_make_up_the_whole() {
        let secret = template(vec![("user", missing()), ("password", minted())]);
        let value = |text: &str| SecretValue::new(text.to_owned());
        let alone = vec![(Some("user"), value("a\"b")), (Some("password"), value("p"))];
        let base = Holding::read(&secret, alone).expect("fields of the template");
        let content = Holding::make(&secret, Some(&base), false, false).expect("made");
        assert_eq!(text(&secret, &content, None), r#"{"user":"a\"b","password":"p"}"#);
    }

    #[test]
    fn objects_are_compared_as_json_and_not_as_text() {
        let secret = template(vec![("a", given("x", false)), ("b", given("1", true))]);
        let one = held(&secret, r#"{"a":"x","b":1}"#);
        let same = held(&secret, "{ \"b\": 1,\n \"a\": \"\\u0078\" }");
        let other = held(&secret, r#"{"a":"y","b":1}"#);
        assert!(one.agrees(true, &same, true));
        assert!(!one.agrees(true, &other, true));
        assert_eq!(same.fit(&secret, true), Fit::default());
        assert!(other.fit(&secret, true).given_differs);
    }

    #[test]
    fn a_whole_without_a_field_does_not_agree_with_the_field_stored_alone() {
        let secret = template(vec![("user", missing()), ("password", minted())]);
        let field = vec![(Some("password"), SecretValue::new("p".to_owned()))];
        let field = Holding::read(&secret, field).expect("a field of the template");
        let whole = held(&secret, r#"{"user":"app","password":"p"}"#);
        let lacking = held(&secret, r#"{"user":"app"}"#);
        assert!(whole.agrees(true, &field, false) && field.agrees(false, &whole, true));
        assert!(!lacking.agrees(true, &field, false) && !field.agrees(false, &lacking, true));
    }

    #[test]
    fn a_value_that_is_no_object_does_not_fit_a_template() {
        let secret = template(vec![("a", minted())]);
        for text in ["", "x", "[]", "\"a\"", "{\"a\":1} trailing"] {
            let value = SecretValue::new(text.to_owned());
            assert!(Holding::read(&secret, vec![(None, value)]).is_none(), "{text}");
        }
    }

    #[test]
    fn a_value_over_the_services_limit_is_an_error_and_never_cut() {
        let long = "x".repeat(MAX_VALUE + 1);
        let secret = secret(Content::Single(given(&long, false)));
        let content = Holding::make(&secret, None, true, false).expect("made");
        let error = content.of_target(&secret, None).expect_err("too long");
        assert!(error.what.contains("25601 bytes"), "{error}");
    }
}
