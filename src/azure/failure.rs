//! How a call to Key Vault can fail, told apart by status and inner code.

use std::net::IpAddr;

use serde::Deserialize;

use crate::error::{Error, Kind};
use crate::error_code::ErrorCode;
use crate::http::{NoAnswer, Response};
use crate::names::VaultUrl;

/// A call that did not succeed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What it means to us.
    pub code: Code,
    /// What the user reads; it names the vault, the service's own code and the request id.
    pub error: Error,
    /// Whether the request may have been carried out all the same (no answer, or a 5xx).
    pub may_be_done: bool,
    /// Who would have to grant it, where the vault said so.
    pub model: Option<RightsModel>,
}

/// Who grants rights in a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightsModel {
    /// Role assignments.
    Roles,
    /// The vault's access policies.
    Policies,
}

/// What a failure means; decided by status, `error.code` and `innererror.code`, never by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 404 SecretNotFound. Any other 404 is not Key Vault's word about a secret.
    NotFound,
    /// 403 SecretDisabled.
    Disabled,
    /// 403 SecretManagedByKeyVault.
    Managed,
    /// 403 by policy or role.
    Rights,
    /// 403 by firewall.
    Network,
    /// 403 because public access is off.
    Private,
    /// 403 without an inner code on a purge.
    PurgeProtected,
    /// 409 ObjectIsDeletedButRecoverable.
    SoftDeleted,
    /// 409 ObjectIsBeingDeleted.
    BeingDeleted,
    /// 409 ObjectIsBeingRecovered.
    BeingRecovered,
    /// Any other 409.
    Conflict,
    /// 429 to the end of our patience.
    Throttled,
    /// Its turn came so late that what it says of its time is old; it was not sent.
    Late,
    /// No token, or none that the vault takes.
    SignIn,
    /// No answer, a redirect, a 5xx to the end, or an answer that is not Key Vault's.
    Unreachable,
    /// 400 or 405: the vault does not know what was asked for.
    Unsupported,
    /// Any other 4xx, such as a 403 that does not say why.
    Rejected,
}

/// The result of a call to Key Vault.
pub type Answer<T> = std::result::Result<T, Failure>;

/// What was asked of which vault, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The vault.
    pub vault: &'a VaultUrl,
    /// The right that it takes, as access policies call it.
    pub action: &'static str,
    /// The secret's name; none for lists.
    pub name: Option<&'a str>,
}

impl Failure {
    /// An answer that is no success.
    pub fn of_response(asked: Asked<'_>, response: &Response) -> Self {
        let said = Said::of(&response.body);
        let code = code_of(response.status, asked.action, &said);
        let error = Error::of(error_code(code), said.sentence(asked.action, response.status))
            .at(asked.place())
            .request_id(response.request_id.as_deref());
        let error = match asked.help(code, response.network_info.as_deref()) {
            Some(help) => error.help(help),
            None => error,
        };
        let may_be_done = response.status == 408 || response.status >= 500;
        Self { code, error, may_be_done, model: said.model() }
    }

    /// No answer at all.
    pub fn of_silence(asked: Asked<'_>, none: NoAnswer) -> Self {
        let code = match none.error.kind {
            Kind::SignIn => Code::SignIn,
            Kind::Throttled => Code::Throttled,
            _ => Code::Unreachable,
        };
        // What failed may be a proxy; the vault's own host is said by the place.
        let what = match none.error.at.as_deref() {
            Some(at) if at != asked.vault.host() => format!("{at}: {}", none.error.what),
            _ => none.error.what,
        };
        let error = Error { what, at: Some(asked.place()), ..none.error };
        Self { code, error, may_be_done: !none.before_request, model: None }
    }

    /// No token, or none that the vault takes.
    pub fn of_sign_in(error: Error) -> Self {
        Self { code: Code::SignIn, error, may_be_done: false, model: None }
    }

    /// A request that waited too long for its turn, and has to be made anew.
    pub fn of_long_wait(asked: Asked<'_>) -> Self {
        let error = Error::new(Kind::Throttled, "it waited too long for its turn");
        Self { code: Code::Late, error: error.at(asked.place()), may_be_done: false, model: None }
    }

    /// A list that does not end.
    pub fn of_endless_list(asked: Asked<'_>, pages: usize, items: usize) -> Self {
        let what = format!("the list has more than {pages} pages or {items} items");
        let error = Error::of(ErrorCode::OddAnswer, what).at(asked.place());
        Self { code: Code::Unreachable, error, may_be_done: false, model: None }
    }

