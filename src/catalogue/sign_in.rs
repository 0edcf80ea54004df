//! Sign-ins at Microsoft Entra, and tokens that a vault does not take.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{
    Application, Certificate, ClientSecret, DeveloperTool, FederatedCredential, ForeignChallenge,
    IdToken, ManagedIdentity, NoIdentity, SignIn, Tenant, TokenRejected, UserSignIn, VaultUrl,
};

/// Who we are.
pub const FAMILY: Family = Family {
    id: "sign-in",
    title: "Sign-in",
    about: "No access token could be had, or the vault does not take it.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "`sign-in was refused: AADSTS…` with Entra's number; or `this job has no Azure identity`, with \
           a reason for each way to sign in; or `get was refused: 401 Unauthorized` from the vault.",
    why: "The job presents nothing (no permission to ask for an id token, no secret mapped into the \
          step), presents something else than the application trusts (subject, issuer or audience of a \
          federated credential, an expired secret), or asks the wrong tenant or cloud.",
    mend: &[
        "`secretzero explain AADSTS700213` explains Entra's own number, whichever it is.",
        "GitHub: give the job `permissions: {id-token: write, contents: read}`, and set `tenant_id` and \
         `client_id`.",
        "Azure Pipelines: map `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` into the step's `env`, and set \
         `auth.service_connection_id`.",
        "GitLab: `id_tokens: {AZURE_ID_TOKEN: {aud: 'api://AzureADTokenExchange'}}` in the job.",
        "A federated credential that equals the token to the letter: `az ad app federated-credential \
         create --id CLIENT_ID --parameters @credential.json`, with the issuer, subject and audience that \
         the message shows.",
        "A new secret: `az ad app credential reset --id CLIENT_ID --append`; its value, not its id.",
    ],
    check: &[
        "`az ad app federated-credential list --id CLIENT_ID --output table`, beside what the message \
         says was presented.",
        "`secretzero plan --verbose` says which credential served.",
    ],
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        SignIn,
        "sign-in failed",
        "Entra refused, or a setting for the sign-in is missing or makes no sense; the message names it.",
        &[
            "Read the message's help: it names the setting, or what Entra compared.",
            "Where the message has an AADSTS number, explain that: `secretzero explain AADSTSNUMBER`.",
        ],
    )
    .see(&[NoIdentity, FederatedCredential, Tenant]),
    Entry::new(
        NoIdentity,
        "none of the ways to sign in serves",
        "With `auth.kind: default` everything that a job may have was tried in order, and nothing is set \
         up: no secret or certificate in the environment, no id token of a CI system, no managed \
         identity, no tool that somebody has signed in to.",
        &[
            "Choose the one that should serve in the message's list, and mend its reason.",
            "Say which one it is with `auth.kind`, so that a later run fails by its reason alone.",
            "A container sees only what is mapped into it: variables by `env`, tools not at all.",
        ],
    )
    .see(&[IdToken, ManagedIdentity]),
    Entry::new(
        IdToken,
        "the CI job has no id token",
        "The job may not ask its CI system for an id token, the token's variable or file is missing or \
         empty, or a pull request comes from a fork, which gets none.",
        &[
            "GitHub: `permissions: {id-token: write, contents: read}` on the job, and on the workflow that \
             calls it.",
            "Azure Pipelines: `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}` on the step.",
            "GitLab: `id_tokens` on the job; elsewhere name the variable with `auth.id_token_variable`.",
            "A fork's pull request: rehearse it with `--local DIR`, and sync after the merge.",
        ],
    )
    .see(&[FederatedCredential, NoIdentity]),
    Entry::new(
        FederatedCredential,
        "the application trusts no token with this issuer, subject and audience",
        "Entra compares issuer, subject and audience of the presented token with the application's \
         federated credentials letter by letter. Branch, tag, environment and pull request are different \
         subjects.",
        &[
            "Make a credential with the three values that the message shows: `az ad app \
             federated-credential create --id CLIENT_ID --parameters @credential.json`.",
            "Or let the job present what is trusted: run it in that `environment`, or on that branch.",
            "A new credential takes some minutes.",
        ],
    )
    .see(&[IdToken, Application]),
    Entry::new(
        ClientSecret,
        "the application's proof is wrong or over",
        "The client secret is wrong, expired or given by its id; or the signed assertion is not good: its \
         time, its certificate, its form.",
        &[
            "Make a new secret: `az ad app credential reset --id CLIENT_ID --append`, and store its value \
             where the job reads AZURE_CLIENT_SECRET.",
            "For a certificate: `az ad app credential reset --id CLIENT_ID --cert @FILE --append`.",
            "Check the machine's clock: an assertion is good for minutes.",
            "Better: sign in without a secret, by `auth.kind: oidc`.",
        ],
    )
    .see(&[Certificate, FederatedCredential]),
    Entry::new(
        Certificate,
        "the certificate's file cannot be used",
        "The file is missing, encrypted with another password, damaged, without its key, or of another \
         kind than Entra takes (RSA of 2048 to 4096 bits, PEM or PKCS#12).",
        &[
            "See what is in it: `openssl pkcs12 -info -in FILE -noout`, or for PEM `openssl x509 -in FILE \
             -noout -subject -enddate`.",
            "Put certificate and private key into one PEM file: `cat cert.pem key.pem > both.pem`.",
            "Set `auth.certificate_password`, or the variable AZURE_CLIENT_CERTIFICATE_PASSWORD.",
        ],
    )
    .see(&[ClientSecret]),
    Entry::new(
        Application,
        "the tenant does not know the application, or it is disabled",
        "`client_id` is of another tenant, deleted, disabled, or no client id at all, such as an object id.",
        &[
            "Look it up: `az ad app show --id CLIENT_ID --query \"{name:displayName, id:appId}\"`.",
            "Give it a service principal in the tenant: `az ad sp create --id CLIENT_ID`.",
            "For a managed identity the client id is in `az identity show --name NAME --resource-group \
             GROUP --query clientId`.",
        ],
    )
    .see(&[Tenant]),
    Entry::new(
        Tenant,
        "the tenant, its cloud, or what it knows of Key Vault is wrong",
        "`tenant_id` names no tenant, or one of another cloud than the vault's; or the vault belongs to \
         another tenant than the one that was signed in to.",
        &[
            "See the vault's own: `az keyvault show --name VAULT --query properties.tenantId`.",
            "Set `tenant_id` to it; or, where this identity is known in both, add it to \
             `additionally_allowed_tenants`.",
            "Unset AZURE_AUTHORITY_HOST, or let it be the vault's cloud's.",
        ],
    )
    .see(&[Application, TokenRejected]),
    Entry::new(
        UserSignIn,
        "a person's sign-in, or a policy on it, was refused",
        "A second factor, an expired password, a missing consent, or Conditional Access: what a person \
         could answer, and a job cannot.",
        &[
            "Let the job sign in as itself: `auth.kind: oidc`, `managed_identity` or `service_principal`.",
            "On your own machine: `az login --tenant TENANT_ID --scope https://vault.azure.net/.default`.",
            "Ask an administrator which policy it was: the tenant's sign-in log names it under the \
             correlation id of the message.",
        ],
    )
    .see(&[DeveloperTool]),
    Entry::new(
        DeveloperTool,
        "the Azure CLI, the Developer CLI or Azure PowerShell gave no token",
        "It is not installed, nobody has signed in to it, it is too old, or it was refused itself. A \
         container does not see the tools of its host.",
        &[
            "Sign in to it: `az login`, `azd auth login`, or `Connect-AzAccount`.",
            "See whether it works by itself: `az account get-access-token --resource \
             https://vault.azure.net --query expiresOn`.",
        ],
    )
    .see(&[UserSignIn, NoIdentity]),
    Entry::new(
        TokenRejected,
        "the vault does not take the token",
        "The token is of another tenant than the vault's (AKV10032), for another audience (AKV10022), \
         over, or signed by a key that the vault does not know yet (AKV10046, which passes).",
        &[
            "See the vault's tenant, and sign in there: `az keyvault show --name VAULT --query \
             properties.tenantId`.",
            "Check that `vault_url` is of the cloud that you sign in to.",
            "With `auth.kind: token`: get one for this resource, `az account get-access-token --resource \
             https://vault.azure.net`.",
            "Check the machine's clock.",
        ],
    )
    .see(&[Tenant])
    .service(&["Unauthorized", "AKV10000", "AKV10022", "AKV10032", "AKV10046"]),
    Entry::new(
        ForeignChallenge,
        "the vault asks for a token for something else than Key Vault",
        "What answers under this name is no Key Vault of its cloud. No token was sent to it.",
        &[
            "Check `vault_url`, and who answers there: a proxy, or a private DNS zone with a wrong record.",
        ],
    )
    .see(&[VaultUrl]),
];
