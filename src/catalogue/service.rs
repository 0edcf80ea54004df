//! The service's limits and troubles.

use super::{Entry, Family};
use crate::error_code::ErrorCode::{
    ClocksApart, NotSupported, Proxy, RunTimeout, SecretName, ServiceTrouble, Stopped, Throttled,
    Timeout, TooManyTags, ValueTooLarge,
};

/// The service.
pub const FAMILY: Family = Family {
    id: "service",
    title: "Limits and troubles of the service",
    about: "Key Vault or Entra could not, or not now.",
    guide: None,
    entries: ENTRIES,
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        Throttled,
        "too many requests",
        "A vault takes 300 new versions and 4,000 other requests in 10 seconds, from all its callers \
         together; a subscription five times that. It was waited for, and did not end.",
        &[
            "Run again later: what was written is kept, and the rest is brought up to it.",
            "See who else asks: the vault's metric `ServiceApiHit`, or its diagnostic log.",
            "Ask for less at once: `--parallel 4`; or spread the secrets over several vaults.",
        ],
    )
    .see(&[Timeout])
    .service(&["Throttled", "VaultRequestTypeLimitReached", "429"]),
    Entry::new(
        RunTimeout,
        "the run's time is over",
        "A run has a limit, which the message says; the vaults were slow, throttled, or too much was to be \
         done. No request starts after it.",
        &[
            "Run again: what was written is kept, and the rest is brought up to it.",
            "Give it more time: `--timeout 30m`.",
        ],
    )
    .see(&[Throttled, Timeout]),
    Entry::new(
        Stopped,
        "a signal asked the run to end",
        "The CI system cancelled the job, or somebody pressed Ctrl+C. What was in flight was finished and is \
         reported; nothing new was begun. The exit code is 128 and the signal's number: 129 for SIGHUP, 130 \
         for SIGINT, 143 for SIGTERM.",
        &["Run again: what was written is kept, and the rest is brought up to it."],
    )
    .see(&[RunTimeout]),
    Entry::new(
        ServiceTrouble,
        "the service says that it is in trouble",
        "It answered 5xx to the last of several tries, or with a 404 that is not about a secret.",
        &[
            "Run again later; what was written is kept.",
            "See https://azure.status.microsoft, and the vault's own health: `az keyvault show --name VAULT \
             --query properties.provisioningState`.",
        ],
    )
    .see(&[Timeout, Proxy])
    .service(&["InternalServerError", "ServiceUnavailable"]),
    Entry::new(
        ClocksApart,
        "the clocks of a secret's vaults disagree",
        "Two vaults named times that are more than five minutes apart: something between here and one of them \
         keeps old answers. Nothing is written, since a wrong clock would make secrets due.",
        &["See which is wrong: `curl -sSI https://VAULT.vault.azure.net/healthstatus`, its line `Date`."],
    )
    .see(&[Proxy]),
    Entry::new(
        NotSupported,
        "the vault does not know what was asked for",
        "A parameter, a name or a length that this vault does not take; or an old vault, such as one of Azure \
         Stack, that does not know the api-version.",
        &[
            "Read the service's own sentence. `Property  has invalid value` is said of more than 15 tags, a \
             content type of more than 255 characters, and values that are too long.",
            "An old api-version: `api_version` in `--cloud-config`.",
        ],
    )
    .see(&[SecretName, TooManyTags, ValueTooLarge])
    .service(&["BadParameter", "MethodNotAllowed"]),
    Entry::new(
        ValueTooLarge,
        "the value is longer than Key Vault stores",
        "A secret holds 25,600 bytes of UTF-8 at most; a template counts as the JSON that it becomes.",
        &["Split it into several secrets, or keep it in a storage account and its key here."],
    ),
];
