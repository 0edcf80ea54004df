//! `AZURE_AUTHORITY_HOST`: where to sign in, as Azure's tools and its Kubernetes webhook say it.
//!
//! It can choose among the names of the vault's own cloud and nothing else: whoever sets a variable of
//! the job must not choose where credentials go.

use std::sync::Arc;

use crate::cloud::{CUSTOM, Cloud};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;

/// Other names of built-in authorities, the cloud of each, and whether it is asked under this name:
/// the others are of old, and Microsoft's libraries ask the cloud's first name in their stead.
const ALIASES: [(&str, &str, bool); 6] = [
    ("login.windows.net", "public", false),
    ("login.microsoft.com", "public", false),
    ("sts.windows.net", "public", false),
    ("login-us.microsoftonline.com", "usgov", false),
    ("login.usgovcloudapi.net", "usgov", false),
    ("login.partner.microsoftonline.cn", "china", true),
];

/// The cloud with the authority that the environment names, if it names one; a custom cloud's comes
/// from the command line alone.
pub fn told(cloud: &Arc<Cloud>, env: &Env) -> Result<Arc<Cloud>> {
    let told = env.get(VARIABLE).filter(|_| cloud.name != CUSTOM);
    let Some(told) = told else { return Ok(cloud.clone()) };
    let host = host(told)?;
    match owner(&host) {
        Some((owner, asked)) if owner == cloud.name => {
            let authority = match asked {
                true => format!("https://{host}"),
                false => cloud.authority.clone(),
            };
            Ok(Arc::new(Cloud { authority, ..(**cloud).clone() }))
        }
        Some((owner, _)) => Err(of_another(&host, &owner, cloud)),
        None => Err(unknown(&host)),
    }
}

/// The name of the built-in cloud that a host signs in to, and whether it is asked under this name.
fn owner(host: &str) -> Option<(String, bool)> {
    if let Some((_, owner, asked)) = ALIASES.iter().find(|(alias, ..)| *alias == host) {
        return Some(((*owner).to_owned(), *asked));
    }
    let clouds = Cloud::names().filter_map(Cloud::built_in);
    let mut clouds = clouds.filter(|cloud| cloud.authority_host() == host);
    clouds.next().map(|cloud| (cloud.name.clone(), true))
}

/// A host, or an https URL of nothing but a host, in lower case.
fn host(told: &str) -> Result<String> {
    let lower = told.trim().trim_end_matches('/').to_ascii_lowercase();
    let bare = lower.strip_prefix("https://").unwrap_or(&lower);
    if bare.contains("://") {
        let what = "the sign-in service is reached over https alone";
        let help = "name its host, such as login.microsoftonline.com";
        return Err(Error::of(ErrorCode::Tenant, what).at(VARIABLE).help(help));
    }
    Ok(bare.to_owned())
}

fn of_another(host: &str, owner: &str, cloud: &Cloud) -> Error {
    let Cloud { name, suffix, .. } = cloud;
    let what = format!(
        "{host} signs in to the cloud `{owner}`, and the vault (*.{suffix}) is in the cloud `{name}`"
    );
    let right = cloud.authority_host();
    let help = format!("unset the variable, or set it to {right}; or check `vault_url`");
    Error::of(ErrorCode::Tenant, what).at(VARIABLE).help(help)
}

fn unknown(host: &str) -> Error {
    let what = format!("{host} is no sign-in service that is known here");
    let help = "unset the variable: the vault's own cloud is asked; the one of a private cloud comes \
                from --cloud-config";
    Error::of(ErrorCode::Tenant, what).at(VARIABLE).help(help)
}

/// The variable.
const VARIABLE: &str = "AZURE_AUTHORITY_HOST";

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(cloud: &str, told: &str) -> std::result::Result<String, String> {
        let cloud = Cloud::built_in(cloud).expect("built in");
        let env = Env::new([(VARIABLE.to_owned(), told.to_owned())]);
        super::told(&cloud, &env)
            .map(|cloud| cloud.authority.clone())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_built_in_cloud_takes_its_own_authority_as_host_or_url() {
        for name in Cloud::names().filter(|name| *name != CUSTOM) {
            let own = Cloud::built_in(name).expect("built in").authority.clone();
            for told in ["", &own, &format!("{own}/"), own.trim_start_matches("https://")] {
                assert_eq!(authority(name, told), Ok(own.clone()), "{told}");
            }
            assert_eq!(authority(name, &own.to_uppercase()), Ok(own));
        }
    }

    #[test]
    fn another_name_of_the_same_authority_is_known() {
        let partner = "https://login.partner.microsoftonline.cn".to_owned();
        assert_eq!(authority("china", &partner), Ok(partner.clone()));
        let public = "https://login.microsoftonline.com".to_owned();
        assert_eq!(authority("public", "https://login.windows.net/"), Ok(public));
    }

    #[test]
    fn an_authority_of_another_cloud_is_an_error_that_names_both() {
        let error = authority("usgov", "login.microsoftonline.com").expect_err("another cloud");
        for part in ["`public`", "`usgov`", "vault.usgovcloudapi.net", "login.microsoftonline.us"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn credentials_go_to_no_host_that_is_not_known() {
        for told in [
            "https://login.example",
            "login.microsoftonline.com.evil.example",
            "https://login.microsoftonline.com@evil.example",
            "https://login.microsoftonline.com:8443",
            "https://evil.example/login.microsoftonline.com",
            "https://login.microsoftonline.com/tenant",
            "https://",
        ] {
            assert!(authority("public", told).is_err(), "{told}");
        }
        let error = authority("public", "http://login.microsoftonline.com").expect_err("http");
        assert!(error.contains("https"), "{error}");
    }

    #[test]
    fn a_custom_clouds_authority_comes_from_the_command_line_alone() {
        let text = "{authority: 'https://login.local', vault_suffix: vault.local}";
        let cloud = Cloud::custom(text).expect("complete");
        let env = Env::new([(VARIABLE.to_owned(), "https://login.evil.example".to_owned())]);
        assert_eq!(told(&cloud, &env).expect("ignored").authority, "https://login.local");
    }
}
