"""Microsoft's own SDK against a running emulator, by the vault's real URL through the proxy.

    python tests/python/sdk.py 127.0.0.1:8443 ca.pem

needs azure-keyvault-secrets and azure-identity. It sets, reads, lists, changes, deletes, recovers and purges,
and prints how many checks passed.
"""

import datetime
import os
import sys

VAULT = "https://sdk-check-kv.vault.azure.net"
# The one that the emulator's challenges name unless it is told otherwise.
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "99999999-8888-7777-6666-555555555555"

checks = 0


def main(address, ca):
    use_emulator(address, ca)
    # The SDK reads the environment when it is loaded.
    from azure.identity import ClientSecretCredential
    from azure.keyvault.secrets import SecretClient

    credential = ClientSecretCredential(TENANT, CLIENT, "any secret/of+the=check")
    with SecretClient(VAULT, credential) as client:
        sets_and_gets(client)
        refuses_what_is_not_there(client)
        lists_names_over_three_pages(client)
        lists_versions(client)
        changes_properties(client)
        deletes_and_recovers(client)
        backs_up_purges_and_restores(client)
    print(f"sdk: {checks} checks passed")


def use_emulator(address, ca):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["HTTPS_PROXY"] = f"http://{address}"
    os.environ["REQUESTS_CA_BUNDLE"] = ca


def sets_and_gets(client):
    expires = datetime.datetime(2999, 12, 31, tzinfo=datetime.timezone.utc)
    made = client.set_secret(
        "db", "s3cret/+=", content_type="text/plain", tags={"a": "b"}, expires_on=expires
    )
    check(made.value == "s3cret/+=", "set returns the value")
    check(made.id.startswith(f"{VAULT}/secrets/db/"), "set returns the id")
    got = client.get_secret("db")
    check(got.value == "s3cret/+=", "get returns the value")
    check(got.properties.version == made.properties.version, "get returns the latest version")
    check(got.properties.content_type == "text/plain", "the content type is kept")
    check(got.properties.tags == {"a": "b"}, "tags are kept")
    check(got.properties.expires_on == expires, "a date beyond 32 bits is kept")
    check(got.properties.recovery_level == "Recoverable+Purgeable", "soft delete is on")
    check(got.properties.recoverable_days == 90, "for 90 days")


def refuses_what_is_not_there(client):
    from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

    missing = raises(ResourceNotFoundError, lambda: client.get_secret("nobody"))
    check(missing.error.code == "SecretNotFound", "a missing secret has its code")
    bad = raises(HttpResponseError, lambda: client.set_secret("a_b", "x"))
    check(bad.status_code == 400 and bad.error.code == "BadParameter", "a bad name is refused")


def lists_names_over_three_pages(client):
    names = {f"page-{number}" for number in range(60)}
    for name in names:
        client.set_secret(name, name)
    pages = list(client.list_properties_of_secrets().by_page())
    pages = [[item.name for item in page] for page in pages]
    check(len(pages) >= 3, "61 names fill three pages")
    check(max(map(len, pages)) <= 25, "a page has 25 at most")
    listed = [name for page in pages for name in page]
    check(len(listed) == 61 and set(listed) == names | {"db"}, "every name is listed once")
    check(listed == sorted(listed, key=str.upper), "names are in order")


def lists_versions(client):
    second = client.set_secret("db", "second")
    versions = list(client.list_properties_of_secret_versions("db"))
    check(len(versions) == 2, "both versions are listed")
    check(second.properties.version in {item.version for item in versions}, "the new one, too")
    first = next(item for item in versions if item.version != second.properties.version)
    check(client.get_secret("db", first.version).value == "s3cret/+=", "an old version is kept")
    check(client.get_secret("db").value == "second", "the new one is current")
    check(list(client.list_properties_of_secret_versions("nobody")) == [], "no name, no versions")


def changes_properties(client):
    from azure.core.exceptions import HttpResponseError

    changed = client.update_secret_properties("db", content_type="x/y", tags={"c": "d"})
    check(changed.content_type == "x/y" and changed.tags == {"c": "d"}, "properties change")
    check(client.get_secret("db").value == "second", "and the value stays")
    client.update_secret_properties("db", enabled=False)
    refused = raises(HttpResponseError, lambda: client.get_secret("db"))
    check(refused.status_code == 403, "a disabled secret is not read")
    client.update_secret_properties("db", enabled=True)
    check(client.get_secret("db").properties.enabled, "and is read again")


def deletes_and_recovers(client):
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    poller = client.begin_delete_secret("db", _polling_interval=0.1)
    poller.wait()
    deleted = poller.result()
    days = deleted.scheduled_purge_date - deleted.deleted_date
    check(days == datetime.timedelta(days=90), "a deleted secret is kept for 90 days")
    raises(ResourceNotFoundError, lambda: client.get_secret("db"))
    taken = raises(ResourceExistsError, lambda: client.set_secret("db", "x"))
    check("deleted but recoverable" in taken.message, "its name is taken")
    check(client.get_deleted_secret("db").name == "db", "it is found among the deleted")
    names = [item.name for item in client.list_deleted_secrets()]
    check(names == ["db"], "and listed there")
    client.begin_recover_deleted_secret("db", _polling_interval=0.1).wait()
    check(client.get_secret("db").value == "second", "it comes back with its value")
    check(len(list(client.list_properties_of_secret_versions("db"))) == 2, "and its versions")


def backs_up_purges_and_restores(client):
    from azure.core.exceptions import ResourceNotFoundError

    backup = client.backup_secret("db")
    client.begin_delete_secret("db", _polling_interval=0.1).wait()
    client.purge_deleted_secret("db")
    raises(ResourceNotFoundError, lambda: client.get_deleted_secret("db"))
    raises(ResourceNotFoundError, lambda: client.get_secret("db"))
    check(client.restore_secret_backup(backup).name == "db", "a backup is restored")
    check(client.get_secret("db").value == "second", "with its value")


def check(holds, what):
    global checks
    if not holds:
        sys.exit(f"sdk: failed: {what}")
    checks += 1


def raises(kind, call):
    try:
        call()
    except kind as error:
        check(True, kind.__name__)
        return error
    sys.exit(f"sdk: failed: no {kind.__name__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
