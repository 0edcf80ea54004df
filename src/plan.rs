//! What to do for each target: the rules, in order. Pure.
//!
//! `plan` decides from the observations alone; where it cannot, it says what must be compared, and
//! [`crate::resolve`] decides with the comparisons.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::comparisons::Comparisons;
use crate::decision::{Action, Decision, Step, Subject};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::observation::{Observation, Standing};
use crate::resolve;
use crate::secretfile::{
    Content, Given, OnDrift, OnExisting, OnSoftDeleted, Part, Secret, Secretfile, Supply, Target,
};
use crate::state::{Definition, State, later};

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which secrets are rotated although they are not due.
    pub rotate: Rotate,
    /// The vault (host) whose value wins a conflict.
    pub prefer: Option<String>,
    /// The vaults (hosts) that may be written; none: all.
    pub vaults: Option<BTreeSet<String>>,
    /// Decide as if every given value were supplied and the same as in the vaults: what a plan's
    /// digest rests on.
    pub ignores_given: bool,
}

/// Which secrets are minted again although they are not due.
#[derive(Debug, Clone, Default)]
pub enum Rotate {
    /// None.
    #[default]
    Due,
    /// Every minted one.
    All,
    /// These.
    Named(BTreeSet<String>),
}

impl Rotate {
    /// These, by name.
    pub fn named(names: &[String]) -> Self {
        Self::Named(names.iter().cloned().collect())
    }
}

/// Everything that a decision about one secret rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The file.
    pub file: &'a Secretfile,
    /// The secret.
    pub secret: &'a Secret,
    /// One per target.
    pub seen: &'a [Observation],
    /// The command line.
    pub options: &'a Options,
    /// The service's time.
    pub now: Timestamp,
}

/// Decides from the observations alone.
pub fn plan(case: &Case<'_>) -> Decision {
    decide(case, None)
}

/// Decides; with `comparisons` for good.
pub fn decide(case: &Case<'_>, comparisons: Option<&Comparisons>) -> Decision {
    let groups = Groups::of(case);
    if let Some(error) = refuse_rotation(case) {
        let actions = vec![Action::Failed(error); case.seen.len()];
        return Decision { step: Step::Nothing, actions, notices: case.notices(), due: None };
    }
    if !groups.unsettled.is_empty() {
        return settle(case, groups);
    }
    let locked = locked(case, &groups);
    if !locked.is_empty() {
        return enable(case, &groups, locked);
    }
    let subjects = subjects(case, &groups);
    match comparisons {
        None if !subjects.is_empty() => compare(case, groups, subjects),
        None => resolve::resolve(case, groups, &Comparisons::default()),
        Some(comparisons) => resolve::resolve(case, groups, comparisons),
    }
}

/// A secret's targets by what can be done with them.
#[derive(Debug, Default)]
pub struct Groups {
    /// Ours, with a readable tag.
    pub ours: Vec<usize>,
    /// Changed outside, to be judged.
    pub drifted: Vec<usize>,
    /// Pre-existing, to be kept.
    pub existing: Vec<usize>,
    /// Pre-existing or changed outside, and to be overwritten.
    pub stale: Vec<usize>,
    /// Not there.
    pub missing: Vec<usize>,
    /// Soft-deleted and so on: to be settled first.
    pub unsettled: Vec<usize>,
    /// The same in vaults that this run may not write: another run settles them.
    pub elsewhere: Vec<usize>,
    /// Those that fail, with the reason.
    pub failed: Vec<(usize, Error)>,
}

impl Groups {
    fn of(case: &Case<'_>) -> Self {
        let mut groups = Self::default();
        for (index, seen) in case.seen.iter().enumerate() {
            groups.sort(case, index, &seen.standing);
        }
        groups
    }

    /// Rules 1, 2 and 4, and which of the others may be overwritten.
    fn sort(&mut self, case: &Case<'_>, index: usize, standing: &Standing) {
        let target = &case.secret.targets[index];
        let overridden = case.is_named() && case.secret.is_minted();
        match standing {
            Standing::Ours(_) => self.ours.push(index),
            Standing::Missing => self.missing.push(index),
            Standing::ChangedOutside(_) if overridden => self.stale.push(index),
            Standing::ChangedOutside(_) => self.drifted.push(index),
            Standing::PreExisting => match target.options.on_existing {
                OnExisting::Adopt => self.existing.push(index),
                OnExisting::Overwrite => self.stale.push(index),
                OnExisting::Fail => self.failed.push((index, already_there(target))),
            },
            Standing::SoftDeleted => match target.options.on_soft_deleted {
                OnSoftDeleted::Fail => self.failed.push((index, soft_deleted(target))),
                _ if !case.is_writable(index) => self.elsewhere.push(index),
                _ => self.unsettled.push(index),
            },
            Standing::Unknown(error) => self.failed.push((index, error.clone())),
            Standing::Managed => self.failed.push((index, managed(target))),
            Standing::Foreign(owner) => self.failed.push((index, foreign(target, owner))),
            Standing::Disabled => self.failed.push((index, disabled(target))),
        }
    }

