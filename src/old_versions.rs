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
    let help = "only a purge of the name (`delete`) or another `secret_name` lowers that";
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
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::env::Env;
    use crate::names::SecretName;
    use crate::secretfile::{LoadOptions, load};

    fn file() -> Secretfile {
        let env = Env::new(Vec::<(String, String)>::new());
        let options = LoadOptions {
            var_files: Vec::new(),
            vars: Vec::new(),
            env: &env,
            custom_cloud: None,
            partial: false,
            rehearsal: true,
        };
        let text = b"
providers: {azure: {kind: azure}}
secrets:
  - name: db
    kind: random_password
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://kv1.vault.azure.net'}}
";
        load("Secretfile.yml", text, &options).expect("a valid file")
    }

    /// A version made at this second, with a generation of ours of that other second.
    fn version(digit: char, created: i64, generation: Option<i64>) -> Properties {
        let time = |second| Timestamp::from_second(second).expect("a time");
        let tags = generation.map(|generation| {
            let (generation, born) = (time(generation), time(created));
            let state = format!("1;{generation}.00000000;{generation};{born};-");
            let tags = [("secretzero", "db".to_owned()), ("secretzero-state", state)];
            BTreeMap::from(tags.map(|(name, value)| (name.to_owned(), value)))
        });
        Properties {
            name: SecretName::admitted("db").expect("a name"),
            version: VersionId::new(&digit.to_string().repeat(32)),
            enabled: true,
            created: time(created),
            expires: None,
            not_before: None,
            recovery_level: None,
            recoverable_days: None,
            content_type: None,
            tags,
            managed: false,
        }
    }

    /// The first digits of the versions that are disabled after `written` was written.
    fn disabled(versions: &[Properties], written: char, keep: u32) -> String {
        let written = VersionId::new(&written.to_string().repeat(32)).expect("an id");
        let file = file();
        let surplus = surplus(&file, versions, &written, keep);
        surplus.iter().map(|id| &id.as_str()[..1]).collect()
    }

    #[test]
    fn what_is_kept_are_the_newest_and_the_written_one_counts() {
        let versions =
            [version('b', 20, Some(20)), version('a', 10, Some(10)), version('c', 30, Some(30))];
        assert_eq!(disabled(&versions, 'c', 3), "");
        assert_eq!(disabled(&versions, 'c', 2), "a");
        assert_eq!(disabled(&versions, 'c', 1), "ba");
    }

    #[test]
    fn what_is_not_ours_neither_counts_nor_is_disabled() {
        let versions =
            [version('a', 10, None), version('b', 20, Some(20)), version('c', 30, Some(30))];
        assert_eq!(disabled(&versions, 'c', 1), "b");
        let mut disabled_before = version('b', 20, Some(20));
        disabled_before.enabled = false;
        let versions = [version('a', 10, Some(10)), disabled_before, version('c', 30, Some(30))];
        assert_eq!(disabled(&versions, 'c', 2), "");
    }

    #[test]
    fn the_newest_generation_stays_readable_behind_a_late_writer_of_an_older_one() {
        let versions = [version('a', 20, Some(20)), version('b', 30, Some(10))];
        assert_eq!(disabled(&versions, 'b', 1), "");
    }

    #[test]
    fn what_may_be_current_stays_enabled() {
        let versions = [version('a', 30, Some(20)), version('b', 30, Some(30))];
        assert_eq!(disabled(&versions, 'b', 1), "", "made in the same second");
        let versions = [version('a', 20, Some(20)), version('b', 30, Some(10))];
        assert_eq!(disabled(&versions, 'a', 1), "", "somebody wrote after us");
    }

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
