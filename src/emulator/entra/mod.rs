//! The sign-in service: the token endpoint, and the discovery that Microsoft's libraries begin with.

use jiff::Timestamp;
use serde_json::json;

use super::guid;
use super::message::{Reply, Request};

mod directory;
mod federation;
mod form;
mod refusal;
#[cfg(test)]
pub(in crate::emulator) mod tests;
mod token;

pub use self::directory::Directory;
pub use self::federation::FederatedCredential;
pub(in crate::emulator) use self::form::Form;
#[cfg(test)]
pub use self::form::fields;
pub(in crate::emulator) use self::refusal::Refused;
pub(in crate::emulator) use self::token::{Claims, Mint, Unreadable};

/// A reply, and the access token in it.
pub struct Answer {
    /// What the client gets.
    pub reply: Reply,
    /// None unless one was issued.
    pub token: Option<String>,
}

/// What a path of the sign-in service stands for.
enum Route<'a> {
    /// `/TENANT/oauth2/v2.0/token`
    Token(&'a str),
    /// `/TENANT/v2.0/.well-known/openid-configuration`
    Configuration(&'a str),
    /// `/common/discovery/instance`
    Discovery,
}

/// Answers a request to an authority.
pub fn answer(request: &Request, directory: &Directory, mint: &Mint, now: Timestamp) -> Answer {
    let ended = match (request.method.as_str(), route(&request.path)) {
        ("POST", Some(Route::Token(tenant))) => {
            return sign_in(request, tenant, directory, mint, now);
        }
        (_, Some(Route::Token(_))) => Err(Refused::new(400, "invalid_request", 900_561, ONLY_POST)),
        (_, Some(Route::Configuration(tenant))) => {
            known(tenant, directory).map(|()| configuration(&request.host, tenant))
        }
        (_, Some(Route::Discovery)) => Ok(discovery(&request.host)),
        (_, None) => Ok(Reply::empty(404)),
    };
    Answer { reply: ended.unwrap_or_else(|refused| refused.reply(request, now)), token: None }
}

/// Whether a path is one of the sign-in service's, on a host that may be a vault as well.
pub fn serves(path: &str) -> bool {
    route(path).is_some()
}

/// What a path asks for; a doubled slash counts as one.
fn route(path: &str) -> Option<Route<'_>> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => Some(Route::Token(tenant)),
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            Some(Route::Configuration(tenant))
        }
        ["common", "discovery", "instance"] => Some(Route::Discovery),
        _ => None,
    }
}

/// The token endpoint.
fn sign_in(
    request: &Request,
    tenant: &str,
    directory: &Directory,
    mint: &Mint,
    now: Timestamp,
) -> Answer {
    directory.asked.keep(request);
    let issued = grant(&Form::parse(&request.body), tenant, directory, now).and_then(|claims| {
        mint.issue(&claims).map_err(|_| Refused::new(500, "server_error", 50_000, BROKEN))
    });
    match issued {
        Ok(token) => {
            let life = directory.life();
            let reply = Reply::json(
                200,
                &json!({
                    "token_type": "Bearer", "expires_in": life, "ext_expires_in": life,
                    "access_token": token,
                }),
            );
            Answer { reply, token: Some(token) }
        }
        Err(refused) => Answer { reply: refused.reply(request, now), token: None },
    }
}

/// The checks in the service's order: tenant, form, scope, credential.
fn grant(
    form: &Form,
    tenant: &str,
    directory: &Directory,
    now: Timestamp,
) -> Result<Claims, Refused> {
    known(tenant, directory)?;
    let client_id = form.get("client_id").ok_or_else(|| Refused::missing("client_id"))?;
    let grant_type = form.get("grant_type").ok_or_else(|| Refused::missing("grant_type"))?;
    if grant_type != "client_credentials" {
        let text = "The app requested an unsupported grant type.";
        return Err(Refused::new(400, "unsupported_grant_type", 70_003, text));
    }
    let audience = audience(form.get("scope").ok_or_else(|| Refused::missing("scope"))?)?;
    credential(form, client_id, directory, now)?;
    Ok(claims(audience, client_id, tenant, now.as_second(), directory.life()))
}