    /// The target with the newest generation of ours; what can be read before what is disabled, and
    /// whole contents before single fields.
    pub fn newest(&self, case: &Case<'_>) -> Option<(usize, State)> {
        self.ours
            .iter()
            .filter_map(|&index| Some((index, case.seen[index].ours()?.clone())))
            .max_by(|(a, left), (b, right)| {
                let rank = |&index: &usize| {
                    (case.is_readable(index), case.secret.targets[index].field.is_none())
                };
                let by_age = left.generation.cmp(&right.generation);
                // `max_by` takes the last of equals; the first target is the better source.
                by_age.then(rank(a).cmp(&rank(b))).then(b.cmp(a))
            })
    }
}

impl<'a> Case<'a> {
    /// Whether this run may write the target.
    pub fn is_writable(&self, index: usize) -> bool {
        let host = self.secret.targets[index].vault.host();
        self.options.vaults.as_ref().is_none_or(|vaults| vaults.contains(host))
    }

    /// Whether a target's current version is enabled; of ours one may be kept disabled by the file.
    pub fn is_readable(&self, index: usize) -> bool {
        self.seen[index].current.as_ref().is_none_or(|current| current.enabled)
    }

    /// Whether the command line asks for a rotation.
    pub fn is_named(&self) -> bool {
        match &self.options.rotate {
            Rotate::Due => false,
            Rotate::All => self.secret.is_minted() && !self.secret.one_time,
            Rotate::Named(names) => names.contains(&self.secret.name),
        }
    }

    /// When a value of that age is due.
    pub fn due(&self, state: &State) -> Option<Timestamp> {
        let period = self.secret.rotation_period?;
        Some(later(state.rotated, period))
    }

    /// Actions for every target, to start from: what fails, what is left to others, and the rest.
    pub fn actions(&self, groups: &Groups) -> Vec<Action> {
        let mut actions = vec![Action::Unchanged; self.seen.len()];
        for (index, error) in &groups.failed {
            actions[*index] = Action::Failed(error.clone());
        }
        for &index in &groups.elsewhere {
            actions[index] = Action::Skipped;
        }
        actions
    }

    /// What was odd about the targets.
    pub fn notices(&self) -> Vec<String> {
        let odd = |(target, seen): (&Target, &Observation)| {
            seen.notice.as_ref().map(|notice| format!("{target}: {notice}"))
        };
        let odd = self.secret.targets.iter().zip(self.seen).filter_map(odd);
        odd.chain(self.ahead_of_time()).collect()
    }

    /// Generations that a wrong clock made; each one once.
    fn ahead_of_time(&self) -> Vec<String> {
        let generations = self.seen.iter().filter_map(|seen| Some(&seen.ours()?.generation));
        let ahead: BTreeSet<_> = generations.filter(|it| it.is_ahead_of(self.now)).collect();
        let say = |generation| {
            format!("its generation {generation} is from the future; a new one is put after it")
        };
        ahead.into_iter().map(say).collect()
    }
}

/// `rotate NAME` of what cannot be rotated.
fn refuse_rotation(case: &Case<'_>) -> Option<Error> {
    let error = if !case.is_named() {
        return None;
    } else if case.secret.one_time {
        Error::of(ErrorCode::NotRotatable, "it is `one_time` and cannot be rotated")
            .help("take `one_time` out of its entry first")
    } else if !case.secret.is_minted() {
        let what = "its value is given, so that only its owner can make a new one";
        Error::of(ErrorCode::NotRotatable, what).help("supply the new value and run `sync`")
    } else {
        return None;
    };
    Some(error.at(&case.secret.name))
}

