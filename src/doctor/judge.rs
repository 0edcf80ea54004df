//! Makes findings of facts; asks nobody.

use jiff::SignedDuration;

use super::Place;
use super::assignee::Assignee;
use super::facts::{Facts, Trust};
use super::needs::Needs;
use super::rights::{Granting, Right};
use crate::azure::{Caller, Code, Failure};
use crate::catalogue;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::http::Proxied;
use crate::report::doctor::{Check, Finding, State};

mod deleted;
mod name;
mod tried;

/// One finding for each check that was wanted, in their order.
pub fn findings(place: &Place<'_>, facts: &Facts) -> Vec<Finding> {
    let judge = Judge { place, facts, needs: Needs::of(place) };
    let wants = |check: &Check| !check.is_tried() || facts.probe.is_some();
    Check::ALL.into_iter().filter(wants).map(|check| judge.finding(check)).collect()
}

struct Judge<'a> {
    place: &'a Place<'a>,
    facts: &'a Facts,
    needs: Needs,
}

impl Judge<'_> {
    fn finding(&self, check: Check) -> Finding {
        let finding = match self.facts.end() {
            Some((at, error)) if at == check => self.failed(check, State::Failed, error),
            Some((at, _)) if at < check => {
                let what = format!("not tried, since `{}` failed", at.name());
                Finding::new(check, State::Unknown, what)
            }
            _ => self.judge(check),
        };
        explained(finding)
    }

    fn judge(&self, check: Check) -> Finding {
        match check {
            Check::Name => name::finding(&self.facts.way),
            Check::Proxy => self.proxy(),
            Check::Connection => Finding::ok(check, "it answers"),
            Check::Tls => self.tls(),
            Check::Clock => self.clock(),
            Check::SignIn => self.signed_in(),
            Check::Network => self.admitted(),
            Check::ApiVersion => {
                Finding::ok(check, format!("{} is taken", self.place.vault.cloud().api_version))
            }
            Check::List => self.list(),
            Check::Get => self.get(),
            Check::SoftDelete => deleted::level(self.place, self.facts),
            Check::DeletedNames => deleted::names(self.place, self.facts, &self.who()),
            Check::LeftBehind => self.left_behind(),
            Check::Set | Check::Update | Check::Delete | Check::Recover | Check::Purge => {
                self.tried(check)
            }
        }
    }

    fn proxy(&self) -> Finding {
        let what = match &self.facts.way.proxied {
            Proxied::No => "none (HTTPS_PROXY is not set)".to_owned(),
            Proxied::Exempt => "none (NO_PROXY names the vault)".to_owned(),
            Proxied::By(proxy) => format!("through {proxy} (HTTPS_PROXY)"),
            Proxied::Embedded => "none, in a rehearsal".to_owned(),
        };
        Finding::ok(Check::Proxy, what)
    }

    fn tls(&self) -> Finding {
        let what = match self.facts.trust {
            Trust::BuiltIn => "its certificate is verified by an authority that Mozilla trusts",
            Trust::Added => {
                "its certificate is verified by an authority that this job adds (--ca-certificate, \
                 SSL_CERT_FILE or SSL_CERT_DIR): whoever holds it can read what is sent"
            }
            Trust::Embedded => "its certificate is the rehearsal's own",
            Trust::Unknown => {
                let what = "its certificate is verified; by whose authority could not be told";
                return Finding::new(Check::Tls, State::Notice, what);
            }
        };
        Finding::ok(Check::Tls, what)
    }

    fn clock(&self) -> Finding {
        let ahead = self.facts.greeting.as_ref().and_then(|g| g.as_ref().ok()?.ahead);
        let Some(ahead) = ahead else {
            return Finding::new(Check::Clock, State::Unknown, "the answer names no time")
                .cause("Something between here and the vault takes its `Date` away.");
        };
        let seconds = ahead.as_secs();
        if ahead.abs() <= MOST_APART {
            return Finding::ok(
                Check::Clock,
                format!("it is {} s off the service's", seconds.abs()),
            );
        }
        let side = if seconds > 0 { "ahead of" } else { "behind" };
        let what = format!("this machine's clock is {} s {side} the service's", seconds.abs());
        Finding::new(Check::Clock, State::Notice, what)
            .cause(
                "Sign-ins by certificate or id token are refused when the clock is minutes off. Due \
                 dates go by the service's clock.",
            )
            .fix("timedatectl set-ntp true")
    }

    fn signed_in(&self) -> Finding {
        let Some(Ok(caller)) = &self.facts.caller else { return self.unasked(Check::SignIn) };
        let Caller { application, object, tenant, is_person } = caller;
        let kind = if *is_person { "a person by application" } else { "application" };
        let parts = [(kind, application), ("object", object), ("tenant", tenant)];
        let known = parts.iter().filter_map(|(word, id)| Some(format!("{word} {}", id.as_ref()?)));
        let what = known.collect::<Vec<_>>().join(", ");
        match what.is_empty() {
            true => {
                Finding::ok(Check::SignIn, "there is a token, which does not say whom it is for")
            }
            false => Finding::ok(Check::SignIn, what),
        }
    }

    fn admitted(&self) -> Finding {
        let address = self.facts.greeting.as_ref().and_then(|g| g.as_ref().ok()?.address);
        let seen = address.map_or_else(String::new, |address| format!("; the vault saw {address}"));
        Finding::ok(Check::Network, format!("this address is let in{seen}"))
    }

    fn list(&self) -> Finding {
        let failure = match &self.facts.list {
            Some(Ok(())) => return Finding::ok(Check::List, "it may list the vault's names"),
            Some(Err(failure)) => failure,
            None => return self.unasked(Check::List),
        };
        if !matches!(self.facts.list_one, Some(Ok(()))) {
            return self.refused(Check::List, State::Failed, failure);
        }
        let what = "it may look at the file's names, and not list the vault";
        Finding::new(Check::List, State::Notice, what)
            .cause("Its role is assigned on single secrets: every name is looked up by itself.")
            .fix("none is needed; a role on the vault makes it quicker, and lets --orphans work")
    }

    fn get(&self) -> Finding {
        let failure = match &self.facts.get {
            Some(Ok(())) => {
                return Finding::ok(
                    Check::Get,
                    "it may read values (asked with a name that nobody has)",
                );
            }
            Some(Err(failure)) => failure,
            None => return self.unasked(Check::Get),
        };
        if matches!(self.facts.list_one, Some(Ok(()))) && failure.code == Code::Rights {
            return Finding::new(Check::Get, State::Unknown, "it is not known").cause(
                "A role on single secrets shows only by reading their values, which is not done.",
            );
        }
        let is_needed = self.needs.include(Right::Get) || failure.code != Code::Rights;
        let state = if is_needed { State::Failed } else { State::Notice };
        self.refused(Check::Get, state, failure)
    }

    /// What was refused, with the command that grants it to us.
    fn refused(&self, check: Check, state: State, failure: &Failure) -> Finding {
        let finding = self.failed(check, state, &failure.error);
        match (failure.code, Right::of(check)) {
            (Code::Rights, Some(right)) => {
                let (vault, model) = (self.place.vault.name(), failure.model);
                let (who, held) = (&self.who(), &self.facts.held());
                finding.fix(right.fix(&Granting { vault, model, who, needs: self.needs, held }))
            }
            _ => finding,
        }
    }

    fn failed(&self, check: Check, state: State, error: &Error) -> Finding {
        let finding = Finding::of_error(check, state, error, self.place.vault.name());
        match error.code {
            ErrorCode::NameUnresolved => {
                let show = format!("az keyvault show --name {}", self.place.vault.name());
                let fix = finding.fix.clone().unwrap_or_default();
                let query = "--query properties.vaultUri --output tsv";
                finding.fix(format!("{fix}\nsee whether it is there: {show} {query}"))
            }
            ErrorCode::PrivateVault if name::is_public(&self.facts.way) => finding.cause(NO_ZONE),
            _ => finding,
        }
    }

    fn who(&self) -> Assignee {
        let known = self.facts.identity().as_ref().and_then(Assignee::of_identity);
        known.unwrap_or(Assignee::Unknown)
    }

    fn unasked(&self, check: Check) -> Finding {
        Finding::new(check, State::Unknown, "it was not asked")
    }
}

/// The catalogue's cause and way out where nothing better is known.
fn explained(finding: Finding) -> Finding {
    let Some((_, entry)) = finding.code.and_then(catalogue::entry) else { return finding };
    let cause = finding.cause.clone().or_else(|| Some(entry.cause.to_owned()));
    let fix = finding.fix.clone().or_else(|| Some((*entry.fix.first()?).to_owned()));
    Finding { cause, fix, ..finding }
}

/// Why a private vault is not reached by its name.
const NO_ZONE: &str = "The vault has no public access, and its name leads to a public address here: the zone \
                       privatelink.vaultcore.azure.net is not linked to this network, or this machine does \
                       not ask its DNS.";
/// A difference of the clocks that nothing minds.
const MOST_APART: SignedDuration = SignedDuration::from_secs(60);
