//! The rules that need comparisons, and the final actions. Pure: values were compared elsewhere, and
//! only the outcomes come here.

use crate::comparisons::{Comparisons, Fit};
use crate::decision::{Action, Decision, Origin, Step, Subject, Write};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::observation::Standing;
use crate::plan::{Case, Groups, content_may_differ, holders, older, overwrites_drift};
use crate::secretfile::{Content, OnDrift, Part, Supply};
use crate::state::{Definition, State, whole_seconds};
use crate::wanted;

/// The final decision for a secret whose targets are settled.
pub fn resolve(case: &Case<'_>, groups: Groups, comparisons: &Comparisons) -> Decision {
    let actions = case.actions(&groups);
    let notices = case.notices();
    let blocked = groups.failed.first().map(|(index, _)| blocked_by(case, *index));
    let mut resolver = Resolver {
        case,
        groups,
        comparisons,
        actions,
        notices,
        blocked,
        tied: Vec::new(),
        adopters: Vec::new(),
        reference: None,
        references: Vec::new(),
        in_conflict: false,
        due: None,
    };
    let step = resolver.decide();
    resolver.finish(step)
}

struct Resolver<'a, 'c> {
    case: &'a Case<'c>,
    groups: Groups,
    comparisons: &'a Comparisons,
    actions: Vec<Action>,
    notices: Vec<String>,
    /// Why nothing may be minted.
    blocked: Option<String>,
    /// Not tagged as ours, but equal to the newest generation.
    tied: Vec<usize>,
    /// Not ours, and to become the newest generation.
    adopters: Vec<usize>,
    /// The newest generation of ours: a version that holds it, and its tag.
    reference: Option<(Subject, State)>,
    /// It and all others that are known, the best first.
    references: Vec<(Subject, State)>,
    in_conflict: bool,
    due: Option<jiff::Timestamp>,
}

impl Resolver<'_, '_> {
    fn decide(&mut self) -> Step {
        self.set_unreadable_aside();
        self.find_reference();
        self.prefer();
        self.judge_drifted();
        self.judge_existing();
        if self.in_conflict {
            return self.hold("nothing is written while its values are in conflict");
        }
        match (self.whole_first(&self.adopters), self.reference.clone()) {
            (Some(source), _) => self.adopt(source),
            (None, Some((source, state))) if self.has_failed(source.target) => {
                self.carry_on_beside(source, &state)
            }
            (None, Some((source, state))) => self.carry_on(source, state),
            (None, None) => self.create(),
        }
    }

    /// What could not be read can be neither judged nor used, and nothing is minted beside it. An
    /// older version of ours may be disabled; then it only cannot be put back.
    fn set_unreadable_aside(&mut self) {
        let current = self.comparisons.unreadable().filter(|(s, _)| s.version.is_none());
        for (target, error) in current.map(|(subject, error)| (subject.target, error)) {
            self.actions[target] = Action::Failed(error.clone());
            self.blocked = Some(blocked_by(self.case, target));
            for group in [&mut self.groups.existing, &mut self.groups.drifted] {
                for &index in group.iter().filter(|_| self.groups.ours.contains(&target)) {
                    self.actions[index] = Action::Failed(error.clone());
                }
                let ours_is_unreadable = self.groups.ours.contains(&target);
                group.retain(|&index| index != target && !ours_is_unreadable);
            }
        }
    }

    /// The newest of ours among current versions, and our older ones behind what somebody else wrote;
    /// of equals whole contents before single fields.
    fn find_reference(&mut self) {
        let current = self.groups.newest(self.case).map(|(i, state)| (Subject::current(i), state));
        // What `rotate` overrides is among the stale.
        let changed = self.groups.drifted.iter().chain(&self.groups.stale);
        let older = changed.filter_map(|&index| self.older(index));
        self.references = current.into_iter().chain(older).collect();
        let secret = self.case.secret;
        self.references.sort_by_key(|(subject, state)| {
            let is_whole = secret.targets[subject.target].field.is_none();
            std::cmp::Reverse((state.generation.clone(), is_whole))
        });
        self.reference = self.references.first().cloned();
    }