/// Rule 4: recover or purge first; what the others need is decided afterwards.
fn settle(case: &Case<'_>, groups: Groups) -> Decision {
    let mut actions = case.actions(&groups);
    if let Some(names) = purges_the_last(case, &groups) {
        for &index in &groups.unsettled {
            actions[index] = Action::Failed(last_one(&case.secret.targets[index], names));
        }
        for &index in &groups.missing {
            actions[index] = Action::Held("nothing is there to be copied".to_owned());
        }
        return Decision { step: Step::Nothing, actions, notices: case.notices(), due: None };
    }
    for action in actions.iter_mut().filter(|action| matches!(action, Action::Unchanged)) {
        *action = Action::After;
    }
    for &index in &groups.unsettled {
        actions[index] = match case.secret.targets[index].options.on_soft_deleted {
            OnSoftDeleted::Purge => Action::Purge,
            _ => Action::Recover,
        };
    }
    for &index in &groups.ours {
        actions[index] = Action::Unchanged;
    }
    Decision { step: Step::Settle(groups.unsettled), actions, notices: case.notices(), due: None }
}

/// Versions of ours that the file wants enabled and that are not: they are read afterwards.
fn locked(case: &Case<'_>, groups: &Groups) -> Vec<usize> {
    let is_locked = |&index: &usize| {
        let wants = case.secret.targets[index].options.enabled == Some(true);
        wants && !case.is_readable(index) && case.is_writable(index)
    };
    groups.ours.iter().copied().filter(is_locked).collect()
}

/// Rule 10 before all others that read: what the others need is decided afterwards.
fn enable(case: &Case<'_>, groups: &Groups, locked: Vec<usize>) -> Decision {
    let mut actions = case.actions(groups);
    let others = [&groups.existing, &groups.missing, &groups.stale, &groups.drifted];
    for &index in others.into_iter().flatten() {
        actions[index] = Action::Compare;
    }
    for &index in &locked {
        actions[index] = Action::Retag;
    }
    Decision { step: Step::Settle(locked), actions, notices: case.notices(), due: None }
}

/// What is not supplied, where only what is to be purged may still hold it.
fn purges_the_last<'a>(case: &Case<'a>, groups: &Groups) -> Option<&'a str> {
    let targets = &case.secret.targets;
    let is_purged = |&index: &usize| targets[index].options.on_soft_deleted == OnSoftDeleted::Purge;
    let holders = [&groups.ours, &groups.drifted, &groups.existing, &groups.stale];
    let mut deleted = groups.unsettled.iter().chain(&groups.elsewhere);
    let is_last = holders.iter().all(|held| held.is_empty()) && deleted.all(is_purged);
    let missing = case.secret.parts().find_map(|part| match part {
        Part::Given(Given { supply: Supply::Missing(names), .. }) => Some(names.as_str()),
        _ => None,
    });
    missing.filter(|_| is_last && !case.options.ignores_given)
}

fn compare(case: &Case<'_>, groups: Groups, subjects: Vec<Subject>) -> Decision {
    let mut actions = case.actions(&groups);
    for subject in &subjects {
        actions[subject.target] = Action::Compare;
    }
    for &index in groups.missing.iter().chain(&groups.stale).chain(&groups.drifted) {
        actions[index] = Action::Compare;
    }
    let due = groups.newest(case).and_then(|(_, state)| case.due(&state));
    Decision { step: Step::Compare(subjects), actions, notices: case.notices(), due }
}

/// The versions whose values decide.
fn subjects(case: &Case<'_>, groups: &Groups) -> Vec<Subject> {
    let newest = groups.newest(case);
    let in_doubt = groups.existing.len() + groups.drifted.len();
    let mut subjects: Vec<Subject> = Vec::new();
    let is_checked = newest.as_ref().is_some_and(|(_, state)| content_may_differ(case, state));
    let has_parts = matches!(case.secret.content, Content::Object(_)) || case.secret.is_given();
    let alone = newest.is_none() && in_doubt == 1 && groups.drifted.is_empty();
    if (in_doubt > 0 && (has_parts || !alone)) || is_checked {
        let holders = newest.iter().flat_map(|(index, state)| {
            holders(case, &groups.ours, &Subject::current(*index), state)
        });
        // Against a version that the file keeps disabled nothing is judged unless it must be.
        let holders = holders.filter(|held| in_doubt > 0 || case.is_readable(held.target));
        subjects.extend(holders);
        subjects.extend(groups.existing.iter().map(|&index| Subject::current(index)));
        subjects.extend(groups.drifted.iter().map(|&index| Subject::current(index)));
        subjects.extend(groups.drifted.iter().filter_map(|&index| older(case, index)));
    }
    subjects
}

