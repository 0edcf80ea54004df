//! A host's own identity signs in.

use std::sync::Arc;

use secretzero::emulator::identity::{AppService, Assigned, Identities};

use crate::harness::{A, Azure, B, MINTED, Program};

/// The program on an app with an identity of its own, which any `IDENTITY_HEADER` but this is no key to.
fn on_an_app(azure: &Azure, header: &str) -> (Program, Arc<AppService>) {
    let system = Some(Assigned { client: "app".to_owned(), ..Assigned::default() });
    let app = AppService::new(Identities { system, assigned: Vec::new() }, "right");
    let app = Arc::new(app);
    azure.control().serve_on_host(Some(app.clone()));
    let endpoint = format!("http://{}/msi/token", azure.address());
    let program = azure.program(MINTED).env("AZURE_CLIENT_SECRET", "").env("AZURE_CLIENT_ID", "");
    (program.env("IDENTITY_ENDPOINT", &endpoint).env("IDENTITY_HEADER", header), app)
}

#[test]
fn an_apps_identity_serves_where_nothing_else_is_set_up() {
    let azure = Azure::start();
    let (program, app) = on_an_app(&azure, "right");
    program.args(&["sync"]).run().expect(0);
    assert_eq!(app.asked.all().len(), 1, "one token for all vaults");
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn an_app_that_refuses_ends_the_run_before_anything_is_written() {
    let azure = Azure::start();
    let (program, _) = on_an_app(&azure, "hunter2");
    let ran = program.args(&["sync"]).run().expect(4);
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("the app's identity endpoint gave no token: 401"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    assert!(azure.control().names(A).is_empty());
}
