//! The tenants that a vault may name beside the credential's own.

use crate::azure::challenge::is_tenant;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::secretfile::Auth;

/// The file's and the job's; `*` is any.
pub fn allowed_tenants(auth: &Auth, env: &Env) -> Result<Vec<String>> {
    let mut tenants = auth.additionally_allowed_tenants.clone();
    let listed = env.get(VARIABLE).unwrap_or_default().split(';').map(str::trim);
    for tenant in listed.filter(|tenant| !tenant.is_empty()) {
        if tenant != "*" && !is_tenant(tenant) {
            let what = format!("{VARIABLE} holds `{tenant}`, which is no tenant");
            let help = "write GUIDs or domain names with `;` between them, or `*` for any";
            return Err(Error::new(Kind::SignIn, what).help(help));
        }
        tenants.push(tenant.to_owned());
    }
    Ok(tenants)
}

/// The variable; Microsoft's clients read the same.
const VARIABLE: &str = "AZURE_ADDITIONALLY_ALLOWED_TENANTS";

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str) -> std::result::Result<Vec<String>, String> {
        let auth =
            Auth { additionally_allowed_tenants: vec!["file".to_owned()], ..Auth::default() };
        let env = Env::new([(VARIABLE.to_owned(), text.to_owned())]);
        allowed_tenants(&auth, &env).map_err(|error| error.to_string())
    }

    #[test]
    fn the_jobs_tenants_stand_beside_the_files() {
        assert_eq!(allowed("").expect("none"), ["file"]);
        assert_eq!(allowed("a.example; b ;;").expect("two"), ["file", "a.example", "b"]);
        assert_eq!(allowed("*").expect("any"), ["file", "*"]);
    }

    #[test]
    fn what_is_no_tenant_is_told_with_its_variable() {
        let error = allowed("a,b").expect_err("no tenant");
        assert!(error.contains(VARIABLE) && error.contains("`a,b`"), "{error}");
    }
}
