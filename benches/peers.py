"""Runs the same work by several programs against one embedded vault, and prints what each took.

    python benches/peers.py target/release/secretzero

`benches/peers.sh` prepares what this needs. With `--script VAULT COUNT` it is the script that is compared: a
short one as people write it, with 16 threads and the SDK's own retries.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "99999999-8888-7777-6666-555555555555"
CLIENT_SECRET = "any"
THREADS = 16
DELAY = os.environ.get("DELAY", "20")


def script(vault, count):
    """Sets so many secrets, unless they are there."""
    import secrets
    from concurrent.futures import ThreadPoolExecutor

    from azure.core.exceptions import ResourceNotFoundError
    from azure.identity import ClientSecretCredential
    from azure.keyvault.secrets import SecretClient

    client = SecretClient(f"https://{vault}.vault.azure.net", ClientSecretCredential(TENANT, CLIENT, CLIENT_SECRET))
    there = {properties.name for properties in client.list_properties_of_secrets()}

    def make(number):
        name = f"secret-{number}"
        if name not in there:
            client.set_secret(name, secrets.token_urlsafe(24), tags={"ManagedBy": "script"})

    failed = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(make, number) for number in range(count)]:
            failed += future.exception() is not None
    if failed:
        sys.exit(f"{failed} of {count} secrets failed")


def main(program):
    program = str(pathlib.Path(program).resolve())
    print(f"{os.cpu_count()} cores; each request takes {DELAY} ms in the vault\n")
    print(f"{'':<34}{'secrets':>8}{'wall s':>9}{'s each':>9}{'cpu s':>8}{'peak MiB':>10}  result")
    for count in [100, 1000]:
        with Emulator(program, []) as emulator:
            ours(emulator, program, count)
            sdk(emulator, count)
            if count == 100:
                azure_cli(emulator)
    with Emulator(program, ["--limiter"]) as emulator:
        ours(emulator, program, 1000, ", 300 per 10 s")
        sdk(emulator, 1000, ", 300 per 10 s")


class Emulator:
    """An embedded vault, its certificate, and the environment that leads a client to it."""

    def __init__(self, program, args):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        ca = self.folder / "ca.pem"
        command = [program, "emulator", "--listen", "127.0.0.1:0", "--ca-out", str(ca), "--delay", DELAY, *args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        address = self.process.stdout.readline().strip().rsplit("https://", 1)[1]
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "HTTPS_PROXY": f"http://{address}",
            "SSL_CERT_FILE": str(ca),
            "REQUESTS_CA_BUNDLE": str(ca),
            "AZURE_CONFIG_DIR": str(self.folder / "azure"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


def ours(emulator, program, count, what=""):
    lines = ["providers: {azure: {kind: azure, auth: {kind: default}}}", "secrets:"]
    for number in range(count):
        lines.append(
            f"  - {{name: secret-{number}, kind: random_password, targets: [{{provider: azure, kind: key_vault, "
            "config: {vault_url: 'https://peers-ours-kv.vault.azure.net'}}]}"
        )
    path = emulator.folder / f"{count}.yml"
    path.write_text("\n".join(lines) + "\n")
    measure(f"secretzero sync{what}", count, [program, "sync", "--quiet", "--file", str(path)], emulator)


def sdk(emulator, count, what=""):
    command = [sys.executable, str(pathlib.Path(__file__).resolve()), "--script", "peers-script-kv", str(count)]
    measure(f"script, {THREADS} threads{what}", count, command, emulator)


def azure_cli(emulator):
    az = os.environ.get("AZ") or shutil.which("az")
    count = int(os.environ.get("AZ_SECRETS", "5"))
    if not az:
        print("az is not installed: its row is left out")
        return
    login = [az, "login", "--service-principal", "--username", CLIENT, "--password", CLIENT_SECRET]
    login += ["--tenant", TENANT, "--allow-no-subscriptions", "--skip-subscription-discovery"]
    subprocess.run(login, env=emulator.environment, check=True, stdout=subprocess.DEVNULL)
    put = '"$0" keyvault secret set --vault-name peers-az-kv --name "secret-$n" --value "value-$n" --output none'
    loop = f"set -e; for n in $(seq {count}); do {put}; done"
    measure("az keyvault secret set, in a loop", count, ["bash", "-c", loop, az], emulator)


def measure(what, count, command, emulator):
    """A process of its own and all that it starts; `az` starts one for each secret, whose CPU is added up."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=emulator.environment, cwd=emulator.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = process.stderr.read().decode().strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    result = "done" if process.returncode == 0 else f"exit {process.returncode}: {said.splitlines()[-1] if said else ''}"
    print(
        f"{what:<34}{count:>8}{wall:>9.2f}{wall / count:>9.4f}{cpu:>8.2f}{usage.ru_maxrss / 1024:>10.1f}  {result}",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--script"]:
        script(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
