//! What the next steps are told of a run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ci::Output;
use crate::report::status::StatusReport;
use crate::report::{Report, SecretReport, TargetReport};

/// A run's results.
#[derive(Debug, Default)]
struct Results {
    /// Whether anything was or would be done.
    is_changed: bool,
    /// Names by what became of them.
    lists: BTreeMap<&'static str, Vec<String>>,
    /// Where each secret can be read.
    references: BTreeMap<String, Vec<Value>>,
    /// What the plan rests on.
    plan_digest: String,
    /// When the next secret is due.
    next_rotation: Option<Timestamp>,
    /// The hosts of the vaults.
    vaults: BTreeSet<String>,
}

/// The outputs of a run; `now` tells what is due.
pub fn of_report(report: &Report, now: Timestamp) -> Vec<Output> {
    let mut results = Results {
        is_changed: is_changed(report),
        plan_digest: report.plan_digest.clone().unwrap_or_default(),
        ..Results::default()
    };
    for secret in &report.secrets {
        let due = secret.due.as_deref().and_then(|due| due.parse().ok());
        results.take_due(&secret.name, due, due.is_some_and(|due| due <= now));
        for (list, words) in LISTS {
            let is_in = |target: &TargetReport| words.contains(&target.action);
            results.take(list, secret, secret.targets.iter().any(is_in));
        }
        let is_unchanged = |target: &TargetReport| target.action == "unchanged";
        let has_failed = |target: &TargetReport| target.error.is_some();
        let are_unchanged = secret.targets.iter().all(is_unchanged) && !secret.targets.is_empty();
        results.take("unchanged", secret, are_unchanged);
        results.take("failed", secret, secret.targets.iter().any(has_failed));
        for target in &secret.targets {
            let version = target.version.as_deref();
            results.take_place(&secret.name, (&target.vault, &target.name), &target.uri, version);
        }
    }
    results.outputs()
}

/// Says what is missing because the environment of a later step would not hold it.
pub fn left_out(outputs: &[Output]) -> Option<String> {
    let has_all = outputs.iter().any(|output| output.name == REFERENCES);
    (!has_all).then(|| {
        format!(
            "the output `{REFERENCES}` is left out, since it would have more than {MAX_REFERENCES} bytes; \
             a report in a file has every reference: --report FILE.json"
        )
    })
}

/// The outputs of a look at how the targets stand.
pub fn of_status(report: &StatusReport) -> Vec<Output> {
    let mut results = Results::default();
    for secret in &report.secrets {
        let due = secret.due.as_ref();
        let at = due.and_then(|due| due.at.parse().ok());
        results.take_due(&secret.name, at, secret.is_due());
        if secret.targets.iter().any(|target| target.failed.is_some()) {
            results.lists.entry("failed").or_default().push(secret.name.clone());
        }
        for target in &secret.targets {
            let current = target.versions.iter().flatten().find(|version| version.current);
            let version = current.map(|version| version.id.as_str());
            results.take_place(&secret.name, (&target.vault, &target.name), &target.uri, version);
        }
    }
    results.outputs()
}

fn is_changed(report: &Report) -> bool {
    let mut targets = report.secrets.iter().flat_map(|secret| &secret.targets);
    match report.planned {
        true => report.is_pending(),
        false => targets.any(|target| {
            OTHER_CHANGES.contains(&target.action)
                || LISTS.iter().any(|(_, words)| words.contains(&target.action))
        }),
    }
}

impl Results {
    fn take(&mut self, list: &'static str, secret: &SecretReport, is_in: bool) {
        if is_in {
            self.lists.entry(list).or_default().push(secret.name.clone());
        }
    }

    fn take_due(&mut self, name: &str, due: Option<Timestamp>, is_due: bool) {
        if is_due {
            self.lists.entry("due").or_default().push(name.to_owned());
        }
        self.next_rotation = self.next_rotation.into_iter().chain(due).min();
    }

    fn take_place(&mut self, secret: &str, place: (&str, &str), uri: &str, version: Option<&str>) {
        let (vault, name) = place;
        self.vaults.insert(vault.to_owned());
        let mut reference = json!({ "vault": vault, "name": name, "uri": uri });
        if let Some(version) = version {
            reference["version"] = json!(version);
        }
        self.references.entry(secret.to_owned()).or_default().push(reference);
    }

