//! Every combination of two targets' states, kinds, dues and comparisons, as `tests/cases/decisions.txt`
//! has them: one line a combination, and lines that say the same folded into one.

use std::collections::BTreeMap;

use super::Row;

/// A state with the option that matters to it.
#[derive(Clone, Copy, PartialEq)]
struct State {
    /// How the table calls it.
    label: &'static str,
    /// How a [`Row`] calls it.
    word: &'static str,
    option: Option<(&'static str, &'static str)>,
}

const STATES: [State; 14] = [
    state("missing", "missing", None),
    state("ours 1", "ours 1", None),
    state("ours 2", "ours 2", None),
    state("existing", "existing", None),
    state("existing, overwrite", "existing", Some(("on_existing", "overwrite"))),
    state("existing, fail", "existing", Some(("on_existing", "fail"))),
    state("changed", "drifted 1", None),
    state("changed, overwrite", "drifted 1", Some(("on_drift", "overwrite"))),
    state("changed, adopt", "drifted 1", Some(("on_drift", "adopt"))),
    state("deleted", "deleted", None),
    state("deleted, purge", "deleted", Some(("on_soft_deleted", "purge"))),
    state("deleted, fail", "deleted", Some(("on_soft_deleted", "fail"))),
    state("sealed", "disabled", None),
    state("unknown", "unknown", None),
];

/// Whether it is due, and what comparing told.
type When = (bool, &'static str);

/// What comparing tells: the values are one, as the file declares it or not; or they differ, and one of
/// them is as declared.
const TOLD: [&str; 4] = ["same", "new", "first", "second"];

const KINDS: [&str; 4] = ["minted", "given", "unsupplied", "mixed"];

const fn state(
    label: &'static str,
    word: &'static str,
    option: Option<(&'static str, &'static str)>,
) -> State {
    State { label, word, option }
}

#[test]
fn two_targets_are_decided_as_the_table_says_in_every_combination() {
    let text = include_str!("../../../tests/cases/decisions.txt");
    let is_row = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let written: Vec<String> = text.lines().filter(is_row).map(squeezed).collect();
    let decided: Vec<String> = lines().iter().map(|line| squeezed(line)).collect();
    let surplus: Vec<&String> = written.iter().filter(|line| !decided.contains(line)).collect();
    let missing: Vec<&String> = decided.iter().filter(|line| !written.contains(line)).collect();
    assert!(
        surplus.is_empty() && missing.is_empty(),
        "written and not decided: {surplus:#?}\ndecided and not written: {missing:#?}"
    );
    assert_eq!(written.len(), decided.len(), "a line is there twice");
}

#[test]
fn which_target_is_the_first_makes_no_difference() {
    for (a, b) in pairs() {
        for (kind, due, told) in settings().filter(|(_, _, told)| is_possible(a, b, told)) {
            let turned = match told {
                "first" => "second",
                "second" => "first",
                other => other,
            };
            let mut swapped = decide([b, a], kind, due, turned);
            swapped.reverse();
            let place = format!("{} and {}, {kind}, due: {due}, {told}", a.label, b.label);
            assert_eq!(decide([a, b], kind, due, told), swapped, "{place}");
        }
    }
}

#[test]
fn certificates_foreign_and_disabled_secrets_are_let_be_alike() {
    let sealed = state("sealed", "disabled", None);
    for other in STATES {
        for (kind, due, told) in settings() {
            for word in ["managed", "foreign"] {
                let alike = state("sealed", word, None);
                let decided = decide([alike, other], kind, due, told);
                assert_eq!(decided, decide([sealed, other], kind, due, told), "{}", other.label);
            }
        }
    }
}

fn pairs() -> impl Iterator<Item = (State, State)> {
    STATES
        .into_iter()
        .enumerate()
        .flat_map(|(index, a)| STATES.into_iter().skip(index).map(move |b| (a, b)))
}

fn settings() -> impl Iterator<Item = (&'static str, bool, &'static str)> {
    KINDS.into_iter().flat_map(|kind| {
        [false, true].into_iter().flat_map(move |due| TOLD.map(|told| (kind, due, told)))
    })
}

/// The table: states, what comparing told, whether it is due, and a cell for each kind.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for (a, b) in pairs() {
        let mut cells: Vec<(Vec<String>, Vec<When>)> = Vec::new();
        for due in [false, true] {
            for told in TOLD.into_iter().filter(|told| is_possible(a, b, told)) {
                let row = KINDS.map(|kind| decide([a, b], kind, due, told).join("/")).to_vec();
                match cells.iter_mut().find(|(known, _)| *known == row) {
                    Some((_, when)) => when.push((due, told)),
                    None => cells.push((row, vec![(due, told)])),
                }
            }
        }
        lines.extend(cells.iter().map(|(row, when)| line(a, b, when, row)));
    }
    lines
}

