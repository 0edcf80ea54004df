//! What no log may hold: the values of the vaults, in any form. Every run in this suite is read for them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secretzero::emulator::Control;

use crate::harness::{A, Azure, CLIENT_SECRET, MINTED, Ran};

/// Knows every value that was in the vaults before or after a run.
#[derive(Clone)]
pub struct Oracle {
    control: Control,
    known: Arc<Mutex<Known>>,
    /// The Secretfile: what stands there is no secret.
    public: String,
}

/// Values, and their forms by the bytes with which they begin: a log is read once for all of them.
#[derive(Default)]
struct Known {
    values: HashSet<String>,
    forms: HashMap<[u8; 4], Vec<String>>,
}

impl Oracle {
    pub fn new(control: Control) -> Self {
        Self { control, known: Arc::default(), public: String::new() }
    }

    /// The same beside this Secretfile.
    pub fn with_public(&self, secretfile: &str) -> Self {
        Self { public: secretfile.to_owned(), ..self.clone() }
    }

    /// Remembers what the vaults of the Secretfile hold now; a run may remove it.
    pub fn learn(&self) {
        let text = self.public.to_ascii_lowercase();
        let values = self.control.values(|host| text.contains(host) || text.contains("{{"));
        let mut known = self.known.lock().expect("no holder panics");
        values.into_iter().chain([CLIENT_SECRET.to_owned()]).for_each(|value| known.add(value));
    }

    /// Fails where a log holds a value, the commands aside that carry values.
    #[track_caller]
    pub fn check(&self, ran: &Ran) {
        self.learn();
        let log = without_values(&[&ran.stdout, &ran.stderr]);
        let leak = self.known.lock().expect("no holder panics").leak(&log, &self.public);
        if let Some(form) = leak {
            panic!("the log holds a value, as {form:?}:\n{log}");
        }
    }
}

impl Known {
    fn add(&mut self, value: String) {
        if self.values.contains(&value) {
            return;
        }
        for form in forms(&value) {
            if let Some(start) = form.as_bytes().first_chunk() {
                self.forms.entry(*start).or_default().push(form);
            }
        }
        self.values.insert(value);
    }

    fn leak(&self, log: &str, public: &str) -> Option<String> {
        let groups = log.as_bytes().windows(4).enumerate();
        let mut candidates = groups.flat_map(|(at, start)| {
            let forms = start.first_chunk().and_then(|start| self.forms.get(start));
            forms.into_iter().flatten().map(move |form| (at, form))
        });
        let is_there = |(at, form): &(usize, &String)| {
            log.as_bytes()[*at..].starts_with(form.as_bytes()) && !public.contains(form.as_str())
        };
        candidates.find(is_there).map(|(_, form)| form.clone())
    }
}

/// The forms in which a value might slip out, each of at least four characters.
pub fn forms(value: &str) -> Vec<String> {
    let mut forms =
        vec![value.to_owned(), hex::encode(value), hex::encode_upper(value), uri(value)];
    forms.extend([uri(value).to_ascii_lowercase(), json(value)]);
    forms.extend(value.split(['\n', '\r']).map(|line| line.trim().to_owned()));
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(value) {
        forms.extend(members.values().filter_map(|member| Some(member.as_str()?.to_owned())));
    }
    // Without the last group, which depends on what follows.
    for skip in 0..3 {
        let rest = value.as_bytes().get(skip..).unwrap_or_default();
        let whole = &rest[..rest.len() - rest.len() % 3];
        let both = [STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)];
        forms.extend(both.into_iter().filter(|form| form.len() >= 8));
    }
    // A short last row of a dump may stand in any text.
    for row in value.as_bytes().chunks(16).filter(|row| row.len() >= 8) {
        let dump: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let dump = dump.join(" ");
        forms.extend([dump.to_uppercase(), dump]);
    }
    forms.retain(|form| form.chars().count() >= 4);
    forms
}

fn uri(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

fn json(value: &str) -> String {
    let quoted = serde_json::to_string(value).expect("JSON");
    quoted[1..quoted.len() - 1].to_owned()
}

/// What a run said, commands aside that carry values.
fn without_values(streams: &[&str]) -> String {
    let lines = streams.iter().flat_map(|stream| stream.split(['\n', '\r']));
    lines.filter(|line| !carries_a_value(line)).collect::<Vec<_>>().join("\n")
}

fn carries_a_value(line: &str) -> bool {
    let starts = ["::add-mask::", "##vso[task.setsecret]"];
    let is_variable =
        line.starts_with("##vso[task.setvariable ") && line.contains(";issecret=true;");
    is_variable || starts.iter().any(|start| line.starts_with(start))
}

#[test]
fn a_value_in_any_form_in_any_log_fails_the_test_that_made_it() {
    let value = "a leak/of +one \"value\" ä";
    let azure = Azure::start();
    azure.control().put(A, "other", value, BTreeMap::new());
    // The name of an entry that is not there is repeated to who asked for it.
    let plan = |name: &str| azure.program(MINTED).args(&["plan", "-s", name]).run();
    plan("no leak of a value").expect(3);
    let all = forms(value);
    assert!(all.len() > 10, "{all:?}");
    for form in all {
        let leak = catch_unwind(AssertUnwindSafe(|| plan(&format!("xy{form}z")))).err();
        let said = leak.and_then(|said| said.downcast::<String>().ok());
        assert!(said.is_some_and(|said| said.contains("the log holds a value")), "{form}");
    }
}

#[test]
fn a_value_that_was_removed_is_known_still() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let value = azure.value(A, "db");
    azure.program(MINTED).args(&["delete", "db", "--yes"]).run().expect(0);
    assert!(azure.control().values(|_| true).is_empty());
    let plan = azure.program(MINTED).args(&["plan", "-s", &value]);
    assert!(catch_unwind(AssertUnwindSafe(|| plan.run())).is_err());
}
