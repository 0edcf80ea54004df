//! What the service says instead of an answer. Texts that no recording shows are marked.

use std::net::IpAddr;

use serde_json::json;

use super::route::Name;
use crate::emulator::message::Reply;
use crate::emulator::vaults::secret::Phase;
use crate::emulator::vaults::{AccessModel, Action, Caller};

/// The region that every vault says it is in.
const REGION: &str = "westus2";

/// A reply that ends a request early.
pub struct Refusal(pub Reply);

impl Refusal {
    /// 400: a parameter, a name or a body that is not as it must be.
    pub fn bad_parameter(message: &str) -> Self {
        Self(Reply::error(400, "BadParameter", message, None))
    }

    /// 400; the text is not recorded.
    pub fn no_api_version() -> Self {
        Self::bad_parameter("The api-version query parameter is required.")
    }

    /// 400.
    pub fn unknown_api_version(text: &str, latest: &str) -> Self {
        Self::bad_parameter(&format!(
            "The specified version ({text}) is not recognized. Consider using the latest supported \
             version ({latest})."
        ))
    }

    /// 400.
    pub fn invalid_name(text: &str) -> Self {
        Self::bad_parameter(&format!("The request URI contains an invalid name: {text}"))
    }

    /// 400: too many tags, a text that is too long. The service does not say which.
    pub fn invalid_property() -> Self {
        Self::bad_parameter("Property  has invalid value\r\n")
    }

    /// 400.
    pub fn malformed_backup() -> Self {
        Self(Reply::error(400, "Malformed backup blob", "Backup blob is corrupt.", None))
    }

    /// 403, in the words of the model that grants rights.
    pub fn no_right(caller: &Caller, action: Action, host: &str, name: Option<&Name>) -> Self {
        let (inner, message) = match caller.rights.model() {
            AccessModel::Policy => ("ForbiddenByPolicy", policy_text(caller, action, host)),
            AccessModel::Rbac => ("ForbiddenByRbac", rbac_text(caller, action, host, name)),
        };
        Self::forbidden(&message, Some(inner))
    }

    /// 403: the address is none that the vault's firewall admits.
    pub fn by_firewall(caller: &Caller, address: IpAddr, host: &str) -> Self {
        let message = format!(
            "Client address is not authorized and caller is not a trusted service.\r\nClient address: \
             {address}\r\nCaller: {}\r\nVault: {};location={REGION}",
            identity(caller),
            vault(host)
        );
        Self::forbidden(&message, Some("ForbiddenByFirewall"))
    }

    /// 403: the vault has no public access.
    pub fn not_private(caller: &Caller, host: &str) -> Self {
        let message = format!(
            "Public network access is disabled and request is not from a trusted service nor via an \
             approved private link.\r\nCaller: {}\r\nVault: {};location={REGION}",
            identity(caller),
            vault(host)
        );
        Self::forbidden(&message, Some("ForbiddenByConnection"))
    }

    /// 403: the version may not be read.
    pub fn disabled() -> Self {
        let message = "Operation get is not allowed on a disabled secret.";
        Self::forbidden(message, Some("SecretDisabled"))
    }

    /// 403: a certificate owns the secret.
    pub fn managed(operation: &str) -> Self {
        let message = format!(
            "Operation \"{operation}\" is not allowed as this object's lifetime is managed by Key \
             Vault."
        );
        Self::forbidden(&message, Some("SecretManagedByKeyVault"))
    }

    /// 403: the vault does not let anybody purge.
    pub fn purge_protected(host: &str) -> Self {
        let message = format!(
            "Operation \"purge\" is not allowed because purge protection is enabled for this \
             vault. Key Vault service will automatically purge it after the retention period has \
             passed.\r\nVault: {};location={REGION}",
            vault(host)
        );
        Self::forbidden(&message, None)
    }

    /// 404: no living secret of that name, or `name/version`.
    pub fn not_found(name: &str) -> Self {
        let message = format!(
            "A secret with (name/id) {name} was not found in this key vault. If you recently \
             deleted this secret you may be able to recover it using the correct recovery command. \
             For help resolving this issue, please see \
             https://go.microsoft.com/fwlink/?linkid=2125182"
        );
        Self(Reply::error(404, "SecretNotFound", &message, None))
    }

