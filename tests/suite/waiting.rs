//! Jobs that write one vault each.

use secretzero::emulator::VaultOptions;

use crate::harness::{A, Azure, B, MINTED};

#[test]
fn a_job_for_one_vault_waits_for_the_job_that_recovers_the_name_in_another() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync", "--vault", "shop-b-kv"]).run().expect(10);
    let gone_at_once = VaultOptions { soft_delete: false, ..VaultOptions::default() };
    azure.control().set_options(A, gone_at_once);
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().delete(A, "db");
    azure.control().delete(B, "db");
    let job = |vault: &str| {
        azure.program(MINTED).args(&["sync", "--vault", vault, "--format", "json"]).run()
    };
    assert_eq!(job("shop-a-kv").expect(10).actions(), ["waiting", "skipped"]);
    job("shop-b-kv").expect(0);
    assert_eq!(job("shop-a-kv").expect(0).actions(), ["copied", "unchanged"]);
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
}
