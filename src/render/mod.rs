//! `render`: references to secrets, never values, in the forms in which services take them.

use clap::ValueEnum;
use serde_json::Value;

use crate::error::{Error, Result};

pub use azure_pipelines::connection;
pub use identity::Identity;
pub use reference::Reference;

mod aks;
mod app_service;
mod azure_pipelines;
mod container_apps;
mod identity;
pub mod reference;
pub mod yaml;

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Settings of App Service and Functions, as JSON, by the secret's address
    #[value(alias = "functions")]
    AppService,
    /// The same by the names of vault and secret
    #[value(alias = "functions-names")]
    AppServiceNames,
    /// Secrets and environment of a container app
    ContainerApps,
    /// The same as arguments of `az containerapp create`
    ContainerAppsAz,
    /// SecretProviderClass, and a pod that uses it
    Aks,
    /// `AzureKeyVault@2` and the environment of a step
    AzurePipelines,
    /// A variable group that is linked to the vault, and the environment of a step
    AzurePipelinesGroup,
    /// NAME=ADDRESS, one a line
    Env,
}

/// What a form is made from beside the references.
#[derive(Debug, Default)]
pub struct Options<'a> {
    /// Who reads the vault.
    pub identity: Option<&'a Identity>,
    /// The service connection of Azure Pipelines that reads it.
    pub service_connection: Option<&'a str>,
}

/// What was made.
#[derive(Debug)]
pub enum Rendered {
    /// YAML documents, each with a line about it.
    Yaml(Vec<(&'static str, Value)>),
    /// JSON whatever format is asked for.
    Json(Value),
    /// Lines of text.
    Lines(Vec<String>),
}

/// Makes a form; `references` has one at least.
pub fn render(form: Form, references: &[Reference<'_>], options: &Options<'_>) -> Result<Rendered> {
    options.check(form)?;
    match form {
        Form::AppService => Ok(Rendered::Json(app_service::by_address(references))),
        Form::AppServiceNames => Ok(Rendered::Json(app_service::by_names(references))),
        Form::ContainerApps => {
            container_apps::fragment(references, options.identity).map(Rendered::Yaml)
        }
        Form::ContainerAppsAz => {
            container_apps::arguments(references, options.identity).map(Rendered::Lines)
        }
        Form::Aks => aks::manifests(references, options.identity).map(Rendered::Yaml),
        Form::AzurePipelines => {
            azure_pipelines::task(references, options.service_connection).map(Rendered::Yaml)
        }
        Form::AzurePipelinesGroup => azure_pipelines::group(references).map(Rendered::Yaml),
        Form::Env => Ok(Rendered::Lines(env_file(references))),
    }
}

impl Options<'_> {
    /// What a form has no place for is no silent loss.
    fn check(&self, form: Form) -> Result<()> {
        let takes_identity =
            matches!(form, Form::ContainerApps | Form::ContainerAppsAz | Form::Aks);
        if self.identity.is_some() && !takes_identity {
            let help = match form {
                Form::AppService | Form::AppServiceNames => {
                    "the app itself names it: az webapp update --set keyVaultReferenceIdentity=ID"
                }
                Form::AzurePipelines => "name the service connection: --service-connection NAME",
                _ => "leave it out",
            };
            return Err(Error::usage("this form names no identity").help(help));
        }
        if self.service_connection.is_some() && form != Form::AzurePipelines {
            let what = "only `azure-pipelines` names a service connection";
            return Err(Error::usage(what).help("leave `--service-connection` out"));
        }
        Ok(())
    }
}

/// One address for each variable; the characters of both need no quotes.
fn env_file(references: &[Reference<'_>]) -> Vec<String> {
    let lines = references.iter().map(|one| format!("{}={}", one.variable, one.address()));
    lines.collect()
}

impl Rendered {
    /// As it is printed.
    pub fn text(&self) -> String {
        match self {
            Self::Yaml(documents) => {
                let documents = documents.iter();
                let each =
                    documents.map(|(line, one)| format!("# {line}\n{}", yaml::document(one)));
                each.collect::<Vec<_>>().join("---\n")
            }
            Self::Json(value) => format!("{value:#}\n"),
            Self::Lines(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
        }
    }

    /// The same as JSON, where it has such a form; several manifests are one list.
    pub fn json(&self) -> Result<String> {
        match self {
            Self::Json(value) => Ok(format!("{value:#}\n")),
            Self::Yaml(documents) => {
                let mut all: Vec<&Value> = documents.iter().map(|(_, value)| value).collect();
                if let (1, Some(only)) = (all.len(), all.pop()) {
                    return Ok(format!("{only:#}\n"));
                }
                let items: Vec<&Value> = documents.iter().map(|(_, value)| value).collect();
                let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
                Ok(format!("{list:#}\n"))
            }
            Self::Lines(_) => {
                let what = "this form has no JSON";
                Err(Error::usage(what).help("leave `--format` out"))
            }
        }
    }
}
