//! The JSON of requests and answers. Every answer is read into types that cannot be wrong, or refused
//! with what is wrong with it; texts of a vault are never repeated here.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Bundle, Changes, Deleted, NewVersion, NextPage, Page, Properties};
use crate::names::{SecretName, VaultUrl, VersionId};
use crate::secret::SecretValue;

/// What can be read from an answer of `vault` about `name`; none for lists.
pub trait FromAnswer: Sized {
    /// Reads it, or says what is wrong.
    fn from_answer(vault: &VaultUrl, name: Option<&str>, body: &[u8]) -> Result<Self, String>;
}

/// A secret bundle or item, whole or deleted; members that are not there are not known.
#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, rename = "contentType")]
    content_type: Option<String>,
    #[serde(default)]
    tags: Option<BTreeMap<String, String>>,
    #[serde(default)]
    managed: Option<bool>,
    #[serde(default, rename = "recoveryId")]
    recovery_id: Option<String>,
    #[serde(default, rename = "scheduledPurgeDate")]
    purge: Option<i64>,
}

/// Times are seconds since 1970; the service's own schema says 32 bits, its answers have more.
#[derive(Default, Deserialize)]
struct Attributes {
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default, rename = "recoveryLevel")]
    recovery_level: Option<String>,
    #[serde(default, rename = "recoverableDays")]
    recoverable_days: Option<i64>,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

/// Without `value` an answer is no list: what is not in it would count as missing.
#[derive(Deserialize)]
struct List {
    #[serde(deserialize_with = "Option::deserialize")]
    value: Option<Vec<Item>>,
    #[serde(default, rename = "nextLink")]
    next_link: Option<String>,
}

impl FromAnswer for () {
    fn from_answer(_: &VaultUrl, _: Option<&str>, _: &[u8]) -> Result<Self, String> {
        Ok(())
    }
}

impl FromAnswer for Properties {
    fn from_answer(_: &VaultUrl, name: Option<&str>, body: &[u8]) -> Result<Self, String> {
        let found = properties(parse::<Item>(body)?)?;
        if found.version.is_none() {
            return Err("its id names no version".to_owned());
        }
        about(name, found)
    }
}

impl FromAnswer for Bundle {
    fn from_answer(vault: &VaultUrl, name: Option<&str>, body: &[u8]) -> Result<Self, String> {
        let properties = Properties::from_answer(vault, name, body)?;
        let value = SecretValue::new(parse::<Value>(body)?.value);
        Ok(Self { value, properties })
    }
}

impl FromAnswer for Deleted {
    fn from_answer(_: &VaultUrl, name: Option<&str>, body: &[u8]) -> Result<Self, String> {
        let found = deleted(parse(body)?)?;
        Ok(Self { properties: about(name, found.properties)?, ..found })
    }
}

impl FromAnswer for Page<Properties> {
    fn from_answer(vault: &VaultUrl, name: Option<&str>, body: &[u8]) -> Result<Self, String> {
        page(vault, body, |item| about(name, properties(item)?))
    }
}

impl FromAnswer for Page<Deleted> {
    fn from_answer(vault: &VaultUrl, _: Option<&str>, body: &[u8]) -> Result<Self, String> {
        page(vault, body, deleted)
    }
}

fn page<T>(
    vault: &VaultUrl,
    body: &[u8],
    item: impl Fn(Item) -> Result<T, String>,
) -> Result<Page<T>, String> {
    let list: List = parse(body)?;
    let items = list.value.unwrap_or_default().into_iter().map(item).collect::<Result<_, _>>()?;
    let next = list.next_link.filter(|link| !link.is_empty());
    let next = next.map(|link| next_page(vault, &link)).transpose()?;
    Ok(Page { items, next })
}

/// The parser's own message may quote the answer, so that only the place is said.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Data => "another JSON than expected",
            _ => "no JSON",
        };
        format!("it is {kind} (line {}, column {})", error.line(), error.column())
    })
}

/// An answer about another name than the one that was asked for is none.
fn about(name: Option<&str>, found: Properties) -> Result<Properties, String> {
    match name {
        Some(name) if !found.name.as_str().eq_ignore_ascii_case(name) => {
            Err("it is about another secret".to_owned())
        }
        _ => Ok(found),
    }
}

fn deleted(item: Item) -> Result<Deleted, String> {
    let recovery_id = item.recovery_id.clone();
    let purge = item.purge;
    Ok(Deleted { properties: properties(item)?, recovery_id, purge: purge.map(time).transpose()? })
}

