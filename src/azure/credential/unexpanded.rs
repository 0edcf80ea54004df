//! Variables that a CI system left as they stand in its definition, such as `$(AZURE_CLIENT_SECRET)` in a
//! pipeline that has no such secret, as builds of forks have none.

use crate::env::{Env, is_unexpanded};
use crate::error::{Error, Kind, Result};
use crate::secretfile::{Auth, AuthKind};

/// Refuses those that this sign-in would take for its own: they were meant to hold something, so another
/// identity must not act in their place.
pub fn refuse(auth: &Auth, env: &Env) -> Result<()> {
    use AuthKind::{Default, Oidc, ServicePrincipal, WorkloadIdentity};
    if !matches!(auth.kind, Default | ServicePrincipal | Oidc | WorkloadIdentity) {
        return Ok(());
    }
    let read = [
        ("AZURE_TENANT_ID", auth.tenant_id.is_none()),
        ("AZURE_CLIENT_ID", auth.client_id.is_none()),
        ("AZURE_CLIENT_SECRET", auth.client_secret.is_none()),
        ("AZURE_CLIENT_CERTIFICATE_PATH", auth.certificate_path.is_none()),
        ("AZURE_FEDERATED_TOKEN_FILE", auth.token_file.is_none()),
        ("AZURE_ID_TOKEN", auth.id_token_variable.is_none()),
    ];
    let mut read = read.iter().filter(|(_, is_read)| *is_read).map(|(name, _)| *name);
    let Some(name) = read.find(|name| env.get(name).is_some_and(is_unexpanded)) else {
        return Ok(());
    };
    let what = "it holds the name of a variable that was not expanded";
    let help = "the CI system has no such variable for this job, as for a pull request from a fork; \
                define it, or take the mapping out";
    Err(Error::new(Kind::SignIn, what).at(name).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(auth: &Auth, name: &str, text: &str) -> Option<String> {
        let env = Env::new([(name.to_owned(), text.to_owned())]);
        refuse(auth, &env).err().map(|error| error.to_string())
    }

    #[test]
    fn a_variable_that_was_not_expanded_is_named_before_anybody_is_asked() {
        let auth = Auth::default();
        for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_ID_TOKEN"] {
            for text in ["$(azure.secret)", "$AZURE_SECRET"] {
                let error = refused(&auth, name, text).expect("refused");
                assert!(error.starts_with(&format!("{name}: it holds the name of")), "{error}");
            }
            assert_eq!(refused(&auth, name, "$ecret~value"), None);
        }
    }

    #[test]
    fn what_the_file_says_itself_and_what_another_way_does_not_read_is_no_matter() {
        let auth = Auth { tenant_id: Some("t".to_owned()), ..Auth::default() };
        assert_eq!(refused(&auth, "AZURE_TENANT_ID", "$(tenant)"), None);
        let auth = Auth { kind: AuthKind::ManagedIdentity, ..Auth::default() };
        assert_eq!(refused(&auth, "AZURE_CLIENT_SECRET", "$(secret)"), None);
    }
}