    /// Our last version behind one that somebody else wrote, if it can be read.
    fn older(&self, index: usize) -> Option<(Subject, State)> {
        let Standing::ChangedOutside(Some((_, state))) = &self.case.seen[index].standing else {
            return None;
        };
        let subject = older(self.case, index)?;
        let is_unreadable = self.comparisons.unreadable().any(|(other, _)| *other == subject);
        (!is_unreadable).then(|| (subject, state.clone()))
    }

    /// `--prefer VAULT`: its value wins, whatever the others hold.
    fn prefer(&mut self) {
        let Some(host) = &self.case.options.prefer else {
            return;
        };
        let is_preferred =
            |index: &usize| self.case.secret.targets[*index].vault.host() == host.as_str();
        let others = self.groups.existing.iter().chain(&self.groups.drifted);
        if let Some(winner) = others.copied().find(|index| is_preferred(index)) {
            let fit = self.comparisons.fit(&Subject::current(winner));
            if fit.wrong_shape || fit.given_differs {
                return self.refuse_preferred(winner, fit);
            }
            self.adopters = vec![winner];
        } else if !self.groups.ours.iter().any(is_preferred) {
            return;
        }
        let losers = self.groups.existing.drain(..).chain(self.groups.drifted.drain(..));
        let adopters = &self.adopters;
        self.groups.stale.extend(losers.filter(|index| !adopters.contains(index)));
    }

    /// No vault's value wins over the file's own.
    fn refuse_preferred(&mut self, winner: usize, fit: Fit) {
        let others = self.groups.existing.drain(..).chain(self.groups.drifted.drain(..));
        self.groups.stale.extend(others.filter(|&index| index != winner));
        self.clash_with_file(winner, fit);
    }

    /// Rule 3; first those whose value is taken over, since the others are compared with it.
    fn judge_drifted(&mut self) {
        let drifted = std::mem::take(&mut self.groups.drifted);
        let (taken, others): (Vec<usize>, Vec<usize>) =
            drifted.into_iter().partition(|&index| self.is_taken_over(index));
        taken.into_iter().for_each(|index| self.adopt_beside_others(index));
        others.into_iter().for_each(|index| self.judge_changed(index));
    }

    fn is_taken_over(&self, index: usize) -> bool {
        let current = Subject::current(index);
        let fit = self.comparisons.fit(&current);
        self.case.secret.targets[index].options.on_drift == OnDrift::Adopt
            && !self.is_right(&current)
            && !fit.given_differs
            && !fit.wrong_shape
    }

    fn judge_changed(&mut self, index: usize) {
        let current = Subject::current(index);
        let target = &self.case.secret.targets[index];
        let adopted: Vec<Subject> = self.adopters.iter().copied().map(Subject::current).collect();
        let fit = self.comparisons.fit(&current);
        let is_adopted = !adopted.is_empty() && self.agrees_with_all(&current, &adopted);
        if is_adopted && !fit.given_differs {
            self.adopters.push(index);
        } else if self.is_right(&current) {
            self.tied.push(index);
        } else if overwrites_drift(target) {
            self.overwrite_drift(index);
        } else {
            self.fail(index, changed_outside(target.to_string(), fit));
        }
    }

    /// Whether it holds what the newest generation does, or what the file declares.
    fn is_right(&self, subject: &Subject) -> bool {
        let held = self.held_by_us();
        self.is_declared(subject) || (!held.is_empty() && self.agrees_with_all(subject, &held))
    }

    /// Whether it holds all that the file declares and supplies: then it is right, whatever ours holds.
    fn is_declared(&self, subject: &Subject) -> bool {
        let is_whole = self.case.secret.targets[subject.target].field.is_none();
        is_whole && self.is_supplied() && self.comparisons.fit(subject) == Fit::default()
    }

    /// Whether the file supplies all of the value.
    fn is_supplied(&self) -> bool {
        self.case.secret.parts().all(|part| match part {
            Part::Given(given) => matches!(given.supply, Supply::Supplied(_)),
            Part::Minted(_) => false,
        })
    }

