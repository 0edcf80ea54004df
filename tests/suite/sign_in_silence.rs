//! No way to sign in prints what it signs in with, whether it serves or not.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secretzero::emulator::identity::{AppService, Assigned, HostEndpoint, Identities, Imds};
use secretzero::emulator::{Fault, Hook};

use crate::harness::{A, Azure, B, CLIENT_SECRET, MINTED, repository};

/// One way to sign in.
struct Way {
    kind: &'static str,
    variables: Vec<(&'static str, String)>,
    /// What must not be seen, beside all tokens.
    secrets: Vec<String>,
}

fn way(kind: &'static str, variables: &[(&'static str, &str)], secrets: &[&str]) -> Way {
    let variables = variables.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    Way { kind, variables, secrets: secrets.iter().map(|text| (*text).to_owned()).collect() }
}

/// A token that ends at the end of the century.
fn jwt() -> String {
    let claims = r#"{"iss":"https://issuer","sub":"us","aud":"them","exp":4102444800}"#;
    let claims = URL_SAFE_NO_PAD.encode(claims);
    format!("{}.{claims}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), "signature")
}

/// Every way that needs no person and no file of the system.
fn ways(azure: &Azure) -> Vec<Way> {
    let bin = tools(azure);
    let local = format!("http://{}", azure.address());
    let file = azure.folder().join("token");
    std::fs::write(&file, jwt()).expect("written");
    let certificate = repository().join("tests/cases/certificates/modern.pfx");
    let pem = repository().join("tests/cases/certificates/pkcs8.pem");
    let jwt = jwt();
    let endpoint = "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0";
    let connection = "cccccccc-0000-0000-0000-000000000001";
    vec![
        way("service_principal", &[("AZURE_CLIENT_SECRET", CLIENT_SECRET)], &[CLIENT_SECRET]),
        way(
            "service_principal",
            &[
                ("AZURE_CLIENT_CERTIFICATE_PATH", &certificate.display().to_string()),
                ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "pässword"),
                ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true"),
            ],
            &["pässword"],
        ),
        Way {
            secrets: key_lines(&pem),
            ..way(
                "service_principal",
                &[("AZURE_CLIENT_CERTIFICATE_PATH", &pem.display().to_string())],
                &[],
            )
        },
        way(
            "workload_identity",
            &[("AZURE_FEDERATED_TOKEN_FILE", &file.display().to_string())],
            &[&jwt],
        ),
        way(
            "oidc",
            &[
                ("GITHUB_ACTIONS", "true"),
                ("ACTIONS_ID_TOKEN_REQUEST_URL", endpoint),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
            ],
            &["request-token"],
        ),
        way(
            "oidc",
            &[
                ("TF_BUILD", "True"),
                ("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/our/_apis/oidctoken/"),
                ("SYSTEM_ACCESSTOKEN", "system-access-token"),
                ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", connection),
            ],
            &["system-access-token"],
        ),
        way("oidc", &[("GITLAB_CI", "true"), ("AZURE_ID_TOKEN", &jwt)], &[&jwt]),
        way("oidc", &[("servicePrincipalKey", "task~key/+=")], &["task~key/+="]),
        way(
            "managed_identity",
            &[("IDENTITY_ENDPOINT", &format!("{local}/msi/token")), ("IDENTITY_HEADER", "h3ader")],
            &["h3ader"],
        ),
        way("managed_identity", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &local)], &[]),
        way("cli", &[("PATH", &bin)], &[]),
        way("azd", &[("PATH", &bin)], &[]),
        way("powershell", &[("PATH", &bin)], &[]),
    ]
}

/// The lines of a file's private key.
fn key_lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a file");
    let key = text.split("PRIVATE KEY-----").nth(1).expect("a key");
    key.lines().filter(|line| line.len() == 64).map(str::to_owned).collect()
}

