//! GitHub Actions: workflow commands and command files.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::path::{Path, PathBuf};

use super::handover::Mode;
use super::{Annotation, Ci, Handover, Masks, Output, delimiter, heredoc};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::secret::SecretValue;

/// A step of a job.
pub struct GitHub {
    /// `GITHUB_OUTPUT`: results of the step.
    output: Option<PathBuf>,
    /// `GITHUB_ENV`: variables of the next steps.
    environment: Option<PathBuf>,
    /// `GITHUB_STATE`: texts for the last step of the same action.
    state: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: markdown for the run's page.
    summary: Option<PathBuf>,
    /// `RUNNER_DEBUG`.
    is_debug: bool,
}

impl GitHub {
    /// Takes what the runner set.
    pub fn new(env: &Env) -> Self {
        let path = |name| env.get(name).map(PathBuf::from);
        Self {
            output: path("GITHUB_OUTPUT"),
            environment: path("GITHUB_ENV"),
            state: path("GITHUB_STATE"),
            summary: path("GITHUB_STEP_SUMMARY"),
            is_debug: env.get("RUNNER_DEBUG") == Some("1"),
        }
    }
}

impl Ci for GitHub {
    fn is_debug(&self) -> bool {
        self.is_debug
    }

    fn check(&self) -> Result<()> {
        match &self.output {
            Some(path) => is_there("GITHUB_OUTPUT", path),
            None => Ok(()),
        }
    }

    fn annotation(&self, annotation: &Annotation) -> Option<String> {
        Some(annotate(annotation))
    }

    fn open_group(&self, title: &str, _time: i64) -> String {
        command("group", &[], title) + "\n"
    }

    fn close_group(&self, _time: i64) -> String {
        "::endgroup::\n".to_owned()
    }

    fn carries_lists(&self) -> bool {
        self.output.is_some()
    }

    fn outputs(&self, outputs: &[Output]) -> Result<Handover> {
        let mut handover = Handover::default();
        let Some(path) = &self.output else {
            handover.command(&command("notice", &[], NO_OUTPUT));
            return Ok(handover);
        };
        let text = outputs.iter().map(|output| block(output.name, &output.text));
        handover.file(path, text.collect::<Result<String>>()?, Mode::Append);
        Ok(handover)
    }

    fn is_told_masks(&self) -> bool {
        true
    }

    fn masks(&self, masks: &Masks) -> Handover {
        let mut handover = Handover::default();
        for text in &masks.texts {
            handover.command(&command("add-mask", &[], text.expose()));
        }
        handover
    }

    fn check_environment(&self, _name: &str) -> Result<()> {
        named("GITHUB_ENV", self.environment.as_ref()).map(drop)
    }

    fn environment(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        into_file(named("GITHUB_ENV", self.environment.as_ref())?, name, value)
    }

    fn most_variables(&self) -> Option<usize> {
        Some(MOST_VARIABLES)
    }

    fn check_output(&self, _name: &str) -> Result<()> {
        named("GITHUB_OUTPUT", self.output.as_ref()).map(drop)
    }

    fn output(&self, name: &str, value: &SecretValue) -> Result<Handover> {
        into_file(named("GITHUB_OUTPUT", self.output.as_ref())?, name, value)
    }

    fn state(&self, name: &str, text: &str) -> Result<Handover> {
        let mut handover = Handover::default();
        if let Some(path) = self.state.as_ref().filter(|path| path.is_file()) {
            if text.len() > MAX_STATE {
                let what = format!("the state `{name}` has more than {MAX_STATE} bytes");
                let help = "fetch fewer files in one step, or give them shorter paths";
                return Err(Error::usage(what).help(help));
            }
            handover.file(path, block(name, text)?, Mode::Append);
        }
        Ok(handover)
    }

    fn summary(&self, markdown: &str) -> Result<Handover> {
        let mut handover = Handover::default();
        let Some(path) = self.summary.as_ref().filter(|path| path.is_file()) else {
            return Ok(handover);
        };
        let there = std::fs::metadata(path).map_or(0, |file| file.len());
        // A line break before it, where another program left its last line open, and one behind it.
        if there + markdown.len() as u64 + 2 > MAX_SUMMARY {
            let what = format!("the step's summary would have more than {MAX_SUMMARY} bytes");
            return Err(Error::usage(what).help("leave the summary out, or select fewer secrets"));
        }
        handover.file(path, format!("{markdown}\n"), Mode::Append);
        Ok(handover)
    }
}

/// A command file that the runner named; a container sees it only where it is mounted.
fn is_there(name: &str, path: &Path) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path).display();
    let what = format!("{name} names a file that is not there");
    let help = format!(
        "a container that a step starts by itself sees the runner's files only where they are \
         mounted; add to `docker run`: -e {name} -v \"{folder}:{folder}\""
    );
    Err(Error::usage(what).at(path.display().to_string()).help(help))
}

