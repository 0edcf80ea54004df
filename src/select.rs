//! Names on the command line, looked up in the Secretfile.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::plan::Rotate;
use crate::secretfile::Secretfile;

/// The secrets to work on, as indices: those of `-s`, those that are to be rotated, or all.
pub fn secrets(file: &Secretfile, named: &[String], rotate: &Rotate) -> Result<Vec<usize>> {
    let rotated: Vec<&String> = match rotate {
        Rotate::Named(names) => names.iter().collect(),
        _ => Vec::new(),
    };
    let known: Vec<&str> = file.secrets.iter().map(|secret| secret.name.as_str()).collect();
    if let Some(unknown) =
        named.iter().chain(rotated.iter().copied()).find(|name| !known.contains(&name.as_str()))
    {
        return Err(unknown_name("secret", unknown, &known).at(&file.path));
    }
    let is_selected = |name: &String| {
        (named.is_empty() || named.contains(name))
            && (rotated.is_empty() || rotated.contains(&name))
    };
    let all = file.secrets.iter().enumerate();
    let selected: Vec<usize> =
        all.filter(|(_, secret)| is_selected(&secret.name)).map(|(index, _)| index).collect();
    if selected.is_empty() && !rotated.is_empty() {
        return Err(Error::usage("no secret is named both by NAME and by `--secret`")
            .help("leave `--secret` out, which narrows the NAMEs"));
    }
    Ok(selected)
}

/// The hosts of `--vault`; none: every vault.
pub fn vaults(file: &Secretfile, named: &[String]) -> Result<Option<BTreeSet<String>>> {
    if named.is_empty() {
        return Ok(None);
    }
    named.iter().map(|name| host(file, name)).collect::<Result<_>>().map(Some)
}

/// The host of `--prefer`.
pub fn vault(file: &Secretfile, named: Option<&str>) -> Result<Option<String>> {
    named.map(|name| host(file, name)).transpose()
}

/// A vault may be named by its host, its URL or its own name.
fn host(file: &Secretfile, text: &str) -> Result<String> {
    let wanted = text.to_ascii_lowercase();
    let wanted = wanted.strip_prefix("https://").unwrap_or(&wanted).trim_end_matches('/');
    let all: BTreeSet<(&str, &str)> = file
        .secrets
        .iter()
        .flat_map(|secret| &secret.targets)
        .map(|target| (target.vault.name(), target.vault.host()))
        .collect();
    let found: Vec<&str> = all
        .iter()
        .filter(|(name, host)| wanted == *name || wanted == *host)
        .map(|(_, host)| *host)
        .collect();
    match found.as_slice() {
        [host] => Ok((*host).to_owned()),
        [] => {
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            Err(unknown_name("vault", text, &names).at(&file.path))
        }
        _ => Err(Error::usage(format!("`{text}` names vaults of several clouds"))
            .at(&file.path)
            .help(format!("write the host: {}", found.join(" or ")))),
    }
}

fn unknown_name(what: &str, text: &str, known: &[&str]) -> Error {
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, text), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3);
    let error = Error::of(ErrorCode::UnknownName, format!("the Secretfile has no {what} `{text}`"));
    match nearest {
        Some((_, name)) => error.help(format!("did you mean `{name}`?")),
        None => error.help(format!("it has: {}", known.join(", "))),
    }
}
