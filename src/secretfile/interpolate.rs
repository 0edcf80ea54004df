//! `{{ }}` and `${ }` inside scalars, evaluated after parsing: no value can change the file's
//! structure, and text from the environment is inserted as it is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::expression;
use super::node::{self, Body, Node, Scalar, Size};
use super::problem::Found;
use super::segments::{self, Segment};
use super::variables::ELSEWHERE;
use super::{Problem, suggest};
use crate::env::{Env, is_credential};
use flaw::{missing, not_defined, too_deep, too_long};

pub use flaw::Flaw;
pub use slots::{Holds, Slots};

mod flaw;
mod slots;

/// The longest text that one scalar may become, in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// The most text that all scalars of a file may become, in bytes.
const MAX_TEXT_IN_ALL: usize = 64 * 1024 * 1024;

/// How many values expressions may stand for, in all.
const MAX_NODES_IN_ALL: usize = 1_000_000;

/// How many different expressions are evaluated, beside plain `var.name`; each costs up to a
/// millisecond.
const MAX_EVALUATED: usize = 10_000;

/// After so many undefined names no near ones are looked for: a search costs time.
const MAX_SUGGESTIONS: usize = 200;

/// How long a chain of variables that use each other may be.
const MAX_CHAIN: usize = 16;

/// What a text is for: it decides what `${NAME}` may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Anything that is sent and printed: names that look like credentials are refused.
    Plain,
    /// A given value or a credential: a name without anything behind it is reported to the caller.
    Private,
}

/// A scalar after interpolation.
pub struct Filled {
    /// What it became; a whole expression may become a list or a map.
    pub body: Body,
    /// The names behind which there is nothing.
    pub missing: Vec<String>,
    /// Whether a default was taken.
    pub defaulted: bool,
}

/// Everything that interpolation draws on. Clones share it.
#[derive(Clone)]
pub struct Interpolator(Arc<Shared>);

/// See [`Interpolator`].
pub(super) struct Shared {
    /// The expression language.
    pub(super) jinja: minijinja::Environment<'static>,
    env: Env,
    /// The variables.
    pub(super) slots: Slots,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    memo: HashMap<usize, Memo>,
    expressions: HashMap<String, Result<Arc<Node>, Flaw>>,
    chain: Vec<usize>,
    /// How many lists and maps are being evaluated, each inside the one before.
    depth: usize,
    problems: Found,
    said: usize,
    suggested: usize,
    evaluated: usize,
    is_over: bool,
    spent: Size,
}

#[derive(Clone)]
enum Memo {
    Busy,
    Done(Arc<Node>),
    Failed,
}

impl Interpolator {
    /// Takes the merged variables and the environment.
    pub fn new(variables: Node, env: &Env) -> Self {
        Self(Arc::new(Shared {
            jinja: expression::environment(),
            env: env.clone(),
            slots: Slots::new(variables),
            state: Mutex::default(),
        }))
    }

    /// Evaluates every variable, used or not, and returns what is wrong with them.
    pub fn check_variables(&self) -> Found {
        for (id, holds) in self.0.slots.each() {
            if matches!(holds, Holds::Scalar(scalar) if !scalar.literal) {
                let _ = self.0.value_of(id);
            }
        }
        std::mem::take(&mut self.0.state().problems)
    }

