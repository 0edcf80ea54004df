//! A user's name and password in the environment: known, and not used.

use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// Refuses them with the reason, rather than let another identity act in their place.
pub fn refuse(env: &Env) -> Result<()> {
    if env.get("AZURE_USERNAME").is_none() {
        return Ok(());
    }
    let what = "AZURE_USERNAME is set, and signing in by user name and password is not supported: \
                Entra refuses it where multi-factor sign-in is on, as Azure itself demands";
    let help = "unset AZURE_USERNAME and AZURE_PASSWORD, and give the job an identity of its own: \
                a CI system's identity token, a managed identity, or an application's secret or \
                certificate";
    Err(Error::new(Kind::SignIn, what).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[&str]) -> Option<String> {
        let pairs = names.iter().map(|name| ((*name).to_owned(), "hunter2".to_owned()));
        refuse(&Env::new(pairs)).err().map(|error| error.to_string())
    }

    #[test]
    fn a_user_name_is_refused_with_the_reason_and_without_its_text() {
        for names in [&["AZURE_USERNAME"][..], &["AZURE_USERNAME", "AZURE_PASSWORD"]] {
            let error = refused(names).expect("refused");
            assert!(error.contains("multi-factor") && !error.contains("hunter2"), "{error}");
        }
        assert_eq!(refused(&[]), None);
        assert_eq!(refused(&["AZURE_PASSWORD"]), None, "other tools have one of that name");
    }
}