    /// Puts the newest generation back; it must be somewhere.
    fn overwrite_drift(&mut self, index: usize) {
        if self.reference.is_some() || self.is_supplied() {
            self.groups.stale.push(index);
        } else {
            let error = Error::of(
                ErrorCode::Drift,
                "somebody else wrote this version, and no version of ours can be read to put it back",
            );
            let help = "keep theirs with `on_drift: adopt`, or mint anew with `rotate`";
            self.fail(index, error.at(self.case.secret.targets[index].to_string()).help(help));
        }
    }

    fn adopt_beside_others(&mut self, index: usize) {
        let others: Vec<Subject> = self.adopters.iter().copied().map(Subject::current).collect();
        if self.agrees_with_all(&Subject::current(index), &others) {
            self.adopters.push(index);
        } else {
            self.clash(&[self.adopters[0], index]);
        }
    }

    /// Rules 5 and 6.
    fn judge_existing(&mut self) {
        let existing = std::mem::take(&mut self.groups.existing);
        let mut others: Vec<Subject> = match self.adopters.is_empty() {
            true => self.held_by_us(),
            false => self.adopters.iter().copied().map(Subject::current).collect(),
        };
        for &index in &existing {
            let current = Subject::current(index);
            let fit = self.comparisons.fit(&current);
            let agrees = self.is_declared(&current) || self.agrees_with_all(&current, &others);
            if !fit.wrong_shape && !fit.given_differs {
                others.push(current);
            }
            if fit.wrong_shape || fit.given_differs {
                self.clash_with_file(index, fit);
            } else if !agrees {
                self.clash(&existing);
            } else if self.reference.is_some() && self.adopters.is_empty() {
                self.tied.push(index);
            } else {
                self.adopters.push(index);
            }
        }
    }

    /// Whether a version contradicts none of the others.
    fn agrees_with_all(&self, subject: &Subject, others: &[Subject]) -> bool {
        others.iter().all(|other| self.comparisons.agree(subject, other))
    }

    /// Values that differ and of which none is known to be the right one.
    fn clash(&mut self, targets: &[usize]) {
        self.in_conflict = true;
        for &index in targets {
            let error = Error::of(
                ErrorCode::ValuesDiffer,
                "it holds another value than another target, and no generation of ours ties them",
            );
            let help = "say which value wins with `--prefer VAULT`, or let the other be replaced \
                        with `on_existing: overwrite` on its target";
            let at = self.case.secret.targets[index].to_string();
            self.fail(index, error.at(at).help(help));
        }
    }

    fn clash_with_file(&mut self, index: usize, fit: Fit) {
        self.in_conflict = true;
        let (code, what) = if fit.wrong_shape {
            let what =
                "it holds a value that is not ours and not a JSON object, as the template needs";
            (ErrorCode::NotAnObject, what)
        } else {
            let what = "it holds a value that is not ours and differs from the declared one";
            (ErrorCode::ExistingValue, what)
        };
        let help = "make them equal, or replace it with `on_existing: overwrite` on the target";
        let at = self.case.secret.targets[index].to_string();
        self.fail(index, Error::of(code, what).at(at).help(help));
    }

    fn has_failed(&self, index: usize) -> bool {
        matches!(self.actions[index], Action::Failed(_))
    }

    fn fail(&mut self, index: usize, error: Error) {
        self.actions[index] = Action::Failed(error);
        self.blocked.get_or_insert_with(|| blocked_by(self.case, index));
    }

    /// Makes somebody else's value a generation, and copies it.
    fn adopt(&mut self, source: usize) -> Step {
        if self.case.seen.iter().any(|seen| matches!(seen.standing, Standing::Unknown(_))) {
            return self.hold("nothing is adopted while a target is unknown");
        }
        if !self.case.is_writable(source) || !self.groups.elsewhere.is_empty() {
            return self.wait();
        }
        let put = self.all_but(&self.adopters);
        let current = Subject::current(source);
        if self.comparisons.fit(&current).lacks || self.lacks_whole(&current, &put) {
            return self.fill_up();
        }
        let newest = self.reference.as_ref().map(|(_, state)| state.clone());
        let adopters = std::mem::take(&mut self.adopters);
        for &index in &put {
            let is_missing = self.groups.missing.contains(&index);
            self.actions[index] = if is_missing { Action::Copy } else { Action::Repair };
        }
        for &index in &adopters {
            self.actions[index] = Action::Adopt;
        }
        let newest = newest.map(|state| state.generation);
        self.write(Origin::Adopted { source, newest }, put, adopters)
    }

