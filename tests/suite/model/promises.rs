//! What must hold after a run, whatever happened: a plain model of what may be overwritten.

use std::collections::BTreeSet;

use super::look::{Is, Picture, Seen, State};
use super::tale::{Entry, Kind, Seat};
use super::world::{Said, declared_value};

/// A broken promise.
pub type Kept = Result<(), String>;

/// One secret before and after a run.
pub struct Change<'a> {
    pub entry: &'a Entry,
    pub before: &'a [Seen],
    pub after: &'a [Seen],
    /// Unix seconds at the run's end.
    pub now: i64,
    /// The number of the declared value.
    pub declared: u32,
    /// Targets as the report has them.
    pub told: Vec<&'a serde_json::Value>,
}

/// One change per secret.
pub fn changes<'a>(
    tale: &'a super::tale::Tale,
    (before, after): (&'a Picture, &'a Picture),
    (now, declared): (i64, u32),
    said: &'a Said,
) -> Vec<Change<'a>> {
    let secrets = said.report["secrets"].as_array().expect("a list of secrets");
    let told = |secret: &'a serde_json::Value| {
        secret["targets"].as_array().expect("a list of targets").iter().collect()
    };
    tale.secrets
        .iter()
        .enumerate()
        .map(|(index, entry)| Change {
            entry,
            before: &before[index],
            after: &after[index],
            now,
            declared,
            told: told(&secrets[index]),
        })
        .collect()
}

