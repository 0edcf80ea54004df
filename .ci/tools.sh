# shellcheck shell=bash
# Other people's tools, installed into the target directory. To be sourced in the repository's root.

mkdir -p "${CARGO_TARGET_DIR:-target}"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
python_bin=$target/python-venv/bin
node_bin=$target/node/node_modules/.bin

skip() {
    printf '\n=== skipped: %s\n' "$*"
}

# What .ci/requirements.txt names, into one environment with all that Python is used for here.
install_python_tools() {
    command -v python3 >/dev/null && python3 -m venv "$target/python-venv" &&
        "$python_bin/python" -m pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
}

# What .ci/package.json names.
install_node_tools() {
    command -v npm >/dev/null && mkdir -p "$target/node" && cp .ci/package.json "$target/node/" &&
        npm install --prefix "$target/node" --silent --no-audit --no-fund --ignore-scripts
}
