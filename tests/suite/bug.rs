//! What happens when the program itself is wrong.

use crate::harness::{Azure, MINTED};

#[test]
fn a_panic_ends_the_program_with_the_code_of_a_bug_and_one_sentence() {
    let azure = Azure::start();
    // No machine has room for such a stack, and the standard library panics where a thread cannot start.
    let program = azure.program(MINTED).env("RUST_MIN_STACK", "1000000000000000");
    let ran = program.args(&["sync"]).run().expect(70);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("a bug in secretzero"), "{}", ran.stderr);
}