    /// An answer of success that makes no sense; what was asked may well have been done.
    pub fn of_nonsense(asked: Asked<'_>, response: &Response, what: &str) -> Self {
        let what = format!("the answer to {} makes no sense: {what}", asked.action);
        let error = Error::of(ErrorCode::OddAnswer, what)
            .at(asked.place())
            .request_id(response.request_id.as_deref())
            .help("check what stands between here and the vault, such as a proxy");
        Self { code: Code::Unreachable, error, may_be_done: true, model: None }
    }
}

/// Whether the caller has no role for it, which may be because the assignment is new. A firewall's or an
/// access policy's refusal is another.
pub fn lacks_role(response: &Response) -> bool {
    response.status == 403 && Said::of(&response.body).inner() == Some("ForbiddenByRbac")
}

impl Asked<'_> {
    /// `vault/name`, or the vault alone.
    fn place(&self) -> String {
        match self.name {
            Some(name) => format!("{}/{name}", self.vault.name()),
            None => self.vault.name().to_owned(),
        }
    }

    /// The way out.
    fn help(&self, code: Code, network_info: Option<&str>) -> Option<String> {
        let vault = self.vault.name();
        Some(match code {
            Code::Rights => self.grant(),
            Code::Network => open_firewall(vault, network_info),
            Code::Private => format!(
                "run the job inside the vault's network (a runner behind its private endpoint, whose \
                 DNS zone is linked there), or let it in: az keyvault update --name {vault} \
                 --public-network-access Enabled --default-action Deny, and admit addresses with az \
                 keyvault network-rule add"
            ),
            Code::SignIn => format!(
                "sign in to the vault's own tenant (az keyvault show --name {vault} --query \
                 properties.tenantId), in its cloud; and check this machine's clock"
            ),
            Code::Disabled => format!(
                "enable it: az keyvault secret set-attributes --vault-name {vault} --name {} \
                 --enabled true",
                self.name.unwrap_or("NAME")
            ),
            Code::Managed => "choose another `secret_name`; a certificate owns this one".to_owned(),
            Code::PurgeProtected => {
                "the vault purges the name by itself when its retention ends; until then it can \
                 only be recovered"
                    .to_owned()
            }
            Code::Throttled => {
                "run again later, or with a smaller --parallel; what was written is kept".to_owned()
            }
            Code::BeingDeleted | Code::BeingRecovered => "run again in some minutes".to_owned(),
            Code::Unreachable => {
                "run again; if it stays, the service's health page tells".to_owned()
            }
            _ => return None,
        })
    }

    fn grant(&self) -> String {
        let role = match self.action {
            "list" => "Key Vault Reader",
            "get" => "Key Vault Secrets User",
            _ => "Key Vault Secrets Officer",
        };
        format!(
            "give this identity the role: az role assignment create --role \"{role}\" --assignee \
             CLIENT_ID --scope \"$(az keyvault show --name {vault} --query id --output tsv)\"\n\
             or, where the vault has access policies: az keyvault set-policy --name {vault} --spn \
             CLIENT_ID --secret-permissions {action} PRESENT (for PRESENT what it may already, which this \
             replaces)\n\
             a new assignment takes some minutes (--wait-for-access 5m waits for it)",
            vault = self.vault.name(),
            action = self.action,
        )
    }
}

fn open_firewall(vault: &str, network_info: Option<&str>) -> String {
    match network_info.and_then(seen_address) {
        Some(address) => format!(
            "the vault saw {address}; admit it: az keyvault network-rule add --name {vault} \
             --ip-address {address}\nor run the job inside the vault's network"
        ),
        None => format!(
            "admit this machine (az keyvault network-rule add --name {vault} --ip-address …), or run \
             the job inside the vault's network"
        ),
    }
}

/// Our address as the vault saw it; it becomes a part of a command that people paste.
pub fn seen_address(network_info: &str) -> Option<IpAddr> {
    let mut parts = network_info.split(';').filter_map(|part| part.trim().split_once('='));
    parts.find(|(key, _)| *key == "addr")?.1.parse().ok()
}

