//! The rules that need comparisons, and the final actions. Pure: values were compared elsewhere, and
//! only the outcomes come here.

use crate::comparisons::{Comparisons, Fit};
use crate::decision::{Action, Decision, Origin, Step, Subject, Write};
use crate::error::{Error, Kind};
use crate::observation::Standing;
use crate::plan::{Case, Groups, older, overwrites_drift};
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
        // A whole content before a single field.
        let field = |index: &usize| self.case.secret.targets[*index].field.is_some();
        let adopted = self.adopters.iter().copied().min_by_key(field);
        match (adopted, self.reference.clone()) {
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
        let older = self.groups.drifted.iter().filter_map(|&index| self.older(index));
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
            self.adopters = vec![winner];
        } else if !self.groups.ours.iter().any(is_preferred) {
            return;
        }
        let losers = self.groups.existing.drain(..).chain(self.groups.drifted.drain(..));
        let adopters = &self.adopters;
        self.groups.stale.extend(losers.filter(|index| !adopters.contains(index)));
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
        let is_adopted = self
            .adopters
            .first()
            .is_some_and(|&first| self.comparisons.agree(&current, &Subject::current(first)));
        if is_adopted {
            self.adopters.push(index);
        } else if self.is_right(&current) {
            self.tied.push(index);
        } else if overwrites_drift(target) {
            self.overwrite_drift(index);
        } else {
            let fit = self.comparisons.fit(&current);
            self.fail(index, changed_outside(target.to_string(), fit));
        }
    }

    /// Whether it holds what the newest generation does, or what the file declares.
    fn is_right(&self, subject: &Subject) -> bool {
        let reference = self.reference.as_ref().map(|(reference, _)| reference);
        self.is_declared(subject) || reference.is_some_and(|r| self.comparisons.agree(subject, r))
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
            let error = Error::new(
                Kind::Conflict,
                "somebody else wrote this version, and no version of ours can be read to put it back",
            );
            let help = "keep theirs with `on_drift: adopt`, or mint anew with `rotate`";
            self.fail(index, error.at(self.case.secret.targets[index].to_string()).help(help));
        }
    }

    fn adopt_beside_others(&mut self, index: usize) {
        let agrees = self.adopters.first().is_none_or(|&first| {
            self.comparisons.agree(&Subject::current(first), &Subject::current(index))
        });
        if agrees {
            self.adopters.push(index);
        } else {
            self.clash(&[self.adopters[0], index]);
        }
    }

    /// Rules 5 and 6.
    fn judge_existing(&mut self) {
        let existing = std::mem::take(&mut self.groups.existing);
        let anchor = self
            .adopters
            .first()
            .map(|&index| Subject::current(index))
            .or_else(|| self.reference.as_ref().map(|(subject, _)| subject.clone()));
        let fits = |&index: &usize| {
            let fit = self.comparisons.fit(&Subject::current(index));
            !fit.wrong_shape && !fit.given_differs
        };
        let first = existing.iter().copied().find(fits);
        for &index in &existing {
            let current = Subject::current(index);
            let fit = self.comparisons.fit(&current);
            let anchor = anchor.clone().or(first.map(Subject::current));
            let is_first = anchor.as_ref() == Some(&current);
            let agrees = is_first
                || self.is_declared(&current)
                || anchor.is_some_and(|anchor| self.comparisons.agree(&current, &anchor));
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

    /// Values that differ and of which none is known to be the right one.
    fn clash(&mut self, targets: &[usize]) {
        self.in_conflict = true;
        for &index in targets {
            let error = Error::new(
                Kind::Conflict,
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
        let what = if fit.wrong_shape {
            "it holds a value that is not ours and not a JSON object, as the template needs"
        } else {
            "it holds a value that is not ours and differs from the declared one"
        };
        let help = "make them equal, or replace it with `on_existing: overwrite` on the target";
        let at = self.case.secret.targets[index].to_string();
        self.fail(index, Error::new(Kind::Conflict, what).at(at).help(help));
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
        if !self.case.is_writable(source) {
            return self.wait();
        }
        let newest = self.reference.as_ref().map(|(_, state)| state.clone());
        let current = Subject::current(source);
        let put = self.all_but(&self.adopters);
        if self.comparisons.fit(&current).lacks || self.lacks_whole(&current, &put) {
            return self.fill_up(newest);
        }
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
        match other.cloned() {
            Some((source, state)) => self.carry_on(source, state),
            None => {
                let reason = blocked_by(self.case, failed.target);
                self.hold(&format!("nothing is copied {reason}"))
            }
        }
    }

    /// Makes a whole of what is adopted, over what was ours, and mints what it lacks.
    fn fill_up(&mut self, newest: Option<State>) -> Step {
        if let Some(reason) = &self.blocked {
            let reason = format!("it is not filled up {reason}");
            return self.hold(&reason);
        }
        // The clock of an adopted value starts anew.
        let rotated = whole_seconds(self.case.now);
        let newest = newest.map(|state| State { rotated, ..state });
        let ours = self.reference.clone();
        let mut base = ours.map_or_else(Vec::new, |(subject, state)| self.base(subject, &state));
        base.extend(self.adopters.iter().copied().map(Subject::current));
        self.make(base, false, newest, |_| Action::Update)
    }

    /// There is a generation of ours: rotate, update, or bring every target up to it.
    fn carry_on(&mut self, source: Subject, state: State) -> Step {
        self.due = self.case.due(&state);
        let known = self.known_of(&source);
        let fit = self.comparisons.fit(&known);
        let wants_rotation = self.rotates();
        // What blocks minting lets the given parts be updated.
        let rotates = wants_rotation && self.blocked.is_none();
        let updates =
            fit.given_differs || fit.lacks || (fit.has_extra && !state.definition.keeps_extra);
        let is_held_back = self.blocked.is_some() && fit.lacks;
        self.note_definition(&state, rotates);
        if let (true, Some(reason)) = (wants_rotation || fit.lacks, &self.blocked) {
            self.notices.push(format!("no new value is made {reason}"));
        }
        if rotates || (updates && !is_held_back) {
            if !self.case.is_writable(0) {
                return self.wait();
            }
            let needs_base = self.needs_base(rotates, &state);
            let base = if needs_base { self.base(known, &state) } else { Vec::new() };
            let action = move |_| {
                if rotates { Action::Rotate } else { Action::Update }
            };
            return self.make(base, rotates, Some(state), action);
        }
        self.copy(source, state)
    }

    /// A whole that was found equal tells more than a field that is stored alone.
    fn known_of(&self, source: &Subject) -> Subject {
        let field = |index: usize| self.case.secret.targets[index].field.as_ref();
        let whole = self.tied.iter().copied().find(|&index| field(index).is_none());
        let whole = whole.filter(|_| field(source.target).is_some());
        whole.map_or_else(|| source.clone(), Subject::current)
    }

    fn rotates(&mut self) -> bool {
        let is_due = self.due.is_some_and(|due| due <= self.case.now) && !self.case.secret.one_time;
        if is_due && !self.case.secret.is_minted() {
            self.notices.push("due: only its owner can supply a new value".to_owned());
        }
        self.case.secret.is_minted() && (is_due || self.case.is_named())
    }

    fn note_definition(&mut self, state: &State, rotates: bool) {
        if !rotates && Definition::of(self.case.secret).differs_from(&state.definition) {
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
            match wanted::properties(self.case, index, state, Some(current)) {
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

    /// All that is known of the newest generation; a field that is stored alone lies over an older whole.
    fn base(&self, source: Subject, state: &State) -> Vec<Subject> {
        let is_whole = |&index: &usize| self.case.secret.targets[index].field.is_none();
        if is_whole(&source.target) {
            return vec![source];
        }
        let own = |index: &usize| self.case.seen[*index].ours().map(|own| &own.generation);
        let ours = || self.groups.ours.iter().copied();
        let older = self.references.iter().map(|(subject, state)| (subject.clone(), state));
        let current = ours()
            .filter_map(|index| Some((Subject::current(index), self.case.seen[index].ours()?)));
        let wholes = current.chain(older).filter(|(subject, _)| is_whole(&subject.target));
        let whole = wholes.max_by(|a, b| a.1.generation.cmp(&b.1.generation));
        let fields = ours().filter(|index| own(index) == Some(&state.generation));
        let others = fields.filter(|index| *index != source.target && !is_whole(index));
        let mut base: Vec<Subject> = whole.into_iter().map(|(subject, _)| subject).collect();
        base.push(source.clone());
        base.extend(others.map(Subject::current));
        base
    }

    /// Rule 7, all missing.
    fn create(&mut self) -> Step {
        if let Some(reason) = self.blocked.clone() {
            return self.hold(&format!("no value is made {reason}"));
        }
        if !self.case.is_writable(0) {
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
        missing.filter(|_| is_first)
    }

    fn fail_unsupplied(&mut self, names: &str) -> Step {
        let what = format!("its value is not supplied ({names}), and no target has one");
        let error = Error::usage(what)
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
    Error::new(Kind::Conflict, "somebody else wrote its current version, and its value is another")
        .at(at)
        .help(help)
}
