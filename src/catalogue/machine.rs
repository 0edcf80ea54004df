//! Arguments, local files, the CI system, and ourselves.

use super::{Entry, Family};
use crate::error_code::ErrorCode::{
    Bug, FileUnreadable, FileUnwritable, Handover, Lockfile, LockfileOutdated, NotRotatable,
    NotThere, RandomSource, UnknownName, Usage,
};

/// Everything on this machine.
pub const FAMILY: Family = Family {
    id: "machine",
    title: "Arguments, files and this machine",
    about: "What stands before the first request.",
    guide: None,
    entries: ENTRIES,
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        Usage,
        "an argument or an input is wrong",
        "It is not known, not of the form that it needs, or does not go together with another.",
        &["`secretzero COMMAND --help` lists the arguments; for the action, `action.yml` the inputs."],
    ),
    Entry::new(
        UnknownName,
        "there is no such name",
        "No secret, vault, version or code is called so.",
        &["Take the name that the message suggests. Secrets are named as their entries in the Secretfile."],
    ),
    Entry::new(
        FileUnreadable,
        "a file cannot be read",
        "It is not there, is a folder, is too large, is not UTF-8, or this user may not read it. A container \
         sees only what is mounted.",
        &["Check the path from the folder that the job runs in: `ls -l FILE`."],
    )
    .see(&[FileUnwritable]),
    Entry::new(
        FileUnwritable,
        "a file or a stream cannot be written",
        "Its folder is not there or not writable, the disk is full, or something stands under its name, which \
         is never written over.",
        &["Make the folder first, remove what is there, or choose another name."],
    )
    .see(&[FileUnreadable, Handover]),
    Entry::new(
        Handover,
        "the CI system cannot take it",
        "The system has no safe way for this value or name (several lines, a secret in a job's output), or \
         the step lacks the files by which it is told.",
        &[
            "Do what the message says; a file is always possible: `--export NAME=file:PATH`.",
            "In a container, pass the command files on; outside of CI say `--ci plain`.",
        ],
    ),
    Entry::new(
        NotRotatable,
        "it cannot be rotated",
        "It is `one_time`, or its value is given, so that only its owner can make a new one.",
        &["Take `one_time` out, or supply the new value and run `secretzero sync`."],
    ),
    Entry::new(
        NotThere,
        "a value to hand over is in no vault",
        "It was not made yet, or the version is not there.",
        &["Run `secretzero sync` first; or let it be absent: `--export NAME?=env:X`."],
    ),
    Entry::new(
        Lockfile,
        "the lockfile makes no sense",
        "It is not the JSON that SecretZero (Python) writes: `version` 1, and under `secrets` for each name \
         `created_at`, `updated_at` and `last_rotated` as times.",
        &["Take the file as the last run of that tool left it, such as from version control."],
    )
    .see(&[LockfileOutdated]),
    Entry::new(
        LockfileOutdated,
        "the value is newer than the lockfile",
        "Somebody wrote the secret after the lockfile's last entry for it, so that its age says nothing of \
         this value. Nothing was changed.",
        &[
            "Take a newer lockfile, if there is one.",
            "Or let `secretzero sync` adopt the value, with an age from now.",
        ],
    )
    .see(&[Lockfile]),
    Entry::new(
        Bug,
        "a bug of ours",
        "A state was reached that our own code rules out.",
        &["Report it, with the message and what `--verbose --verbose` prints; no value is in either."],
    ),
    Entry::new(
        RandomSource,
        "the operating system gives no random numbers",
        "The process may not call getrandom(2), nor read /dev/urandom. Nothing was minted.",
        &["Let it: a sandbox's system-call filter is the usual reason."],
    ),
];