    /// 404: no deleted secret of that name.
    pub fn deleted_not_found(name: &str) -> Self {
        let message = format!("Deleted Secret not found: {name}");
        Self(Reply::error(404, "SecretNotFound", &message, None))
    }

    /// 404; the text is not recorded.
    pub fn no_such_path() -> Self {
        Self(Reply::error(404, "NotFound", "The request URI is not recognized.", None))
    }

    /// 405.
    pub fn method_not_allowed(method: &str) -> Self {
        let message = format!("HTTP {method} not allowed");
        Self(Reply::error(405, "MethodNotAllowed", &message, None))
    }

    /// 409: the name cannot be written in this phase of its life. The text for a living name, over
    /// which nothing can be restored, is not recorded.
    pub fn taken(name: &str, phase: Phase) -> Self {
        let (state, inner) = match phase {
            Phase::Deleting | Phase::Purging => (
                "is currently being deleted and cannot be re-created; retry later",
                Some("ObjectIsBeingDeleted"),
            ),
            Phase::Deleted(_) => (
                "is currently in a deleted but recoverable state, and its name cannot be reused; \
                 in this state, the secret can only be recovered or purged",
                Some("ObjectIsDeletedButRecoverable"),
            ),
            Phase::Recovering => (
                "is currently being recovered and cannot be re-created; retry later",
                Some("ObjectIsBeingRecovered"),
            ),
            Phase::Live | Phase::Gone => ("already exists", None),
        };
        Self::conflict(&format!("Secret {name} {state}."), inner)
    }

    /// 409: a delete must end first.
    pub fn being_deleted() -> Self {
        Self::conflict("Secret is currently being deleted.", Some("ObjectIsBeingDeleted"))
    }

    /// 415, without the envelope of all others.
    pub fn unsupported_type(kind: Option<&str>) -> Self {
        let message = match kind {
            None => "The request contains an entity body but no Content-Type header. The inferred \
                     media type 'application/octet-stream' is not supported for this resource."
                .to_owned(),
            Some(kind) => format!(
                "The request entity's media type '{kind}' is not supported for this resource."
            ),
        };
        Self(Reply::json(415, &json!({ "Message": message })))
    }

    /// 500: the embedded vault itself failed, and nothing has changed. The text is ours.
    pub fn failed() -> Self {
        let message = "The embedded vault could not keep the change.";
        Self(Reply::error(500, "InternalServerError", message, None))
    }

    /// 403.
    fn forbidden(message: &str, inner: Option<&str>) -> Self {
        Self(Reply::error(403, "Forbidden", message, inner))
    }

    /// 409.
    fn conflict(message: &str, inner: Option<&str>) -> Self {
        Self(Reply::error(409, "Conflict", message, inner))
    }
}

/// What an access policy's refusal says.
fn policy_text(caller: &Caller, action: Action, host: &str) -> String {
    format!(
        "The user, group or application '{}' does not have secrets {} permission on key vault \
         '{};location={REGION}'. For help resolving this issue, please see \
         https://go.microsoft.com/fwlink/?linkid=2125287",
        identity(caller),
        action.permission(),
        vault(host)
    )
}

/// What the refusal says where no role grants the action.
fn rbac_text(caller: &Caller, action: Action, host: &str, name: Option<&Name>) -> String {
    let vault = vault(host);
    let secret = name.map_or_else(String::new, |name| format!("/secrets/{}", name.text()));
    format!(
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny \
         assignments or role definitions were changed recently, please observe propagation time.\
         \r\nCaller: {}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/{}'\r\nResource: \
         '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/emulator/providers/\
         microsoft.keyvault/vaults/{vault}{secret}'\r\nAssignment: (not found)\r\nDenyAssignmentId: \
         null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault};location={REGION}\r\n",
        identity(caller),
        action.data_action()
    )
}

/// The caller, as refusals name them.
fn identity(caller: &Caller) -> String {
    let Caller { app_id, object_id, tenant, .. } = caller;
    format!("appid={app_id};oid={object_id};iss=https://sts.windows.net/{tenant}/")
}

/// The vault's name, which is the first label of its host.
fn vault(host: &str) -> &str {
    host.split(['.', ':']).next().unwrap_or(host)
}
