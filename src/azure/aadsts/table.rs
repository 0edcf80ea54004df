//! The codes. What a user can do comes first; what only an administrator can do says so.

use super::{Entry, Shows};
use crate::error_code::ErrorCode;

/// Every code that we know, by what they are about.
pub const FAMILIES: &[(ErrorCode, &[Entry])] = &[
    (ErrorCode::FederatedCredential, FEDERATED),
    (ErrorCode::ClientSecret, ASSERTIONS),
    (ErrorCode::Application, APPLICATION),
    (ErrorCode::ClientSecret, SECRET),
    (ErrorCode::Tenant, TENANT),
    (ErrorCode::UserSignIn, PEOPLE),
    (ErrorCode::ServiceTrouble, PASSING),
];

/// The federated credential.
const FEDERATED: &[Entry] = &[
    assertion(
        &[70_021],
        "no federated credential matches the presented token",
        "compare the token with the federated credentials of {client} (az ad app \
         federated-credential list --id {client}): issuer, subject and audience must be equal to \
         the letter; a new one takes some minutes",
    ),
    assertion(
        &[700_211],
        "no federated credential has the presented issuer",
        "set the issuer of a federated credential of {client} to exactly `{iss}`, without a slash \
         added or left out; a new one takes some minutes",
    ),
    assertion(
        &[700_212],
        "no federated credential has the presented audience",
        "set the audience of the federated credential of {client} to exactly `{aud}`, or \
         `auth.audience` to the credential's own, which is mostly `{audience}`",
    ),
    assertion(
        &[700_213],
        "no federated credential has the presented subject",
        "set the subject of a federated credential of {client} to exactly `{sub}`: branch, tag, \
         environment and pull request are different subjects, capital letters count, and GitHub \
         repositories made, renamed or moved since July 2026 present their ids \
         (repo:ORG@ID/REPO@ID:…); a new credential takes some minutes",
    ),
    assertion(
        &[7_002_131, 7_002_138],
        "the expression of a flexible federated credential does not match",
        "mend `claimsMatchingExpression` of the federated credential of {client}, so that it \
         matches `{sub}`",
    ),
    assertion(
        &[70_025],
        "the application has no federated credential at all",
        "add one to application {client} with the values below, or check that `client_id` names \
         the application (or managed identity) that has it",
    ),
    assertion(
        &[700_223, 700_238],
        "the tenant's policy does not let applications trust this issuer",
        "ask an administrator of tenant {tenant} to allow the issuer, or add the federated \
         credential to a user-assigned managed identity instead",
    ),
    assertion(
        &[700_229, 70_052],
        "this kind of token cannot prove an application",
        "present a token that an application got for itself, and use an application of one tenant",
    ),
];

/// Assertions of any origin.
const ASSERTIONS: &[Entry] = &[
    entry(
        &[700_021],
        "the assertion does not name the application",
        "issuer and subject of an assertion made with a certificate are both the client id {client}",
    ),
    assertion(
        &[700_023],
        "the assertion is for another endpoint",
        "its audience must be the token endpoint of {authority}, or, for a federated credential, \
         `{audience}`; check that AZURE_AUTHORITY_HOST is the vault's cloud's",
    ),
    Entry {
        codes: &[700_024],
        meaning: "the assertion is not good at this time",
        fix: "let the job ask for a new token just before it signs in: tokens of CI systems end \
              after 5 to 10 minutes; and check the machine's clock",
        shows: Shows::Times,
        is_transient: false,
    },
    entry(
        &[700_027],
        "the assertion's signature is of no certificate that the application has",
        "upload the certificate to application {client} (az ad app credential reset --id {client} \
         --cert @FILE --append), and check that the key belongs to it",
    ),
    entry(
        &[700_030],
        "the certificate's subject name is not trusted",
        "set `auth.send_chain: true`, and check the application's trusted subject and issuer",
    ),
    entry(
        &[50_027],
        "the assertion is no JWT",
        "check the variable or file that holds the token: quotes, a line break, or another \
         variable's text",
    ),
    entry(
        &[50_012],
        "the assertion's certificate, chain or signature is not valid",
        "check certificate and chain, and that the key belongs to them",
    ),
];

/// The application itself.
const APPLICATION: &[Entry] = &[
    entry(
        &[700_016],
        "the tenant does not know the application",
        "check `client_id` ({client}) and `tenant_id` ({tenant}): the application may be in another \
         tenant or deleted; a new one takes some minutes",
    ),
    entry(
        &[7_000_229],
        "the application has no service principal in the tenant",
        "make it: az ad sp create --id {client}",
    ),
    entry(
        &[7_000_112, 70_001],
        "the application is disabled",
        "enable the enterprise application of {client} in tenant {tenant}",
    ),
];

