//! Tests of sign-in by the browser.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::azure::credential::user::tests::{World, assert_form, assert_silent, shown};
use crate::child::stand_in::StandIn;
use crate::emulator::Does;

/// The program that opens pages: it hands the page over in a named pipe.
fn opener_program(name: &'static str) -> StandIn {
    let stand_in = StandIn::new(name, "echo \"$1\" > \"$(dirname \"$0\")/page\"");
    stand_in.pipe("page");
    stand_in
}

/// Signs in as a browser would: follows the page to the service, and its redirect back to us, with
/// `change` made to what it brings.
fn browse(
    world: &World,
    stand_in: &StandIn,
    change: impl Fn(&str) -> Vec<String> + Send + Sync,
) -> (Result<AccessToken, Refusal>, Vec<String>) {
    browse_by(&browser(world, stand_in), world, stand_in, change)
}

fn browser(world: &World, stand_in: &StandIn) -> Browser {
    let tenant = Some("contoso.com".to_owned());
    Browser::new(world.client(), tenant, world.terminal(), stand_in.env())
}

/// The same with a credential that the test keeps.
fn browse_by(
    browser: &Browser,
    world: &World,
    stand_in: &StandIn,
    change: impl Fn(&str) -> Vec<String> + Send + Sync,
) -> (Result<AccessToken, Refusal>, Vec<String>) {
    std::thread::scope(|scope| {
        let visits = scope.spawn(|| {
            let page = std::fs::read_to_string(stand_in.path("page")).expect("a page");
            let back = redirect_of(world, page.trim());
            change(&back).iter().map(|url| visit(url)).collect()
        });
        let signed_in = browser.sign_in(Wish::default());
        (signed_in, visits.join().expect("no panic"))
    })
}

/// Where the service sends a browser that asks for this page.
fn redirect_of(world: &World, page: &str) -> String {
    let reply = world.get(page);
    let location = reply.headers.iter().find(|(name, _)| name == "Location");
    location.map(|(_, url)| url.clone()).expect("a redirect")
}

/// Visits a URL of `localhost`; the whole answer.
fn visit(url: &str) -> String {
    let (host, target) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_at_checked(rest.find('/')?))
        .expect("a local URL");
    let port = host.strip_prefix("localhost:").expect("localhost");
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("open");
    let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_person_signs_in_with_the_browser_that_opens() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    let (token, answers) = browse(&world, &stand_in, |back| {
        let door = back.split("/?").next().expect("a door");
        vec![
            format!("{door}/favicon.ico"),
            format!("{door}/?code=stolen&state=guessed"),
            format!("{door}/?code=stolen"),
            back.to_owned(),
        ]
    });
    assert_eq!(token.expect("a token").lives.as_secs(), 3_599);
    let statuses: Vec<&str> = answers.iter().map(|answer| &answer[9..12]).collect();
    assert_eq!(statuses, ["404", "400", "400", "200"]);
    let page = answers.last().expect("an answer");
    assert!(page.contains("You can close this page") && !page.contains("<script"), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    stand_in.assert_called_safely("HOME=/home/somebody");
    let url = &stand_in.arguments()[0];
    assert!(world.said().contains(url.as_str()), "whoever has no browser sees the page's URL");

    let asked = world.asked();
    assert_eq!(asked[0].what, "GET /contoso.com/oauth2/v2.0/authorize");
    let query = |name: &str| {
        let field = asked[0].query.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| value.as_str()).expect(name)
    };
    assert_eq!(query("response_type"), "code");
    assert_eq!(query("code_challenge_method"), "S256");
    assert_eq!(query("state").len(), 43, "256 bits");
    assert_eq!(asked[1].what, "POST /contoso.com/oauth2/v2.0/token");
    let held = |name| (name, asked[1].field(name).expect("a field"));
    assert_form(
        &asked[1],
        &[
            ("client_id", "the-client"),
            ("grant_type", "authorization_code"),
            ("redirect_uri", query("redirect_uri")),
            ("scope", "https://vault.azure.net/.default openid profile offline_access"),
            held("code"),
            held("code_verifier"),
        ],
    );
}

