//! Names that are deleted and not gone.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{
    AccessDenied, CertificateOwned, NameBusy, NotRemovable, PurgeProtected, SoftDeleted, Throttled,
};

/// Soft delete and purge.
pub const FAMILY: Family = Family {
    id: "soft-delete",
    title: "Soft delete and purge",
    about: "A deleted secret keeps its name until its retention ends, or it is purged.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "`the name is soft-deleted`; `409 Conflict/ObjectIsDeletedButRecoverable`; `…/ObjectIsBeingDeleted` \
           or `…/ObjectIsBeingRecovered` for a while; `purge protection keeps it until` a date.",
    why: "Key Vault keeps what is deleted for 7 to 90 days. Until then the name can only be recovered or \
          purged, and each takes a right of its own. With purge protection nobody can purge. Deleting, \
          recovering and purging go on for some seconds, at times minutes, after their answer.",
    mend: &[
        "Bring it back, which is what `sync` does by default (`on_soft_deleted: recover`): `secretzero \
         recover NAME`, or `az keyvault secret recover --vault-name VAULT --name NAME`.",
        "Start anew with another value: `on_soft_deleted: purge` on the target, or `az keyvault secret \
         purge --vault-name VAULT --name NAME`.",
        "Grant the right that is missing: access policies know `recover` and `purge`; as a role, Key Vault \
         Secrets Officer has both.",
        "With purge protection: recover it, or choose another `secret_name`; nothing shortens the retention.",
    ],
    check: &[
        "`az keyvault secret list-deleted --vault-name VAULT --query \"[].{id:recoveryId, \
         until:scheduledPurgeDate}\" --output table`.",
        "`az keyvault show --name VAULT --query \"properties.{soft:enableSoftDelete, \
         protected:enablePurgeProtection, days:softDeleteRetentionInDays}\"`.",
        "`secretzero status` shows `soft-deleted until` the day of its purge.",
    ],
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        SoftDeleted,
        "the name is soft-deleted, and may not be settled here",
        "`on_soft_deleted` is `fail`, or this run may not write that vault, or purging would lose the last \
         value that anybody has.",
        &[
            "`on_soft_deleted: recover` on the target, then run again; or by hand `secretzero recover NAME`.",
            "To have a new value: `on_soft_deleted: purge`, and supply the value if it is a given one.",
        ],
    )
    .see(&[PurgeProtected, AccessDenied])
    .service(&["ObjectIsDeletedButRecoverable"]),
    Entry::new(
        PurgeProtected,
        "the vault lets nobody purge",
        "Purge protection is on; it cannot be turned off again, and keeps every deleted name to the end of \
         its retention.",
        &[
            "Recover the name: `on_soft_deleted: recover`, or `secretzero recover NAME`.",
            "Or choose another `secret_name`.",
        ],
    )
    .see(&[SoftDeleted]),
    Entry::new(
        NameBusy,
        "the name is being deleted, recovered or purged",
        "The service is not done yet; it was waited for as long as makes sense, and nothing was written.",
        &[
            "Run again in some minutes.",
            "If it stays for hours: another tool may delete it again and again; the vault's diagnostic log \
             names who.",
        ],
    )
    .see(&[SoftDeleted, Throttled])
    .service(&["ObjectIsBeingDeleted", "ObjectIsBeingRecovered"]),
    Entry::new(
        NotRemovable,
        "it is not removed, disabled or recovered",
        "It is not surely ours, it is the current version, there is no soft delete that could undo it, or \
         there is nothing to bring back.",
        &[
            "Let `secretzero sync` settle whose it is, then delete it.",
            "If you are sure: `--force NAME`, or by hand `az keyvault secret delete --vault-name VAULT \
             --name NAME`.",
        ],
    )
    .see(&[CertificateOwned]),
];
