//! The catalogue for programs.

use serde_json::{Value, json};

use super::text::WORDS;
use super::{Entry, Family, Topic, entries};
use crate::azure::aadsts;

/// Every code, on one line.
pub fn list() -> String {
    let codes: Vec<Value> = entries().map(|(family, entry)| code(family, entry)).collect();
    format!("{}\n", json!({ "codes": codes, "exit_code": 0 }))
}

/// One topic, on one line.
pub fn show(topic: &Topic) -> String {
    let mut value = match topic {
        Topic::Code(family, entry) => code(family, entry),
        Topic::Family(family) => {
            let codes = family.entries.iter().map(|entry| code(family, entry));
            json!({ "family": family.id, "title": family.title, "codes": codes.collect::<Vec<_>>() })
        }
        Topic::Aadsts(number, meant, family, entry) => {
            let mut value = code(family, entry);
            value["aadsts"] = json!({
                "number": number,
                "meaning": meant.meaning,
                "fix": meant.fix(&WORDS),
                "link": aadsts::link(*number),
            });
            value
        }
    };
    let (Topic::Code(family, _) | Topic::Family(family) | Topic::Aadsts(_, _, family, _)) = topic;
    if let Some(guide) = &family.guide {
        value["guide"] = json!({
            "sees": guide.sees, "why": guide.why, "mend": guide.mend, "check": guide.check,
        });
    }
    format!("{value}\n")
}

/// `exit_code` is that of the failures that it explains.
fn code(family: &Family, entry: &Entry) -> Value {
    let see: Vec<&str> = entry.see.iter().map(|code| code.name()).collect();
    json!({
        "code": entry.code.name(),
        "title": entry.title,
        "family": family.id,
        "kind": entry.code.kind().name(),
        "exit_code": entry.code.kind().exit_code(),
        "cause": entry.cause,
        "fix": entry.fix,
        "see": see,
        "service": entry.service,
    })
}