#[test]
fn a_person_who_declines_is_told_so() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    world.control().person(|person| person.does([Does::Declines]));
    let (token, answers) = browse(&world, &stand_in, |back| vec![back.to_owned()]);
    let error = token.err().map(Refusal::into_error).expect("a refusal").to_string();
    assert!(error.contains("access_denied: AADSTS65004: User declined"), "{error}");
    assert!(answers[0].contains("You are not signed in"), "{}", answers[0]);
    assert!(!answers[0].contains("AADSTS"), "nothing from outside");
}

#[test]
fn a_code_that_the_service_does_not_know_is_refused() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    let (token, _) = browse(&world, &stand_in, |back| vec![back.replace("code=1", "code=2")]);
    let error = token.err().map(Refusal::into_error).expect("a refusal").to_string();
    assert!(error.contains("refused: AADSTS70008"), "{error}");
}

#[test]
fn a_person_who_does_not_come_is_not_waited_for_without_end() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    let clock = world.clock.clone();
    let (token, _) = browse(&world, &stand_in, |_| {
        clock.wait(LIMIT);
        Vec::new()
    });
    let error = token.err().map(Refusal::into_error).expect("a refusal").to_string();
    assert!(error.contains("nobody signed in within 300 s"), "{error}");
}

#[test]
fn the_persons_own_browser_is_preferred_and_none_is_said() {
    let (own, none) = (StandIn::new("mine", ""), StandIn::new("other", ""));
    let env = |stand_in: &StandIn, browser: &str| {
        let folder = stand_in.path("").display().to_string();
        let pairs = [("PATH", folder.as_str()), ("BROWSER", browser)];
        Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    };
    assert!(opener(&env(&own, "nothing:mine")).is_some());
    assert!(opener(&env(&own, &own.path("mine").display().to_string())).is_some());
    for browser in ["", "mine %s", "./mine", "mine"] {
        assert!(opener(&env(&none, browser)).is_none(), "{browser}");
    }
    let world = World::start();
    let browser = Browser::new(world.client(), None, world.terminal(), env(&none, ""));
    let refusal = browser.sign_in(Wish::default()).expect_err("no browser");
    assert!(matches!(&refusal, Refusal::Unavailable(error) if error.what.contains("no program")));
}

#[test]
fn a_throttled_exchange_of_the_code_is_repeated_when_the_service_says() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    world.throttle("/contoso.com/oauth2/v2.0/token count=1");
    let (token, _) = browse(&world, &stand_in, |back| vec![back.to_owned()]);
    token.expect("a token");
    assert_eq!(world.clock.elapsed().as_secs(), 10);
    let posts = world.control().requests().into_iter().filter(|seen| seen.method == "POST");
    assert_eq!(posts.count(), 2);
}

#[test]
fn neither_a_code_nor_a_token_is_told_whether_the_sign_in_is_served_or_refused() {
    let (world, stand_in) = (World::start(), opener_program("xdg-open"));
    let kept = browser(&world, &stand_in);
    let (served, _) = browse_by(&kept, &world, &stand_in, |back| vec![back.to_owned()]);
    let renewed = kept.sign_in(Wish::default());
    assert!(served.is_ok() && renewed.is_ok(), "{served:?} {renewed:?}");
    let other = opener_program("xdg-open");
    let (refused, _) = browse(&world, &other, |back| vec![back.replace("code=1", "code=2")]);
    assert!(refused.is_err(), "an unknown code");
    let secrets = world.secrets();
    assert_eq!(secrets.len(), 7, "two codes and verifiers, a refresh token, two access tokens");
    let told = [served, renewed, refused].each_ref().map(shown).concat();
    assert_silent(&(told + &world.said()), &secrets);
}

#[test]
fn a_slow_exchange_of_the_code_is_told_with_its_bound_and_without_the_code() {
    let stand_in = opener_program("xdg-open");
    let (world, _slow) = World::slow_at("/token");
    let (token, answers) =
        browse(&world, &stand_in, |back| vec![back.replace("code=", "code=hunter2")]);
    let refusal = token.expect_err("too late");
    let Refusal::Refused(error) = refusal else { panic!("not refused: {refusal:?}") };
    assert_eq!(error.kind, Kind::Throttled, "{error}");
    let error = error.to_string();
    let said = "login.microsoftonline.com: no whole answer within 0.05 s";
    assert!(error.starts_with(said) && !error.contains("hunter2"), "{error}");
    assert!(answers[0].contains("You can close this page"), "the browser was let go before");
}
