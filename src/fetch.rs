//! Values for the next steps: all are fetched before the first is handed over.

use std::collections::BTreeSet;
use std::path::Path;

use crate::azure::Code;
use crate::ci::{Ci, Handover, Masks};
use crate::content::member;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::export::{Sink, Wanted};
use crate::neutral;
use crate::report::ErrorReport;
use crate::report::fetch::{Export, FetchReport};
use crate::secret::SecretValue;
use crate::secretfile::{Given, Part, Secret, Secretfile, Supply, Target};
use crate::value_file;
use crate::vaults::Vaults;
use crate::work;

/// What is needed to fetch.
pub struct Fetch<'a> {
    /// The Secretfile.
    pub file: &'a Secretfile,
    /// The clients.
    pub vaults: &'a Vaults,
    /// The vaults (hosts) that are read; none: all.
    pub only: Option<BTreeSet<String>>,
    /// How many values are fetched at once.
    pub parallel: usize,
}

/// A value, and where it was found.
pub struct Found {
    /// The value, or the field of it that was asked for.
    value: SecretValue,
    /// The vault and the name in it, for people.
    place: String,
}

/// Refuses what could not be handed over, before anything is fetched.
pub fn check(wanted: &[Wanted], ci: &dyn Ci) -> Result<()> {
    for one in wanted {
        match &one.sink {
            Sink::Environment(name) => ci.check_environment(name)?,
            Sink::Output(name) => ci.check_output(name)?,
            Sink::File(path) => value_file::check(path)?,
        }
    }
    Ok(())
}

impl Fetch<'_> {
    /// Every value, or why there is none; nothing where an optional one is not there.
    pub fn all(&self, wanted: &[Wanted]) -> Vec<Result<Option<Found>>> {
        work::each(wanted, self.parallel, |one| self.one(one))
    }

    /// The first target that has it counts: all targets of a secret are equal.
    fn one(&self, wanted: &Wanted) -> Result<Option<Found>> {
        let secret = &self.file.secrets[wanted.secret];
        let mut is_disabled = None;
        for target in self.targets(secret, wanted.field.as_deref()) {
            let vault = self.vaults.of(target)?;
            match vault.get(&target.name, wanted.version.as_ref()) {
                Ok(bundle) => {
                    let value = part(secret, target, wanted.field.as_deref(), bundle.value)?;
                    return Ok(Some(Found { value, place: target.to_string() }));
                }
                Err(failure) if failure.code == Code::NotFound => {}
                Err(failure) if failure.code == Code::Disabled => {
                    is_disabled = Some(failure.error);
                }
                Err(failure) => return Err(failure.error),
            }
        }
        match is_disabled {
            _ if wanted.is_optional => Ok(None),
            Some(error) => Err(error),
            None => Err(not_there(secret, wanted)),
        }
    }

    /// Those that hold the whole, then those that hold the field alone.
    fn targets<'s>(
        &self,
        secret: &'s Secret,
        field: Option<&str>,
    ) -> impl Iterator<Item = &'s Target> {
        let is_read = |target: &&Target| {
            self.only.as_ref().is_none_or(|only| only.contains(target.vault.host()))
        };
        let whole = secret.targets.iter().filter(|target| target.field.is_none());
        let alone = secret
            .targets
            .iter()
            .filter(|target| field.is_some() && target.field.as_deref() == field);
        whole.chain(alone).filter(is_read).collect::<Vec<_>>().into_iter()
    }
}

fn part(
    secret: &Secret,
    target: &Target,
    field: Option<&str>,
    value: SecretValue,
) -> Result<SecretValue> {
    match (field, &target.field) {
        (None, _) | (Some(_), Some(_)) => Ok(value),
        (Some(field), None) => member(&value, field).ok_or_else(|| {
            let what = format!("its value is no JSON object with a field `{field}`");
            Error::of(ErrorCode::NotAnObject, what)
                .at(format!("{} in {target}", secret.name))
                .help("leave the field out, or run `sync` first")
        }),
    }
}

fn not_there(secret: &Secret, wanted: &Wanted) -> Error {
    let what = match &wanted.version {
        Some(version) => format!("no vault has its version {version}"),
        None => "no vault has it".to_owned(),
    };
    let help = "run `sync` first, or write `?` before the `=` of its --export to pass it over";
    Error::of(ErrorCode::NotThere, what).at(&secret.name).help(help)
}