/// The versions that make up a generation: `source` alone where it holds the whole content, else with
/// it every target of ours that holds a field of that generation.
pub fn holders(case: &Case<'_>, ours: &[usize], source: &Subject, state: &State) -> Vec<Subject> {
    let is_field = case.secret.targets[source.target].field.is_some();
    let same = ours.iter().copied().filter(|&index| {
        case.seen[index].ours().is_some_and(|own| own.generation == state.generation)
    });
    let others = same.map(Subject::current).filter(|other| is_field && other != source);
    std::iter::once(source.clone()).chain(others).collect()
}

/// Our last version behind one that somebody else wrote.
pub fn older(case: &Case<'_>, index: usize) -> Option<Subject> {
    match &case.seen[index].standing {
        Standing::ChangedOutside(Some((version, _))) => {
            Some(Subject { target: index, version: Some(version.clone()) })
        }
        _ => None,
    }
}

/// Whether a content of ours may be another than the file declares, so that it must be read: a given
/// value that is supplied, or a template whose fields changed.
pub fn content_may_differ(case: &Case<'_>, state: &State) -> bool {
    let is_supplied = |part: &Part| {
        !case.options.ignores_given
            && matches!(part, Part::Given(Given { supply: Supply::Supplied(_), .. }))
    };
    let changed = Definition::of(case.secret).differs_from(&state.definition);
    case.secret.parts().any(is_supplied)
        || (changed && matches!(case.secret.content, Content::Object(_)))
}

/// Whether drift of this target is answered with our value.
pub fn overwrites_drift(target: &Target) -> bool {
    target.options.on_drift == OnDrift::Overwrite
}

fn conflict(code: ErrorCode, target: &Target, what: &str, help: &str) -> Error {
    Error::of(code, what).at(target.to_string()).help(help)
}

fn already_there(target: &Target) -> Error {
    let what = "a value that is not ours is there, and `on_existing` is `fail`";
    conflict(
        ErrorCode::ExistingValue,
        target,
        what,
        "set `on_existing: adopt` to keep it, or `overwrite` to replace it",
    )
}

fn soft_deleted(target: &Target) -> Error {
    let what = "the name is soft-deleted";
    let help = "let a run that may write this vault recover it (`on_soft_deleted: recover`) or \
                purge it (`on_soft_deleted: purge`)";
    conflict(ErrorCode::SoftDeleted, target, what, help)
}

fn last_one(target: &Target, names: &str) -> Error {
    let what = format!("it is not purged, since its value is not supplied ({names}) anywhere else");
    conflict(
        ErrorCode::SoftDeleted,
        target,
        &what,
        "set the variable in this job once, or set `on_soft_deleted: recover`",
    )
}

fn managed(target: &Target) -> Error {
    let what = "a certificate of this vault owns the name";
    conflict(ErrorCode::CertificateOwned, target, what, "choose another `secret_name`")
}

fn foreign(target: &Target, owner: &str) -> Error {
    let what = format!("it belongs to {owner}");
    let help = "choose another `secret_name`; or, if this file owned it under another scope, name \
                that in `metadata.formerly` (`''` for none); or make it ours with `take_over: true` \
                on the target";
    conflict(ErrorCode::ForeignSecret, target, &what, help)
}

fn disabled(target: &Target) -> Error {
    let what = "its current version is disabled, so it is neither read nor replaced";
    let help = format!(
        "enable it: az keyvault secret set-attributes --vault-name {} --name {} --enabled true\n\
         or set `enabled` on the target",
        target.vault.name(),
        target.name
    );
    conflict(ErrorCode::SecretDisabled, target, what, &help)
}

#[cfg(test)]
mod tests {
    mod decisions;

    use std::collections::BTreeMap;

    use jiff::SignedDuration;
    use serde::Deserialize;

    use super::*;
    use crate::azure::key_vault::Properties;
    use crate::comparisons::{Fit, Reading};
    use crate::decision::Origin;
    use crate::error::Kind;
    use crate::generate::{Charset, Generator, RandomString};
    use crate::names::{SecretName, VaultUrl, VersionId};
    use crate::secret::SecretValue;
    use crate::secretfile::{Field, GivenValue, Place, TargetOptions};
    use crate::state::{Generation, MANAGED_BY, MANAGED_BY_TAG, OWNER_TAG, STATE_TAG};