/// Tools that hand out a token which no vault takes, and say it on stderr as well.
fn tools(azure: &Azure) -> String {
    let folder = azure.folder().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let token = jwt();
    for (name, answer) in [
        ("az", format!(r#"{{"accessToken": "{token}", "expires_on": 4102444800}}"#)),
        ("azd", format!(r#"{{"token": "{token}", "expiresOn": "2099-12-31T00:00:00Z"}}"#)),
        ("pwsh", format!("secretzero%{token}%4102444800")),
    ] {
        let script = format!("#!/bin/sh\necho '{token}' >&2\necho '{answer}'\n");
        let (path, fresh) = (folder.join(name), folder.join(format!("{name}.new")));
        std::fs::write(&fresh, script).expect("written");
        // A file that this process wrote may still be open in a child of another test.
        let shell = "cp \"$1\" \"$2\" && chmod 755 \"$2\"";
        let mut shell_command = std::process::Command::new("/bin/sh");
        shell_command.args(["-c", shell, "sh"]).args([&fresh, &path]);
        assert!(shell_command.status().expect("a shell").success());
    }
    format!("{}:/usr/bin:/bin", folder.display())
}

/// The identity endpoint that a way asks.
fn host(way: &Way) -> Arc<dyn HostEndpoint> {
    let system = Some(Assigned { client: "app".to_owned(), ..Assigned::default() });
    let identities = Identities { system, assigned: Vec::new() };
    match way.variables.iter().any(|(name, _)| *name == "IDENTITY_ENDPOINT") {
        true => Arc::new(AppService::new(identities, "h3ader")),
        false => Arc::new(Imds::new(identities)),
    }
}

/// Every host but the vaults refuses, and repeats what it was given, as far as that is known beforehand;
/// a certificate's key and password are given to nobody.
fn refusing(way: &Way) -> Hook {
    let is_kept = way.variables.iter().any(|(name, _)| name.contains("CERTIFICATE"));
    let said = way.secrets.first().filter(|_| !is_kept).cloned().unwrap_or_default();
    let body = serde_json::json!({
        "error": "invalid_client", "error_codes": [7_000_215], "message": format!("not {said}"),
        "error_description": format!("AADSTS7000215: not {said}"),
    });
    let body = body.to_string();
    Arc::new(move |seen| {
        let is_vault = [A, B].contains(&seen.host.as_str());
        (!is_vault).then(|| Fault::Answer { status: 401, headers: Vec::new(), body: body.clone() })
    })
}

/// Nothing secret, and nothing that begins as a token does, plain or encoded once more.
#[track_caller]
fn assert_silent(said: &str, way: &Way, azure: &Azure, command: &str) {
    for secret in way.secrets.iter().chain(&azure.control().tokens()) {
        for form in [secret.clone(), STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)] {
            assert!(!said.contains(&form), "{} {command}: {said}", way.kind);
        }
    }
    for start in ["eyJ", "ZXlK", "client_assertion="] {
        assert!(!said.contains(start), "{} {command}: {said}", way.kind);
    }
}

#[test]
fn no_way_to_sign_in_prints_a_secret_a_token_an_assertion_or_a_key() {
    let azure = Azure::start();
    for way in ways(&azure) {
        let secretfile = MINTED.replace("kind: default", &format!("kind: {}", way.kind));
        for (command, is_refused) in [
            (&["plan", "-vv"][..], false),
            (&["sync", "-vv", "--format", "json"], false),
            (&["sync", "-vv"], true),
            (&["plan", "-vv", "--format", "json"], true),
        ] {
            azure.control().serve_on_host(Some(host(&way)));
            let hook: Hook = if is_refused { refusing(&way) } else { Arc::new(|_| None) };
            azure.control().on_request(hook);
            let mut program = azure.program(&secretfile).env("AZURE_CLIENT_SECRET", "");
            for (name, text) in &way.variables {
                program = program.env(name, text);
            }
            let ran = program.env("RUST_LOG", "trace").args(command).run();
            let is_tool = ["cli", "azd", "powershell"].contains(&way.kind);
            let is_served = !is_refused && !is_tool;
            assert_eq!(ran.code == 0, is_served, "{}: {}{}", way.kind, ran.stdout, ran.stderr);
            let said = ran.stdout + &ran.stderr;
            assert!(said.contains("DEBUG") || said.contains("debug"), "{said}");
            assert_silent(&said, &way, &azure, &command.join(" "));
        }
    }
}
