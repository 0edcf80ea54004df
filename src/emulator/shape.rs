//! Answers in another shape than they should have.

use serde_json::{Value, json};

use super::message::{Reply, Request};

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// In chunks, as HTTP allows.
    Chunked,
    /// After a `100 Continue`, as HTTP allows.
    Continued,
    /// As it is, and the connection ends behind it without a word.
    Closed,
    /// Its length says half of what comes.
    Short,
    /// Its length says more than what comes.
    Long,
    /// Blanks make it longer than any answer that is read.
    Oversized,
    /// A page of somebody else's is in its place.
    Html,
    /// A word that is no JSON is in its place.
    Text,
    /// Nothing is in its place.
    Empty,
    /// A list names every item twice.
    Doubled,
    /// A list is in the other order.
    Reversed,
    /// A list goes on at another host.
    Elsewhere,
    /// A list goes on with itself.
    Endless,
}

/// Every shape and its name.
const NAMES: [(&str, Shape); 13] = [
    ("chunked", Shape::Chunked),
    ("continued", Shape::Continued),
    ("closed", Shape::Closed),
    ("short", Shape::Short),
    ("long", Shape::Long),
    ("oversized", Shape::Oversized),
    ("html", Shape::Html),
    ("text", Shape::Text),
    ("empty", Shape::Empty),
    ("doubled", Shape::Doubled),
    ("reversed", Shape::Reversed),
    ("elsewhere", Shape::Elsewhere),
    ("endless", Shape::Endless),
];

impl Shape {
    /// The shape of that name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
    }

    /// All names, for messages.
    pub fn names() -> String {
        NAMES.map(|(name, _)| name).join(", ")
    }

    /// The reply with another body; some shapes change only how it is sent.
    pub fn of(self, reply: Reply, request: &Request) -> Reply {
        match self {
            Self::Html => with_body(reply, "text/html", HTML.to_owned()),
            Self::Text => with_body(reply, "text/plain", "ok".to_owned()),
            Self::Empty => Reply { body: Vec::new(), ..reply },
            Self::Oversized => {
                let mut body = reply.body;
                body.resize(OVERSIZE, b' ');
                Reply { body, ..reply }
            }
            Self::Doubled | Self::Reversed | Self::Elsewhere | Self::Endless => {
                self.of_list(reply, request)
            }
            Self::Chunked | Self::Continued | Self::Closed | Self::Short | Self::Long => reply,
        }
    }

    /// What is no list stays as it is.
    fn of_list(self, reply: Reply, request: &Request) -> Reply {
        let Ok(mut list) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
        let Some(items) = list.get_mut("value").and_then(Value::as_array_mut) else { return reply };
        match self {
            Self::Doubled => items.extend(items.clone()),
            Self::Reversed => items.reverse(),
            Self::Elsewhere => list["nextLink"] = json!(ELSEWHERE),
            _ => {
                let Request { host, path, query, .. } = request;
                list["nextLink"] = json!(format!("https://{host}{path}?{query}"));
            }
        }
        Reply { body: list.to_string().into_bytes(), ..reply }
    }
}

/// A body of another type.
pub fn with_body(mut reply: Reply, kind: &str, body: String) -> Reply {
    reply.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    reply.headers.push(("Content-Type".to_owned(), kind.to_owned()));
    Reply { body: body.into_bytes(), ..reply }
}

/// As proxies and portals show it.
pub const HTML: &str = "<!doctype html><html><body><h1>Sign in to the network</h1></body></html>";
/// No vault's.
const ELSEWHERE: &str = "https://vault.example.net/secrets?api-version=7.6";
/// More than any client should read of an answer about secrets; bytes.
const OVERSIZE: usize = (4 << 20) + 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(shape: &str, body: &Value) -> Value {
        let request = Request {
            method: "GET".to_owned(),
            host: "a.vault.azure.net".to_owned(),
            path: "/secrets".to_owned(),
            query: "api-version=7.6".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            peer: [127, 0, 0, 1].into(),
        };
        let reply = Shape::named(shape).expect("known").of(Reply::json(200, body), &request);
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    #[test]
    fn a_list_is_changed_and_anything_else_is_not() {
        let list = json!({"value": [1, 2], "nextLink": null});
        assert_eq!(shaped("doubled", &list)["value"], json!([1, 2, 1, 2]));
        assert_eq!(shaped("reversed", &list)["value"], json!([2, 1]));
        assert_eq!(shaped("elsewhere", &list)["nextLink"], json!(ELSEWHERE));
        let itself = "https://a.vault.azure.net/secrets?api-version=7.6";
        assert_eq!(shaped("endless", &list)["nextLink"], json!(itself));
        let bundle = json!({"value": "v"});
        assert_eq!(shaped("doubled", &bundle), bundle);
    }
}