fn properties(item: Item) -> Result<Properties, String> {
    let (name, version) = name_and_version(&item.id)?;
    let about = item.attributes;
    let created = time(about.created.ok_or("it does not say when the version was made")?)?;
    Ok(Properties {
        name,
        version,
        enabled: about.enabled.unwrap_or(true),
        created,
        expires: about.exp,
        not_before: about.nbf,
        recovery_level: about.recovery_level,
        recoverable_days: about.recoverable_days,
        content_type: item.content_type,
        tags: item.tags,
        managed: item.managed.unwrap_or(false),
    })
}

/// `https://HOST/secrets/NAME[/VERSION]`; lists of deleted names say `deletedsecrets` in theirs.
fn name_and_version(id: &str) -> Result<(SecretName, Option<VersionId>), String> {
    let bad = || "its id is not a secret's".to_owned();
    let (_, path) =
        id.split_once("://").and_then(|(_, rest)| rest.split_once('/')).ok_or_else(bad)?;
    let mut parts = path.split('/');
    if !matches!(parts.next(), Some("secrets" | "deletedsecrets")) {
        return Err(bad());
    }
    let name = parts.next().map(SecretName::admitted).ok_or_else(bad)?.map_err(|_| bad())?;
    match (parts.next(), parts.next()) {
        (None | Some(""), None) => Ok((name, None)),
        (Some(version), None) => Ok((name, Some(VersionId::new(version).ok_or_else(bad)?))),
        _ => Err(bad()),
    }
}

fn time(seconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(seconds).map_err(|_| "it names a time that does not exist".to_owned())
}

/// A token goes along with the next page's request, so that the link must stay on the vault.
fn next_page(vault: &VaultUrl, link: &str) -> Result<NextPage, String> {
    let elsewhere = || "its nextLink leads elsewhere than to this vault".to_owned();
    let rest = link.strip_prefix("https://").ok_or_else(elsewhere)?;
    let (host, path) = rest.split_at(rest.find('/').ok_or_else(elsewhere)?);
    let host = host.strip_suffix(":443").unwrap_or(host);
    let is_plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
    let is_list = path.starts_with("/secrets") || path.starts_with("/deletedsecrets");
    if host.eq_ignore_ascii_case(vault.host()) && is_plain && is_list {
        Ok(NextPage(path.to_owned()))
    } else {
        Err(elsewhere())
    }
}

/// The body of a PUT.
pub fn new_version(new: &NewVersion<'_>) -> SecretValue {
    json(&Put { value: new.value.expose(), properties: Sent::of(&new.changes) })
}

/// The body of a PATCH.
pub fn changes(changes: &Changes) -> SecretValue {
    json(&Sent::of(changes))
}

#[derive(Serialize)]
struct Put<'a> {
    value: &'a str,
    #[serde(flatten)]
    properties: Sent<'a>,
}

#[derive(Serialize)]
struct Sent<'a> {
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<SentAttributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
}

#[derive(Serialize)]
struct SentAttributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

impl<'a> Sent<'a> {
    fn of(changes: &'a Changes) -> Self {
        let Changes { content_type, tags, enabled, expires, not_before } = changes;
        let is_any = enabled.is_some() || expires.is_some() || not_before.is_some();
        let attributes = SentAttributes { enabled: *enabled, nbf: *not_before, exp: *expires };
        Self {
            content_type: content_type.as_deref(),
            attributes: is_any.then_some(attributes),
            tags: tags.as_ref(),
        }
    }
}

/// Written into a buffer that does not grow, so that no copy of a value stays behind. It is measured first:
/// room for the longest value would be most of our memory, since what is wiped is all of it.
fn json(body: &impl Serialize) -> SecretValue {
    let mut length = Length(0);
    let measured = serde_json::to_writer(&mut length, body).is_ok();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
    // Texts and numbers alone are always written.
    let written = serde_json::to_writer(&mut *bytes, body).is_ok();
    debug_assert!(measured && written, "a body is JSON");
    SecretValue::new(String::from_utf8(std::mem::take(&mut *bytes)).unwrap_or_default())
}