    fn outputs(self) -> Vec<Output> {
        let mut outputs = vec![Output::scalar("changed", self.is_changed.to_string())];
        let lists = LISTS.iter().map(|(name, _)| *name).chain(["unchanged", "failed", "due"]);
        let none = Vec::new();
        outputs.extend(
            lists.map(|name| Output::json(name, &json!(self.lists.get(name).unwrap_or(&none)))),
        );
        let references = Output::json(REFERENCES, &json!(self.references));
        // Longer ones pass what the environment of a later step can hold; the report file has them.
        outputs.extend((references.text.len() <= MAX_REFERENCES).then_some(references));
        let next = self.next_rotation.map_or_else(String::new, |next| next.to_string());
        outputs.push(Output::scalar("plan-digest", self.plan_digest));
        outputs.push(Output::scalar("next-rotation", next));
        outputs.push(Output::json("vaults", &json!(self.vaults)));
        outputs
    }
}

/// Each list, and the words of a report, planned and done, that put a secret into it.
const LISTS: [(&str, &[&str]); 8] = [
    ("created", &["create", "created"]),
    ("rotated", &["rotate", "rotated"]),
    ("updated", &["update", "updated"]),
    ("repaired", &["repair", "repaired"]),
    ("copied", &["copy", "copied"]),
    ("adopted", &["adopt", "adopted"]),
    ("recovered", &["recover", "recovered"]),
    ("deleted", &["delete", "deleted", "purge", "purged"]),
];
/// Changes that have no list of their own.
const OTHER_CHANGES: [&str; 2] = ["retagged", "disabled"];
/// Where every secret can be read.
const REFERENCES: &str = "references";
/// The most bytes of it.
const MAX_REFERENCES: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn report(action: &'static str, planned: bool, secrets: usize) -> Report {
        let vault =
            crate::names::VaultUrl::new("https://kv1.vault.azure.net", None).expect("valid");
        let secret = |number: usize| {
            let action_then = crate::decision::Action::Create;
            let mut target = TargetReport::new(&vault, "db", &action_then, planned);
            target.action = action;
            let due = Some("2026-01-02T00:00:00Z".to_owned());
            SecretReport { due, ..SecretReport::of_target(&format!("db{number}"), target) }
        };
        Report {
            command: "sync",
            rehearsal: false,
            file: "Secretfile.yml".to_owned(),
            planned,
            plan_digest: None,
            secrets: (0..secrets).map(secret).collect(),
            notices: Vec::new(),
        }
    }

    fn text(outputs: &[Output], name: &str) -> Option<String> {
        outputs.iter().find(|output| output.name == name).map(|output| output.text.clone())
    }

    fn at(time: &str) -> Timestamp {
        time.parse().expect("a time")
    }

    #[test]
    fn a_secret_is_in_the_list_of_what_became_of_it() {
        let outputs = of_report(&report("rotated", false, 1), at("2026-01-01T00:00:00Z"));
        let expected = [
            ("changed", "true"),
            ("rotated", r#"["db0"]"#),
            ("created", "[]"),
            ("unchanged", "[]"),
            ("due", "[]"),
            ("next-rotation", "2026-01-02T00:00:00Z"),
            ("vaults", r#"["kv1.vault.azure.net"]"#),
        ];
        for (name, expected) in expected {
            assert_eq!(text(&outputs, name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn nothing_changed_where_all_is_as_it_was() {
        let outputs = of_report(&report("unchanged", false, 1), at("2026-01-03T00:00:00Z"));
        assert_eq!(text(&outputs, "changed").as_deref(), Some("false"));
        assert_eq!(text(&outputs, "unchanged").as_deref(), Some(r#"["db0"]"#));
        assert_eq!(text(&outputs, "due").as_deref(), Some(r#"["db0"]"#));
    }

    #[test]
    fn references_are_an_output_up_to_their_limit() {
        let now = at("2026-01-01T00:00:00Z");
        assert!(text(&of_report(&report("created", false, 100), now), "references").is_some());
        assert_eq!(text(&of_report(&report("created", false, 1000), now), "references"), None);
    }
}
