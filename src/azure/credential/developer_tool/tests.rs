//! Tests of what developers' tools have in common.

use jiff::Timestamp;

use super::*;
use crate::child::stand_in::StandIn;
use crate::child::stand_in::hanging;

/// What a tool in this stand-in's folder works with; it is noon of second 1,000.
pub fn surroundings(stand_in: &StandIn, tenant: Option<&str>) -> Surroundings {
    let clock = Clock::simulated(Timestamp::from_second(1_000).expect("in range"));
    let cloud = Cloud::built_in("public").expect("built in");
    let tenant = tenant.map(str::to_owned);
    Surroundings::new(cloud, tenant, stand_in.env(), clock).expect("a tenant")
}

/// Whether a credential is passed over for that, and the error in full.
pub fn refusal<T>(answer: std::result::Result<T, Refusal>) -> (bool, String) {
    match answer.err().expect("a refusal") {
        Refusal::Unavailable(error) => (true, error.to_string()),
        Refusal::Refused(error) => (false, error.to_string()),
    }
}

fn tool(body: &str) -> (StandIn, DeveloperTool) {
    let stand_in = StandIn::new("tool", body);
    let tool = DeveloperTool::new("the tool", "tool", surroundings(&stand_in, None));
    (stand_in, tool)
}

#[test]
fn a_tool_that_is_not_there_or_does_not_start_is_passed_over() {
    let mut surroundings = tool("").1.surroundings;
    surroundings.env = Env::new([("PATH".to_owned(), "/nowhere".to_owned())]);
    let none = DeveloperTool::new("the tool", "tool", surroundings);
    let (is_passed, error) = refusal(none.run(&[], &[]));
    assert!(is_passed && error.contains("the tool is not installed: no `tool` in PATH"), "{error}");
    let (stand_in, tool) = tool("");
    crate::child::stand_in::write(&stand_in.path("tool"), "#!/nowhere\n");
    let (is_passed, error) = refusal(tool.run(&[], &[]));
    assert!(is_passed && error.contains("the tool does not start"), "{error}");
}

#[test]
fn a_tool_that_hangs_is_passed_over_after_its_limit() {
    let (stand_in, tool) = tool(&hanging());
    let pipe = stand_in.pipe("alive");
    let clock = tool.surroundings.clock.clone();
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| refusal(tool.run(&[], &[])));
        let alive = std::fs::File::open(pipe).expect("it has started");
        clock.wait(LIMIT);
        let (is_passed, error) = ended.join().expect("no panic");
        assert!(is_passed && error.contains("the tool gave no answer in 10 s"), "{error}");
        drop(alive);
    });
}

#[test]
fn a_tool_that_floods_us_is_refused() {
    let (is_passed, error) = refusal(tool("head -c 2097152 /dev/zero").1.run(&[], &[]));
    assert!(!is_passed && error.contains("more than 1048576 bytes"), "{error}");
}

#[test]
fn a_token_that_is_over_or_no_token_is_refused() {
    let tool = tool("").1;
    assert_eq!(
        tool.token(SecretValue::new("t".to_owned()), 1_600).expect("good").lives.as_secs(),
        600
    );
    for (text, ends) in [("t", 1_000), ("t", i64::MIN), ("", 1_600), ("a\r\nb", 1_600)] {
        assert!(!refusal(tool.token(SecretValue::new(text.to_owned()), ends)).0, "{text:?} {ends}");
    }
}

#[test]
fn a_tenant_that_could_be_an_option_or_a_script_is_refused() {
    let from = |tenant: &str| {
        let cloud = Cloud::built_in("public").expect("built in");
        Surroundings::new(cloud, Some(tenant.to_owned()), Env::default(), Clock::system()).is_ok()
    };
    assert!(from("contoso.onmicrosoft.com"));
    for tenant in ["--debug", "a b", "a'; rm", "", "$(x)"] {
        assert!(!from(tenant), "{tenant}");
    }
}

#[test]
fn what_a_tool_says_is_shown_without_tokens() {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9".repeat(4);
    let text =
        format!("WARNING: x\nERROR: AADSTS1: no ({token}.{token}); id {}\nmore", "1".repeat(36));
    assert_eq!(said(text.as_bytes()), format!("AADSTS1: no (***); id {}", "1".repeat(36)));
    assert_eq!(said(b"\n\none\ntwo"), "one");
    assert_eq!(said(b"WARNING: a\nERROR: b\nERROR: c\nTraceback"), "c");
    assert_eq!(said(b"\xFF\n"), "\u{FFFD}");
    assert_eq!(said(b""), "it gave no reason");
}
