#!/usr/bin/env bash
# The same work by this program, by `az keyvault secret set`, and by a script with Microsoft's Python SDK and
# 16 threads, one after the other against the same embedded vault:
#
#   benches/peers.sh            # 100 and 1,000 secrets, and 1,000 through 300 per 10 s
#
# needs python3 (the SDK comes from PyPI into the target folder) and a release build of the program, which it
# makes. `az` is taken from PATH, or from AZ=/path/to/az; without it its rows are left out. It takes a second or
# more for each secret, so only a few are set (AZ_SECRETS, 5).
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
venv=$target/peers-venv

python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check azure-keyvault-secrets azure-identity
cargo build --release --locked
exec "$venv/bin/python" benches/peers.py "$target/release/secretzero"
