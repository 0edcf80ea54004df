//! Bad Secretfiles are told everything that is wrong with them.

use serde::Deserialize;

use super::*;

/// A bad Secretfile, and all that is wrong with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bad {
    name: String,
    text: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
    #[serde(default)]
    var_files: BTreeMap<String, String>,
    #[serde(default)]
    partial: bool,
    /// Whether the JSON Schema sees it, too; `tests/python/schema.py` holds it to that.
    #[serde(default, rename = "schema")]
    _schema: bool,
    expected: Vec<String>,
}

impl Bad {
    /// What the loader says: `line:col: fact; way out`.
    fn problems(&self) -> Vec<String> {
        let env = Env::new(self.env.clone());
        let mut options = options(&env);
        options.vars = self.vars.clone().into_iter().collect();
        options.var_files = self.var_files.clone().into_iter().collect();
        options.partial = self.partial;
        match load("Secretfile.yml", self.text.as_bytes(), &options) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.list.iter().map(shown).collect(),
        }
    }

    /// Where the loader and the case differ.
    fn differences(&self) -> Vec<String> {
        let mut found = self.problems();
        let mut differences = Vec::new();
        for expected in &self.expected {
            match found.iter().position(|problem| fits(problem, expected)) {
                Some(at) => drop(found.remove(at)),
                None => differences.push(format!("{}: not found: {expected}", self.name)),
            }
        }
        differences.extend(found.iter().map(|p| format!("{}: not expected: {p}", self.name)));
        differences
    }
}

fn shown(problem: &Problem) -> String {
    let place = problem.at.map(|at| format!("{}:{}: ", at.line, at.col)).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{place}{}{help}", problem.what)
}

/// Whether a problem is at the expected place and has the expected part in its message.
fn fits(problem: &str, expected: &str) -> bool {
    match (located(problem), located(expected)) {
        (Some((place, message)), Some((expected_place, part))) => {
            place == expected_place && message.contains(part)
        }
        (None, None) => problem.contains(expected),
        _ => false,
    }
}

/// `line:col`, and what follows it.
fn located(text: &str) -> Option<(&str, &str)> {
    let (place, message) = text.split_once(": ")?;
    let is_place = place.bytes().all(|b| b.is_ascii_digit() || b == b':');
    is_place.then_some((place, message))
}

fn bad() -> Vec<Bad> {
    let text = std::fs::read_to_string(cases().join("bad.yml")).expect("the cases");
    serde_yaml::from_str(&text).expect("a list of cases")
}

#[test]
fn every_bad_file_is_told_all_that_is_wrong_with_it_and_nothing_else() {
    let bad = bad();
    assert!(bad.len() >= 75, "{} cases", bad.len());
    assert!(bad.iter().all(|case| !case.expected.is_empty()));
    let differences: Vec<String> = bad.iter().flat_map(Bad::differences).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The cases write `hunter2` and the like wherever values and credentials stand.
#[test]
fn no_message_shows_a_value_or_a_credential() {
    let bad = bad();
    let planted = bad.iter().filter(|case| case.text.contains("hunter"));
    let shown: Vec<String> = planted.clone().flat_map(Bad::problems).collect();
    assert!(planted.count() >= 3);
    assert!(shown.iter().all(|problem| !problem.contains("hunter")), "{shown:#?}");
}
