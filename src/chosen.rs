//! Which names the command line of `delete` chooses.

use std::collections::BTreeSet;

use crate::cli::DeleteArgs;
use crate::deletion::Deletion;
use crate::error::{Error, Result};
use crate::neutral;
use crate::orphans;
use crate::place::{self, Places};
use crate::plan::Rotate;
use crate::secretfile::Secretfile;
use crate::select;
use crate::vaults::Vaults;

/// What is to be removed.
pub struct Chosen {
    what: What,
    /// The vaults (hosts) that may be written; none: all.
    limit: Option<BTreeSet<String>>,
}

enum What {
    Entries {
        /// Indices into the file.
        secrets: Vec<usize>,
        /// Those that go although they are not ours.
        forced: Vec<String>,
    },
    Orphans,
}

impl Chosen {
    /// Checks the names against the file.
    pub fn of(file: &Secretfile, args: &DeleteArgs) -> Result<Self> {
        let limit = select::vaults(file, &args.work.vaults)?;
        if args.orphans {
            orphans::check_scope(file)?;
            return Ok(Self { what: What::Orphans, limit });
        }
        if let Some(name) = args.force.iter().find(|name| !args.names.contains(name)) {
            let what = format!("`--force {name}` forces what is not to be deleted");
            let help = format!("name it: secretzero delete {} …", neutral::word(name));
            return Err(Error::usage(what).help(help));
        }
        let secrets = select::secrets(file, &args.work.secrets, &Rotate::named(&args.names))?;
        Ok(Self { what: What::Entries { secrets, forced: args.force.clone() }, limit })
    }

    /// Finds the places; entries without a request.
    pub fn find<'a>(&self, deletion: &Deletion<'_>, vaults: &'a Vaults) -> Result<Places<'a>> {
        let (file, limit) = (deletion.file, self.limit.as_ref());
        match &self.what {
            What::Orphans => {
                Ok(orphans::find(file, vaults, limit, deletion.extent, deletion.parallel))
            }
            What::Entries { secrets, forced } => {
                let places = place::of_entries(file, vaults, secrets, limit, forced)?;
                Ok(Places { places, unread: Vec::new() })
            }
        }
    }
}
