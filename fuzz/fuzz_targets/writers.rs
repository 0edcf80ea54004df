//! Any text on its way to a CI system arrives as it was, by the CI system's own rules of reading, or is refused;
//! and brings no command along.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use secretzero::env::Env;
use secretzero::fuzzing::{
    Annotation, Ci, Handover, Level, Masks, Output, Place, Platform, SecretValue, line, text,
};

#[path = "../../tests/suite/ci/agent.rs"]
mod agent;
#[path = "../../tests/suite/ci/command.rs"]
mod command;
#[path = "../../tests/suite/ci/runner.rs"]
#[allow(dead_code, reason = "the suite's tests read files")]
mod runner;

use command::{Command, lines};

fuzz_target!(|foreign: &str| {
    github(foreign);
    azure_pipelines(foreign);
    gitlab(foreign);
    people(foreign);
});

fn open(platform: Platform, pairs: &[(&str, &str)]) -> Box<dyn Ci> {
    platform.open(&Env::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))))
}

fn github(foreign: &str) {
    // Any file that is there stands for the runner's; nothing is written to it.
    let ci = open(
        Platform::GitHub,
        &[("GITHUB_ENV", "/proc/self/stat"), ("GITHUB_OUTPUT", "/proc/self/stat")],
    );
    let outputs = ci.outputs(&outputs(foreign)).expect("outputs carry any text");
    let read = runner::pairs_of(&file(&outputs)).expect("the runner takes them");
    let expected =
        [("changed", foreign.to_owned()), ("failed", list(foreign)), ("report", String::new())];
    assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value)).into());
    let secret = SecretValue::new(foreign.to_owned());
    for handover in [ci.environment("NAME", &secret), ci.output("NAME", &secret)] {
        match handover {
            Ok(handover) => {
                let read = runner::pairs_of(&file(&handover)).expect("the runner takes it");
                assert_eq!(read, BTreeMap::from([("NAME".to_owned(), foreign.to_owned())]));
            }
            Err(_) => assert!(foreign.contains('\0'), "refused: {foreign:?}"),
        }
    }
    let masks = masks(foreign);
    let told = runner::commands(&stream(&ci.masks(&masks)));
    assert_all_hidden(&masks, &told, "add-mask");
    let said = ci.annotation(&annotation(foreign)).expect("it shows annotations");
    let told = runner::commands(&said);
    assert_eq!(told.len(), 1, "{said:?}");
    assert_eq!((told[0].name.as_str(), told[0].data.as_str()), ("error", foreign));
    let place = ["file", "line", "col"].map(|name| told[0].property(name));
    assert_eq!(place, [Some(foreign), Some("3"), Some("5")]);
    let told = runner::commands(&ci.open_group(foreign, 7));
    assert_eq!((told.len(), told[0].data.as_str()), (1, foreign));
}

fn azure_pipelines(foreign: &str) {
    let ci = open(Platform::AzurePipelines, &[]);
    let outputs = ci.outputs(&outputs(foreign)).expect("outputs carry any text");
    let told = agent::commands(&stream(&outputs));
    let read = |name: &str| {
        let mut sets = told.iter().filter(|one| one.property("variable") == Some(name));
        let set = sets.next().expect("it is set");
        assert_eq!((sets.count(), set.name.as_str()), (0, "task.setvariable"));
        set.data.clone()
    };
    assert_eq!((told.len(), read("changed").as_str()), (3, foreign));
    let json = read("failed");
    assert!(!agent::is_expanded(&json), "it would be expanded: {json}");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json, serde_json::json!([foreign]));
    let secret = SecretValue::new(foreign.to_owned());
    for handover in [ci.environment("NAME", &secret), ci.output("NAME", &secret)] {
        match handover {
            Ok(handover) => {
                let told = agent::commands(&stream(&handover));
                assert_eq!((told.len(), told[0].data.as_str()), (1, foreign));
                assert_eq!(told[0].property("issecret"), Some("true"));
                assert!(!agent::is_expanded(foreign), "it would be expanded: {foreign:?}");
            }
            Err(_) => {
                let is_refused =
                    foreign.contains(['\n', '\r', '\0']) || agent::is_expanded(foreign);
                assert!(is_refused, "refused: {foreign:?}");
            }
        }
    }
    let strict = open(Platform::AzurePipelines, &[("DECODE_PERCENTS", "false")]);
    if let Ok(handover) = strict.environment("NAME", &secret) {
        let told = agent::commands_without_percents(&stream(&handover));
        assert_eq!((told.len(), told[0].data.as_str()), (1, foreign));
    }
    let masks = masks(foreign);
    let told = agent::commands(&stream(&ci.masks(&masks)));
    assert_all_hidden(&masks, &told, "task.setsecret");
    let said = ci.annotation(&annotation(foreign)).expect("it shows annotations");
    let told = agent::commands(&said);
    assert_eq!((told.len(), told[0].data.as_str()), (1, foreign), "{said:?}");
    assert_eq!(told[0].property("sourcepath"), Some(foreign));
    assert!(agent::commands(&ci.open_group(foreign, 7)).is_empty());
}