    /// The newest generation stands behind a target that failed: it may be elsewhere, too.
    fn carry_on_beside(&mut self, failed: Subject, state: &State) -> Step {
        let others = self.references.iter().filter(|(_, own)| own.generation == state.generation);
        let mut others = others.filter(|(subject, _)| !self.has_failed(subject.target));
        let other = others.next();
        let step = match other.cloned() {
            Some((source, state)) => self.carry_on(source, state),
            None => {
                let reason = blocked_by(self.case, failed.target);
                self.hold(&format!("nothing is copied {reason}"))
            }
        };
        let is_unread = self.comparisons.unreadable().any(|(subject, _)| *subject == failed);
        if is_unread && content_may_differ(self.case, state) {
            self.hold_uncompared(failed.target);
        }
        step
    }

    /// Whether the others hold what the file declares would have been told by the value that was not read.
    fn hold_uncompared(&mut self, failed: usize) {
        let reason = blocked_by(self.case, failed);
        let is_unchanged = |action: &&mut Action| matches!(action, Action::Unchanged);
        for action in self.actions.iter_mut().filter(is_unchanged) {
            *action = Action::Held(format!("its value is not compared with the file {reason}"));
        }
    }

    /// Makes the whole content around what somebody else made of it.
    fn fill_up(&mut self) -> Step {
        if let Some(reason) = &self.blocked {
            let reason = format!("its other fields are not made {reason}");
            return self.hold(&reason);
        }
        if !self.case.is_writable(0) {
            return self.wait();
        }
        // The clock of an adopted value starts anew.
        let rotated = whole_seconds(self.case.now);
        let newest = self.reference.as_ref().map(|(_, state)| State { rotated, ..state.clone() });
        let ours = self.reference.clone();
        let mut base = ours.map_or_else(Vec::new, |(source, state)| self.base(source, &state));
        base.extend(self.adopters.iter().map(|&index| Subject::current(index)));
        self.make(base, false, newest, |_| Action::Update)
    }

    /// The versions that hold the newest generation of ours.
    fn held_by_us(&self) -> Vec<Subject> {
        self.reference.as_ref().map_or_else(Vec::new, |(source, state)| {
            holders(self.case, &self.groups.ours, source, state)
        })
    }

    /// The best source among targets: one that holds the whole content, else the first.
    fn whole_first(&self, targets: &[usize]) -> Option<usize> {
        let is_whole = |index: &usize| self.case.secret.targets[*index].field.is_none();
        targets.iter().copied().find(is_whole).or(targets.first().copied())
    }

    /// There is a generation of ours: rotate, update, or bring every target up to it.
    fn carry_on(&mut self, source: Subject, state: State) -> Step {
        self.due = self.case.due(&state);
        let held = self.known_of(&source, &state);
        let fit = self.comparisons.fit_of_all(&held);
        let wants_rotation = self.rotates();
        // What blocks minting lets the given parts be updated.
        let rotates = wants_rotation && self.blocked.is_none();
        // A value from before the entry became a template has none of its fields.
        let has_given = self.case.secret.parts().any(|part| matches!(part, Part::Given(_)));
        let lacks = fit.lacks || (fit.wrong_shape && has_given);
        let mints = wants_rotation || lacks;
        let updates =
            fit.given_differs || lacks || (fit.has_extra && !state.definition.keeps_extra);
        if !wants_rotation && !lacks && !fit.has_extra {
            self.note_definition(&state);
        }
        self.note_unread(&held, &state);
        if let (true, Some(reason)) = (mints, self.blocked.clone()) {
            let reason = format!("no new value is made {reason}");
            if self.case.is_named() && source.version.is_some() {
                return self.hold(&reason);
            }
            self.hold_overridden(&reason);
            self.notices.push(reason);
        }
        if rotates || (updates && !(lacks && self.blocked.is_some())) {
            if !self.case.is_writable(0) || (mints && !self.groups.elsewhere.is_empty()) {
                return self.wait();
            }
            let base = match self.needs_base(rotates, &state) {
                true => self.over_older_whole(held),
                false => Vec::new(),
            };
            let action = move |_| {
                if rotates { Action::Rotate } else { Action::Update }
            };
            return self.make(base, rotates, Some(state), action);
        }
        self.copy(source, state)
    }