fn code_of(status: u16, action: &str, said: &Said) -> Code {
    match (status, said.inner()) {
        (401, _) => Code::SignIn,
        (404, _) if said.code() == Some("SecretNotFound") => Code::NotFound,
        (404, _) => Code::Unreachable,
        (429, _) => Code::Throttled,
        (403, Some("SecretDisabled")) => Code::Disabled,
        (403, Some("SecretManagedByKeyVault")) => Code::Managed,
        (403, Some("ForbiddenByPolicy" | "ForbiddenByRbac" | "AccessDenied")) => Code::Rights,
        (403, Some("ForbiddenByFirewall")) => Code::Network,
        (403, Some("ForbiddenByConnection")) => Code::Private,
        (403, None) if action == "purge" => Code::PurgeProtected,
        (403, _) => Code::Rejected,
        (409, Some("ObjectIsDeletedButRecoverable")) => Code::SoftDeleted,
        (409, Some("ObjectIsBeingDeleted")) => Code::BeingDeleted,
        (409, Some("ObjectIsBeingRecovered")) => Code::BeingRecovered,
        (409, _) => Code::Conflict,
        (400 | 405, _) => Code::Unsupported,
        (400..500, _) if status != 408 => Code::Rejected,
        _ => Code::Unreachable,
    }
}

fn error_code(code: Code) -> ErrorCode {
    match code {
        Code::SignIn => ErrorCode::TokenRejected,
        Code::Throttled | Code::Late => ErrorCode::Throttled,
        Code::BeingDeleted | Code::BeingRecovered => ErrorCode::NameBusy,
        Code::Unreachable => ErrorCode::ServiceTrouble,
        Code::SoftDeleted => ErrorCode::SoftDeleted,
        Code::Conflict => ErrorCode::Conflict,
        Code::Managed => ErrorCode::CertificateOwned,
        Code::Disabled => ErrorCode::SecretDisabled,
        Code::NotFound => ErrorCode::SecretNotFound,
        Code::Rights => ErrorCode::AccessDenied,
        Code::Network => ErrorCode::Firewall,
        Code::Private => ErrorCode::PrivateVault,
        Code::PurgeProtected => ErrorCode::PurgeProtected,
        Code::Unsupported => ErrorCode::NotSupported,
        Code::Rejected => ErrorCode::Refused,
    }
}

/// The service's own words. Every part may be missing: bodies are empty, HTML or of another shape,
/// too.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    error: Option<SaidError>,
}

#[derive(Debug, Default, Deserialize)]
struct SaidError {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    innererror: Option<SaidInner>,
}

#[derive(Debug, Deserialize)]
struct SaidInner {
    #[serde(default)]
    code: Option<String>,
}

impl Said {
    fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    fn code(&self) -> Option<&str> {
        self.error.as_ref()?.code.as_deref()
    }

    fn inner(&self) -> Option<&str> {
        self.error.as_ref()?.innererror.as_ref()?.code.as_deref()
    }

    fn model(&self) -> Option<RightsModel> {
        match self.inner()? {
            "ForbiddenByRbac" => Some(RightsModel::Roles),
            "ForbiddenByPolicy" | "AccessDenied" => Some(RightsModel::Policies),
            _ => None,
        }
    }

