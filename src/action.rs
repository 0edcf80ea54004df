//! The inputs of a GitHub action, as the arguments that they stand for.
//!
//! They count only where the command line says so (`--from-action`): the `INPUT_*` of another action that
//! starts this program must not drive it.

use std::ffi::OsString;

use crate::env::Env;
use crate::error::{Error, Result};

/// The argument that makes inputs count.
pub const FLAG: &str = "--from-action";

/// The command line that the inputs stand for, the program's name first. Other arguments beside the flag
/// are refused, since it would not be seen which of both wins.
pub fn arguments(given: &[OsString], env: &Env) -> Result<Option<Vec<OsString>>> {
    if !given.iter().any(|arg| arg == FLAG) {
        return Ok(None);
    }
    if given.len() > 2 {
        let what = format!("`{FLAG}` takes everything from the action's inputs");
        return Err(Error::usage(what).help("leave the other arguments out"));
    }
    let command = input(env, "command").unwrap_or("sync");
    let taken = taken_by(command)?;
    let mut args = vec!["secretzero".to_owned(), command.to_owned()];
    for (name, form) in &INPUTS {
        let Some(text) = input(env, name) else { continue };
        if taken.contains(name) && (*name, command) != ("secrets", "rotate") {
            args.extend(form.arguments(name, text)?);
        } else if !taken.contains(name) && !HAVE_DEFAULTS.contains(name) {
            return Err(not_taken(command, name));
        }
    }
    if taken.contains(&"fail-on") && input(env, "fail-on").is_none() {
        args.push("--fail-on=failed".to_owned());
    }
    args.extend(names(command, env));
    Ok(Some(args.into_iter().map(OsString::from).collect()))
}

/// What the runner sets: blanks become underscores, dashes stay; a shell on the way may have dropped names
/// with dashes, so that the other spelling counts, too. An input that was not given is empty.
fn input<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
    let dashed = format!("INPUT_{}", name.to_ascii_uppercase());
    let found = env.get(&dashed).or_else(|| env.get(&dashed.replace('-', "_")))?.trim();
    Some(found).filter(|text| !text.is_empty())
}

/// How an input becomes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `--NAME=TEXT`.
    One,
    /// `--FLAG=LINE` for each line.
    Lines(&'static str),
    /// Its lines, or words between commas, joined by commas: `--NAME=A,B`.
    Words,
    /// `--FLAG` if it is false.
    Unless(&'static str),
    /// How much is said.
    LogLevel,
    /// `--FLAG` if it is true.
    Switch(&'static str),
}

impl Form {
    fn arguments(self, name: &str, text: &str) -> Result<Vec<String>> {
        match self {
            Self::One => Ok(vec![format!("--{name}={text}")]),
            Self::Lines(flag) => Ok(lines(text).map(|line| format!("--{flag}={line}")).collect()),
            Self::Words => {
                let words: Vec<&str> = text.split([',', '\n']).map(str::trim).collect();
                let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
                Ok(vec![format!("--{name}={}", words.join(","))])
            }
            Self::Unless(flag) => {
                let is_wanted = boolean(name, text)?;
                Ok((!is_wanted).then(|| format!("--{flag}")).into_iter().collect())
            }
            Self::LogLevel => match text {
                "quiet" => Ok(vec!["--quiet".to_owned()]),
                "normal" => Ok(Vec::new()),
                "verbose" => Ok(vec!["--verbose".to_owned()]),
                "debug" => Ok(vec!["-vv".to_owned()]),
                _ => Err(Error::usage("the input `log-level` is none of its words")
                    .help("write quiet, normal, verbose or debug")),
            },
            Self::Switch(flag) => {
                Ok(boolean(name, text)?.then(|| format!("--{flag}")).into_iter().collect())
            }
        }
    }
}

/// A list's items, as GitHub's own toolkit reads them: a line each, trimmed; empty ones are none.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty())
}

/// The words that GitHub's own toolkit takes.
fn boolean(name: &str, text: &str) -> Result<bool> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Error::usage(format!("the input `{name}` is neither true nor false"))
            .help("write true or false")),
    }
}

