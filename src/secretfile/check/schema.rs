//! The schema knows the keys and words that the checks know.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    NOT_SERVED, PASSED_OVER, auth, file, generator, given, metadata, options, provider, secret,
    target, template,
};
use crate::cloud::Cloud;
use crate::generate::Charset;
use crate::secretfile::SCHEMA;

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

/// The keys of an object in the schema.
fn keys(schema: &Value, place: &str) -> BTreeSet<String> {
    let properties = schema.pointer(place).unwrap_or_else(|| panic!("{place}"));
    properties.as_object().unwrap_or_else(|| panic!("{place}")).keys().cloned().collect()
}

/// The texts of a list in the schema.
fn words(schema: &Value, place: &str) -> BTreeSet<String> {
    let list = schema.pointer(place).and_then(Value::as_array);
    let list = list.unwrap_or_else(|| panic!("{place}"));
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The words of `^(a|b)$`.
fn alternatives(pattern: &str) -> BTreeSet<String> {
    let inside = pattern.trim_start_matches("^(").trim_end_matches(")$");
    inside.split('|').map(str::to_owned).collect()
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[test]
fn every_map_of_the_schema_has_the_keys_that_the_loader_knows() {
    let schema = schema();
    let options_of_target = options::KEYS;
    let of_provider = options::KEYS.into_iter().filter(|key| *key != "take_over");
    let of_target = target::PLACE_KEYS.into_iter().chain(options_of_target);
    for (place, expected) in [
        ("/properties", set(file::KEYS.into_iter().chain([file::PASSED_OVER]))),
        ("/$defs/provider/properties", set(provider::KEYS.into_iter().chain(of_provider.clone()))),
        ("/$defs/provider_config/properties", set(of_provider.chain(["vault_url"]))),
        ("/$defs/secret/properties", set(secret::KEYS)),
        ("/$defs/target/properties", set(target::KEYS)),
        ("/$defs/target_config/properties", set(of_target)),
        ("/$defs/options/properties", set(options_of_target)),
        ("/$defs/random_password/properties", set(generator::PASSWORD_KEYS)),
        ("/$defs/random_string/properties", set(generator::STRING_KEYS)),
        ("/$defs/given_value/properties", set(given::KEYS)),
        ("/$defs/given_field/properties", set(given::KEYS)),
        ("/$defs/template/properties", set(template::KEYS)),
        ("/$defs/field/properties", set(template::FIELD_KEYS)),
        ("/$defs/generator/properties", set(template::GENERATOR_KEYS)),
    ] {
        assert_eq!(keys(&schema, place), expected, "{place}");
    }
    let meaning = metadata::TAGS.into_iter().map(|row| row.0).chain(["scope", "formerly"]);
    assert_eq!(keys(&schema, "/$defs/metadata/properties"), set(meaning));
}

#[test]
fn the_schema_offers_the_words_that_the_loader_knows() {
    let schema = schema();
    for (place, expected) in [
        ("/$defs/secret/properties/kind/anyOf/0/enum", set(generator::KINDS)),
        ("/$defs/generator/properties/kind/anyOf/0/enum", set(generator::KINDS)),
        ("/$defs/target/properties/kind/anyOf/0/enum", set(target::OURS)),
        ("/$defs/random_string/properties/charset/anyOf/0/enum", set(Charset::NAMES)),
        ("/$defs/provider/properties/cloud/anyOf/0/enum", set(Cloud::names())),
        ("/$defs/auth/properties/kind/anyOf/0/enum", set(auth::KINDS.map(|row| row.0))),
    ] {
        assert_eq!(words(&schema, place), expected, "{place}");
    }
    let others = keys(&schema, "/properties/providers/patternProperties");
    let others = others.first().expect("the names of other providers");
    assert_eq!(alternatives(others), set(provider::OTHERS));
}

#[test]
fn every_kind_of_auth_has_its_own_options_in_the_schema() {
    let schema = schema();
    let rules = schema.pointer("/$defs/auth/allOf").and_then(Value::as_array).expect("rules");
    for (kind, _, options) in auth::KINDS {
        let of_kind =
            |rule: &&Value| rule.pointer("/if/properties/kind/const") == Some(&kind.into());
        let rule = rules.iter().find(of_kind).unwrap_or_else(|| panic!("{kind}"));
        let nested = set(options.iter().copied().chain([auth::TENANTS]));
        let place = "/then/properties/config/propertyNames/enum";
        assert_eq!(words(rule, place), nested, "{kind}");
        let beside = set(options.iter().copied().chain([auth::TENANTS, "kind", "config"]));
        assert_eq!(words(rule, "/then/propertyNames/enum"), beside, "{kind}");
    }
    let options = auth::KINDS.iter().flat_map(|row| row.2.iter().copied());
    let all = set(options.chain([auth::TENANTS, "kind", "config"]));
    assert_eq!(keys(&schema, "/$defs/auth/properties"), all);
}

#[test]
fn keys_of_other_tools_are_passed_over_where_the_loader_passes_them_over() {
    let schema = schema();
    let closed = ["provider", "secret", "target_config", "template", "field", "generator"];
    let places = closed.map(|name| format!("/$defs/{name}/patternProperties"));
    for place in places.iter().map(String::as_str).chain(["/patternProperties"]) {
        let pattern = keys(&schema, place).pop_first().expect("a pattern");
        assert_eq!(alternatives(&pattern), set(PASSED_OVER), "{place}");
    }
    let known = keys(&schema, "/$defs/secret/properties");
    assert!(NOT_SERVED.iter().all(|(key, _)| !known.contains(*key)));
}