    /// One row of `tests/cases/plan.yml`.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        what: String,
        kind: String,
        targets: Vec<String>,
        plan: Vec<String>,
        step: String,
        #[serde(default)]
        due: bool,
        #[serde(default)]
        rotate: bool,
        #[serde(default)]
        options: Vec<BTreeMap<String, String>>,
        prefer: Option<usize>,
        vaults: Option<Vec<usize>>,
        equal: Option<Vec<Vec<String>>>,
        #[serde(default)]
        fits: BTreeMap<String, String>,
        unreadable: Option<Vec<String>>,
    }

    #[test]
    fn every_row_of_the_decision_table_is_decided_as_written() {
        let text = include_str!("../tests/cases/plan.yml");
        let rows: Vec<Row> = serde_yaml::from_str(text).expect("the table is a list of rows");
        assert!(rows.len() >= 70, "the table has {} rows", rows.len());
        let wrong: Vec<String> = rows
            .iter()
            .map(|row| (row, row.decide(), (row.plan.clone(), row.step.clone())))
            .filter(|(_, decided, expected)| decided != expected)
            .map(|(row, decided, _)| format!("{}: {decided:?}", row.what))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    impl Row {
        fn decide(&self) -> (Vec<String>, String) {
            let file = self.file();
            let secret = &file.secrets[0];
            let seen: Vec<Observation> =
                self.targets.iter().map(|word| self.observation(secret, word)).collect();
            let host = |index: usize| secret.targets[index].vault.host().to_owned();
            let named = || Rotate::Named(BTreeSet::from(["db".to_owned()]));
            let options = Options {
                rotate: if self.rotate { named() } else { Rotate::Due },
                prefer: self.prefer.map(host),
                vaults: self.vaults.as_ref().map(|all| all.iter().map(|&i| host(i)).collect()),
                ignores_given: false,
            };
            let case =
                Case { file: &file, secret, seen: &seen, options: &options, now: second(NOW) };
            let compared = self.equal.is_some() || self.unreadable.is_some();
            let comparisons = self.comparisons(&case);
            let decision = decide(&case, compared.then_some(&comparisons));
            let actions = decision.actions.iter().map(|action| action.name().to_owned());
            (actions.collect(), step(&decision.step))
        }

        fn file(&self) -> Secretfile {
            let secret = Secret {
                name: "db".to_owned(),
                at: Place::default(),
                content: self.content(),
                rotation_period: Some(SignedDuration::from_hours(90 * 24)),
                one_time: self.kind == "once",
                targets: (0..self.targets.len()).map(|index| self.target(index)).collect(),
                not_ours: Vec::new(),
            };
            Secretfile {
                path: "Secretfile.yml".to_owned(),
                scope: None,
                formerly: Vec::new(),
                tags: BTreeMap::new(),
                providers: Vec::new(),
                secrets: vec![secret],
                notices: Vec::new(),
            }
        }

        fn content(&self) -> Content {
            let minted = || {
                let string = RandomString::new(32, Charset::Hex).expect("possible");
                Part::Minted(Generator::String(string))
            };
            let value = || GivenValue { text: SecretValue::new("x".into()), is_json: false };
            let given = |supply| Part::Given(Given { supply, is_literal: false });
            match self.kind.as_str() {
                "minted" | "once" => Content::Single(minted()),
                "given" => Content::Single(given(Supply::Supplied(value()))),
                "default" => Content::Single(given(Supply::Default(value()))),
                "unsupplied" => Content::Single(given(Supply::Missing("KEY".into()))),
                "mixed" => Content::Object(vec![
                    Field { name: "host".into(), part: given(Supply::Supplied(value())) },
                    Field { name: "password".into(), part: minted() },
                ]),
                other => panic!("{other} is no kind"),
            }
        }

        fn target(&self, index: usize) -> Target {
            let none = BTreeMap::new();
            let words = self.options.get(index).unwrap_or(&none);
            let word = |key: &str| words.get(key).map(String::as_str);
            let options = TargetOptions {
                on_existing: match word("on_existing") {
                    Some("fail") => OnExisting::Fail,
                    Some("overwrite") => OnExisting::Overwrite,
                    _ => OnExisting::Adopt,
                },
                on_drift: match word("on_drift") {
                    Some("adopt") => OnDrift::Adopt,
                    Some("overwrite") => OnDrift::Overwrite,
                    _ => OnDrift::Fail,
                },
                on_soft_deleted: match word("on_soft_deleted") {
                    Some("fail") => OnSoftDeleted::Fail,
                    Some("purge") => OnSoftDeleted::Purge,
                    _ => OnSoftDeleted::Recover,
                },
                enabled: word("enabled").map(|word| word == "true"),
                ..TargetOptions::default()
            };
            let url = format!("https://kv-{index}.vault.azure.net");
            Target {
                field: None,
                provider: 0,
                vault: VaultUrl::new(&url, None).expect("valid"),
                name: SecretName::strict("db").expect("valid"),
                options,
                at: Place::default(),
            }
        }

        fn observation(&self, secret: &Secret, word: &str) -> Observation {
            let (word, number) = word.split_once(' ').unwrap_or((word, "1"));
            let state = self.state(secret, number.parse().expect("a generation's number"));
            let version = VersionId::new(&"0".repeat(32)).expect("32 digits");
            let tags = BTreeMap::from([
                (MANAGED_BY_TAG.to_owned(), MANAGED_BY.to_owned()),
                (OWNER_TAG.to_owned(), "db".to_owned()),
                (STATE_TAG.to_owned(), state.to_string()),
            ]);
            let standing = match word {
                "missing" => Standing::Missing,
                "existing" => Standing::PreExisting,
                "ours" | "off" => Standing::Ours(state),
                "drifted" => Standing::ChangedOutside(Some((version, state))),
                "cloned" => Standing::ChangedOutside(None),
                "unknown" => Standing::Unknown(Error::new(Kind::Unreachable, "no answer")),
                "managed" => Standing::Managed,
                "foreign" => Standing::Foreign("terraform".to_owned()),
                "disabled" => Standing::Disabled,
                "deleted" => Standing::SoftDeleted,
                other => panic!("{other} is no state"),
            };
            let tags = matches!(standing, Standing::Ours(_)).then_some(tags);
            let current = Properties { enabled: word != "off", ..properties(tags) };
            Observation { standing, current: Some(current), notice: None, purge: None }
        }

        fn state(&self, secret: &Secret, number: i64) -> State {
            let age = if self.due { 100 * 86_400 } else { 1_000 };
            let made = second(NOW - age + number);
            State {
                generation: Generation::after(None, made, [0; 4]),
                rotated: made,
                born: made,
                definition: Definition::of(secret),
            }
        }

        fn comparisons(&self, case: &Case<'_>) -> Comparisons {
            let subjects = subjects(case, &Groups::of(case));
            let words: Vec<String> = subjects.iter().map(word).collect();
            let unreadable = |word: &String| self.unreadable.iter().flatten().any(|w| w == word);
            let readings = words.iter().map(|word| {
                if unreadable(word) {
                    Reading::Unreadable(Error::new(Kind::Refused, "no right to get"))
                } else {
                    Reading::Read(fit(self.fits.get(word).map(String::as_str)))
                }
            });
            let equal = |a: &String, b: &String| {
                let groups = self.equal.iter().flatten();
                a == b || groups.into_iter().any(|group| group.contains(a) && group.contains(b))
            };
            let agree = words.iter().map(|a| words.iter().map(|b| equal(a, b)).collect()).collect();
            let readings = readings.collect();
            Comparisons::new(subjects, readings, agree)
        }
    }

    fn fit(word: Option<&str>) -> Fit {
        Fit {
            wrong_shape: word == Some("shape"),
            given_differs: word == Some("differs"),
            lacks: word == Some("lacks"),
            has_extra: word == Some("extra"),
        }
    }

    fn properties(tags: Option<BTreeMap<String, String>>) -> Properties {
        Properties {
            name: SecretName::strict("db").expect("valid"),
            version: None,
            enabled: true,
            created: second(NOW),
            expires: None,
            not_before: None,
            recovery_level: None,
            recoverable_days: None,
            content_type: None,
            tags,
            managed: false,
        }
    }

    fn word(subject: &Subject) -> String {
        let old = if subject.version.is_some() { " old" } else { "" };
        format!("{}{old}", subject.target)
    }

    fn step(step: &Step) -> String {
        match step {
            Step::Nothing => "nothing".to_owned(),
            Step::Settle(_) => "settle".to_owned(),
            Step::Compare(_) => "compare".to_owned(),
            Step::Write(write) => match &write.origin {
                Origin::Kept => "keep".to_owned(),
                Origin::Made { remint, newest, .. } if *remint && newest.is_some() => {
                    "remake".to_owned()
                }
                Origin::Made { .. } => "make".to_owned(),
                Origin::Copied { source, .. } => format!("copy {}", word(source)),
                Origin::Adopted { source, .. } => format!("adopt {source}"),
            },
        }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    /// The service's time in every row.
    const NOW: i64 = 1_800_000_000;
}