/// The secrets of `rotate` are arguments without a flag, since they are what it works on and no limit.
fn names(command: &str, env: &Env) -> Vec<String> {
    let text = input(env, "secrets").filter(|_| command == "rotate");
    text.into_iter()
        .flat_map(|text| std::iter::once("--").chain(lines(text)))
        .map(str::to_owned)
        .collect()
}

/// The inputs that a command takes.
fn taken_by(command: &str) -> Result<Vec<&'static str>> {
    const FILE: [&str; 9] = [
        "file",
        "var-files",
        "vars",
        "cloud-config",
        "log-level",
        "partial",
        "tenant-id",
        "client-id",
        "audience",
    ];
    const REACH: [&str; 6] =
        ["vaults", "local", "parallel", "ca-certificate", "timeout", "wait-for-access"];
    let more: &[&[&'static str]] = match command {
        "validate" => &[],
        "sync" => &[&REACH, &["fail-on", "secrets", "plan-digest", "report", "summary"]],
        "plan" | "rotate" | "status" => &[&REACH, &["fail-on", "secrets", "report", "summary"]],
        "fetch" => &[&REACH, &["export"]],
        "doctor" => &[&REACH, &["secrets"]],
        other => {
            let what = format!("the input `command` names `{other}`, which is none");
            let help = "write sync, plan, rotate, status, fetch, doctor or validate";
            return Err(Error::usage(what).help(help));
        }
    };
    Ok(FILE.into_iter().chain(more.iter().flat_map(|list| list.iter().copied())).collect())
}

fn not_taken(command: &str, name: &str) -> Error {
    let what = format!("`{command}` does not take the input `{name}`");
    Error::usage(what).help(format!("leave `{name}` out"))
}

