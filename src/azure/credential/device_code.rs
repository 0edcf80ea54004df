//! A person who enters a code on a device of theirs.

use std::time::Duration;

use super::user::User;
use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::public_client::{DeviceCode as Code, Grant, PublicClient, Why};
use crate::error::{Error, Kind};
use crate::neutral;
use crate::terminal::Terminal;

/// Sign-in by a code.
pub struct DeviceCode {
    user: User,
    terminal: Terminal,
}

impl DeviceCode {
    /// Asks nobody yet.
    pub fn new(client: PublicClient, tenant: Option<String>, terminal: Terminal) -> Self {
        Self { user: User::new(client, tenant), terminal }
    }

    fn ask(&self, tenant: &str, claims: Option<&str>) -> Result<Grant, Refusal> {
        let code = self.user.client().device_code(tenant, claims)?;
        self.terminal.say(&neutral::text(&code.message));
        self.wait(tenant, &code, claims)
    }

    /// Asks at the service's pace whether the person is done.
    fn wait(&self, tenant: &str, code: &Code, claims: Option<&str>) -> Result<Grant, Refusal> {
        let client = self.user.client();
        let ends = client.clock().elapsed() + code.lives;
        let mut interval = code.interval;
        while client.clock().elapsed() + interval < ends {
            client.clock().wait(interval);
            match client.by_device_code(tenant, code, claims) {
                Ok(grant) => return Ok(grant),
                Err(denied) => match denied.why {
                    Why::Pending => {}
                    Why::TooOften => interval += SLOWER,
                    Why::Expired => break,
                    Why::Declined => return Err(declined()),
                    Why::PersonNeeded | Why::Other => return Err(denied.error.into()),
                },
            }
        }
        Err(over(code.lives))
    }
}

impl Credential for DeviceCode {
    fn name(&self) -> &'static str {
        "device_code"
    }

    fn tenant(&self) -> Option<&str> {
        self.user.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        self.user.sign_in(wish, |tenant| self.ask(tenant, wish.claims))
    }
}

fn declined() -> Refusal {
    let error = Error::new(Kind::SignIn, "the person declined to sign in");
    error.help("run again, and accept").into()
}

fn over(lives: Duration) -> Refusal {
    let what = format!("nobody entered the code in the {} s for which it is good", lives.as_secs());
    Error::new(Kind::SignIn, what).help("run again, and enter the new code").into()
}

