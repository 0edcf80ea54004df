"""The blocks of README.md and docs/ that other people's programs judge: pipelines by their schemas, Terraform by a
parser, parts of a Secretfile by its schema. `tests/suite/docs/` has the other kinds, and refuses unknown ones.

    python tests/python/docs.py extract FOLDER     writes the pipelines into FOLDER/KIND/NAME.yml
    python tests/python/docs.py check              checks Terraform and the parts of a Secretfile
"""

import json
import pathlib
import re
import sys

import hcl2
import yaml
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\S.*)\n((?:(?!\1```$).*\n)*)\1```$", re.M)
# Steps are no workflow by themselves.
AROUND_STEPS = """on: push
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {contents: read, id-token: write}
    steps:
"""


def blocks():
    """(kind, text, PAGE:LINE) of each."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text()
        for found in FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            inside = re.sub(f"^{found[1]}", "", found[3], flags=re.M)
            yield found[2], inside, f"{page.relative_to(ROOT)}:{line}"


def extract(folder):
    seen = 0
    for kind, text, at in blocks():
        if kind == "yaml github-steps":
            kind, text = "yaml github-workflow", AROUND_STEPS + re.sub("^", "      ", text, flags=re.M)
        if kind in ("yaml github-workflow", "yaml azure-pipeline", "yaml gitlab-ci"):
            path = folder / kind.removeprefix("yaml ") / (re.sub(r"\W+", "-", at) + ".yml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            seen += 1
    print(f"docs: {seen} pipelines")
    return [] if seen else ["no pipeline was found"]


def check():
    schema = json.loads((ROOT / "docs/Secretfile.schema.json").read_text())
    wrong, terraform, parts = [], 0, 0
    for kind, text, at in blocks():
        if kind == "hcl":
            terraform += 1
            try:
                hcl2.loads(text)
            except Exception as error:
                wrong.append(f"{at}: {error}")
        elif kind.startswith("yaml Secretfile/"):
            parts += 1
            part = schema["$defs"][kind.removeprefix("yaml Secretfile/")]
            of_part = Draft202012Validator({**part, "$defs": schema["$defs"]})
            wrong += [f"{at}: {e.message[:200]}" for e in of_part.iter_errors(yaml.safe_load(text))]
    print(f"docs: {terraform} blocks of Terraform, {parts} parts of a Secretfile")
    return wrong if terraform and parts else ["no block was found"]


if __name__ == "__main__":
    does = extract(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["extract"] else check()
    sys.exit("\n".join(does) or 0)
