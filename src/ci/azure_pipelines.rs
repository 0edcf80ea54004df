//! Azure Pipelines: logging commands.
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>

use std::path::PathBuf;

use super::handover::Mode;
use super::{Annotation, Ci, Handover, Level, Masks, Output, delimiter};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::secret::SecretValue;

/// A step of a job.
pub struct AzurePipelines {
    /// `AGENT_TEMPDIRECTORY`: emptied after the job.
    folder: Option<PathBuf>,
    /// `SYSTEM_DEBUG`.
    is_debug: bool,
    /// Whether the agent turns `%AZP25` back into `%`; `DECODE_PERCENTS` set to false says no.
    decodes_percents: bool,
}

impl AzurePipelines {
    /// Takes what the agent set.
    pub fn new(env: &Env) -> Self {
        let is = |name, word: &str| {
            env.get(name).is_some_and(|value: &str| value.eq_ignore_ascii_case(word))
        };
        Self {
            folder: env.get("AGENT_TEMPDIRECTORY").map(PathBuf::from),
            is_debug: is("SYSTEM_DEBUG", "true"),
            decodes_percents: !is("DECODE_PERCENTS", "false"),
        }
    }

    /// `##vso[name k=v;k=v]data`, on one line.
    fn command(&self, name: &str, properties: &[(&str, String)], data: &str) -> String {
        let list: String = properties
            .iter()
            .map(|(key, value)| format!("{key}={};", self.escape(value)))
            .collect();
        let blank = if list.is_empty() { "" } else { " " };
        format!("##vso[{name}{blank}{list}]{}", self.escape(data))
    }

    /// What the agent decodes, in properties and data alike.
    fn escape(&self, text: &str) -> String {
        let text = match self.decodes_percents {
            true => text.replace('%', "%AZP25"),
            false => text.to_owned(),
        };
        text.replace(';', "%3B").replace('\r', "%0D").replace('\n', "%0A").replace(']', "%5D")
    }

    fn result(&self, output: &Output) -> String {
        let text = if output.is_json { inert(&output.text) } else { output.text.clone() };
        let properties = [("variable", output.underscored()), ("isoutput", "true".to_owned())];
        self.command("task.setvariable", &properties, &text)
    }

    /// A variable that stays hidden.
    fn secret(&self, name: &str, value: &SecretValue, is_output: bool) -> Result<Handover> {
        check_value(value.expose(), self.decodes_percents)?;
        let mut properties = vec![("variable", name.to_owned()), ("issecret", "true".to_owned())];
        properties.extend(is_output.then(|| ("isoutput", "true".to_owned())));
        let mut handover = Handover::default();
        handover.command(&self.command("task.setvariable", &properties, value.expose()));
        Ok(handover)
    }

    fn annotate(&self, annotation: &Annotation) -> Option<String> {
        // The agent knows errors and warnings alone; the log has the notices.
        if annotation.level == Level::Notice {
            return None;
        }
        let mut properties = vec![("type", annotation.level.name().to_owned())];
        if let Some(file) = &annotation.file {
            properties.push(("sourcepath", file.clone()));
            if let Some(at) = annotation.at {
                properties.push(("linenumber", at.line.to_string()));
                properties.push(("columnnumber", at.col.to_string()));
            }
        }
        Some(self.command("task.logissue", &properties, &annotation.message))
    }
}

impl Ci for AzurePipelines {
    fn is_debug(&self) -> bool {
        self.is_debug
    }

    fn annotation(&self, annotation: &Annotation) -> Option<String> {
        self.annotate(annotation)
    }

    fn open_group(&self, title: &str, _time: i64) -> String {
        format!("##[group]{}\n", crate::neutral::line(title))
    }

    fn close_group(&self, _time: i64) -> String {
        "##[endgroup]\n".to_owned()
    }

    fn carries_lists(&self) -> bool {
        true
    }

    fn outputs(&self, outputs: &[Output]) -> Result<Handover> {
        let mut handover = Handover::default();
        outputs.iter().for_each(|output| handover.command(&self.result(output)));
        Ok(handover)
    }

    fn is_told_masks(&self) -> bool {
        true
    }

