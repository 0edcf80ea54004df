//! How far a run is: one moving line on a terminal, a line per change elsewhere.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use crate::report::SecretReport;

/// Says on stderr what was done to a secret, as soon as it was.
pub struct Progress<'a> {
    out: Mutex<&'a mut (dyn Write + Send)>,
    form: Form,
    total: usize,
    count: Mutex<usize>,
    /// Said when all are done.
    last: String,
}

/// Where the lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Nothing is said.
    Quiet,
    /// One line that is written over and over.
    Terminal,
    /// A line per secret that changed or failed.
    Lines,
}

impl<'a> Progress<'a> {
    /// Progress over `total` secrets.
    pub fn new(out: &'a mut (dyn Write + Send), form: Form, total: usize) -> Self {
        let last = if form == Form::Terminal { "\r\x1b[K".to_owned() } else { String::new() };
        Self { out: Mutex::new(out), form, total, count: Mutex::new(0), last }
    }

    /// The lines are a folded part of a log: what begins it, and what ends it.
    #[must_use]
    pub fn folded(self, first: &str, last: String) -> Self {
        if self.form == Form::Lines {
            self.say(first);
            return Self { last, ..self };
        }
        self
    }

    /// One more secret is done.
    pub fn done(&self, secret: &SecretReport) {
        let count = {
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            *count
        };
        match self.form {
            Form::Quiet => {}
            Form::Terminal => self.say(&format!("\r\x1b[K{count}/{} {}", self.total, secret.name)),
            Form::Lines if secret.is_news() => self.say(&line(secret)),
            Form::Lines => {}
        }
    }

    /// Makes room for the report.
    pub fn finish(&self) {
        if !self.last.is_empty() {
            self.say(&self.last);
        }
    }

    /// Progress that cannot be said is no reason to fail.
    fn say(&self, text: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

fn line(secret: &SecretReport) -> String {
    let targets: Vec<String> = secret
        .targets
        .iter()
        .map(|target| {
            let vault = target.vault.split('.').next().unwrap_or(&target.vault);
            format!("{} {vault}/{}", target.action, target.name)
        })
        .collect();
    format!("{}: {}\n", secret.name, targets.join(", "))
}