/// How many bytes were written; they are not kept.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_the_memory_of_its_text_and_is_not_moved_while_it_is_written() {
        let changes = Changes::default();
        for value in ["v".to_owned(), "\u{1}\"é".repeat(5000)] {
            let put = Put { value: &value, properties: Sent::of(&changes) };
            let mut length = Length(0);
            serde_json::to_writer(&mut length, &put).expect("JSON");
            let body = json(&put);
            assert_eq!(body.expose(), serde_json::to_string(&put).expect("JSON"));
            assert_eq!(body.expose().len(), length.0);
        }
    }

    fn vault() -> VaultUrl {
        VaultUrl::new("https://kv1.vault.azure.net", None).expect("valid")
    }

    const ID: &str = "https://kv1.vault.azure.net/secrets/Db/0123456789abcdef0123456789ABCDEF";

    fn bundle(body: &str) -> Result<Bundle, String> {
        Bundle::from_answer(&vault(), Some("db"), body.as_bytes())
    }

    #[test]
    fn a_bundle_is_read_with_all_that_it_says() {
        let text = format!(
            r#"{{"value":"v","contentType":"t","id":"{ID}","managed":true,"attributes":{{
            "enabled":false,"nbf":1,"exp":32503680000,"created":5,"updated":6,
            "recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}},"tags":{{"a":"b"}}}}"#
        );
        let bundle = bundle(&text).expect("a bundle");
        assert_eq!(bundle.value.expose(), "v");
        let found = bundle.properties;
        assert_eq!(found.version.expect("a version").as_str(), "0123456789abcdef0123456789abcdef");
        assert_eq!((found.enabled, found.managed), (false, true));
        assert_eq!((found.not_before, found.expires), (Some(1), Some(32_503_680_000)));
        assert_eq!(found.created.as_second(), 5);
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_refused_without_being_shown() {
        let about = r#""attributes":{"created":5}"#;
        for body in [
            String::new(),
            "<html>hunter2</html>".to_owned(),
            r#""hunter2""#.to_owned(),
            format!(r#"{{"value":7,"id":"{ID}",{about}}}"#),
            format!(r#"{{"id":"{ID}",{about}}}"#),
            format!(r#"{{"value":"hunter2","id":"{ID}"}}"#),
            format!(r#"{{"value":"hunter2","id":"{ID}x",{about}}}"#),
            format!(r#"{{"value":"hunter2","id":"{}",{about}}}"#, ID.replace("Db", "other")),
            format!(r#"{{"value":"hunter2","id":"{}",{about}}}"#, ID.replace("secrets", "keys")),
            format!(r#"{{"value":"hunter2","id":"{ID}","attributes":{{"created":{}}}}}"#, i64::MAX),
            format!(
                r#"{{"value":"hunter2","id":"https://kv1.vault.azure.net/secrets/Db",{about}}}"#
            ),
        ] {
            let error = bundle(&body).map(|_| ()).expect_err(&body);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    fn next(link: &str) -> Result<NextPage, String> {
        next_page(&vault(), link)
    }

    #[test]
    fn the_next_page_is_on_the_same_vault_or_nowhere() {
        let path = "/secrets?api-version=7.6&$skiptoken=abc";
        for host in ["kv1.vault.azure.net:443", "kv1.vault.azure.net", "KV1.vault.azure.net"] {
            let link = format!("https://{host}{path}");
            assert_eq!(next(&link), Ok(NextPage(path.to_owned())), "{link}");
        }
        for link in [
            "http://kv1.vault.azure.net/secrets",
            "https://kv2.vault.azure.net/secrets",
            "https://kv1.vault.azure.net:8443/secrets",
            "https://kv1.vault.azure.net.evil.example/secrets",
            "https://kv1.vault.azure.net@evil.example/secrets",
            "https://evil.example/kv1.vault.azure.net/secrets",
            "https://kv1.vault.azure.net/secrets\r\nx: y",
            "https://kv1.vault.azure.net/keys",
            "https://kv1.vault.azure.net",
            "/secrets",
        ] {
            assert!(next(link).is_err(), "{link}");
        }
    }

    #[test]
    fn a_page_may_be_empty_and_have_a_next_one() {
        let body = br#"{"value":[],"nextLink":"https://kv1.vault.azure.net:443/secrets?x=1"}"#;
        let page: Page<Properties> = Page::from_answer(&vault(), None, body).expect("a page");
        assert!(page.items.is_empty() && page.next.is_some());
        let body = br#"{"value":null,"nextLink":null}"#;
        let page: Page<Deleted> = Page::from_answer(&vault(), None, body).expect("a page");
        assert!(page.items.is_empty() && page.next.is_none());
    }

    #[test]
    fn an_answer_without_a_list_is_no_empty_list() {
        for body in ["{}", r#"{"nextLink":null}"#, r#"{"error":{"code":"x"}}"#, "[]", "null"] {
            let page: Result<Page<Properties>, String> =
                Page::from_answer(&vault(), None, body.as_bytes());
            assert!(page.is_err(), "{body}");
        }
    }

    #[test]
    fn a_put_sends_what_is_set_and_a_patch_nothing_else() {
        let value = SecretValue::new("a\"b".to_owned());
        let tags = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        let properties = Changes { tags: Some(tags), enabled: Some(true), ..Changes::default() };
        let new = NewVersion { value: &value, changes: properties };
        let sent = r#"{"value":"a\"b","attributes":{"enabled":true},"tags":{"k":"v"}}"#;
        assert_eq!(new_version(&new).expose(), sent);
        let only = Changes { content_type: Some("t".to_owned()), ..Changes::default() };
        assert_eq!(changes(&only).expose(), r#"{"contentType":"t"}"#);
    }
}
