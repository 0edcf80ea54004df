//! No way to the vault.

use super::{Entry, Family, Guide};
use crate::error_code::ErrorCode::{
    AccessDenied, ConnectionLost, Firewall, NameUnresolved, NetworkSetting, NoConnection,
    OddAnswer, PrivateVault, Proxy, Redirect, RunTimeout, ServiceTrouble, Timeout, Tls,
    Unreachable, VaultUrl,
};

/// Network.
pub const FAMILY: Family = Family {
    id: "network",
    title: "Network",
    about: "The vault or the sign-in service was not reached, or does not let this address in.",
    guide: Some(GUIDE),
    entries: ENTRIES,
};

const GUIDE: Guide = Guide {
    sees: "`the name does not resolve`, `no connection`, `its TLS certificate is not trusted`, `the proxy … \
           did not connect to it`, or from the vault itself `403 Forbidden/ForbiddenByFirewall` and \
           `…/ForbiddenByConnection`.",
    why: "A vault that does not exist, or was deleted, has no name in DNS. A private vault's name leads to \
          its private address only where the zone `privatelink.vaultcore.azure.net` is linked to the \
          network. The firewall admits addresses and networks; hosted runners have another address each \
          time. A proxy that opens TLS shows a certificate of its own.",
    mend: &[
        "See what the name is here: `nslookup VAULT.vault.azure.net`.",
        "Firewall: `az keyvault network-rule add --name VAULT --ip-address ADDRESS`, with the address that \
         the vault saw, which the message says. For hosted runners: a runner in the vault's network.",
        "No public access: run inside the network, and link the zone: `az network private-dns link vnet \
         create --resource-group GROUP --zone-name privatelink.vaultcore.azure.net --name NAME \
         --virtual-network NETWORK --registration-enabled false`.",
        "Proxy: HTTPS_PROXY=http://HOST:PORT, and NO_PROXY for what is reached without it; a container \
         needs both in its own environment.",
        "A TLS-opening proxy: its authority's certificate by `--ca-certificate FILE`, or SSL_CERT_FILE.",
    ],
    check: &[
        "`curl -sS -o /dev/null -w '%{http_code}' https://VAULT.vault.azure.net/healthstatus` says 200.",
        "`az keyvault show --name VAULT --query \"properties.{public:publicNetworkAccess, \
         rules:networkAcls}\"`.",
        "`secretzero status` looks at every vault, and writes nothing.",
    ],
};