impl Change<'_> {
    /// What holds after every run, also one that died.
    pub fn is_safe(&self) -> Kept {
        for target in 0..self.before.len() {
            self.keeps_history(target)?;
            self.keeps_others_tags(target)?;
            self.overwrites_by_a_rule(target)?;
            self.writes_for_a_reason(target)?;
        }
        self.makes_at_most_one_generation()?;
        self.those_that_are_right_are_equal()
    }

    /// What holds after a run in which nothing went wrong.
    pub fn is_done(&self) -> Kept {
        for (target, told) in self.told.iter().enumerate() {
            self.fails_for_a_reason(target, told)?;
        }
        let is_any_failed = (0..self.told.len()).any(|target| self.action(target) == "failed");
        if is_any_failed {
            return Ok(());
        }
        for target in 0..self.told.len() {
            let action = self.action(target);
            check(is_right(action), || {
                format!("target {target} is {action} although none failed")
            })?;
        }
        self.holds_the_right_value()
    }

    fn seat(&self, target: usize) -> &Seat {
        &self.entry.targets[target]
    }

    fn action(&self, target: usize) -> &str {
        self.told[target]["action"].as_str().unwrap_or_default()
    }

    fn may_purge(&self, target: usize) -> bool {
        let before = &self.before[target];
        before.is_deleted() && !before.is_foreign() && self.seat(target).on_soft_deleted == "purge"
    }

    /// What the run meets: what is to be purged counts as missing.
    fn is(&self, target: usize) -> Is {
        if self.may_purge(target) {
            return Is::Missing;
        }
        self.before[target].is(self.entry, target)
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        0..self.before.len()
    }

    /// No version that was there is gone or another, and what is sealed is as it was.
    fn keeps_history(&self, target: usize) -> Kept {
        if self.may_purge(target) {
            return Ok(());
        }
        let (before, after) = (&self.before[target], &self.after[target]);
        for (index, old) in before.versions.iter().enumerate() {
            let is_current = index + 1 == before.versions.len();
            let kept = after.versions.iter().find(|new| new.id == old.id);
            let is_kept = kept.is_some_and(|new| {
                new.value == old.value
                    && new.enabled == old.enabled
                    && (is_current || new.tags == old.tags)
            });
            check(is_kept, || format!("target {target} lost or changed version {index}"))?;
        }
        let is_let_be = self.is(target) == Is::Sealed
            || (before.is_deleted() && self.seat(target).on_soft_deleted == "fail");
        let is_same = before.versions == after.versions;
        check(!is_let_be || is_same, || format!("target {target} is not to be touched"))
    }

    fn keeps_others_tags(&self, target: usize) -> Kept {
        let (before, after) = (&self.before[target], &self.after[target]);
        let (Some(old), Some(new)) = (before.versions.last(), after.versions.last()) else {
            return Ok(());
        };
        let is_ours = |key: &str| key.starts_with("secretzero") || key == "ManagedBy";
        let is_kept = self.may_purge(target)
            || old.tags.iter().all(|(key, tag)| is_ours(key) || new.tags.get(key) == Some(tag));
        check(is_kept, || format!("target {target} lost a tag of somebody else"))
    }

    /// The newest generation that was seen, and what it holds.
    fn newest(&self) -> Option<(State, &str)> {
        // What stays deleted cannot be read.
        let is_gone = |target: &usize| {
            self.before[*target].is_deleted() && self.seat(*target).on_soft_deleted == "fail"
        };
        let there = self.all().filter(|target| !is_gone(target));
        let each = there.filter_map(|target| match self.is(target) {
            Is::Ours(state) => Some((state, self.before[target].value()?)),
            Is::Changed => self.before[target].older(),
            _ => None,
        });
        each.max_by(|a, b| a.0.generation.cmp(&b.0.generation))
    }

    fn is_due(&self) -> bool {
        let ninety_days = 90 * 86_400;
        self.entry.rotates
            && self.entry.kind.is_minted()
            && self.newest().is_some_and(|(s, _)| s.rotated.as_second() + ninety_days <= self.now)
    }

    fn adopts_a_change(&self) -> bool {
        self.all().any(|t| self.is(t) == Is::Changed && self.seat(t).on_drift == "adopt")
    }

    fn overwrites_by_a_rule(&self, target: usize) -> Kept {
        let (Some(old), Some(new)) = (self.before[target].value(), self.after[target].value())
        else {
            return Ok(());
        };
        if old == new || self.may_purge(target) {
            return Ok(());
        }
        let seat = self.seat(target);
        let newest = self.newest();
        let is_the_newest = newest.as_ref().is_some_and(|(_, value)| self.agree(old, value));
        let may = match self.is(target) {
            Is::Missing | Is::Sealed => false,
            Is::Existing => {
                seat.on_existing == "overwrite" || is_the_newest || self.is_filled_up(target)
            }
            Is::Changed => seat.on_drift != "fail" || is_the_newest || self.is_an_old_one(target),
            Is::Ours(state) => {
                let is_older = newest.is_some_and(|(n, _)| n.generation > state.generation);
                is_older
                    || self.is_due()
                    || self.adopts_a_change()
                    || self.keeps_its_password(target)
            }
        };
        check(may, || format!("target {target} lost {old:?} to {new:?}"))
    }

    /// Somebody put our own older value back.
    fn is_an_old_one(&self, target: usize) -> bool {
        let seen = &self.before[target];
        seen.older().is_some_and(|(_, value)| seen.value() == Some(value))
    }

    /// A template got a field that it lacked, or a given value that is another.
    fn is_filled_up(&self, target: usize) -> bool {
        let before = self.before[target].value().and_then(object);
        let after = self.after[target].value().and_then(object);
        let (Some(before), Some(after)) = (before, after) else { return false };
        before.iter().all(|(key, value)| after.get(key) == Some(value))
    }

    /// A given value is declared anew; what was minted stays.
    fn keeps_its_password(&self, target: usize) -> bool {
        let kind = self.entry.kind;
        let seat = self.seat(target);
        let [before, after] = [self.before, self.after].map(|all| all[target].value());
        if kind.is_template() && !seat.is_field {
            let password = |text: Option<&str>| object(text?)?.get("password").cloned();
            let was = password(before);
            return was.is_none() || was == password(after);
        }
        !kind.is_minted() && kind.is_supplied() && after == Some(&declared_value(self.declared))
    }

    /// A version is new only where the value is another, or an older generation was there.
    fn writes_for_a_reason(&self, target: usize) -> Kept {
        let (before, after) = (&self.before[target], &self.after[target]);
        let is_longer = after.versions.len() > before.versions.len();
        let is_same = before.value().is_some() && before.value() == after.value();
        if !is_longer || !is_same || self.may_purge(target) {
            return Ok(());
        }
        let is_behind = match self.is(target) {
            Is::Ours(state) => self.newest().is_some_and(|(n, _)| n.generation > state.generation),
            Is::Existing if self.seat(target).on_existing == "overwrite" => true,
            // Its value is written again with the others'.
            _ => self.is_due() || self.updates() || self.adopts_a_change(),
        };
        check(is_behind || self.updates(), || {
            format!("target {target} got a version for no reason")
        })
    }

    fn updates(&self) -> bool {
        self.entry.kind.is_supplied() || self.entry.kind.is_template()
    }

    fn makes_at_most_one_generation(&self) -> Kept {
        let all = |seen: &[Seen]| -> BTreeSet<String> {
            let versions = seen.iter().flat_map(|seen| &seen.versions);
            versions.filter_map(State::of).map(|state| state.generation).collect()
        };
        let before = all(self.before);
        let new: Vec<String> =
            all(self.after).into_iter().filter(|generation| !before.contains(generation)).collect();
        let has_value = self.all().any(|target| self.is(target) != Is::Missing);
        let has_news = self.all().any(|target| {
            matches!(self.is(target), Is::Existing | Is::Changed)
                || self.before[target].is_deleted()
        });
        let most = usize::from(!has_value || has_news || self.is_due() || self.updates());
        check(new.len() <= most, || {
            format!("{} new generations, at most {most}: {new:?}", new.len())
        })
    }

    /// Promise 3, for those that are said to be right.
    fn those_that_are_right_are_equal(&self) -> Kept {
        let right: Vec<usize> = self.all().filter(|&t| is_right(self.action(t))).collect();
        for pair in right.windows(2) {
            let (a, b) = (self.held(pair[0]), self.held(pair[1]));
            let is_same = matches!((&a, &b), (Some(a), Some(b)) if self.agree(a, b));
            check(is_same, || {
                format!("targets {} and {} are right and hold {a:?} and {b:?}", pair[0], pair[1])
            })?;
        }
        Ok(())
    }

    fn held(&self, target: usize) -> Option<&str> {
        self.after[target].value().filter(|_| self.after[target].is_live)
    }

    /// Whether two values are one content; a template's field alone is compared with the whole's.
    fn agree(&self, a: &str, b: &str) -> bool {
        if !self.entry.kind.is_template() {
            return a == b;
        }
        match (object(a), object(b)) {
            (Some(a), Some(b)) => a == b,
            (Some(whole), None) => whole.get("password").and_then(|p| p.as_str()) == Some(b),
            (None, Some(whole)) => whole.get("password").and_then(|p| p.as_str()) == Some(a),
            (None, None) => a == b,
        }
    }

    /// A failure is a conflict that a reader can see, and says the way out.
    fn fails_for_a_reason(&self, target: usize, told: &serde_json::Value) -> Kept {
        let action = self.action(target);
        let is_failed = action == "failed";
        check(!is_failed || told["error"]["help"].is_string(), || {
            format!("target {target} fails without a way out: {told}")
        })?;
        let seat = self.seat(target);
        let is_deleted = self.before[target].is_deleted();
        let (must, may) = match self.is(target) {
            _ if is_deleted && seat.on_soft_deleted == "fail" => (true, true),
            Is::Sealed => (true, true),
            Is::Existing if seat.on_existing == "fail" => (true, true),
            Is::Existing if seat.on_existing == "adopt" => (false, self.is_contradicted(target)),
            Is::Changed => (false, self.is_contradicted(target) || self.newest().is_none()),
            _ => (false, false),
        };
        check(is_failed || !must, || format!("target {target} should fail and is {action}"))?;
        // What nobody can supply again is not purged.
        let is_spared = self.may_purge(target)
            && matches!(self.entry.kind, Kind::NotSupplied | Kind::MixedNotSupplied);
        let may = may || is_spared || self.lacks_its_value();
        check(!is_failed || may, || format!("target {target} fails for no reason: {told}"))
    }

    /// Whether anything says that another value is the right one.
    fn is_contradicted(&self, target: usize) -> bool {
        let Some(own) = self.before[target].value() else { return false };
        let others = self.all().filter(|&t| self.is(t) != Is::Missing);
        let mut others = others.filter_map(|t| self.before[t].value());
        let declared = declared_value(self.declared);
        let host = |text: &str| object(text)?.get("host")?.as_str().map(str::to_owned);
        let kind = self.entry.kind;
        let is_whole = kind.is_template() && !self.seat(target).is_field;
        let is_declared = match () {
            () if is_whole && object(own).is_none() => false,
            () if !kind.is_supplied() => true,
            () if is_whole => host(own) == Some(declared),
            () => kind.is_template() || own == declared,
        };
        if kind == Kind::Given {
            return !is_declared;
        }
        let newest = self.newest();
        !is_declared
            || others.any(|other| !self.agree(own, other))
            || newest.is_some_and(|(_, value)| !self.agree(own, value))
    }

    /// Nobody supplied it, and no target has all of it that is to be kept.
    fn lacks_its_value(&self) -> bool {
        let is_kept = |target: usize| match self.is(target) {
            _ if self.seat(target).is_field => false,
            Is::Missing => false,
            Is::Existing => self.seat(target).on_existing != "overwrite",
            _ => true,
        };
        matches!(self.entry.kind, Kind::NotSupplied | Kind::MixedNotSupplied)
            && !self.all().any(is_kept)
    }

    /// The value that all targets agree on is one that a reader would expect.
    fn holds_the_right_value(&self) -> Kept {
        let Some(new) = self.held(0) else { return Err("nothing is there".to_owned()) };
        let kind = self.entry.kind;
        let declared = declared_value(self.declared);
        if kind.is_supplied() {
            let held = match object(new) {
                Some(object) => {
                    object.get("host").and_then(|host| host.as_str().map(str::to_owned))
                }
                None => Some(new.to_owned()),
            };
            check(held.as_ref() == Some(&declared), || format!("{new:?} is not as declared"))?;
        }
        if kind.is_supplied() && !kind.is_template() || self.adopts_a_change() {
            return Ok(());
        }
        let password = |text: &str| match object(text) {
            Some(object) => object.get("password").and_then(|p| p.as_str().map(str::to_owned)),
            None => Some(text.to_owned()),
        };
        let there = self.all().filter(|&t| self.is(t) != Is::Missing);
        let old: Vec<_> = there.filter_map(|t| password(self.before[t].value()?)).collect();
        let newest = self.newest().and_then(|(_, value)| password(value));
        let new = password(new);
        let is_expected = match (&new, &newest) {
            (Some(new), _) if self.is_due() => !old.contains(new),
            (Some(_), Some(_)) => new == newest,
            (Some(new), None) => old.contains(new) || self.may_be_new(),
            (None, _) => false,
        };
        check(is_expected, || format!("{new:?} is held, {newest:?} was the newest of {old:?}"))
    }

    /// Whether nothing that is to be kept is there.
    fn may_be_new(&self) -> bool {
        self.all().all(|target| match self.is(target) {
            Is::Missing => true,
            Is::Existing => {
                let lacks = self.entry.kind.is_template()
                    && self.before[target].value().is_none_or(|v| !v.contains("password"));
                self.seat(target).on_existing == "overwrite" || lacks
            }
            _ => false,
        })
    }
}

fn is_right(action: &str) -> bool {
    [
        "unchanged",
        "created",
        "copied",
        "repaired",
        "updated",
        "rotated",
        "adopted",
        "retagged",
        "recovered",
        "purged",
    ]
    .contains(&action)
}

fn object(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(text).ok()
}

fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(otherwise()) }
}
