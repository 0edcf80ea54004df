"""The Secretfile's schema against the loader's own cases: it takes every valid file, and refuses the bad ones that are
marked `schema: true`. What `render` makes for Kubernetes is checked against the rules of the CSI driver.

    python schema.py [REPOSITORY]
"""

import json
import pathlib
import re
import sys

import yaml
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
CASES = ROOT / "tests/cases"


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as the loader reads it."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^({pattern})$"), list(first))


def quoted(text):
    """Block values that hold `{{` may stand unquoted in a Secretfile; other readers need quotes."""
    value = re.compile(r"""^(\s*(?:- )*[\w-]+: |\s*- )([^'"\n|>#\[{][^\n#]*\{\{[^\n#]*?|\{\{[^\n#]*?)(\s*(?: #.*)?)$""", re.M)
    return value.sub(lambda m: m[1] + "'" + m[2].replace("'", "''") + "'" + m[3], text)


def read(text):
    return yaml.load(quoted(text), Loader=Core)


def main():
    schema = json.loads((ROOT / "docs/Secretfile.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    wrong = []

    valid = sorted((CASES / "secretfiles/valid").glob("*.yml"))
    others = [ROOT / "examples/Secretfile.yml", CASES / "render/Secretfile.yml"]
    for path in [*valid, *others]:
        wrong += [f"{path}: {list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(read(path.read_text()))]

    for title, part in schema["$defs"].items():
        for example in part.get("examples", []):
            of_part = Draft202012Validator({**part, "$defs": schema["$defs"]})
            wrong += [f"example of {title}: {e.message[:200]}" for e in of_part.iter_errors(example)]

    seen = unmarked = 0
    for case in yaml.load((CASES / "secretfiles/bad.yml").read_text(), Loader=Core):
        try:
            refused = not validator.is_valid(read(case["text"]))
        except yaml.YAMLError:
            continue
        seen += refused
        if refused != case.get("schema", False):
            wrong.append(f"{case['name']}: the schema {'refuses' if refused else 'takes'} it")

    rules = yaml.safe_load((CASES / "render/kubernetes.yml").read_text())
    manifests = [m for path in sorted((CASES / "render").glob("aks*.yml")) for m in yaml.safe_load_all(path.read_text())]
    manifests += json.loads((CASES / "render/aks.json").read_text())["items"]
    for manifest in manifests:
        of_kind = Draft202012Validator(rules["kinds"][manifest["kind"]])
        wrong += [f"{manifest['kind']}: {list(e.path)}: {e.message[:200]}" for e in of_kind.iter_errors(manifest)]
        if manifest["kind"] == "SecretProviderClass":
            parameters = Draft202012Validator(rules["objects"])
            objects = yaml.safe_load(manifest["spec"]["parameters"]["objects"])
            objects = [yaml.safe_load(one) for one in objects["array"]]
            wrong += [f"objects: {e.message[:200]}" for e in parameters.iter_errors(objects)]

    print(f"schema: {len(valid) + len(others)} valid files, {seen} bad ones refused, {len(manifests)} manifests")
    sys.exit("\n".join(wrong) or 0)


main()