    /// `set was refused: 403 Forbidden/ForbiddenByRbac: Caller is not …`.
    fn sentence(&self, action: &str, status: u16) -> String {
        let no_error = SaidError::default();
        let error = self.error.as_ref().unwrap_or(&no_error);
        let verb = if status >= 500 { "failed" } else { "was refused" };
        let mut text = format!("{action} {verb}: {status}");
        if let Some(code) = &error.code {
            text.push_str(&format!(" {code}"));
        }
        if let Some(inner) = self.inner() {
            text.push_str(&format!("/{inner}"));
        }
        if let Some(message) = &error.message {
            text.push_str(&format!(": {}", message.trim_end().trim_end_matches('.')));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn failure(action: &'static str, status: u16, body: &str) -> Failure {
        let vault = VaultUrl::new("https://shop-kv.vault.azure.net", None).expect("valid");
        let response = Response {
            status,
            date: None,
            retry_after: None,
            challenge: None,
            request_id: Some("42".to_owned()),
            network_info: Some(
                "conn_type=Ipv4;addr=20.1.2.3;act_addr_fam=InterNetwork;".to_owned(),
            ),
            body: Zeroizing::new(body.as_bytes().to_vec()),
        };
        Failure::of_response(Asked { vault: &vault, action, name: Some("db") }, &response)
    }

    fn body(code: &str, inner: &str) -> String {
        format!(
            r#"{{"error":{{"code":"{code}","message":"no","innererror":{{"code":"{inner}"}}}}}}"#
        )
    }

    #[test]
    fn failures_are_told_apart_by_status_and_inner_code() {
        let plain = r#"{"error":{"code":"Forbidden","message":"no"}}"#;
        for (action, status, body, code, kind) in [
            ("get", 403, body("Forbidden", "ForbiddenByRbac"), Code::Rights, Kind::Refused),
            ("get", 403, body("Forbidden", "ForbiddenByPolicy"), Code::Rights, Kind::Refused),
            ("get", 403, body("Forbidden", "AccessDenied"), Code::Rights, Kind::Refused),
            ("get", 403, body("Forbidden", "ForbiddenByFirewall"), Code::Network, Kind::Refused),
            ("get", 403, body("Forbidden", "ForbiddenByConnection"), Code::Private, Kind::Refused),
            ("get", 403, body("Forbidden", "SecretDisabled"), Code::Disabled, Kind::Conflict),
            (
                "set",
                403,
                body("Forbidden", "SecretManagedByKeyVault"),
                Code::Managed,
                Kind::Conflict,
            ),
            ("purge", 403, plain.to_owned(), Code::PurgeProtected, Kind::Refused),
            ("get", 403, plain.to_owned(), Code::Rejected, Kind::Refused),
            ("get", 404, body("SecretNotFound", ""), Code::NotFound, Kind::Refused),
            (
                "set",
                409,
                body("Conflict", "ObjectIsDeletedButRecoverable"),
                Code::SoftDeleted,
                Kind::Conflict,
            ),
            (
                "set",
                409,
                body("Conflict", "ObjectIsBeingDeleted"),
                Code::BeingDeleted,
                Kind::Throttled,
            ),
            (
                "set",
                409,
                body("Conflict", "ObjectIsBeingRecovered"),
                Code::BeingRecovered,
                Kind::Throttled,
            ),
            ("recover", 409, plain.to_owned(), Code::Conflict, Kind::Conflict),
            ("get", 403, body("Forbidden", "Unheard"), Code::Rejected, Kind::Refused),
            ("set", 400, body("BadParameter", ""), Code::Unsupported, Kind::Refused),
            ("get", 405, String::new(), Code::Unsupported, Kind::Refused),
            ("get", 404, String::new(), Code::Unreachable, Kind::Unreachable),
            ("get", 404, body("NotFound", ""), Code::Unreachable, Kind::Unreachable),
            ("set", 429, body("Throttled", ""), Code::Throttled, Kind::Throttled),
            ("set", 401, String::new(), Code::SignIn, Kind::SignIn),
            ("set", 415, r#"{"Message":"x"}"#.to_owned(), Code::Rejected, Kind::Refused),
            ("set", 500, "<html>".to_owned(), Code::Unreachable, Kind::Unreachable),
            ("set", 503, r#"{"error":"busy"}"#.to_owned(), Code::Unreachable, Kind::Unreachable),
        ] {
            let failure = failure(action, status, &body);
            assert_eq!((failure.code, failure.error.kind), (code, kind), "{status} {body}");
            assert_eq!(failure.may_be_done, status >= 500, "{status} {body}");
        }
    }

    #[test]
    fn an_error_names_the_vault_the_secret_the_services_codes_and_the_request() {
        let failure = failure("get", 403, &body("Forbidden", "ForbiddenByRbac"));
        let text = failure.error.to_string();
        let head = "shop-kv/db: get was refused: 403 Forbidden/ForbiddenByRbac: no (request id 42)";
        assert!(text.starts_with(head), "{text}");
        assert!(text.contains("Key Vault Secrets User"), "{text}");
    }

    #[test]
    fn a_firewalls_refusal_shows_the_address_that_the_vault_saw() {
        let failure = failure("list", 403, &body("Forbidden", "ForbiddenByFirewall"));
        let text = failure.error.to_string();
        assert!(text.contains("network-rule add --name shop-kv --ip-address 20.1.2.3"), "{text}");
    }

    #[test]
    fn what_is_no_address_gets_into_no_command_that_people_paste() {
        let vault = VaultUrl::new("https://shop-kv.vault.azure.net", None).expect("valid");
        let asked = Asked { vault: &vault, action: "list", name: None };
        for address in ["1.2.3.4$(id)", "1.2.3.4 && id", "`id`", ""] {
            let info = format!("conn_type=Ipv4;addr={address};");
            let help = asked.help(Code::Network, Some(&info)).expect("a way out");
            assert!(help.contains("--ip-address …") && !help.contains("id)"), "{help}");
        }
    }
}