    /// The versions that make up the newest generation; a whole that was found equal tells more than
    /// fields that are stored alone.
    fn known_of(&self, source: &Subject, state: &State) -> Vec<Subject> {
        let held = holders(self.case, &self.groups.ours, source, state);
        let is_whole = |index: &usize| self.case.secret.targets[*index].field.is_none();
        match self.tied.iter().copied().find(is_whole) {
            Some(whole) if !is_whole(&source.target) => vec![Subject::current(whole)],
            _ => held,
        }
    }

    /// What somebody else wrote gives way to a new value only.
    fn hold_overridden(&mut self, reason: &str) {
        let seen = self.case.seen;
        let is_changed =
            |index: &usize| matches!(seen[*index].standing, Standing::ChangedOutside(_));
        if !self.case.is_named() {
            return;
        }
        for index in self.groups.stale.extract_if(.., |index| is_changed(index)) {
            self.actions[index] = Action::Held(reason.to_owned());
        }
    }

    fn rotates(&mut self) -> bool {
        let is_due = self.due.is_some_and(|due| due <= self.case.now) && !self.case.secret.one_time;
        if is_due && !self.case.secret.is_minted() {
            self.notices.push("due: only its owner can supply a new value".to_owned());
        }
        self.case.secret.is_minted() && (is_due || self.case.is_named())
    }

    /// Versions that the file keeps disabled cannot be read.
    fn note_unread(&mut self, held: &[Subject], state: &State) {
        let is_read =
            |subject: &Subject| subject.version.is_some() || self.case.is_readable(subject.target);
        if !held.iter().any(is_read) && content_may_differ(self.case, state) {
            let notice = "its value is not compared with the file: every version of it is disabled";
            self.notices.push(notice.to_owned());
        }
    }

    /// A rotation and a change of fields apply it at once.
    fn note_definition(&mut self, state: &State) {
        let is_minted = self.case.secret.is_minted();
        if is_minted && Definition::of(self.case.secret).differs_from(&state.definition) {
            let notice = "its generator's options changed; they apply at the next rotation";
            self.notices.push(notice.to_owned());
        }
    }

    /// Whether a new generation takes anything over from the one before.
    fn needs_base(&self, rotates: bool, state: &State) -> bool {
        let Content::Object(fields) = &self.case.secret.content else {
            return false;
        };
        let is_made_anew = |part: &Part| match part {
            Part::Minted(_) => rotates,
            Part::Given(given) => matches!(given.supply, Supply::Supplied(_)),
        };
        state.definition.keeps_extra || !fields.iter().all(|field| is_made_anew(&field.part))
    }

    /// Rules 7 and 10.
    fn copy(&mut self, source: Subject, state: State) -> Step {
        let is_older = |&index: &usize| {
            self.case.seen[index].ours().is_some_and(|own| own.generation < state.generation)
        };
        let older: Vec<usize> = self.groups.ours.iter().copied().filter(is_older).collect();
        let put = self.ordered(&[&older, &self.groups.stale, &self.groups.missing]);
        if self.lacks_whole(&source, &put) {
            return self.rebuild(source, state);
        }
        for &index in &put {
            let is_missing = self.groups.missing.contains(&index);
            self.actions[index] = if is_missing { Action::Copy } else { Action::Repair };
        }
        let mut patch = std::mem::take(&mut self.tied);
        for &index in &patch {
            let existed = matches!(self.case.seen[index].standing, Standing::PreExisting);
            self.actions[index] = if existed { Action::Adopt } else { Action::Retag };
        }
        patch.extend(self.retagged(&put));
        let origin = match put.is_empty() && patch.iter().all(|i| self.groups.ours.contains(i)) {
            true => Origin::Kept,
            false => Origin::Copied { source, state },
        };
        self.write(origin, put, patch)
    }