    fn masks(&self, masks: &Masks) -> Handover {
        let mut handover = Handover::default();
        for text in &masks.texts {
            handover.command(&self.command("task.setsecret", &[], text.expose()));
        }
        handover
    }

    fn check_environment(&self, name: &str) -> Result<()> {
        check_name(name)
    }

    fn environment(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        self.secret(name, value, false)
    }

    fn check_output(&self, name: &str) -> Result<()> {
        check_name(name)
    }

    fn output(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        self.secret(&name.replace('-', "_"), value, true)
    }

    fn summary(&self, markdown: &str) -> Result<Handover> {
        let mut handover = Handover::default();
        let Some(folder) = &self.folder else { return Ok(handover) };
        let path = folder.join(format!("secretzero-{}.md", delimiter::random()?));
        handover.command(&self.command("task.uploadsummary", &[], &path.display().to_string()));
        handover.file(&path, markdown.to_owned(), Mode::Replace);
        Ok(handover)
    }

    fn complete_with_issues(&self) -> Option<String> {
        let result = [("result", "SucceededWithIssues".to_owned())];
        Some(self.command("task.complete", &result, ""))
    }
}

/// Variables of these names reach no task.
fn check_name(name: &str) -> Result<()> {
    let lower = name.to_ascii_lowercase();
    match RESERVED.into_iter().find(|start| lower.starts_with(start)) {
        None => Ok(()),
        Some(start) => {
            let what =
                format!("Azure Pipelines keeps variables that start with `{start}` to itself");
            Err(Error::usage(what).help(format!("choose another name than `{name}`")))
        }
    }
}

/// What the agent would refuse with the value in its message, or change on its way.
fn check_value(text: &str, decodes_percents: bool) -> Result<()> {
    let changes = |escape: &str| text.to_ascii_uppercase().contains(escape);
    let what = if text.contains(['\n', '\r', '\0']) {
        "its value has several lines or a zero byte, which no secret variable of Azure Pipelines holds"
    } else if is_expanded(text) {
        "its value has a `$(NAME)`, which Azure Pipelines would expand"
    } else if !decodes_percents && ["%3B", "%0D", "%0A", "%5D"].into_iter().any(changes) {
        "its value has what Azure Pipelines would decode, since DECODE_PERCENTS is false"
    } else {
        return Ok(());
    };
    let help = "write it to a file: --export NAME=file:PATH; $(Agent.TempDirectory) is emptied after the job";
    Err(Error::usage(what).help(help))
}

fn is_expanded(text: &str) -> bool {
    text.match_indices("$(").any(|(at, _)| text[at..].contains(')'))
}

/// JSON in which nothing is left that the agent would expand (`$(NAME)`) or take for an escape.
fn inert(json: &str) -> String {
    json.replace('$', "\\u0024").replace('%', "\\u0025")
}

/// Starts of names that the agent keeps from tasks.
const RESERVED: [&str; 5] = ["endpoint", "input", "secret", "securefile", "path"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secretfile::Place;

    fn agent() -> AzurePipelines {
        AzurePipelines::new(&Env::default())
    }

    #[test]
    fn an_issue_stands_at_its_line() {
        let annotation = Annotation {
            level: Level::Warning,
            file: Some("a;b].yml".to_owned()),
            at: Some(Place { line: 3, col: 5 }),
            message: "50%\nof ]".to_owned(),
        };
        assert_eq!(
            agent().annotate(&annotation).as_deref(),
            Some(
                "##vso[task.logissue type=warning;sourcepath=a%3Bb%5D.yml;linenumber=3;\
                 columnnumber=5;]50%AZP25%0Aof %5D"
            )
        );
    }

    #[test]
    fn percent_signs_are_escaped_before_what_brings_new_ones() {
        assert_eq!(agent().escape("%3B;%"), "%AZP253B%3B%AZP25");
    }

    #[test]
    fn lists_hold_nothing_that_the_agent_would_expand() {
        let output = Output::json("next-rotation", &serde_json::json!(["$(Build.BuildId)%3B"]));
        assert_eq!(
            agent().result(&output),
            "##vso[task.setvariable variable=next_rotation;isoutput=true;]\
             [\"\\u0024(Build.BuildId)\\u00253B\"%5D"
        );
    }
}