fn line(a: State, b: State, when: &[When], cells: &[String]) -> String {
    let pair = format!("{} + {}", a.label, b.label);
    let all = |due: bool| {
        let told: Vec<&str> = when.iter().filter(|(d, _)| *d == due).map(|(_, t)| *t).collect();
        if told.len() == TOLD.into_iter().filter(|told| is_possible(a, b, told)).count() {
            "any".to_owned()
        } else {
            told.join(",")
        }
    };
    let (not_due, due) = (all(false), all(true));
    let when = match (not_due.as_str(), due.as_str()) {
        (a, b) if a == b => a.to_owned(),
        (a, "") => format!("{a} (not due)"),
        ("", b) => format!("{b} (due)"),
        (a, b) => format!("{a} (not due) {b} (due)"),
    };
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<23}")).collect();
    format!("{pair:<42}| {when:<32}| {}", cells.join("| ")).trim_end().to_owned()
}

/// The final actions.
fn decide(states: [State; 2], kind: &str, due: bool, told: &str) -> Vec<String> {
    let options = states.map(|state| {
        state.option.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect()
    });
    let mut row = Row {
        what: String::new(),
        kind: kind.to_owned(),
        targets: states.map(|state| state.word.to_owned()).to_vec(),
        plan: Vec::new(),
        step: String::new(),
        due,
        rotate: false,
        options: options.to_vec(),
        prefer: None,
        vaults: None,
        equal: None,
        fits: BTreeMap::new(),
        unreadable: None,
    };
    let (actions, step) = row.decide();
    if step != "compare" {
        return actions;
    }
    let (equal, fits) = compared(states, told);
    row.equal = Some(vec![equal]);
    let is_given = matches!(kind, "given" | "mixed");
    row.fits = fits.into_iter().filter(|_| is_given).map(|w| (w, "differs".to_owned())).collect();
    row.decide().0
}

/// Which versions are equal, and which ones differ from the declaration. What stands behind a changed
/// target is of generation 1.
fn compared(states: [State; 2], told: &str) -> (Vec<String>, Vec<String>) {
    let is_first = |index: usize| states[index].word == "ours 1";
    let mut ours = vec!["0 old".to_owned(), "1 old".to_owned()];
    ours.extend((0..2).filter(|&index| is_first(index)).map(|index| index.to_string()));
    let all = ["0", "1", "0 old", "1 old"].map(str::to_owned).to_vec();
    let (fitting, other) = match told {
        "same" => return (all, Vec::new()),
        "new" => return (all.clone(), all),
        "first" => (0, 1),
        _ => (1, 0),
    };
    let mut differ = if is_first(fitting) { Vec::new() } else { ours.clone() };
    differ.push(other.to_string());
    (ours, differ)
}

/// Two versions of one generation hold the same.
fn is_possible(a: State, b: State, told: &str) -> bool {
    a.word != b.word || !a.word.starts_with("ours") || matches!(told, "same" | "new")
}
