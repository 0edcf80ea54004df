//! Signed in, and not allowed.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{AccessDenied, Firewall, PrivateVault, Refused, SignIn};

/// Rights.
pub const FAMILY: Family = Family {
    id: "access-denied",
    title: "Access denied",
    about: "The vault knows who asks, and nothing grants what is asked for.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "`get was refused: 403 Forbidden/ForbiddenByRbac` (the vault has role assignments) or \
           `…/ForbiddenByPolicy` (it has access policies). The message names the caller by `appid` and \
           `oid`, and the action.",
    why: "Owner and Contributor manage a vault and may read no secret of it. Reader of the vault lists \
          and reads no value. A role on one secret does not list the vault. `recover` and `purge` are \
          rights of their own in access policies. A new assignment takes some minutes, and a token that \
          was given before it may not carry it.",
    mend: &[
        "See which of the two the vault has: `az keyvault show --name VAULT --query \
         properties.enableRbacAuthorization`.",
        "Roles: `az role assignment create --role \"Key Vault Secrets Officer\" --assignee CLIENT_ID \
         --scope $(az keyvault show --name VAULT --query id --output tsv)`. To plan, `Key Vault Reader` \
         is enough; to fetch, `Key Vault Secrets User`.",
        "Access policies: `az keyvault set-policy --name VAULT --spn CLIENT_ID --secret-permissions get \
         list set delete recover purge`. It replaces what the identity has: leave out only what none of its \
         jobs uses.",
        "The person who grants it needs Owner, User Access Administrator or Role Based Access Control \
         Administrator on the vault.",
    ],
    check: &[
        "`az role assignment list --all --assignee CLIENT_ID --output table` lists the role with the \
         vault's scope (with policies: `az keyvault show --name VAULT --query \
         properties.accessPolicies`).",
        "`secretzero status` reads no value and needs the right to list alone; then run again what failed.",
    ],
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        AccessDenied,
        "no role assignment or access policy grants it",
        "The identity that signed in lacks the right that the message names (list, get, set, delete, \
         recover, purge), on this vault or this secret; or it was granted a moment ago.",
        &[
            "Compare the message's `appid` with the identity that you meant: a job may have signed in as \
             another one.",
            "Grant the role or the permission that the message's help names, and wait some minutes.",
            "Check that no deny assignment and no condition on the role stands in the way: `az role \
             assignment list --all --assignee CLIENT_ID`.",
        ],
    )
    .see(&[Firewall, PrivateVault, SignIn])
    .service(&["ForbiddenByRbac", "ForbiddenByPolicy", "AccessDenied"]),
    Entry::new(
        Refused,
        "the service refused, and no code of its says why",
        "A 4xx that is neither of rights nor of the network: a policy of Azure, a request that something \
         between here and the vault has changed, or a reason that is new.",
        &[
            "Read the service's own sentence in the message.",
            "Give the request id to the vault's owner: the vault's diagnostic log (AuditEvent) has the \
             request under it.",
        ],
    )
    .see(&[AccessDenied])
    .service(&["Forbidden"]),
];
