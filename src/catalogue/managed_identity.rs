//! The identity of the machine that a job runs on.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{AccessDenied, ManagedIdentity, NoIdentity};

/// Managed identity.
pub const FAMILY: Family = Family {
    id: "managed-identity",
    title: "Managed identity",
    about: "The Azure host gives no token for an identity of its own.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "`the app's identity endpoint gave no token: 400`, `gave no token: 400: Identity not found`, or in \
           the list of ways to sign in that no managed identity is here.",
    why: "Only a host in Azure (a virtual machine, a scale set, App Service, Functions, Container Apps, a \
          node of AKS, a server of Azure Arc) has one, and only once it is assigned. With several \
          user-assigned identities the host cannot choose: `client_id` must. GitHub's and Azure's hosted \
          runners have none. A container of a job sees its host's only where the network lets it reach \
          169.254.169.254, or the variables IDENTITY_ENDPOINT and IDENTITY_HEADER are passed on.",
    mend: &[
        "Assign it: `az vm identity assign --name MACHINE --resource-group GROUP --identities IDENTITY`, `az \
         webapp identity assign --name APP --resource-group GROUP`, `az containerapp identity assign --name \
         APP --resource-group GROUP --user-assigned IDENTITY`.",
        "Name it: `auth: {kind: managed_identity, client_id: CLIENT_ID}`; the id is in `az identity show \
         --name IDENTITY --resource-group GROUP --query clientId`.",
        "Give it rights on the vault: to be assigned to a host grants none.",
        "On a hosted runner: use `auth.kind: oidc` instead, which a user-assigned identity can trust, too: \
         `az identity federated-credential create`.",
        "On AKS: `auth.kind: workload_identity`, with the pod's label and service account.",
    ],
    check: &[
        "On a virtual machine: `curl -sS -H Metadata:true \
         'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net' \
         -o /dev/null -w '%{http_code}'` says 200.",
        "`az vm identity show --name MACHINE --resource-group GROUP` lists it.",
    ],
};

const ENTRIES: &[Entry] = &[Entry::new(
    ManagedIdentity,
    "the host has no such identity, or gives no token for it",
    "None is assigned to this host, `client_id`, `object_id` or `resource_id` names another one, several are \
     assigned and none is named, or the host's endpoint cannot be reached or used from here.",
    &[
        "Assign the identity to the host, and wait a minute.",
        "Name it by `auth.client_id` where the host has more than one.",
        "On a machine that has none: choose another `auth.kind`.",
    ],
)
.see(&[NoIdentity, AccessDenied])];
