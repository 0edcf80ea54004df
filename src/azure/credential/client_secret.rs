//! An application that signs in with a secret.

use super::{Credential, Refusal, Wish};
use crate::azure::entra::{AccessToken, ClientCredentials, Entra, Proof};
use crate::secret::SecretValue;

/// An application's id and secret.
pub struct ClientSecret {
    entra: Entra,
    tenant: String,
    client: String,
    secret: SecretValue,
}

impl ClientSecret {
    /// Takes over what signs in.
    pub fn new(entra: Entra, tenant: String, client: String, secret: SecretValue) -> Self {
        Self { entra, tenant, client, secret }
    }
}

impl Credential for ClientSecret {
    fn name(&self) -> &'static str {
        "service_principal"
    }

    fn tenant(&self) -> Option<&str> {
        Some(&self.tenant)
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        let ask = ClientCredentials {
            tenant: wish.tenant.unwrap_or(&self.tenant),
            client: &self.client,
            proof: Proof::Secret(&self.secret),
            claims: wish.claims,
        };
        Ok(self.entra.client_credentials(&ask)?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;
    use crate::cloud::Cloud;
    use crate::emulator::{Emulator, Fault, Options, fields};
    use crate::env::Env;
    use crate::error::{Error, Kind};
    use crate::http::{Http, Limits, Network};

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const CLIENT: &str = "99999999-8888-7777-6666-555555555555";
    const SECRET: &str = "c1ient~s3cret/of+the=tests & more";

    struct World {
        emulator: Emulator,
        clock: Clock,
        credential: ClientSecret,
    }

    fn world(limit: Duration) -> World {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).expect("in range"));
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("an emulator");
        let network =
            Network::Embedded { address: emulator.address(), ca: emulator.ca_der().to_vec() };
        let long = Duration::from_secs(3_600);
        let limits = Limits { connect: long, first_byte: limit, call: long };
        let http = Http::new(&network, &Env::default(), limits, clock.clone()).expect("a client");
        let entra = Entra::new(http, Cloud::built_in("public").expect("built in"));
        let secret = SecretValue::new(SECRET.to_owned());
        let credential = ClientSecret::new(entra, TENANT.to_owned(), CLIENT.to_owned(), secret);
        World { emulator, clock, credential }
    }

    impl World {
        fn start() -> Self {
            world(Duration::from_secs(3_600))
        }

        fn answers(&self, fault: &Fault, times: usize) {
            let control = self.emulator.control();
            (0..times).for_each(|_| control.entra(|entra| entra.answer_next(fault.clone())));
        }

        fn refused(&self) -> Error {
            match self.credential.sign_in(Wish::default()) {
                Err(Refusal::Refused(error)) => error,
                other => panic!("not refused: {other:?}"),
            }
        }

        fn count(&self) -> usize {
            self.emulator.control().requests().len()
        }
    }

    fn answer(status: u16, body: &str) -> Fault {
        Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
    }

    #[test]
    fn an_application_shows_its_secret_in_the_whole_request_as_documented() {
        let world = World::start();
        let token = world.credential.sign_in(Wish::default()).expect("a token");
        assert_eq!(token.lives, Duration::from_secs(3_599));
        let wish = Wish { tenant: Some("contoso.com"), claims: Some("{}") };
        world.credential.sign_in(wish).expect("a token");
        let asked = world.emulator.control().entra(|entra| entra.asked.all());
        let form = [
            ("client_id", CLIENT),
            ("grant_type", "client_credentials"),
            ("scope", "https://vault.azure.net/.default"),
            ("client_secret", SECRET),
        ];
        let claims = [&form[..], &[("claims", "{}")]].concat();
        for (request, tenant, form) in
            [(&asked[0], TENANT, &form[..]), (&asked[1], "contoso.com", &claims[..])]
        {
            assert_eq!((&*request.method, &*request.host), ("POST", "login.microsoftonline.com"));
            assert_eq!(request.path, format!("/{tenant}/oauth2/v2.0/token"));
            assert_eq!((&*request.query, request.header("authorization")), ("", None));
            let kind = "application/x-www-form-urlencoded";
            assert_eq!(request.header("content-type"), Some(kind));
            assert_eq!(request.header("accept"), Some("application/json"));
            let sent = fields(&request.body);
            let sent: Vec<_> = sent.iter().map(|(name, text)| (&**name, &**text)).collect();
            assert_eq!(sent, form);
        }
        assert_eq!(asked.len(), 2);
    }

    #[test]
    fn a_wrong_secret_is_final_and_not_shown() {
        let world = World::start();
        world.emulator.control().entra(|entra| entra.register(CLIENT, "another"));
        let error = world.refused();
        assert!(error.what.contains("AADSTS7000215") && error.kind == Kind::SignIn, "{error}");
        assert!(!error.to_string().contains(SECRET), "{error}");
        assert_eq!((world.count(), world.clock.elapsed()), (1, Duration::ZERO));
    }

    #[test]
    fn a_service_in_trouble_is_asked_again_within_a_bound() {
        for (fault, times, kind) in [
            (answer(429, ""), 21, Kind::Throttled),
            (answer(503, "<html>"), 5, Kind::Unreachable),
            (Fault::ResetBefore, 5, Kind::Unreachable),
        ] {
            let world = World::start();
            world.answers(&fault, times - 1);
            assert!(world.credential.sign_in(Wish::default()).is_ok(), "{fault:?}");
            assert_eq!(world.count(), times, "{fault:?}");
            let world = World::start();
            world.answers(&fault, times);
            assert_eq!((world.refused().kind, world.count()), (kind, times), "{fault:?}");
            assert!(world.clock.elapsed() <= Duration::from_secs(180));
        }
    }

    #[test]
    fn a_service_that_says_nothing_is_told_with_its_bound() {
        let world = world(Duration::from_millis(50));
        let _slow = world.emulator.control().keep_waiting(|_| true);
        let error = world.refused();
        assert_eq!(error.kind, Kind::Throttled, "{error}");
        let error = error.to_string();
        let said = "login.microsoftonline.com: no whole answer within 0.05 s";
        assert!(error.starts_with(said) && !error.contains(SECRET), "{error}");
    }
}
