"""The real Azure CLI, signed in to a running emulator, as the program's way to sign in.

    python tests/python/azure_cli.py 127.0.0.1:8443 ca.pem target/debug/secretzero

needs `az` (`pip install azure-cli`) in PATH, one that can sign in without asking for subscriptions, which the
emulator has none of. It syncs a Secretfile by `az` signed out, signed in and refused, and by the default chain,
and prints how many checks passed.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

# The one that the emulator's challenges name unless it is told otherwise.
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "99999999-8888-7777-6666-555555555555"
DISCOVERY = "--skip-subscription-discovery"
CLIENT_SECRET = "any secret/of+the=check"
SECRETFILE = """
providers:
  azure:
    kind: azure
    auth: {kind: %s}
secrets:
  - name: %s
    kind: random_password
    targets:
      - provider: azure
        kind: key_vault
        config: {vault_url: 'https://cli-check-kv.vault.azure.net'}
"""

checks = 0


def main(address, ca, program):
    if DISCOVERY not in subprocess.run(["az", "login", "--help"], capture_output=True, text=True).stdout:
        print(f"azure cli: skipped: this version lacks {DISCOVERY}")
        return
    program = str(pathlib.Path(program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = use_emulator(address, str(pathlib.Path(ca).resolve()), folder)
        sync = lambda kind, name: run_program(program, folder, environment, kind, name)
        nobody_is_signed_in(sync)
        az_signs_in(environment)
        a_sync_is_signed_in_by_az(sync)
        entra_refuses_az(sync)
    print(f"azure cli: {checks} checks passed")


def use_emulator(address, ca, folder):
    """`az` keeps its sign-in in a folder of this run, and reaches the emulator and nothing else."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "HTTPS_PROXY": f"http://{address}",
        "REQUESTS_CA_BUNDLE": ca,
        "SSL_CERT_FILE": ca,
    }


def nobody_is_signed_in(sync):
    code, said = sync("cli", "first")
    check(code == 4, "exit code 4")
    check("has nobody signed in: `az login` was not run" in said, "says what to run")


def az_signs_in(environment):
    subprocess.run(
        ["az", "login", "--service-principal", "--username", CLIENT, "--password", CLIENT_SECRET]
        + ["--tenant", TENANT, DISCOVERY, "--allow-no-subscriptions"],
        env=environment, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )


def a_sync_is_signed_in_by_az(sync):
    for kind, name in [("cli", "first"), ("default", "second"), (f"cli, tenant_id: {TENANT}", "third")]:
        code, said = sync(kind, name)
        check(code == 0, f"{kind} signs in: {said}")


def entra_refuses_az(sync):
    """A tenant that cannot exist; `az` shows the service's own code."""
    code, said = sync("cli, tenant_id: nonsense", "fourth")
    check(code == 4, "exit code 4")
    check("AADSTS900023" in said, f"shows the code: {said}")


def run_program(program, folder, environment, kind, name):
    path = folder / "Secretfile.yml"
    path.write_text(SECRETFILE % (kind, name))
    ended = subprocess.run(
        [program, "sync", "--file", str(path)],
        env=environment, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )
    return ended.returncode, ended.stdout + ended.stderr


def check(is_right, what):
    global checks
    if not is_right:
        sys.exit(f"azure cli: failed: {what}")
    checks += 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