/// How much longer to wait each time when the service asks for it (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::super::user::tests::{World, assert_form, assert_silent, shown};
    use super::*;
    use crate::emulator::{Does, Fault};

    const SCOPE: (&str, &str) =
        ("scope", "https://vault.azure.net/.default openid profile offline_access");
    const CLIENT: (&str, &str) = ("client_id", "the-client");

    fn signing_in(world: &World) -> DeviceCode {
        DeviceCode::new(world.client(), None, world.terminal())
    }

    fn error(world: &World, does: &[Does]) -> String {
        world.control().person(|person| person.does(does.iter().copied()));
        let refusal = signing_in(world).sign_in(Wish::default()).expect_err("a refusal");
        refusal.into_error().to_string()
    }

    #[test]
    fn a_person_is_told_where_to_enter_the_code_and_waited_for_at_the_services_pace() {
        let world = World::start();
        let does = [Does::Waits, Does::WaitsLonger, Does::Waits];
        world.control().person(|person| person.does(does));
        let credential = signing_in(&world);
        let token = credential.sign_in(Wish::default()).expect("a token");
        assert_eq!(token.lives.as_secs(), 3_599);
        assert_eq!(world.clock.elapsed().as_secs(), 5 + 5 + 10 + 10);
        let said = world.said();
        assert!(
            said.contains("https://login.microsoft.com/device") && said.ends_with(".\n"),
            "{said}"
        );
        assert_eq!(credential.tenant(), Some("aaaabbbb-0000-cccc-1111-dddd2222eeee"));

        let asked = world.asked();
        let whats: Vec<&str> = asked.iter().map(|asked| asked.what.as_str()).collect();
        assert_eq!(whats[0], "POST /organizations/oauth2/v2.0/devicecode");
        assert_eq!(whats[1..], ["POST /organizations/oauth2/v2.0/token"; 4]);
        assert_form(&asked[0], &[CLIENT, SCOPE]);
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        let code = ("device_code", asked[1].field("device_code").expect("a code"));
        assert_form(&asked[4], &[CLIENT, SCOPE, grant, code]);
        assert!(!said.contains(code.1), "{said}");
    }

    #[test]
    fn a_renewal_asks_nobody_until_the_service_wants_it() {
        let world = World::start();
        let credential = signing_in(&world);
        credential.sign_in(Wish::default()).expect("a token");
        credential.sign_in(Wish { tenant: None, claims: Some("{}") }).expect("a token");
        let asked = world.asked();
        assert_eq!(asked.len(), 3, "no second code");
        let refresh = ("refresh_token", asked[2].field("refresh_token").expect("a token"));
        let grant = ("grant_type", "refresh_token");
        assert_form(&asked[2], &[CLIENT, SCOPE, grant, refresh, ("claims", "{}")]);

        world.control().person(|person| person.sign_out());
        credential.sign_in(Wish::default()).expect("a token");
        assert_eq!(world.asked().len(), 6, "refused, a second code, a token");
        assert_eq!(world.said().lines().count(), 2);
    }

    #[test]
    fn another_tenant_is_signed_in_to_by_itself() {
        let world = World::start();
        let credential = signing_in(&world);
        credential.sign_in(Wish::default()).expect("a token");
        let tenant = "11111111-2222-3333-4444-555555555555";
        credential.sign_in(Wish { tenant: Some(tenant), claims: None }).expect("a token");
        let asked = world.asked();
        assert_eq!(asked[2].what, format!("POST /{tenant}/oauth2/v2.0/devicecode"));
        assert_eq!(credential.tenant(), Some("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
    }

    #[test]
    fn a_person_who_declines_or_forgets_is_told_so() {
        let world = World::start();
        let declined = error(&world, &[Does::Waits, Does::Declines]);
        assert!(declined.contains("the person declined to sign in"), "{declined}");
        let late = error(&world, &[Does::Waits, Does::Forgets]);
        assert!(late.contains("nobody entered the code in the 900 s"), "{late}");
        let requests = world.asked().len();
        let late = error(&world, &[Does::Waits; 1_000]);
        assert!(late.contains("nobody entered the code in the 900 s"), "{late}");
        assert_eq!(world.asked().len() - requests, 1 + 179, "every 5 s for less than 900 s");
    }

    #[test]
    fn what_entra_refuses_is_shown_and_throttling_is_waited_for() {
        let world = World::start();
        let answer = |status, body: &str| Fault::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        };
        let body =
            r#"{"error":"access_denied","error_description":"AADSTS53003: blocked\r\nTrace"}"#;
        world.control().entra(|entra| entra.answer_next(answer(400, body)));
        let error = error(&world, &[]);
        assert!(error.contains("sign-in was refused: AADSTS53003: blocked"), "{error}");
        assert!(error.contains("the sign-in log names the policy"), "{error}");
        world.control().entra(|entra| entra.answer_next(answer(429, "")));
        assert!(signing_in(&world).sign_in(Wish::default()).is_ok());
    }

    #[test]
    fn an_answer_that_is_none_is_said_and_its_text_is_made_harmless() {
        let world = World::start();
        let answer =
            |body: &str| Fault::Answer { status: 200, headers: Vec::new(), body: body.to_owned() };
        world.control().entra(|entra| entra.answer_next(answer("<html>")));
        let error = error(&world, &[]);
        assert!(error.contains("makes no sense"), "{error}");
        let body = r#"{"device_code":"d","user_code":"u","verification_uri":"https://v","message":"a\u001b[2J##vso[x]b"}"#;
        world.control().entra(|entra| entra.answer_next(answer(body)));
        assert!(signing_in(&world).sign_in(Wish::default()).is_err(), "no such code");
        let said = world.said();
        assert!(!said.contains('\u{1b}') && !said.contains("##vso["), "{said}");
    }

    #[test]
    fn a_throttled_code_or_question_is_repeated_when_the_service_says() {
        for endpoint in ["devicecode", "token"] {
            let world = World::start();
            world.throttle(&format!("/organizations/oauth2/v2.0/{endpoint} count=1"));
            signing_in(&world).sign_in(Wish::default()).expect("a token");
            assert_eq!(world.clock.elapsed().as_secs(), 5 + 10, "{endpoint}");
            assert_eq!(world.control().requests().len(), 3, "{endpoint}");
        }
    }

    #[test]
    fn a_service_that_throttles_to_the_end_is_given_up_and_told() {
        for (endpoint, before) in [("devicecode", (0, 0)), ("token", (1, 5))] {
            let world = World::start();
            world.throttle(&format!("/organizations/oauth2/v2.0/{endpoint}"));
            let refusal = signing_in(&world).sign_in(Wish::default()).expect_err("throttled");
            let Refusal::Refused(error) = refusal else { panic!("not refused: {refusal:?}") };
            assert_eq!(error.kind, Kind::Throttled, "{error}");
            let did = (world.control().requests().len(), world.clock.elapsed().as_secs());
            assert_eq!(did, (before.0 + 19, before.1 + 180), "{endpoint}");
            assert_silent(&error.to_string(), &world.secrets());
        }
    }

    #[test]
    fn neither_a_code_nor_a_token_is_told_whether_the_sign_in_is_served_or_refused() {
        let world = World::start();
        let credential = signing_in(&world);
        let mut told = shown(&credential.sign_in(Wish::default()));
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000218: no"}"#;
        let answer = Fault::Answer { status: 400, headers: Vec::new(), body: body.to_owned() };
        world.control().entra(|entra| entra.answer_next(answer));
        let renewed = credential.sign_in(Wish::default());
        assert!(renewed.is_err(), "a refused renewal");
        told += &shown(&renewed);
        told += &shown(&credential.sign_in(Wish::default()));
        world.control().person(|person| person.does([Does::Declines]));
        let declined = signing_in(&world).sign_in(Wish::default());
        assert!(declined.is_err(), "a refused code");
        told += &shown(&declined);
        let secrets = world.secrets();
        assert_eq!(secrets.len(), 5, "two codes, a refresh token, two access tokens");
        assert_silent(&(told + &world.said()), &secrets);
    }

    #[test]
    fn a_slow_service_is_told_with_its_bound_and_without_the_code() {
        for path in ["/devicecode", "/token"] {
            let (world, _slow) = World::slow_at(path);
            let body =
                r#"{"device_code":"hunter2","user_code":"u","verification_uri":"https://v"}"#;
            let answer = Fault::Answer { status: 200, headers: Vec::new(), body: body.to_owned() };
            world.control().entra(|entra| entra.answer_next(answer));
            let refusal = signing_in(&world).sign_in(Wish::default()).expect_err("too late");
            let Refusal::Refused(error) = refusal else { panic!("not refused: {refusal:?}") };
            assert_eq!(error.kind, Kind::Throttled, "{error}");
            let error = error.to_string();
            let said = "login.microsoftonline.com: no whole answer within 0.05 s";
            assert!(error.starts_with(said) && !error.contains("hunter2"), "{error}");
        }
    }
}
