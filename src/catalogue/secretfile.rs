//! Mistakes in the Secretfile, each with its line and column.

use super::{Entry, Family};
use crate::error_code::ErrorCode::{
    NotSupplied, SecretName, Secretfile, SecretfileGenerator, SecretfileKey, SecretfileSignIn,
    SecretfileSyntax, SecretfileVariable, SignIn, VaultUrl,
};

/// The Secretfile.
pub const FAMILY: Family = Family {
    id: "secretfile-mistakes",
    title: "The Secretfile",
    about: "All mistakes are found at once, before anything is asked or written; `secretzero validate` shows \
            them without any network.",
    guide: None,
    entries: ENTRIES,
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        Secretfile,
        "something in the Secretfile is wrong",
        "A part is missing, stands twice, contradicts another, or is of another form than it must be.",
        &["Go to the line and column of the message, and do what it says."],
    )
    .see(&[VaultUrl, SecretName]),
    Entry::new(
        SecretfileSyntax,
        "it is not the YAML that a Secretfile is made of",
        "Indentation, quotes, a key that stands twice, a tab, bytes that are no UTF-8; or `{{` where it must \
         stand in quotes.",
        &["Quote texts that hold `: `, ` #`, `{`, `[` or begin with `@`, `*`, `&`, `!`, `%`."],
    ),
    Entry::new(
        SecretfileKey,
        "a key is not known",
        "It is misspelt, stands at another level, or is of another tool or version.",
        &["Take the key that the message suggests; keys of this tool stand in the reference."],
    ),
    Entry::new(
        SecretfileVariable,
        "a variable or an expression cannot be filled in",
        "`{{ var.NAME }}` is not defined, `${NAME}` has nothing behind it, variables use each other in a \
         circle, or a name that looks like a credential is used where its text would be printed.",
        &[
            "Define it under `variables`, by `--var NAME=VALUE` or `--var-file FILE`.",
            "Give the job the environment variable, or a default: `${NAME:-default}`.",
            "A literal `${` is written `$${`.",
        ],
    )
    .see(&[NotSupplied]),
    Entry::new(
        SecretfileSignIn,
        "`auth` is wrong",
        "Its kind is not known, an option belongs to another kind or stands twice, or holds something else \
         than its name says.",
        &["See the kinds and their options in the reference; `auth: {kind: default}` takes what the job has."],
    )
    .see(&[SignIn]),
    Entry::new(
        SecretfileGenerator,
        "a generator or a given value is wrong",
        "Its kind or options are not known or impossible, such as a length of 3 for four kinds of \
         characters; or a given value does not match its `validation`.",
        &["Go to the line of the message; it says what is possible. A value is never shown."],
    )
    .see(&[NotSupplied]),
    Entry::new(
        NotSupplied,
        "a given value is not supplied, and no vault has one",
        "The value is `${NAME}`, and this job has no such variable, or the CI system left it unexpanded.",
        &[
            "Give the job the variable once; the vaults keep the value, and later runs need none.",
            "Or give a default, which is used only to create: `${NAME:-default}`.",
        ],
    )
    .see(&[SecretfileVariable]),
];