    /// Ours, with properties that are not as wanted.
    fn retagged(&mut self, put: &[usize]) -> Vec<usize> {
        let ours = self.groups.ours.clone();
        let mut patch = Vec::new();
        for index in ours.into_iter().filter(|index| !put.contains(index)) {
            let seen = &self.case.seen[index];
            let (Some(state), Some(current)) = (seen.ours(), &seen.current) else {
                continue;
            };
            let wanted = wanted::properties(self.case, index, state, Some(current));
            if let Some(kept) = wanted.as_ref().ok().and_then(|w| wanted::kept(w, current)) {
                self.notices.push(format!("{}{kept}", self.case.secret.targets[index]));
            }
            match wanted {
                Ok(wanted) if wanted::difference(&wanted, current).is_some() => {
                    self.actions[index] = Action::Retag;
                    patch.push(index);
                }
                Ok(_) => {}
                Err(error) => self.actions[index] = Action::Failed(error),
            }
        }
        patch
    }

    /// Whether only single fields hold the newest generation, and a whole content is to be written.
    fn lacks_whole(&self, source: &Subject, put: &[usize]) -> bool {
        let field = |index: usize| self.case.secret.targets[index].field.as_ref();
        let held = field(source.target);
        held.is_some() && put.iter().any(|&index| field(index) != held)
    }

    /// Puts a template together again from the fields that are stored alone, over an older whole.
    fn rebuild(&mut self, source: Subject, state: State) -> Step {
        if let Some(reason) = &self.blocked {
            let reason = format!("it is not put together again {reason}");
            return self.hold(&reason);
        }
        if !self.case.is_writable(0) {
            return self.wait();
        }
        let base = self.base(source, &state);
        self.make(base, false, Some(state), |_| Action::Update)
    }

    /// All that is known of the newest generation.
    fn base(&self, source: Subject, state: &State) -> Vec<Subject> {
        self.over_older_whole(holders(self.case, &self.groups.ours, &source, state))
    }

    /// Lays fields that are stored alone over an older whole, so that nothing else is lost.
    fn over_older_whole(&self, held: Vec<Subject>) -> Vec<Subject> {
        let is_whole = |subject: &Subject| self.case.secret.targets[subject.target].field.is_none();
        if held.iter().any(is_whole) {
            return held;
        }
        let older = self.references.iter().map(|(subject, state)| (subject.clone(), state));
        let current =
            self.groups.ours.iter().filter_map(|&index| {
                Some((Subject::current(index), self.case.seen[index].ours()?))
            });
        let wholes = current.chain(older).filter(|(subject, _)| is_whole(subject));
        let whole = wholes.max_by(|a, b| a.1.generation.cmp(&b.1.generation));
        whole.map(|(subject, _)| subject).into_iter().chain(held).collect()
    }

    /// Rule 7, all missing.
    fn create(&mut self) -> Step {
        if let Some(reason) = self.blocked.clone() {
            return self.hold(&format!("no value is made {reason}"));
        }
        if !self.case.is_writable(0) || !self.groups.elsewhere.is_empty() {
            return self.wait();
        }
        let missing = self.groups.missing.clone();
        self.make(Vec::new(), true, None, move |index| {
            if missing.contains(&index) { Action::Create } else { Action::Update }
        })
    }

    /// A new generation for every target that does not fail.
    fn make(
        &mut self,
        base: Vec<Subject>,
        remint: bool,
        newest: Option<State>,
        action: impl Fn(usize) -> Action,
    ) -> Step {
        if let Some(names) = self.not_supplied(base.is_empty()) {
            return self.fail_unsupplied(&names);
        }
        let put = self.all_but(&[]);
        for &index in &put {
            self.actions[index] = action(index);
        }
        self.write(Origin::Made { base, remint, newest }, put, Vec::new())
    }

