//! Whose a value is, and which one is right.

use super::{Entry, Family};
use crate::error_code::ErrorCode::{
    CertificateOwned, ChangedMeanwhile, Conflict, Drift, ExistingValue, ForeignSecret, NotAnObject,
    PlanMoved, SecretDisabled, SecretNotFound, SoftDeleted, TooManyTags, ValuesDiffer,
};

/// Values and owners.
pub const FAMILY: Family = Family {
    id: "values",
    title: "Values and owners",
    about: "A value that is there is never overwritten by accident; who decides is you.",
    guide: None,
    entries: ENTRIES,
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        Drift,
        "somebody else wrote over our value",
        "The current version carries no tag of ours, or one that was copied from another version: a person, \
         a script or another tool wrote it after the last sync.",
        &[
            "Put ours back: `on_drift: overwrite` on the target.",
            "Keep theirs, in every vault: `on_drift: adopt`.",
            "Or make a new one everywhere: `secretzero rotate NAME`.",
            "See who it was: the vault's diagnostic log, operation SecretSet.",
        ],
    )
    .see(&[ChangedMeanwhile, ForeignSecret]),
    Entry::new(
        ValuesDiffer,
        "two vaults hold different values, and none is known to be right",
        "Both were there before this file owned them, so that no generation tells which is newer.",
        &[
            "Say which vault's value wins: `secretzero sync --prefer VAULT`.",
            "Or let one be replaced: `on_existing: overwrite` on its target.",
        ],
    )
    .see(&[ExistingValue]),
    Entry::new(
        ExistingValue,
        "a value was there already",
        "`on_existing` is `fail`, or the value that is there is another than the one that the file declares.",
        &[
            "Keep what is there: `on_existing: adopt`, and declare the same value.",
            "Or replace it: `on_existing: overwrite` on the target.",
        ],
    )
    .see(&[ValuesDiffer, Drift]),
    Entry::new(
        NotAnObject,
        "the value is no JSON object",
        "The entry is a template, or a field is asked for, and what the vault holds is something else.",
        &[
            "Put an object there, or let it be replaced: `on_existing: overwrite` or `on_drift: overwrite`.",
            "In `fetch`, leave the field out.",
        ],
    )
    .see(&[Drift]),
    Entry::new(
        ForeignSecret,
        "the secret belongs to another file or tool",
        "Its tags `ManagedBy` or `secretzero` name somebody else: another scope, or Terraform, say.",
        &[
            "Choose another `secret_name`.",
            "If this file owned it under another scope: `metadata: {formerly: [SCOPE]}`; `''` for none.",
            "If it is to be ours from now on: `take_over: true` on the target.",
        ],
    )
    .see(&[CertificateOwned]),
    Entry::new(
        CertificateOwned,
        "a certificate of the vault owns the name",
        "Key Vault keeps a certificate's key as a secret of the same name, which only the certificate writes.",
        &[
            "Choose another `secret_name`.",
            "Or delete the certificate: `az keyvault certificate delete --vault-name VAULT --name NAME`.",
        ],
    )
    .service(&["SecretManagedByKeyVault"]),
    Entry::new(
        SecretDisabled,
        "the current version is disabled",
        "A disabled version can be neither read nor compared, and is not replaced unless the file says so.",
        &[
            "Enable it: `az keyvault secret set-attributes --vault-name VAULT --name NAME --enabled true`.",
            "Or let the file decide: `enabled: true` on the target.",
        ],
    )
    .service(&["SecretDisabled"]),
    Entry::new(
        SecretNotFound,
        "the vault has no secret of that name",
        "It was never made, it is soft-deleted, or it is a version that is not there.",
        &[
            "`secretzero sync` makes it.",
            "See whether it is soft-deleted: `az keyvault secret show-deleted --vault-name VAULT --name NAME`.",
        ],
    )
    .see(&[SoftDeleted])
    .service(&["SecretNotFound"]),
    Entry::new(
        TooManyTags,
        "more tags than Key Vault takes",
        "A secret has 15 tags at most; ours and those that others put there are more together.",
        &[
            "Remove some of the others', which the message names: `az keyvault secret set-attributes \
             --vault-name VAULT --name NAME --tags KEPT=VALUE`.",
            "Or have fewer in `metadata` and `tags` of the Secretfile.",
        ],
    ),
    Entry::new(
        PlanMoved,
        "not what was planned for",
        "Between `plan` and `sync --plan-digest` a vault, the file or the options changed. Nothing was \
         written.",
        &["Plan again with the same options, look at it, and hand over its digest."],
    )
    .see(&[Drift]),
    Entry::new(
        ChangedMeanwhile,
        "it was changed between the look and the write",
        "Another run or a person wrote it in these seconds, more than once.",
        &["Run again; keep pipelines that write the same vault apart by a concurrency group."],
    )
    .see(&[Drift]),
    Entry::new(
        Conflict,
        "the vault's state stands against it",
        "Another operation on the same name is under way, or what is there cannot be combined with what the \
         file wants.",
        &["Run again; keep pipelines that write the same vault apart by a concurrency group."],
    )
    .see(&[ChangedMeanwhile])
    .service(&["Conflict"]),
];