const ENTRIES: &[Entry] = &[
    Entry::new(
        Firewall,
        "the vault's firewall does not admit this address",
        "The vault lets only some addresses, networks and trusted services in; this machine is none of \
         them. No role changes that.",
        &[
            "Admit the address that the message says: `az keyvault network-rule add --name VAULT \
             --ip-address ADDRESS`.",
            "Or run the job inside an admitted network: `az keyvault network-rule add --name VAULT \
             --vnet-name NETWORK --subnet SUBNET`.",
            "A rule that is opened for one job is taken back in a step that always runs: `az keyvault \
             network-rule remove --name VAULT --ip-address ADDRESS`.",
        ],
    )
    .see(&[PrivateVault, AccessDenied])
    .service(&["ForbiddenByFirewall"]),
    Entry::new(
        PrivateVault,
        "the vault has no public access",
        "`publicNetworkAccess` is off, and the request did not come over an approved private link. Rules for \
         addresses count for nothing then.",
        &[
            "Run the job inside the vault's network, where its name resolves to the private endpoint.",
            "Or turn public access on behind the firewall: `az keyvault update --name VAULT \
             --public-network-access Enabled --default-action Deny`, then admit addresses.",
            "Where the job is inside: link the zone `privatelink.vaultcore.azure.net` to its network, since \
             its requests come by the public way.",
        ],
    )
    .see(&[Firewall, NameUnresolved])
    .service(&["ForbiddenByConnection"]),
    Entry::new(
        NameUnresolved,
        "the name does not resolve",
        "There is no vault of that name (misspelt, deleted, of another cloud), or this network's DNS does \
         not know it: a private zone that is not linked, no DNS at all, or a network that needs a proxy.",
        &[
            "Look for the vault: `az keyvault list --query \"[].name\" --output tsv`; a deleted one is in `az \
             keyvault list-deleted --output table`, and comes back by `az keyvault recover --name VAULT`.",
            "See what DNS says: `nslookup VAULT.vault.azure.net`.",
            "Private endpoint: link the zone `privatelink.vaultcore.azure.net` to the job's network.",
            "Where only a proxy resolves names: set HTTPS_PROXY.",
        ],
    )
    .see(&[VaultUrl, PrivateVault, Proxy]),
    Entry::new(
        NoConnection,
        "nobody answers at the address",
        "The connection was refused or came to nothing within the limit: a firewall of this network, a \
         missing proxy, or a private address that is not routed here.",
        &[
            "Let this network connect to `VAULT.vault.azure.net:443` and `login.microsoftonline.com:443`.",
            "Set HTTPS_PROXY where the network needs one.",
            "See where the name leads: `nslookup VAULT.vault.azure.net`; a private address (10., 172.16., \
             192.168.) must be routed from here.",
        ],
    )
    .see(&[NameUnresolved, Proxy]),
    Entry::new(
        ConnectionLost,
        "the connection ended before its answer",
        "Something between here and the service cut it. What can be repeated was repeated.",
        &[
            "Run again: what was written is kept, and the rest is brought up to it.",
            "If it stays: see which device on the way inspects or limits connections.",
        ],
    )
    .see(&[Timeout, Proxy]),
    Entry::new(
        Proxy,
        "the proxy is not there, or refused",
        "The proxy of HTTPS_PROXY does not resolve, does not listen, wants a password (407), or does not let \
         this host pass (403).",
        &[
            "Mend HTTPS_PROXY: `http://HOST:PORT`, with `USER:PASSWORD@` before the host where it asks for \
             one.",
            "Let the proxy connect to the host that the message names, port 443.",
            "Or name the host in NO_PROXY, if it is reached without.",
        ],
    )
    .see(&[NetworkSetting, NoConnection]),
    Entry::new(
        Tls,
        "TLS failed, or the certificate is not trusted",
        "Who answers shows a certificate of an authority that is not trusted here, mostly a proxy that opens \
         TLS; or it speaks no TLS.",
        &[
            "See whose it is: `openssl s_client -connect VAULT.vault.azure.net:443 -servername \
             VAULT.vault.azure.net </dev/null`, its line `issuer`.",
            "If it is your own proxy's: `--ca-certificate FILE` (in the action `ca-certificate`), or \
             SSL_CERT_FILE.",
            "If it is nobody's that you know: stop, and ask who answers.",
        ],
    )
    .see(&[Proxy]),
    Entry::new(
        Redirect,
        "the answer leads elsewhere, and is not followed",
        "Neither Key Vault nor Entra redirects; a portal of the network, or a proxy, does. A token goes along \
         no redirect.",
        &["See where it leads: `curl -sSI https://VAULT.vault.azure.net/healthstatus`, its line `Location`."],
    )
    .see(&[Proxy]),
    Entry::new(
        OddAnswer,
        "the answer is none of Key Vault's or Entra's",
        "It is too long, without an end, or of another form: something between here and the service answers \
         in its place, or changes answers.",
        &[
            "See what answers: `curl -sSi https://VAULT.vault.azure.net/healthstatus`.",
            "If the service itself does: run again, and report it with the request id.",
        ],
    )
    .see(&[Proxy, ServiceTrouble]),
    Entry::new(
        Unreachable,
        "no answer that counts",
        "The other side was not reached, or said nothing that could be used; the message says what it was.",
        &["Run again; if it stays, follow the message, and the section on the network."],
    )
    .see(&[NameUnresolved, NoConnection]),
    Entry::new(
        Timeout,
        "no whole answer in time",
        "The connection stood, and the answer did not come within the limit that the message says.",
        &[
            "Run again: what was written is kept.",
            "If it stays: see the service's health page, https://azure.status.microsoft, and what stands \
             between.",
        ],
    )
    .see(&[RunTimeout, ServiceTrouble]),
    Entry::new(
        NetworkSetting,
        "a proxy or a certificate of the environment cannot be used",
        "HTTPS_PROXY is no address of a proxy, or SSL_CERT_FILE, SSL_CERT_DIR or `--ca-certificate` names no \
         file of certificates.",
        &[
            "Write HTTPS_PROXY as `http://HOST:PORT`.",
            "A file of certificates is PEM: it begins with `-----BEGIN CERTIFICATE-----`.",
            "In a container the file has to be mounted.",
        ],
    )
    .see(&[Proxy, Tls]),
];
