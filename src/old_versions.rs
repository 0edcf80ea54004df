//! The versions behind the one that was just written: `keep_versions`, and their number.

use crate::azure::Code;
use crate::azure::key_vault::{Changes, KeyVault, Properties};
use crate::names::VersionId;
use crate::observation::state_of_ours;
use crate::secretfile::{Secretfile, Target};

/// What was done about the older versions of one target.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// How many of ours were disabled.
    pub disabled: usize,
    /// What a reader should know; none of it makes the target fail.
    pub notices: Vec<String>,
}

/// Disables the versions of ours beyond `keep_versions`, and counts all versions. `written` is the
/// version that was written just now.
pub fn tidy(file: &Secretfile, vault: &KeyVault, target: &Target, written: &VersionId) -> Tidied {
    let keep = target.options.keep_versions;
    let versions = match vault.versions(&target.name) {
        Ok(versions) => versions,
        // Whoever may not look, and is not asked to, has nothing to say.
        Err(failure) if keep.is_none() && failure.code == Code::Rights => return Tidied::default(),
        Err(failure) => return Tidied::default().and(target, &not_looked_at(&failure.error.what)),
    };
    let tidied = match keep {
        Some(keep) => disable(vault, target, &surplus(file, &versions, written, keep)),
        None => Tidied::default(),
    };
    match crowded(versions.len()) {
        Some(notice) => tidied.and(target, &notice),
        None => tidied,
    }
}

/// What to say of a name that comes near to the number of versions beyond which no backup is made.
pub fn crowded(count: usize) -> Option<String> {
    let what = if count > BACKUP {
        format!("it has {count} versions, and a backup fails beyond {BACKUP}")
    } else {
        format!("it has {count} versions; beyond {BACKUP} a backup fails")
    };
    let help = "only a purge of the name or another `secret_name` lowers that";
    (count >= MANY).then(|| format!("{what}; {help}"))
}

/// Each by a PATCH of its own; after the first refusal the rest is left for the next write.
fn disable(vault: &KeyVault, target: &Target, surplus: &[&VersionId]) -> Tidied {
    let changes = Changes { enabled: Some(false), ..Changes::default() };
    let mut tidied = Tidied::default();
    for version in surplus {
        if let Err(failure) = vault.update(&target.name, version, &changes) {
            return tidied.and(target, &not_disabled(version, &failure.error.what));
        }
        tidied.disabled += 1;
    }
    tidied
}

/// Enabled versions of ours beyond the `keep` newest generations: never the written one, nor one that
/// is as new as the newest, which may be the current one.
fn surplus<'a>(
    file: &Secretfile,
    versions: &'a [Properties],
    written: &VersionId,
    keep: u32,
) -> Vec<&'a VersionId> {
    let newest = versions.iter().map(|version| version.created).max();
    let mut ours: Vec<_> = versions
        .iter()
        .filter(|version| version.enabled)
        .filter_map(|version| Some((state_of_ours(file, version)?.generation, version)))
        .collect();
    // A late writer's version is current and holds an older generation; the newest one must stay readable.
    ours.sort_by(|(a, left), (b, right)| (b, right.created).cmp(&(a, left.created)));
    ours.into_iter()
        .skip(usize::try_from(keep).unwrap_or(usize::MAX))
        .filter(|(_, version)| Some(version.created) < newest)
        .filter_map(|(_, version)| version.version.as_ref())
        .filter(|version| *version != written)
        .collect()
}

impl Tidied {
    fn and(mut self, target: &Target, notice: &str) -> Self {
        self.notices.push(format!("{target}: {notice}"));
        self
    }
}

fn not_looked_at(why: &str) -> String {
    format!("its older versions could not be listed after the write ({why})")
}

fn not_disabled(version: &VersionId, why: &str) -> String {
    format!("its older version {version} could not be disabled ({why}); the next write tries again")
}

/// A name with more versions is not backed up by the service.
const BACKUP: usize = 500;
/// From that many on the number is spoken of.
const MANY: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_versions_is_spoken_of_before_backups_fail() {
        assert_eq!(crowded(399), None);
        for (count, said) in
            [(400, "beyond 500 a backup fails"), (501, "a backup fails beyond 500")]
        {
            let notice = crowded(count).expect("a notice");
            assert!(notice.contains(said) && notice.contains("purge"), "{notice}");
        }
    }
}