fn gitlab(foreign: &str) {
    let ci = open(Platform::GitLab, &[("CI_PROJECT_DIR", "/")]);
    // A report that is too long is refused.
    let Ok(outputs) = ci.outputs(&outputs(foreign)) else { return assert!(foreign.len() > 5_000) };
    let read = dotenv(&file(&outputs)).expect("GitLab takes it");
    if let Some(value) = read.get("SECRETZERO_CHANGED") {
        assert_eq!(value, foreign);
        assert!(!value.contains('$'), "it would be expanded: {value}");
    }
    assert!(
        read.keys()
            .all(|name| ["SECRETZERO_CHANGED", "SECRETZERO_REPORT"].contains(&name.as_str()))
    );
    assert!(stream(&outputs).is_empty(), "GitLab's log gets no commands");
    let group = ci.open_group(foreign, 7);
    assert_eq!(group.matches("\x1b[0Ksection_").count(), 1, "{group:?}");
    assert_eq!((group.matches('\x1b').count(), group.matches('\r').count()), (2, 1), "{group:?}");
    let secret = SecretValue::new(foreign.to_owned());
    assert!(ci.environment("NAME", &secret).is_err() && ci.output("NAME", &secret).is_err());
}

/// What reports say of it to people is one line, and no command.
fn people(foreign: &str) {
    let shown = line(foreign);
    assert!(shown.chars().all(|c| !c.is_control()), "{shown:?}");
    for shown in [shown, text(foreign)] {
        for begin in ["", "  ", ":", "notice: "] {
            let said = format!("{begin}{shown}");
            assert_eq!(runner::commands(&said), [], "{said:?}");
            assert_eq!(agent::commands(&said), [], "{said:?}");
        }
    }
}

fn outputs(foreign: &str) -> [Output; 3] {
    [
        Output::scalar("changed", foreign),
        Output::json("failed", &serde_json::json!([foreign])),
        Output::scalar("report", ""),
    ]
}

fn list(foreign: &str) -> String {
    serde_json::json!([foreign]).to_string()
}

fn annotation(foreign: &str) -> Annotation {
    Annotation {
        level: Level::Error,
        file: Some(foreign.to_owned()),
        at: Some(Place { line: 3, col: 5 }),
        message: foreign.to_owned(),
    }
}

fn masks(foreign: &str) -> Masks {
    let mut masks = Masks::default();
    masks.add(&SecretValue::new(foreign.to_owned()), &|_| false);
    let is_word = |line: &str| ["true", "false", "null"].contains(&line.trim_end_matches(','));
    for line in foreign.split(['\n', '\r']).map(str::trim) {
        let is_hidden = masks.texts.iter().any(|mask| mask.expose() == line);
        assert!(is_hidden || line.chars().count() < 4 || is_word(line), "not hidden: {line:?}");
    }
    masks
}

fn assert_all_hidden(masks: &Masks, told: &[Command], name: &str) {
    let texts: Vec<&str> = masks.texts.iter().map(SecretValue::expose).collect();
    assert_eq!(told.iter().map(|one| one.data.as_str()).collect::<Vec<_>>(), texts);
    assert!(told.iter().all(|one| one.name == name));
}

fn file(handover: &Handover) -> String {
    handover.files.iter().flat_map(|file| &file.texts).map(SecretValue::expose).collect()
}

fn stream(handover: &Handover) -> String {
    handover.commands.iter().map(SecretValue::expose).collect()
}

/// GitLab's parser of a dotenv report: a line that is no pair, or is empty, loses the whole report.
fn dotenv(report: &str) -> Option<BTreeMap<String, String>> {
    if report.len() >= 5120 {
        return None;
    }
    let report = report.strip_prefix('\u{feff}').unwrap_or(report);
    let mut pairs = BTreeMap::new();
    for line in report.lines() {
        let (name, value) = line.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        pairs.insert(name.to_owned(), value.to_owned());
    }
    Some(pairs)
}