/// Every input but `command`, and what it stands for.
const INPUTS: [(&str, Form); 21] = [
    ("file", Form::One),
    ("var-files", Form::Lines("var-file")),
    ("vars", Form::Lines("var")),
    ("cloud-config", Form::One),
    ("log-level", Form::LogLevel),
    ("partial", Form::Switch("partial")),
    ("fail-on", Form::Words),
    ("tenant-id", Form::One),
    ("client-id", Form::One),
    ("audience", Form::One),
    ("export", Form::Lines("export")),
    ("report", Form::Lines("report")),
    ("summary", Form::Unless("no-summary")),
    ("secrets", Form::Lines("secret")),
    ("vaults", Form::Lines("vault")),
    ("local", Form::One),
    ("parallel", Form::One),
    ("ca-certificate", Form::Lines("ca-certificate")),
    ("plan-digest", Form::One),
    ("timeout", Form::One),
    ("wait-for-access", Form::One),
];
/// Inputs that say something although nobody wrote them; a command that has no use for one passes it over.
const HAVE_DEFAULTS: [&str; 5] = ["parallel", "fail-on", "log-level", "summary", "timeout"];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn read(inputs: &[(&str, &str)]) -> Result<Vec<String>> {
        let pairs = inputs.iter().map(|(k, v)| (format!("INPUT_{k}"), (*v).to_owned()));
        let args = arguments(&["secretzero".into(), FLAG.into()], &Env::new(pairs))?;
        let args = args.expect("the flag is there").into_iter();
        Ok(args.map(|arg| arg.into_string().expect("UTF-8")).collect())
    }

    #[test]
    fn inputs_are_nothing_without_the_flag() {
        let env = Env::new([("INPUT_COMMAND".to_owned(), "rotate".to_owned())]);
        assert_eq!(arguments(&["secretzero".into(), "plan".into()], &env), Ok(None));
        assert!(arguments(&["secretzero".into(), FLAG.into(), "plan".into()], &env).is_err());
    }

    #[test]
    fn names_may_have_dashes_or_underscores_and_empty_is_absent() {
        let args = read(&[
            ("COMMAND", "plan"),
            ("TENANT-ID", " t "),
            ("CLIENT_ID", "c"),
            ("VARS", "a=b\n\n  c=d e \r\n"),
            ("LOCAL", ""),
            ("FAIL-ON", "failed, drift"),
        ]);
        let expected = [
            "secretzero",
            "plan",
            "--var=a=b",
            "--var=c=d e",
            "--fail-on=failed,drift",
            "--tenant-id=t",
            "--client-id=c",
        ];
        assert_eq!(args.expect("valid"), expected);
    }

    #[test]
    fn a_text_that_looks_like_a_flag_stays_a_text() {
        let args = read(&[("COMMAND", "rotate"), ("SECRETS", "--all\ndb"), ("FILE", "--quiet")]);
        let expected =
            ["secretzero", "rotate", "--file=--quiet", "--fail-on=failed", "--", "--all", "db"];
        assert_eq!(args.expect("valid"), expected);
    }

    #[test]
    fn booleans_are_the_words_of_the_toolkit() {
        let is_partial =
            |text| read(&[("PARTIAL", text)]).map(|args| args.contains(&"--partial".to_owned()));
        assert_eq!((is_partial("TRUE"), is_partial("false")), (Ok(true), Ok(false)));
        assert!(is_partial("yes").is_err());
        let args = read(&[("SUMMARY", "False")]).expect("valid");
        assert!(args.contains(&"--no-summary".to_owned()));
    }

    /// A map of `action.yml`: names and what is said of them.
    fn described(key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let file: serde_yaml::Value =
            serde_yaml::from_str(include_str!("../action.yml")).expect("YAML");
        serde_yaml::from_value(file[key].clone()).expect("a map of maps")
    }

    #[test]
    fn the_actions_description_has_the_inputs_that_count_and_no_other() {
        let described = described("inputs");
        let names: BTreeSet<&str> = described.keys().map(String::as_str).collect();
        let read: BTreeSet<&str> =
            INPUTS.iter().map(|(name, _)| *name).chain(["command"]).collect();
        assert_eq!(names, read);
        assert!(described.values().all(|input| input.contains_key("description")));
    }

    #[test]
    fn what_the_description_says_by_itself_is_what_nobody_said_and_suits_every_command() {
        let defaults: Vec<(String, String)> = described("inputs")
            .into_iter()
            .filter_map(|(name, input)| {
                Some((name.to_ascii_uppercase(), input.get("default")?.clone()))
            })
            .collect();
        let needed = [
            ("sync", vec![]),
            ("plan", vec![]),
            ("rotate", vec![("SECRETS", "db")]),
            ("status", vec![]),
            ("doctor", vec![]),
            ("fetch", vec![("EXPORT", "db=env:DB")]),
            ("validate", vec![]),
        ];
        for (command, mut given) in needed {
            given.push(("COMMAND", command));
            let said = |inputs: &[(&str, &str)]| {
                let args = read(inputs).expect("every command takes them");
                format!("{:?}", Cli::try_parse_from(args).expect("a command line"))
            };
            let rest = defaults.iter().filter(|(name, _)| name != "COMMAND");
            let all: Vec<(&str, &str)> = given
                .iter()
                .copied()
                .chain(rest.map(|(name, text)| (name.as_str(), text.as_str())))
                .collect();
            assert_eq!(said(&all), said(&given), "{command}");
        }
        assert!(defaults.contains(&("COMMAND".to_owned(), "sync".to_owned())));
    }

    #[test]
    fn every_command_on_vaults_takes_the_limits_of_a_run() {
        for command in ["sync", "plan", "rotate", "status", "fetch", "doctor"] {
            let limits = [("COMMAND", command), ("TIMEOUT", "5m"), ("WAIT-FOR-ACCESS", "2m")];
            let args = read(&limits).expect("valid");
            assert!(args.contains(&"--timeout=5m".to_owned()), "{args:?}");
            assert!(args.contains(&"--wait-for-access=2m".to_owned()), "{args:?}");
        }
        assert!(read(&[("COMMAND", "validate"), ("TIMEOUT", "10m")]).is_ok(), "it has a default");
    }

    #[test]
    fn an_input_that_a_command_does_not_take_is_an_error_unless_it_has_a_default() {
        assert!(read(&[("COMMAND", "plan"), ("PLAN-DIGEST", "x")]).is_err());
        assert!(read(&[("COMMAND", "validate"), ("PARALLEL", "16"), ("FAIL-ON", "due")]).is_ok());
        assert!(read(&[("COMMAND", "dance")]).is_err());
    }
}
