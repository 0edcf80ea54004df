//! Whether a vault takes a request's token, and what it says when it does not.

use super::entra::{Claims, Mint, Unreadable};
use super::hosts;
use super::message::{Reply, Request};

/// What a vault wants of a token.
pub struct Demand<'a> {
    /// The vault's host.
    pub host: &'a str,
    /// Its tenant; none takes tokens of every tenant.
    pub tenant: Option<&'a str>,
    /// The tenant that the challenge names where the token does not say a better one.
    pub usual_tenant: &'a str,
    /// The service's time; seconds.
    pub now: i64,
}

/// Key Vault's own id as an application: an audience as good as its URL.
const KEY_VAULT_APP: &str = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";

impl Demand<'_> {
    /// The claims of a token that is good here, or the challenge.
    pub fn check(&self, request: &Request, mint: &Mint) -> Result<Claims, Reply> {
        let token = bearer(request).ok_or_else(|| self.challenge(None, MISSING))?;
        let claims = mint.read(token).map_err(|why| self.challenge(None, &unreadable(why)))?;
        match self.objection(&claims) {
            None => Ok(claims),
            Some(objection) => Err(self.challenge(Some(&claims), &objection)),
        }
    }

    /// What is wrong with a token of ours, in the service's words.
    fn objection(&self, claims: &Claims) -> Option<String> {
        let resource = hosts::resource_of(self.host);
        if claims.exp <= self.now || claims.nbf > self.now + SKEW {
            return Some(EXPIRED.to_owned());
        }
        if claims.aud != resource && claims.aud != KEY_VAULT_APP {
            let found = &claims.aud;
            return Some(format!(
                "AKV10022: Invalid audience. Expected {resource} or {KEY_VAULT_APP}, found: {found}."
            ));
        }
        let tenant = self.tenant.filter(|tenant| *tenant != claims.tid)?;
        let found = &claims.iss;
        Some(format!(
            "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{tenant}/, \
             https://sts.windows.net/{MICROSOFT_TENANT}/, found {found}."
        ))
    }

    /// A vault that takes every tenant names the token's own, so that the client stays with it.
    fn challenge(&self, claims: Option<&Claims>, message: &str) -> Reply {
        let own = self.tenant.or(claims.map(|claims| claims.tid.as_str()));
        let authority = hosts::authority_of(self.host);
        let (tenant, resource) = (own.unwrap_or(self.usual_tenant), hosts::resource_of(self.host));
        let challenge =
            format!("Bearer authorization=\"{authority}/{tenant}\", resource=\"{resource}\"");
        let mut reply = Reply::error(401, "Unauthorized", message, None);
        reply.headers.push(("WWW-Authenticate".to_owned(), challenge));
        reply
    }
}

/// The token of the `Authorization` header.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

/// The service's words for what is no token of ours.
fn unreadable(why: Unreadable) -> String {
    match why {
        Unreadable::Malformed => "Error validating token: IDX12741".to_owned(),
        Unreadable::BadSignature => "Error validating token: IDX10511".to_owned(),
        Unreadable::ForeignKey(header) => format!(
            "AKV10046: Unable to resolve the key used for signature validation. EncodedJwtHeader: '{header}'."
        ),
    }
}

/// There is no token.
const MISSING: &str = "AKV10000: Request is missing a Bearer or PoP token.";
/// It is too old, or too young.
const EXPIRED: &str = "[TokenExpired] Error validating token: 'S2S12086'.";
/// A tenant of Microsoft's own, which every vault lists.
const MICROSOFT_TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// How far a token's start may lie ahead; seconds.
const SKEW: i64 = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::entra::tests::claims;

    fn ask(authorization: Option<&str>, mint: &Mint, demand: &Demand<'_>) -> (u16, String) {
        let header = authorization.map(|value| ("authorization".to_owned(), value.to_owned()));
        let request = Request {
            method: "GET".to_owned(),
            host: demand.host.to_owned(),
            path: "/secrets".to_owned(),
            query: String::new(),
            headers: header.into_iter().collect(),
            body: Vec::new(),
            peer: [127, 0, 0, 1].into(),
        };
        match demand.check(&request, mint) {
            Ok(_) => (200, String::new()),
            Err(reply) => {
                let said = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
                let text = said.collect::<String>() + &String::from_utf8_lossy(&reply.body);
                (reply.status, text)
            }
        }
    }

    const VAULT: Demand<'_> =
        Demand { host: "a.vault.azure.net", tenant: None, usual_tenant: "usual", now: 100 };

    #[test]
    fn every_refusal_is_a_challenge_with_the_services_words() {
        let mint = Mint::new().expect("a mint");
        let token = |change: fn(&mut Claims)| {
            let mut claims = claims();
            change(&mut claims);
            format!("Bearer {}", mint.issue(&claims).expect("a token"))
        };
        let foreign = Mint::new().expect("a mint").issue(&claims()).expect("a token");
        for (authorization, part) in [
            (None, "AKV10000: Request is missing a Bearer or PoP token."),
            (Some("Basic eA==".to_owned()), "AKV10000"),
            (Some("Bearer x".to_owned()), "IDX12741"),
            (Some(format!("Bearer {foreign}")), "AKV10046"),
            (Some(token(|claims| claims.exp = 100)), "[TokenExpired]"),
            (Some(token(|claims| claims.nbf = 1000)), "[TokenExpired]"),
            (
                Some(token(|claims| claims.aud = "https://management.azure.com/".to_owned())),
                "AKV10022: Invalid audience. Expected https://vault.azure.net",
            ),
        ] {
            let (status, text) = ask(authorization.as_deref(), &mint, &VAULT);
            assert_eq!(status, 401, "{part}");
            assert!(text.contains(part), "{part}: {text}");
            assert!(
                text.contains(
                    "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com/"
                ),
                "{text}"
            );
            assert!(text.contains("\", resource=\"https://vault.azure.net\""), "{text}");
        }
        assert_eq!(ask(Some(&token(|_| {})), &mint, &VAULT).0, 200);
        assert_eq!(
            ask(Some(&token(|claims| claims.aud = KEY_VAULT_APP.to_owned())), &mint, &VAULT).0,
            200
        );
    }

    #[test]
    fn a_vault_with_a_tenant_takes_no_other() {
        let mint = Mint::new().expect("a mint");
        let token = format!("Bearer {}", mint.issue(&claims()).expect("a token"));
        let (status, text) = ask(Some(&token), &mint, &Demand { tenant: Some("own"), ..VAULT });
        assert_eq!(status, 401);
        assert!(text.contains("login.microsoftonline.com/own\""), "{text}");
        assert!(
            text.contains(
                "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/own/, "
            ),
            "{text}"
        );
        assert!(text.contains(", found https://sts.windows.net/t/."), "{text}");
        assert_eq!(ask(Some(&token), &mint, &Demand { tenant: Some("t"), ..VAULT }).0, 200);
    }
}
