"""Every `az` command that README.md and docs/ show or that `init` prints, against the Azure CLI's own help: the command
is there, and takes each long option. Nothing is run, and nobody signs in.

    python tests/python/docs_az.py PROGRAM

needs `az` in PATH. What belongs to an extension that is not installed is named and passed over.
"""

import functools
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
FENCE = re.compile(r"^ *```(\S*).*\n((?:(?! *```$).*\n)*) *```$", re.M)
INLINE = re.compile(r"`(az [^`]+)`")
COMMAND = re.compile(r"\baz((?: +[a-z][a-z0-9-]*)+)")
OPTION = re.compile(r"(?:^|\s)(--[a-z][a-z-]*)")
# Commands of extensions: `az extension add --name NAME`.
EXTENSIONS = {"pipelines": "azure-devops", "devops": "azure-devops", "monitor log-analytics": "log-analytics"}


def shown():
    """(text, place): blocks of sh and words in code type."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text, name = page.read_text(), page.relative_to(ROOT)
        for found in FENCE.finditer(text):
            if found[1] == "sh":
                yield found[2], name
        for found in INLINE.finditer(FENCE.sub("", text)):
            yield found[1], name


def started(program):
    """What `init` says is left to do."""
    for ci in ("github", "azure", "gitlab"):
        with tempfile.TemporaryDirectory() as folder:
            said = subprocess.run([program, "init", "--ci", ci, "--project", "shop"], cwd=folder, capture_output=True, text=True)
            yield said.stdout, f"init --ci {ci}"


def commands(text):
    """(words, options) of each call; one within $( ) is a call of its own, and so is one in quotes."""
    text = text.replace("\\\n", " ")
    while inner := re.search(r"\$\(([^()]*)\)", text):
        yield from commands(inner[1])
        text = text[: inner.start()] + "VALUE" + text[inner.end() :]
    text = re.sub(r"'[^']*'", "VALUE", text)
    for line in text.splitlines():
        found = COMMAND.search(line)
        if found:
            yield tuple(found[1].split()), OPTION.findall(line[found.start() :])


@functools.cache
def help_of(words):
    """The options of a command, or None where it is not there."""
    said = subprocess.run(["az", *words, "--help"], capture_output=True, text=True)
    is_command = said.returncode == 0 and "Command\n" in said.stdout
    return set(re.findall(r"--[a-z][a-z-]*", said.stdout)) if is_command else None


def resolve(words):
    """Positional words may follow a command: the longest part that is one."""
    for length in range(len(words), 0, -1):
        options = help_of(words[:length])
        if options is not None:
            return options
    return None


def main(program):
    seen, skipped, wrong = set(), set(), []
    for text, place in [*shown(), *started(program)]:
        for words, options in commands(text):
            extension = EXTENSIONS.get(words[0]) or EXTENSIONS.get(" ".join(words[:2]))
            known = resolve(words)
            if known is None and extension:
                skipped.add(extension)
            elif known is None:
                wrong.append(f"{place}: there is no `az {' '.join(words)}`")
            else:
                seen.add(words)
                wrong += [f"{place}: `az {' '.join(words)}` has no {option}" for option in options if option not in known]
    print(f"az: {len(seen)} commands are there with their options")
    for extension in sorted(skipped):
        print(f"az: skipped: the extension {extension} is not installed")
    sys.exit(("\n".join(wrong) or 0) if seen else "no command was found")


main(sys.argv[1])