/// Any word that could be a tenant is one, unless only some are.
fn known(tenant: &str, directory: &Directory) -> Result<(), Refused> {
    if ["common", "organizations", "consumers"].contains(&tenant) {
        let text = "The grant type is not supported over the /common or /consumers endpoints. \
                    Please use the /organizations or tenant-specific endpoint.";
        return Err(Refused::new(400, "invalid_request", 9_001_023, text));
    }
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    if !(guid::is_guid(tenant) || tenant.contains('.') && tenant.bytes().all(is_name)) {
        let text = "The specified tenant is neither a valid DNS name, nor a valid external domain.";
        return Err(Refused::new(400, "invalid_request", 900_023, text));
    }
    if !directory.knows_tenant(tenant) {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are \
             signing into the correct cloud."
        );
        return Err(Refused::new(400, "invalid_request", 90_002, text));
    }
    Ok(())
}

/// `https://vault.azure.net/.default` asks for the audience `https://vault.azure.net`.
fn audience(scope: &str) -> Result<&str, Refused> {
    let resource = scope.strip_suffix("/.default").ok_or_else(|| {
        let text = "The provided value for scope is not valid. Client credential flows must have a \
                    scope value with /.default suffixed to the resource identifier (application ID URI).";
        Refused::new(400, "invalid_scope", 1_002_012, text)
    })?;
    let is_uri = ["https://", "api://"].iter().any(|scheme| resource.starts_with(scheme));
    if (is_uri || guid::is_guid(resource)) && !resource.contains(' ') {
        return Ok(resource);
    }
    let text = "The resource principal of the scope was not found in the tenant.";
    Err(Refused::new(400, "invalid_resource", 500_011, text))
}

/// A secret has to be the registered one, an assertion one that the application trusts.
fn credential(
    form: &Form,
    client_id: &str,
    directory: &Directory,
    now: Timestamp,
) -> Result<(), Refused> {
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), _) if directory.is_secret(client_id, secret) => Ok(()),
        (Some(_), _) => {
            let text = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the \
                 client secret value, not the client secret ID, for a secret added to app '{client_id}'."
            );
            Err(Refused::new(401, "invalid_client", 7_000_215, text))
        }
        (None, Some(assertion)) if form.get("client_assertion_type") == Some(JWT_BEARER) => {
            federation::check(directory.trusted(client_id), assertion, now.as_second())
        }
        (None, Some(_)) => Err(Refused::missing("client_assertion_type")),
        (None, None) => {
            let text = "'client_assertion', 'client_secret' or 'request' is required for the \
                        'client_credentials' grant type.";
            Err(Refused::new(401, "invalid_client", 7_000_216, text))
        }
    }
}

/// What the token of this application says.
pub(in crate::emulator) fn claims(
    audience: &str,
    client_id: &str,
    tenant: &str,
    now: i64,
    life: i64,
) -> Claims {
    // A tenant that is named by its domain has an id of its own.
    let tid = if guid::is_guid(tenant) { tenant.to_ascii_lowercase() } else { guid::of(tenant) };
    let oid = guid::of(&format!("{tid}/{}", client_id.to_ascii_lowercase()));
    Claims {
        aud: audience.to_owned(),
        iss: format!("https://sts.windows.net/{tid}/"),
        iat: now,
        nbf: now,
        exp: now.saturating_add(life),
        appid: client_id.to_owned(),
        sub: oid.clone(),
        oid,
        tid,
        ver: "1.0".to_owned(),
    }
}

/// The tenant's metadata, as far as clients read them.
fn configuration(host: &str, tenant: &str) -> Reply {
    let base = format!("https://{host}/{tenant}");
    Reply::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "tenant_region_scope": "WW",
        }),
    )
}

/// Tells Microsoft's libraries that this host is an authority.
fn discovery(host: &str) -> Reply {
    let base = format!("https://{host}");
    Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{base}/common/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{
                "preferred_network": host,
                "preferred_cache": if host == "login.microsoftonline.com" { "login.windows.net" } else { host },
                "aliases": [host],
            }],
        }),
    )
}

/// The only type of assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// AADSTS900561.
const ONLY_POST: &str = "The endpoint only accepts POST requests.";
/// AADSTS50000.
const BROKEN: &str = "There was an error issuing a token.";
