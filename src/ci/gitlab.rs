//! GitLab CI: sections of the log, and a dotenv report for later jobs.
//! <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>

use std::path::PathBuf;

use super::handover::Mode;
use super::{Ci, Handover, Output};
use crate::env::Env;
use crate::error::{Error, Result};

/// A job.
pub struct GitLab {
    /// `CI_PROJECT_DIR`: where artifacts are taken from.
    folder: Option<PathBuf>,
    /// `CI_DEBUG_TRACE`.
    is_debug: bool,
}

impl GitLab {
    /// Takes what the runner set.
    pub fn new(env: &Env) -> Self {
        Self {
            folder: env.get("CI_PROJECT_DIR").map(PathBuf::from),
            is_debug: env.get("CI_DEBUG_TRACE").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        }
    }
}

impl Ci for GitLab {
    fn is_debug(&self) -> bool {
        self.is_debug
    }

    fn open_group(&self, title: &str, time: i64) -> String {
        let title = crate::neutral::line(title);
        format!("\x1b[0Ksection_start:{time}:{SECTION}[collapsed=true]\r\x1b[0K{title}\n")
    }

    fn close_group(&self, time: i64) -> String {
        format!("\x1b[0Ksection_end:{time}:{SECTION}\r\x1b[0K\n")
    }

    fn outputs(&self, outputs: &[Output]) -> Result<Handover> {
        let mut handover = Handover::default();
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.is_dir()) else {
            return Ok(handover);
        };
        handover.file(&folder.join(DOTENV), dotenv(outputs)?, Mode::Replace);
        Ok(handover)
    }
}

/// The scalars, a line each. GitLab takes no quotes, no empty line and no comment, and expands `$`.
fn dotenv(outputs: &[Output]) -> Result<String> {
    let scalars = outputs.iter().filter(|output| !output.is_json);
    let lines: Vec<String> = scalars.filter_map(line).collect();
    let text = lines.concat();
    if text.len() < MAX_DOTENV {
        return Ok(text);
    }
    let what = format!(
        "the dotenv report would have {} bytes; GitLab takes less than {MAX_DOTENV}",
        text.len()
    );
    Err(Error::usage(what).help("give the report a shorter path"))
}

fn line(output: &Output) -> Option<String> {
    let is_plain = !output.text.contains(['$', '\n', '\r']) && output.text.trim() == output.text;
    let name = output.underscored().to_ascii_uppercase();
    is_plain.then(|| format!("SECRETZERO_{name}={}\n", output.text))
}

/// The only section that is open at a time.
const SECTION: &str = "secretzero";
/// What a job names under `artifacts:reports:dotenv`.
const DOTENV: &str = "secretzero.env";
/// GitLab's limit for a dotenv report, in bytes.
const MAX_DOTENV: usize = 5120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scalars_reach_the_dotenv_report() {
        let outputs = [
            Output::scalar("changed", "true"),
            Output::json("created", &serde_json::json!(["db"])),
            Output::scalar("plan-digest", "1.a.b.c"),
            Output::scalar("report", "$HOME/x"),
            Output::scalar("next-rotation", ""),
        ];
        assert_eq!(
            dotenv(&outputs).expect("short"),
            "SECRETZERO_CHANGED=true\nSECRETZERO_PLAN_DIGEST=1.a.b.c\nSECRETZERO_NEXT_ROTATION=\n"
        );
    }

    #[test]
    fn a_report_that_gitlab_would_refuse_is_refused() {
        let report = |bytes| [Output::scalar("report", "x".repeat(bytes))];
        assert_eq!(dotenv(&report(5100)).map(|text| text.len()), Ok(5119));
        assert!(dotenv(&report(5101)).is_err());
    }

    #[test]
    fn a_section_has_its_marks_and_no_foreign_ones() {
        let gitlab = GitLab::new(&Env::default());
        let opened = gitlab.open_group("a\r\x1b[0Kb", 7);
        assert_eq!(
            opened,
            "\x1b[0Ksection_start:7:secretzero[collapsed=true]\r\x1b[0Ka \\u{1b}[0Kb\n"
        );
        assert_eq!(gitlab.close_group(9), "\x1b[0Ksection_end:9:secretzero\r\x1b[0K\n");
    }
}