    /// What a first content lacks.
    fn not_supplied(&self, is_first: bool) -> Option<String> {
        let missing = self.case.secret.parts().find_map(|part| match part {
            Part::Given(given) => match &given.supply {
                Supply::Missing(names) => Some(names.clone()),
                _ => None,
            },
            Part::Minted(_) => None,
        });
        missing.filter(|_| is_first && !self.case.options.ignores_given)
    }

    fn fail_unsupplied(&mut self, names: &str) -> Step {
        let what = format!("its value is not supplied ({names}), and no target has one");
        let error = Error::of(ErrorCode::NotSupplied, what)
            .at(&self.case.secret.name)
            .help("set the variable in this job once; the vaults keep the value");
        for index in self.all_but(&[]) {
            self.actions[index] = Action::Failed(error.clone());
        }
        Step::Nothing
    }

    /// Every target that does not fail and is not in `others`, in the file's order.
    fn all_but(&self, others: &[usize]) -> Vec<usize> {
        let groups = &self.groups;
        let all = [&groups.ours, &groups.stale, &groups.missing, &self.tied, &self.adopters];
        self.ordered(&all).into_iter().filter(|index| !others.contains(index)).collect()
    }

    /// The groups' targets in the file's order, without those that failed on the way.
    fn ordered(&self, groups: &[&Vec<usize>]) -> Vec<usize> {
        let mut all: Vec<usize> = groups.iter().copied().flatten().copied().collect();
        all.retain(|&index| !self.has_failed(index));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Leaves out what this run may not write, and what its tags keep from being written.
    fn write(&mut self, origin: Origin, put: Vec<usize>, patch: Vec<usize>) -> Step {
        let put = self.permitted(put);
        let patch = self.permitted(patch);
        if put.is_empty() && patch.is_empty() {
            return Step::Nothing;
        }
        Step::Write(Write { origin, put, patch })
    }

    fn permitted(&mut self, targets: Vec<usize>) -> Vec<usize> {
        let (may, may_not): (Vec<usize>, Vec<usize>) =
            targets.into_iter().partition(|&index| self.case.is_writable(index));
        for index in may_not {
            self.actions[index] = Action::Skipped;
        }
        may
    }

    /// Another run makes the value; what this one may write waits for it.
    fn wait(&mut self) -> Step {
        for index in self.all_but(&[]) {
            let may = self.case.is_writable(index);
            self.actions[index] = if may { Action::Waiting } else { Action::Skipped };
        }
        Step::Nothing
    }

    /// Writes nothing; what is not as it should be says why.
    fn hold(&mut self, reason: &str) -> Step {
        let groups = &self.groups;
        let ours = groups.ours.iter().copied();
        let behind: Vec<usize> = ours.filter(|&index| self.is_behind(index)).collect();
        let all = [&groups.stale, &groups.missing, &self.tied, &self.adopters, &behind];
        for index in self.ordered(&all) {
            self.actions[index] = Action::Held(reason.to_owned());
        }
        Step::Nothing
    }

    /// Whether a target of ours is to get another value once nothing holds it any more.
    fn is_behind(&self, index: usize) -> bool {
        let newest = self.reference.as_ref().map(|(_, state)| &state.generation);
        let own = self.case.seen[index].ours().map(|state| &state.generation);
        !self.adopters.is_empty() || own < newest
    }

    fn finish(self, step: Step) -> Decision {
        Decision { step, actions: self.actions, notices: self.notices, due: self.due }
    }
}

fn blocked_by(case: &Case<'_>, index: usize) -> String {
    format!("while {} is not settled", case.secret.targets[index])
}

fn changed_outside(at: String, fit: Fit) -> Error {
    let help = if fit.wrong_shape {
        "put ours back with `on_drift: overwrite`; theirs is no JSON object, as the template needs"
    } else if fit.given_differs {
        "put the declared value back with `on_drift: overwrite`, or declare theirs"
    } else {
        "put ours back with `on_drift: overwrite`, keep theirs with `on_drift: adopt`, or mint anew \
         with `rotate`"
    };
    Error::of(ErrorCode::Drift, "somebody else wrote its current version, and its value is another")
        .at(at)
        .help(help)
}