    /// Fills one scalar in.
    pub fn fill(&self, scalar: &Scalar, purpose: Use) -> Result<Filled, Flaw> {
        self.0.fill(scalar, purpose)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(self: &Arc<Self>, scalar: &Scalar, purpose: Use) -> Result<Filled, Flaw> {
        if scalar.literal {
            return Ok(Filled::whole(Body::Scalar(scalar.clone())));
        }
        if let Some(source) = segments::whole_expression(&scalar.text)
            && !source.contains("${")
        {
            let node = self.expression(source).map_err(|flaw| hide(flaw, source, purpose))?;
            if node.depth() > node::MAX_DEPTH {
                return Err(too_deep());
            }
            self.spend(node.size())?;
            return Ok(Filled::whole(node.body.clone()));
        }
        if scalar.text.len() > MAX_TEXT {
            return Err(too_long());
        }
        let segments = segments::parse(&scalar.text)?;
        let mut text = Text::default();
        self.write(&segments, purpose, &mut text)?;
        if purpose == Use::Plain
            && let Some(name) = text.missing.first()
        {
            return Err(missing(name));
        }
        self.spend(Size { values: 0, text: text.text.len() })?;
        Ok(Filled {
            body: Body::Scalar(Scalar::literal(text.text, false)),
            missing: text.missing,
            defaulted: text.defaulted,
        })
    }

    fn write(
        self: &Arc<Self>,
        segments: &[Segment<'_>],
        purpose: Use,
        out: &mut Text,
    ) -> Result<(), Flaw> {
        for segment in segments {
            match segment {
                Segment::Text(text) => out.push(text)?,
                Segment::Expression(source) => {
                    let node = self
                        .expression(source)
                        .and_then(|node| single(&node, source).map(Cow::into_owned));
                    out.push(&node.map_err(|flaw| hide(flaw, source, purpose))?)?;
                }
                Segment::Variable { name, default } => {
                    match (self.named(name, purpose)?, default) {
                        (Some(text), None) => out.push(&text)?,
                        (Some(text), Some(_)) if !text.is_empty() => out.push(&text)?,
                        (_, Some(default)) => {
                            out.defaulted = true;
                            self.write(default, purpose, out)?;
                        }
                        (None, None) => out.missing.push((*name).to_owned()),
                    }
                }
            }
        }
        Ok(())
    }

    /// What stands behind `${NAME}`: a variable, else the environment.
    fn named(self: &Arc<Self>, name: &str, purpose: Use) -> Result<Option<Cow<'_, str>>, Flaw> {
        if let Some(id) = self.slots.child(0, name) {
            let node = self.tree(id)?;
            if !node.is_null() {
                return Ok(Some(Cow::Owned(single(&node, name)?.into_owned())));
            }
        }
        if purpose == Use::Plain && is_credential(name) {
            return Err(Flaw::Wrong(
                format!("`${{{name}}}` has a credential's name, and this text is sent and printed"),
                "only given values and `auth` may hold it; rename the variable if it is no \
                 credential"
                    .to_owned(),
            ));
        }
        Ok(self.env.get(name).map(Cow::Borrowed))
    }

    /// The value of an expression; each is evaluated once.
    fn expression(self: &Arc<Self>, source: &str) -> Result<Arc<Node>, Flaw> {
        let source = source.trim();
        if let Some(known) = self.state().expressions.get(source) {
            return known.clone();
        }
        let result = self.evaluate(source).map(Arc::new);
        let mut state = self.state();
        if state.chain.is_empty() {
            state.expressions.insert(source.to_owned(), result.clone());
        }
        result
    }

    fn evaluate(self: &Arc<Self>, source: &str) -> Result<Node, Flaw> {
        match path(source) {
            Some(names) => self.at_path(&names)?.ok_or_else(|| self.undefined(&names)),
            None => {
                self.count_evaluated()?;
                expression::evaluate(self, source)
            }
        }
    }

    fn count_evaluated(&self) -> Result<(), Flaw> {
        if self.state().is_over {
            return Err(self.said());
        }
        self.state().evaluated += 1;
        if self.state().evaluated <= MAX_EVALUATED {
            return Ok(());
        }
        self.over(
            format!("the file has more than {MAX_EVALUATED} different expressions"),
            "use plain variables, {{var.name}}, which are not counted",
        )
    }

    /// A bound of the whole file; what is said once is not said of all that follows.
    fn over(&self, what: String, help: &str) -> Result<(), Flaw> {
        if std::mem::replace(&mut self.state().is_over, true) {
            return Err(self.said());
        }
        Err(Flaw::Wrong(what, help.to_owned()))
    }

    fn at_path(self: &Arc<Self>, names: &[&str]) -> Result<Option<Node>, Flaw> {
        let mut id = 0;
        for (at, name) in names.iter().enumerate() {
            if matches!(self.slots.holds(id), Some(Holds::Scalar(_))) {
                let node = self.value_of(id)?;
                return Ok(inside(&node, &names[at..]).cloned());
            }
            match self.slots.child(id, name) {
                Some(child) => id = child,
                None => return Ok(None),
            }
        }
        self.tree(id).map(Some)
    }

    pub(super) fn undefined(&self, names: &[&str]) -> Flaw {
        let name = names.join(".");
        let mut id = 0;
        let mut before = String::from("var");
        for part in names {
            match self.slots.child(id, part) {
                Some(child) => {
                    id = child;
                    before = format!("{before}.{part}");
                }
                None => {
                    let near = suggest::nearest(part, self.candidates(id));
                    return not_defined(&name, near.map(|near| format!("{before}.{near}")));
                }
            }
        }
        not_defined(&name, None)
    }

    /// What an undefined name may be meant for.
    fn candidates(&self, id: usize) -> impl Iterator<Item = &str> {
        let mut state = self.state();
        state.suggested += 1;
        let order = match self.slots.holds(id) {
            Some(Holds::Map(order, _)) if state.suggested <= MAX_SUGGESTIONS => order.as_slice(),
            _ => &[],
        };
        order.iter().map(|(name, _)| name.as_str())
    }

    /// A slot with everything in it, evaluated.
    fn tree(self: &Arc<Self>, id: usize) -> Result<Node, Flaw> {
        if self.state().depth == node::MAX_DEPTH {
            return Err(too_deep());
        }
        self.state().depth += 1;
        let tree = self.tree_inside(id);
        self.state().depth -= 1;
        tree
    }

    fn tree_inside(self: &Arc<Self>, id: usize) -> Result<Node, Flaw> {
        let body = match self.slots.holds(id) {
            Some(Holds::List(items)) => {
                let items: Result<_, Flaw> = items.iter().map(|id| self.tree(*id)).collect();
                Body::List(items?)
            }
            Some(Holds::Map(order, _)) => {
                let entries: Result<_, Flaw> =
                    order.iter().map(|(name, id)| Ok(node::entry(name, self.tree(*id)?))).collect();
                Body::Map(entries?)
            }
            _ => {
                let node = self.value_of(id)?;
                self.spend(node.size())?;
                return Ok((*node).clone());
            }
        };
        self.spend(Size { values: 1, text: 0 })?;
        Ok(Node { at: ELSEWHERE, body })
    }

    /// A variable that is a scalar, evaluated once. Cycles end here.
    pub(super) fn value_of(self: &Arc<Self>, id: usize) -> Result<Arc<Node>, Flaw> {
        let Some(Holds::Scalar(scalar)) = self.slots.holds(id) else {
            return self.tree(id).map(Arc::new);
        };
        let memo = self.state().memo.get(&id).cloned();
        match memo {
            Some(Memo::Done(node)) => return Ok(node),
            Some(Memo::Failed) => return Err(self.said()),
            Some(Memo::Busy) => return Err(self.report(id, self.cycle(id))),
            None => {}
        }
        if self.state().chain.len() >= MAX_CHAIN {
            let what = format!("variables use each other over more than {MAX_CHAIN} steps");
            return Err(self.report(id, Flaw::Wrong(what, "use a shorter chain".to_owned())));
        }
        self.state().memo.insert(id, Memo::Busy);
        self.state().chain.push(id);
        let filled = self.fill(scalar, Use::Plain);
        self.state().chain.pop();
        match filled {
            Ok(filled) => {
                let node = Arc::new(Node { at: ELSEWHERE, body: filled.body });
                self.state().memo.insert(id, Memo::Done(node.clone()));
                Ok(node)
            }
            Err(flaw) => Err(self.report(id, flaw)),
        }
    }

    fn cycle(&self, id: usize) -> Flaw {
        let chain = self.state().chain.clone();
        let from = chain.iter().position(|other| *other == id).unwrap_or(0);
        let mut names: Vec<String> = chain[from..].iter().map(|id| self.slots.name(*id)).collect();
        names.push(self.slots.name(id));
        Flaw::Wrong(
            format!("the variable `{}` needs itself: {}", names[0], names.join(" → ")),
            "give one of them a value of its own".to_owned(),
        )
    }

    /// Reports what is wrong with a variable, once.
    fn report(&self, id: usize, flaw: Flaw) -> Flaw {
        let name = self.slots.name(id);
        let mut state = self.state();
        let already = matches!(state.memo.insert(id, Memo::Failed), Some(Memo::Failed));
        if let (Flaw::Wrong(what, help), Some(at), false) = (flaw, self.slots.at(id), already) {
            state.problems.push(if at == ELSEWHERE {
                Problem::of_file(format!("the variable `{name}`: {what}")).help(help)
            } else {
                Problem::new(at, what).help(help)
            });
        }
        drop(state);
        self.said()
    }

    /// How often a failure that was reported already was met.
    pub(super) fn times_said(&self) -> usize {
        self.state().said
    }

    fn said(&self) -> Flaw {
        self.state().said += 1;
        Flaw::Said
    }

    /// Counts what is copied, so that no file makes us work or hold without end.
    pub(super) fn spend(&self, size: Size) -> Result<(), Flaw> {
        let spent = self.state().spent.and(size);
        self.state().spent = spent;
        let (what, limit) = if spent.text > MAX_TEXT_IN_ALL {
            ("bytes of text", MAX_TEXT_IN_ALL)
        } else if spent.values > MAX_NODES_IN_ALL {
            ("values", MAX_NODES_IN_ALL)
        } else {
            return Ok(());
        };
        self.over(
            format!("the file's expressions make more than {limit} {what}, the most that is made"),
            "use shorter or fewer variables",
        )
    }
}

/// A text in the making.
#[derive(Default)]
struct Text {
    text: String,
    missing: Vec<String>,
    defaulted: bool,
}

impl Text {
    fn push(&mut self, text: &str) -> Result<(), Flaw> {
        if self.text.len() + text.len() > MAX_TEXT {
            return Err(too_long());
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl Filled {
    fn whole(body: Body) -> Self {
        Self { body, missing: Vec::new(), defaulted: false }
    }
}

/// The names of a plain `var.a.b`, without `var`; most expressions are that.
fn path(source: &str) -> Option<Vec<&str>> {
    let mut names = source.trim().split('.');
    let is_name = |name: &&str| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
    };
    if names.next() != Some("var") {
        return None;
    }
    let names: Vec<&str> = names.collect();
    (!names.is_empty() && names.iter().all(is_name)).then_some(names)
}

fn inside<'n>(node: &'n Node, names: &[&str]) -> Option<&'n Node> {
    names.iter().try_fold(node, |node, name| match &node.body {
        Body::Map(entries) => {
            entries.iter().find(|entry| entry.key.text == *name).map(|entry| &entry.value)
        }
        _ => None,
    })
}

/// The text of a value that stands in the middle of another text.
fn single<'n>(node: &'n Node, source: &str) -> Result<Cow<'n, str>, Flaw> {
    match &node.body {
        Body::Scalar(scalar) if !node.is_null() => Ok(Cow::Borrowed(&scalar.text)),
        _ => Err(Flaw::Wrong(
            format!(
                "`{}` is {}, which cannot be a part of a text",
                source.trim(),
                node.kind_name()
            ),
            "let it stand alone, or use an expression that makes a text of it".to_owned(),
        )),
    }
}

/// An expression in a private text may be a piece of that text, written by mistake.
fn hide(flaw: Flaw, source: &str, purpose: Use) -> Flaw {
    match flaw {
        Flaw::Wrong(..) if purpose == Use::Private && path(source).is_none() => Flaw::Wrong(
            "an expression in this value cannot be evaluated".to_owned(),
            "write {{var.name}}; literal braces are written {{ \"{{\" }}".to_owned(),
        ),
        flaw => flaw,
    }
}