/// An application's proof.
const SECRET: &[Entry] = &[
    entry(
        &[7_000_215],
        "the application's secret is wrong",
        "give the secret's value, not its id; if the value is lost, make a new one (az ad app \
         credential reset --id {client} --append); a new one takes some minutes",
    ),
    entry(
        &[7_000_222],
        "the application's secret has expired",
        "make a new one (az ad app credential reset --id {client} --append), or sign in without \
         one: `auth.kind: oidc`",
    ),
    entry(
        &[7_000_218, 7_000_216],
        "the request has no proof of the application",
        "give a secret, a certificate or a federated token; for a person's sign-in, allow public \
         client flows on application {client}",
    ),
    entry(
        &[700_025],
        "the application is public, and takes no proof",
        "use an application that is registered as confidential (platform Web)",
    ),
];

/// Tenant and cloud.
const TENANT: &[Entry] = &[
    entry(
        &[90_002],
        "there is no such tenant",
        "check `tenant_id` ({tenant}), and that its cloud is the vault's: {authority} was asked",
    ),
    entry(
        &[900_023],
        "the tenant's id has no valid form",
        "set `tenant_id` to the tenant's GUID or one of its verified domains",
    ),
    entry(
        &[90_038, 900_382, 900_432],
        "the tenant is in another national cloud",
        "{authority} was asked: use a vault, and AZURE_AUTHORITY_HOST, of the cloud of tenant \
         {tenant}",
    ),
    entry(
        &[500_011, 50_001, 650_057],
        "the tenant does not know Key Vault under this name",
        "check that tenant {tenant} is of the vault's cloud; where Key Vault's own service \
         principal is missing: az ad sp create --id cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
    ),
    entry(
        &[70_011, 28_002, 700_022, 1_002_012],
        "the scope is not valid",
        "a scope is one resource that ends with /.default; check `scope` of --cloud-config",
    ),
    entry(
        &[900_144, 90_014],
        "the request lacks a part",
        "a setting that the answer names is empty; check `tenant_id`, `client_id` and the token",
    ),
    entry(
        &[9_001_023, 50_194],
        "the application cannot sign in without a tenant of its own",
        "set `tenant_id` to one tenant, not to common or organizations",
    ),
];

/// People.
const PEOPLE: &[Entry] = &[
    entry(
        &[50_034],
        "the tenant does not know the user",
        "check user and `tenant_id`, or have the user invited to tenant {tenant}",
    ),
    entry(
        &[50_126],
        "user name or password is wrong",
        "a job signs in better without a person's password: `oidc` or `managed_identity`",
    ),
    entry(
        &[50_076, 50_079, 50_072],
        "the user must confirm the sign-in with a second factor",
        "sign in by hand: az login --tenant {tenant} --scope https://vault.azure.net/.default; a \
         job uses `oidc`, `managed_identity` or `service_principal`",
    ),
    entry(
        &[50_055, 50_056, 50_057, 50_053],
        "the user's password has expired, or the account is disabled or locked",
        "ask an administrator of tenant {tenant}",
    ),
    entry(
        &[50_020, 50_105],
        "the user has no access to the tenant or the application",
        "have the user invited to tenant {tenant}, or assigned to application {client}",
    ),
    entry(
        &[53_003, 530_032, 530_034, 530_035],
        "a Conditional Access policy or security defaults forbid it",
        "ask an administrator of tenant {tenant} to let this identity in from this network; the \
         sign-in log names the policy",
    ),
    entry(
        &[53_000, 53_001, 530_002, 530_003],
        "a policy wants a managed device",
        "a user's sign-in is of no use on this machine: use `oidc`, `managed_identity` or \
         `service_principal`",
    ),
    entry(
        &[65_001, 90_094, 65_002],
        "nobody has consented to the application's use of Key Vault",
        "ask an administrator of tenant {tenant} for consent, or use an application of your own",
    ),
    entry(
        &[70_008, 700_082, 70_043, 50_173],
        "the sign-in of the past is no longer good",
        "sign in again",
    ),
    entry(
        &[54_005, 70_016, 70_018, 70_019],
        "the code was used, is wrong or has expired",
        "start to sign in again",
    ),
    entry(
        &[50_196],
        "the same request was sent too often",
        "wait some minutes, and let one job at a time sign in as {client}",
    ),
];

/// What passes by itself.
const PASSING: &[Entry] = &[Entry {
    codes: &[90_055, 90_033, 90_006, 90_012, 90_024, 50_033, 50_000],
    meaning: "Entra is busy or in trouble",
    fix: "run again later; if it stays, https://azure.status.microsoft tells",
    shows: Shows::Nothing,
    is_transient: true,
}];

/// A code that stands for itself.
const fn entry(codes: &'static [u64], meaning: &'static str, fix: &'static str) -> Entry {
    Entry { codes, meaning, fix, shows: Shows::Nothing, is_transient: false }
}

/// A code that is understood by what was presented.
const fn assertion(codes: &'static [u64], meaning: &'static str, fix: &'static str) -> Entry {
    Entry { codes, meaning, fix, shows: Shows::Assertion, is_transient: false }
}
