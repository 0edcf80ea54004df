//! Jobs that sign in without a secret of their own.

use secretzero::emulator::FederatedCredential;

use crate::harness::{A, Azure, B, MINTED, Program};

const CLIENT: &str = "99999999-8888-7777-6666-555555555555";

/// The program in a GitHub job that names its identity.
fn github(azure: &Azure) -> Program {
    let program = azure.program(MINTED).env("AZURE_CLIENT_SECRET", "");
    program.env("GITHUB_ACTIONS", "true").args(&["sync"])
}

/// The same with `permissions: id-token: write`.
fn with_permission(azure: &Azure) -> Program {
    let url = "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0";
    let program = github(azure).env("ACTIONS_ID_TOKEN_REQUEST_URL", url);
    program.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token")
}

/// The application trusts this subject of GitHub's, and nothing else.
fn trust(azure: &Azure, subject: &str) {
    let credential = FederatedCredential {
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        subject: subject.to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
    };
    azure.control().entra(|entra| entra.trust(CLIENT, credential));
}

#[test]
fn a_github_job_syncs_with_its_id_token_alone() {
    let azure = Azure::start();
    trust(&azure, "repo:our/shop:ref:refs/heads/main");
    with_permission(&azure).run().expect(0);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    let asked = azure.control().jobs(|jobs| jobs.github.asked.all().len());
    assert_eq!(asked, 1, "one sign-in serves both vaults");
}

#[test]
fn providers_that_sign_in_alike_sign_in_once() {
    let sign_ins = |second: &str| {
        let azure = Azure::start();
        let secretfile = MINTED
            .replace(
                "kind: default}}}",
                &format!("kind: default}}}}, b: {{kind: azure, auth: {second}}}}}"),
            )
            .replace(
                "azure, kind: key_vault, config: {vault_url: 'https://shop-b",
                "b, kind: key_vault, config: {vault_url: 'https://shop-b",
            );
        azure.program(&secretfile).args(&["sync"]).run().expect(0);
        assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
        azure.control().tokens().len()
    };
    assert_eq!(sign_ins("{kind: default}"), 1);
    assert_eq!(sign_ins("{kind: default, client_id: 88888888-8888-7777-6666-555555555555}"), 2);
}

#[test]
fn a_github_job_without_the_permission_is_told_what_to_add_and_acts_as_nobody_else() {
    let azure = Azure::start();
    let ran = github(&azure).run().expect(4);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("id-token: write"), "{said}");
    assert!(azure.control().requests().is_empty());
}

#[test]
fn a_subject_that_is_not_trusted_is_shown_and_no_token_is() {
    let azure = Azure::start();
    trust(&azure, "repo:our/shop:environment:production");
    let ran = with_permission(&azure).args(&["--verbose"]).run().expect(4);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("AADSTS700213"), "{said}");
    assert!(said.contains("repo:our/shop:ref:refs/heads/main"), "{said}");
    assert!(!said.contains("eyJ") && !said.contains("request-token"), "{said}");
}
