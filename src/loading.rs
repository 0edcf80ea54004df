//! The Secretfile that a command line names, with what fills it in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::FileArgs;
use crate::cloud::Cloud;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::input_file;
use crate::secretfile::{self, LoadOptions, Secretfile};
use crate::stop::Stop;

/// Reads and checks it; in a rehearsal nobody signs in, so that what a sign-in lacks is no mistake.
pub fn load(
    console: &Console<'_>,
    args: &FileArgs,
    rehearsal: bool,
) -> std::result::Result<Secretfile, Stop> {
    let path = args.file.display().to_string();
    let bytes = input_file::read(&args.file, secretfile::MAX_BYTES)?;
    let read = |file: &PathBuf| Ok((file.display().to_string(), input_file::read_text(file)?));
    let options = LoadOptions {
        var_files: args.var_file.iter().map(read).collect::<Result<_>>()?,
        vars: args.var.clone(),
        env: &console.env,
        custom_cloud: args.cloud_config.as_deref().map(cloud).transpose()?,
        partial: args.partial,
        rehearsal,
    };
    let mut file = secretfile::load(&path, &bytes, &options)?;
    for provider in &mut file.providers {
        args.identity.override_in(&mut provider.auth);
    }
    Ok(file)
}

fn cloud(path: &Path) -> Result<Arc<Cloud>> {
    let text = input_file::read_text(path)?;
    Cloud::custom(&text).map_err(|what| Error::usage(what).at(path.display().to_string()))
}
