//! What is no name of a secret.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{SecretName, SecretNotFound};

/// `secret_name`.
pub const FAMILY: Family = Family {
    id: "secret-name",
    title: "Secret name",
    about: "Key Vault takes letters, digits and hyphens, and nothing else.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "A line of the Secretfile with `has the character` and the character, usually `_` or `.`; or \
           `1 to 127 are allowed`; or `has two hyphens in a row`.",
    why: "Names in Key Vault have 1 to 127 letters, digits and hyphens, and are one regardless of case, so \
          that two entries for `DB` and `db` are a mistake, too. Names of environment variables do not \
          fit. Without `secret_name`, the entry's own name is taken, with `_`, `.` and blanks turned into \
          hyphens.",
    mend: &[
        "Write the name with hyphens: `secret_name: db-password`; or leave `secret_name` out.",
        "A name that the service takes and we warn of, such as `ConnectionStrings--Default` for .NET: \
         `strict_names: false` on the target.",
        "A secret cannot be renamed: the new name is made by `secretzero sync`, the old one goes by \
         `secretzero delete --orphans`.",
    ],
    check: &[
        "`secretzero validate` checks it without any network.",
        "`az keyvault secret list --vault-name VAULT --query \"[].name\" --output tsv` shows the names \
         that are there.",
    ],
};

const ENTRIES: &[Entry] = &[Entry::new(
    SecretName,
    "the name is none that Key Vault takes",
    "It has a character beside letters, digits and hyphens, is empty or too long, begins or ends with a \
     hyphen, or has two in a row.",
    &[
        "Write it with single hyphens: `db_password` becomes `db-password`.",
        "`strict_names: false` on the target takes all that the service takes.",
    ],
)
.see(&[SecretNotFound])
.service(&["BadParameter: The request URI contains an invalid name"])];
