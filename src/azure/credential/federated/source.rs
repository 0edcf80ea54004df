//! Where a CI job's id token comes from: decided from the file and the environment alone.

use super::missing::{Ci, Missing};
use super::{Told, azure_pipelines, github};
use crate::env::Env;
use crate::secret::SecretValue;
use crate::secretfile::Auth;

/// What a job has to show.
#[derive(Debug)]
pub enum Source {
    /// GitHub's endpoint.
    GitHub {
        /// Its URL.
        url: String,
        /// What opens it.
        token: SecretValue,
    },
    /// The endpoint of Azure Pipelines.
    AzurePipelines {
        /// Its URL.
        uri: String,
        /// What opens it.
        token: SecretValue,
        /// The service connection's id.
        connection: String,
    },
    /// A token in a variable.
    Variable {
        /// The variable.
        name: String,
        /// The token.
        text: SecretValue,
    },
    /// The token that an Azure CLI task hands to its script (`addSpnToEnvironment`).
    TaskToken(SecretValue),
    /// The application's secret that such a task hands over.
    TaskKey(SecretValue),
}

/// Finds it, or says what is missing.
pub fn find(auth: &Auth, env: &Env) -> Result<Source, Missing> {
    if let Some(name) = &auth.id_token_variable {
        return variable(name, env).ok_or_else(|| Missing::Variable(name.clone()));
    }
    if let Some(found) = of_github(env) {
        return found;
    }
    let found = of_azure_pipelines(auth, env)
        .or_else(|| variable(USUAL_VARIABLE, env))
        .or_else(|| of_task(env));
    found.ok_or_else(|| missing(auth, env))
}

/// The ids that go with a source. A task's token or key is that of the task's own application, so its
/// ids come before others of the environment.
pub fn ids(source: &Source, auth: &Auth, env: &Env) -> Told {
    let (tenant, client): (&[&str], &[&str]) = match source {
        Source::AzurePipelines { .. } => (
            &["AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"],
            &["AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"],
        ),
        Source::TaskToken(_) | Source::TaskKey(_) => {
            (&["tenantId", "AZURE_TENANT_ID"], &["servicePrincipalId", "AZURE_CLIENT_ID"])
        }
        Source::GitHub { .. } | Source::Variable { .. } => {
            (&["AZURE_TENANT_ID"], &["AZURE_CLIENT_ID"])
        }
    };
    Told::read(auth, env, tenant, client)
}

fn variable(name: &str, env: &Env) -> Option<Source> {
    Some(Source::Variable { name: name.to_owned(), text: secret(name, env)? })
}

/// GitHub's, or half of it; nothing in jobs without both.
fn of_github(env: &Env) -> Option<Result<Source, Missing>> {
    match (env.get(github::URL), secret(github::TOKEN, env)) {
        (Some(url), Some(token)) => Some(Ok(Source::GitHub { url: url.to_owned(), token })),
        (Some(_), None) => Some(Err(Missing::Part(github::TOKEN))),
        (None, Some(_)) => Some(Err(Missing::Part(github::URL))),
        (None, None) => None,
    }
}

fn of_azure_pipelines(auth: &Auth, env: &Env) -> Option<Source> {
    Some(Source::AzurePipelines {
        uri: env.get(azure_pipelines::URI)?.to_owned(),
        // Without a mapping of its own, the text of a variable may be its name.
        token: secret(azure_pipelines::TOKEN, env).filter(|t| !t.expose().starts_with("$("))?,
        connection: connection(auth, env)?,
    })
}

fn of_task(env: &Env) -> Option<Source> {
    let token = secret("idToken", env).map(Source::TaskToken);
    token.or_else(|| secret("servicePrincipalKey", env).map(Source::TaskKey))
}

fn connection(auth: &Auth, env: &Env) -> Option<String> {
    let told = auth.service_connection_id.as_deref();
    told.or_else(|| env.get(CONNECTION)).map(str::to_owned)
}

/// The first CI system that the environment tells of; those that pass for GitHub come first.
fn missing(auth: &Auth, env: &Env) -> Missing {
    let is = |name: &str| env.get(name).is_some();
    if ["ACT", "GITEA_ACTIONS", "FORGEJO_ACTIONS"].iter().any(|name| is(name)) {
        Missing::Declared(Ci::LikeGitHub)
    } else if is("GITHUB_ACTIONS") {
        Missing::Permission
    } else if is("TF_BUILD") || is(azure_pipelines::URI) {
        match (connection(auth, env), is(azure_pipelines::URI)) {
            (Some(_), true) => Missing::AccessToken,
            (Some(_), false) => Missing::Part(azure_pipelines::URI),
            (None, _) => Missing::Connection,
        }
    } else if is("GITLAB_CI") {
        Missing::Declared(Ci::GitLab)
    } else if is("BITBUCKET_BUILD_NUMBER") {
        Missing::Declared(Ci::Bitbucket)
    } else if is("CIRCLECI") {
        Missing::Declared(Ci::Circle)
    } else if env.is_ci() {
        Missing::Declared(Ci::Another)
    } else {
        Missing::Job
    }
}

fn secret(name: &str, env: &Env) -> Option<SecretValue> {
    env.get(name).map(|text| SecretValue::new(text.to_owned()))
}

/// The variable with a token where the file names none.
pub const USUAL_VARIABLE: &str = "AZURE_ID_TOKEN";
/// The service connection of an Azure CLI or Azure PowerShell task.
const CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";