/// A command file without which a value reaches nobody.
fn named<'a>(name: &str, path: Option<&'a PathBuf>) -> Result<&'a Path> {
    let Some(path) = path else {
        let what = format!("{name} is not set, so that no later step would get the value");
        let folder = format!("$(dirname \"${name}\")");
        let help = format!(
            "a container that a step starts by itself needs: docker run -e {name} -v \
             \"{folder}:{folder}\" …; or write to a file: --export NAME=file:PATH"
        );
        return Err(Error::usage(what).help(help));
    };
    is_there(name, path)?;
    Ok(path)
}

fn into_file(path: &Path, name: &str, value: &SecretValue) -> Result<Handover> {
    if value.expose().contains('\0') {
        let what = "its value has a zero byte, which no variable can hold";
        return Err(Error::usage(what).help("write it to a file: --export NAME=file:PATH"));
    }
    let mut handover = Handover::default();
    handover.file(path, block(name, value.expose())?, Mode::Append);
    Ok(handover)
}

fn annotate(annotation: &Annotation) -> String {
    let mut properties = Vec::new();
    if let Some(file) = &annotation.file {
        properties.push(("file", file.clone()));
        if let Some(at) = annotation.at {
            properties.push(("line", at.line.to_string()));
            properties.push(("col", at.col.to_string()));
        }
    }
    command(annotation.level.name(), &properties, &annotation.message)
}

/// `::name k=v,k=v::data`, on one line.
fn command(name: &str, properties: &[(&str, String)], data: &str) -> String {
    let list: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let blank = if list.is_empty() { "" } else { " " };
    format!("::{name}{blank}{}::{}", list.join(","), escape(data))
}

/// What the runner decodes behind the second `::`.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What the runner decodes in a property.
fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

/// A block with a delimiter of its own.
fn block(name: &str, text: &str) -> Result<String> {
    let delimiter = format!("ghadelimiter_{}", delimiter::random()?);
    heredoc::block(name, text, &delimiter)
        .ok_or_else(|| Error::internal(format!("the output `{name}` cannot be framed")))
}

/// Said where a step has no place for results.
const NO_OUTPUT: &str = "GITHUB_OUTPUT is not set, so that no later step gets the outputs; a container \
                         that a step starts by itself needs: docker run -e GITHUB_OUTPUT \
                         -v \"$(dirname \"$GITHUB_OUTPUT\"):$(dirname \"$GITHUB_OUTPUT\")\" …";
/// A state becomes a variable of the last step, of which Linux takes no longer one (`MAX_ARG_STRLEN`, 128 KiB,
/// less its name); in bytes.
const MAX_STATE: usize = 127 << 10;
/// Every later step starts with all variables and its arguments, of which Linux takes 2 MiB (a quarter of the
/// stack); in bytes, half of it for what is there already.
const MOST_VARIABLES: usize = 1 << 20;
/// The runner drops a longer summary; in bytes.
const MAX_SUMMARY: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::Level;
    use crate::secretfile::Place;

    #[test]
    fn an_annotation_stands_at_its_line() {
        let annotation = Annotation {
            level: Level::Error,
            file: Some("a,b:c.yml".to_owned()),
            at: Some(Place { line: 3, col: 5 }),
            message: "50% of\r\nit::x".to_owned(),
        };
        let expected = "::error file=a%2Cb%3Ac.yml,line=3,col=5::50%25 of%0D%0Ait::x";
        assert_eq!(annotate(&annotation), expected);
    }

    #[test]
    fn percent_signs_are_escaped_before_what_brings_new_ones() {
        assert_eq!(escape("%0A\n%"), "%250A%0A%25");
        assert_eq!(property("%3A:"), "%253A%3A");
    }

    #[test]
    fn a_file_that_is_not_mounted_is_told_with_the_flags_that_mount_it() {
        let error = is_there("GITHUB_OUTPUT", Path::new("/nowhere/files/out")).expect_err("absent");
        let help = error.help.expect("a way out");
        assert!(help.contains("-e GITHUB_OUTPUT -v \"/nowhere/files:/nowhere/files\""), "{help}");
    }

    #[test]
    fn a_state_that_no_last_step_could_get_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().display().to_string();
        let github = GitHub::new(&Env::new([("GITHUB_STATE".to_owned(), path)]));
        let state = |bytes| github.state("name", &"x".repeat(bytes));
        assert!(state(MAX_STATE).is_ok());
        assert!(state(MAX_STATE + 1).is_err_and(|error| error.what.contains("`name`")));
    }

    #[test]
    fn a_group_has_its_title_escaped() {
        let github = GitHub::new(&Env::default());
        assert_eq!(github.open_group("a\nb", 0), "::group::a%0Ab\n");
    }
}