/// What is handed over, ready to be written.
#[derive(Default)]
pub struct Delivery<'a> {
    /// What must be hidden before anything is written.
    pub masks: Masks,
    /// New files.
    files: Vec<(&'a Path, &'a SecretValue)>,
    /// Variables and outputs.
    pub values: Handover,
}

impl<'a> Delivery<'a> {
    /// Prepares all; what a platform cannot carry is refused, and nothing is written.
    pub fn new(
        file: &Secretfile,
        wanted: &'a [Wanted],
        found: &'a [Option<Found>],
        ci: &dyn Ci,
    ) -> Result<Self> {
        let mut delivery = Self::default();
        let mut room = ci.most_variables();
        for (one, found) in wanted.iter().zip(found) {
            let Some(Found { value, .. }) = found else { continue };
            let secret = &file.secrets[one.secret];
            let literals = literals(secret);
            let is_literal = |text: &str| literals.iter().any(|literal| literal.expose() == text);
            if !is_literal(value.expose()) {
                delivery.masks.add(value, &is_literal);
            }
            let at = |error: Error| error.at(&secret.name);
            match &one.sink {
                Sink::Environment(name) => {
                    take_room(&mut room, value)?;
                    delivery.values.join(ci.environment(name, value).map_err(at)?);
                }
                Sink::Output(name) => delivery.values.join(ci.output(name, value).map_err(at)?),
                Sink::File(path) => delivery.files.push((path, value)),
            }
        }
        Ok(delivery)
    }

    /// Where files are about to be made.
    pub fn paths(&self) -> Vec<&Path> {
        self.files.iter().map(|(path, _)| *path).collect()
    }

    /// Writes the files, all or none; they get the owner of the folder `owner`. Returns what is odd about
    /// them.
    pub fn write_files(&self, owner: Option<&Path>) -> Result<Vec<String>> {
        let mut notices = Vec::new();
        for (index, (path, value)) in self.files.iter().enumerate() {
            let written = value_file::write(path, value, owner);
            notices.extend(written.inspect_err(|_| remove(&self.files[..index]))?);
        }
        Ok(notices)
    }

    /// Takes the files back where the rest could not be handed over.
    pub fn remove_files(&self) {
        remove(&self.files);
    }
}

/// Refuses variables with which no later step could be started. How long they are stays unsaid.
fn take_room(room: &mut Option<usize>, value: &SecretValue) -> Result<()> {
    let Some(left) = room else { return Ok(()) };
    *left = left.checked_sub(value.expose().len()).ok_or_else(|| {
        let what = "its variables are too long together, so that no later step could be started";
        Error::usage(what).help("write some to files: --export NAME=file:PATH")
    })?;
    Ok(())
}

/// What was made is of no use alone. One that cannot be removed is as its folder's error says.
fn remove(files: &[(&Path, &SecretValue)]) {
    files.iter().for_each(|(path, _)| drop(std::fs::remove_file(path)));
}

/// What the file says for all to read.
fn literals(secret: &Secret) -> Vec<SecretValue> {
    let given = secret.parts().filter_map(|part| match part {
        Part::Given(Given { supply: Supply::Supplied(value), is_literal: true }) => Some(value),
        _ => None,
    });
    given.map(|value| value.text.duplicate()).collect()
}

/// The account of it, without any value.
pub fn report(
    file: &Secretfile,
    rehearsal: bool,
    wanted: &[Wanted],
    found: &[Result<Option<Found>>],
) -> FetchReport {
    let exports = wanted.iter().zip(found).map(|(one, found)| {
        let name = crate::neutral::line(&file.secrets[one.secret].name);
        let (from, error) = match found {
            Ok(found) => (found.as_ref().map(|found| found.place.clone()), None),
            Err(error) => (None, Some(ErrorReport::from(error))),
        };
        Export {
            name,
            field: one.field.as_deref().map(crate::neutral::line),
            version: one.version.as_ref().map(ToString::to_string),
            to: one.sink.show(),
            from,
            error,
        }
    });
    let failed = found.iter().find_map(|found| found.as_ref().err());
    FetchReport {
        command: "fetch",
        rehearsal,
        file: neutral::line(&file.path),
        exports: exports.collect(),
        unhidden_lines: 0,
        notices: Vec::new(),
        exit_code: failed.map_or(0, |error| error.kind.exit_code()),
    }
}
