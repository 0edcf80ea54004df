//! Tests of the sign-in service.

use serde_json::Value;

use super::*;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const FORM: &str = "client_id=app&grant_type=client_credentials&client_secret=s&scope=https%3A%2F%2Fvault.azure.net%2F.default";

fn ask(directory: &Directory, mint: &Mint, tenant: &str, form: &str) -> Answer {
    let request = Request {
        method: "POST".to_owned(),
        host: "login.microsoftonline.com".to_owned(),
        path: format!("/{tenant}/oauth2/v2.0/token"),
        query: String::new(),
        headers: vec![("client-request-id".to_owned(), TENANT.to_owned())],
        body: form.as_bytes().to_vec(),
        peer: [127, 0, 0, 1].into(),
    };
    answer(&request, directory, mint, Timestamp::UNIX_EPOCH)
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.reply.body).expect("JSON")
}

/// Claims for a vault of the public cloud, good for an hour from second 0.
pub fn claims() -> Claims {
    Claims {
        aud: "https://vault.azure.net".to_owned(),
        iss: "https://sts.windows.net/t/".to_owned(),
        iat: 0,
        nbf: 0,
        exp: 3600,
        appid: "app".to_owned(),
        oid: "object".to_owned(),
        sub: "object".to_owned(),
        tid: "t".to_owned(),
        ver: "1.0".to_owned(),
    }
}

#[test]
fn any_application_gets_a_token_for_what_it_asks() {
    let (directory, mint) = (Directory::default(), Mint::new().expect("a mint"));
    let answer = ask(&directory, &mint, TENANT, FORM);
    let body = body(&answer);
    assert_eq!(body["expires_in"], 3599);
    let token = body["access_token"].as_str().expect("a token");
    assert_eq!(answer.token.as_deref(), Some(token));
    let claims = mint.read(token).expect("a token of ours");
    assert_eq!((claims.aud.as_str(), claims.appid.as_str()), ("https://vault.azure.net", "app"));
    assert_eq!(claims.iss, format!("https://sts.windows.net/{TENANT}/"));
    assert_eq!((claims.nbf, claims.exp), (0, 3599));
}

#[test]
fn a_refusal_has_the_services_code_status_and_ids() {
    let mut directory = Directory::default();
    directory.register("app", "right");
    let mint = Mint::new().expect("a mint");
    let answer = ask(&directory, &mint, TENANT, FORM);
    assert_eq!(answer.reply.status, 401);
    let body = body(&answer);
    assert_eq!(
        (&body["error"], &body["error_codes"][0]),
        (&"invalid_client".into(), &7_000_215.into())
    );
    assert_eq!(body["correlation_id"], TENANT);
    assert_eq!(body["timestamp"], "1970-01-01 00:00:00Z");
    let description = body["error_description"].as_str().expect("text");
    assert!(
        description.starts_with("AADSTS7000215: Invalid client secret provided."),
        "{description}"
    );
    assert_eq!(body["error_uri"], "https://login.microsoftonline.com/error?code=7000215");
}

#[test]
fn every_mistake_has_its_own_code() {
    let mut directory = Directory::default();
    directory.only_tenants(&[TENANT]);
    let mint = Mint::new().expect("a mint");
    for (tenant, form, code) in [
        ("common", FORM.to_owned(), 9_001_023),
        ("nonsense", FORM.to_owned(), 900_023),
        ("a.example", FORM.to_owned(), 90_002),
        (TENANT, FORM.replace("client_id", "x"), 900_144),
        (TENANT, FORM.replace("scope", "x"), 900_144),
        (TENANT, FORM.replace("client_credentials", "password"), 70_003),
        (TENANT, FORM.replace("%2F.default", ""), 1_002_012),
        (TENANT, FORM.replace("https%3A%2F%2F", ""), 500_011),
        (TENANT, FORM.replace("client_secret", "x"), 7_000_216),
    ] {
        let answer = ask(&directory, &mint, tenant, &form);
        assert_eq!(body(&answer)["error_codes"][0], code, "{tenant} {form}");
        assert!(answer.token.is_none());
    }
}