#[cfg(test)]
mod tests {
    use super::*;

    /// Variables in the form `NAME=text`, separated by blanks.
    fn env(variables: &str) -> Env {
        let pairs = variables.split_whitespace().filter_map(|pair| pair.split_once('='));
        Env::new(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())))
    }

    fn found(auth: &Auth, variables: &str) -> String {
        match find(auth, &env(variables)) {
            Ok(Source::Variable { name, .. }) => format!("variable {name}"),
            Ok(Source::GitHub { .. }) => "github".to_owned(),
            Ok(Source::AzurePipelines { connection, .. }) => format!("pipelines {connection}"),
            Ok(Source::TaskToken(_)) => "task token".to_owned(),
            Ok(Source::TaskKey(_)) => "task key".to_owned(),
            Err(missing) => format!("{missing:?}"),
        }
    }

    #[test]
    fn the_environment_alone_tells_where_the_token_comes_from() {
        let github = "ACTIONS_ID_TOKEN_REQUEST_URL=https://u ACTIONS_ID_TOKEN_REQUEST_TOKEN=t";
        let pipelines = "TF_BUILD=True SYSTEM_OIDCREQUESTURI=https://u";
        let connection = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=c";
        for (variables, expected) in [
            (format!("{github} AZURE_ID_TOKEN=x GITHUB_ACTIONS=true"), "github"),
            (github.replace("_TOKEN=t", "_TOKEN="), "Part(\"ACTIONS_ID_TOKEN_REQUEST_TOKEN\")"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN=t".into(), "Part(\"ACTIONS_ID_TOKEN_REQUEST_URL\")"),
            ("GITHUB_ACTIONS=true AZURE_ID_TOKEN=x".into(), "variable AZURE_ID_TOKEN"),
            ("GITHUB_ACTIONS=true".into(), "Permission"),
            ("GITHUB_ACTIONS=true ACT=true".into(), "Declared(LikeGitHub)"),
            (format!("{pipelines} SYSTEM_ACCESSTOKEN=t {connection}"), "pipelines c"),
            (format!("{pipelines} {connection}"), "AccessToken"),
            (
                format!("{pipelines} SYSTEM_ACCESSTOKEN=$(System.AccessToken) {connection}"),
                "AccessToken",
            ),
            (format!("{pipelines} {connection} idToken=x"), "task token"),
            (format!("{pipelines} servicePrincipalKey=x"), "task key"),
            (format!("{pipelines} SYSTEM_ACCESSTOKEN=t"), "Connection"),
            (format!("TF_BUILD=True {connection}"), "Part(\"SYSTEM_OIDCREQUESTURI\")"),
            ("GITLAB_CI=true CI=true".into(), "Declared(GitLab)"),
            ("GITLAB_CI=true CI=true AZURE_ID_TOKEN=x".into(), "variable AZURE_ID_TOKEN"),
            ("BITBUCKET_BUILD_NUMBER=1 CI=true".into(), "Declared(Bitbucket)"),
            ("CIRCLECI=true CI=true".into(), "Declared(Circle)"),
            ("CI=true".into(), "Declared(Another)"),
            (String::new(), "Job"),
        ] {
            assert_eq!(found(&Auth::default(), &variables), expected, "{variables}");
        }
    }

    #[test]
    fn what_the_file_names_comes_first() {
        let named = |name: &str| Auth {
            id_token_variable: Some(name.to_owned()),
            service_connection_id: Some("f".to_owned()),
            ..Auth::default()
        };
        let job = "ACTIONS_ID_TOKEN_REQUEST_URL=https://u ACTIONS_ID_TOKEN_REQUEST_TOKEN=t MINE=x";
        assert_eq!(found(&named("MINE"), job), "variable MINE");
        assert_eq!(found(&named("OTHER"), job), "Variable(\"OTHER\")");
        let job = "SYSTEM_OIDCREQUESTURI=https://u SYSTEM_ACCESSTOKEN=t \
                   AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=c";
        let auth = Auth { id_token_variable: None, ..named("") };
        assert_eq!(found(&auth, job), "pipelines f");
    }

    #[test]
    fn ids_come_from_the_file_then_from_where_the_token_comes() {
        let env = env("AZURE_TENANT_ID=at AZURESUBSCRIPTION_TENANT_ID=st \
                       AZURESUBSCRIPTION_CLIENT_ID=sc tenantId=tt servicePrincipalId=tc");
        let ids = |source: &Source, auth: &Auth| {
            let ids = super::ids(source, auth, &env).all();
            ids.map(|ids| format!("{} {}", ids.tenant, ids.client))
        };
        let text = || SecretValue::new("x".to_owned());
        let pipelines =
            Source::AzurePipelines { uri: String::new(), token: text(), connection: String::new() };
        let variable = Source::Variable { name: String::new(), text: text() };
        let none = Auth::default();
        assert_eq!(ids(&pipelines, &none).as_deref(), Ok("at sc"));
        assert_eq!(ids(&Source::TaskToken(text()), &none).as_deref(), Ok("tt tc"));
        assert_eq!(ids(&variable, &none), Err("client_id"));
        let auth = Auth { client_id: Some("fc".to_owned()), ..none };
        assert_eq!(ids(&variable, &auth).as_deref(), Ok("at fc"));
    }
}
