"""README and CONTRIBUTING: what they name is there, and what there is they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.judge import known
from conformance.judge.verdict import ACCEPTED, VERDICTS
from conformance.plugin import options
from impls.host import toml_reader

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_path_that_is_named_is_there(text: str) -> None:
    named = re.findall(r"`((?:conformance|impls|certs|tests)/[\w./-]+)`", text)
    assert named
    assert [path for path in named if "TOPIC" not in path and not (ROOT / path).exists()] == []


def test_every_folder_of_the_architecture_is_there() -> None:
    folders, parent = [], Path()
    tree = README.split("## Architecture\n\n```\n")[1].split("```")[0]
    for line in tree.splitlines():
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        if not indent:
            parent = Path(name)
        if name.endswith("/"):
            folders.append(parent / name if indent else parent)
    assert len(folders) > 15
    assert [str(folder) for folder in folders if not (ROOT / folder).is_dir()] == []
    rooms = {path.parent.name for path in (ROOT / "conformance").glob("*/__init__.py")}
    assert rooms <= {folder.name for folder in folders}


def test_every_verdict_is_explained() -> None:
    table = README.split("| verdict | meaning | a candidate |\n")[1].split("\n\n")[0]
    explained = {}
    for names, _, outcome in (line.strip("| ").split(" | ") for line in table.splitlines()[1:]):
        explained.update(dict.fromkeys(re.findall(r"`(\w+)`", names), outcome))
    assert set(explained) == set(VERDICTS)
    for verdict, outcome in explained.items():
        assert outcome.startswith("fails") is (verdict not in ACCEPTED), verdict


def test_every_option_is_explained() -> None:
    plugin = Path(options.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in sorted(plugin.glob("*.py")))
    there = set(re.findall(r'^        "(--[\w-]+)",$', source, re.MULTILINE))
    assert "--implementation" in there
    assert there == set(re.findall(r"^\| `(--[\w-]+)", README, re.MULTILINE))


def test_the_example_of_a_divergence_has_every_key() -> None:
    example = CONTRIBUTING.split("```toml\n")[1].split("```")[0]
    table = toml_reader.loads(example)
    keys = {key.name for key in known.DIVERGENCE.keys if key.required}
    assert set(table) == keys


def test_contributing_is_one_page() -> None:
    assert len(CONTRIBUTING.splitlines()) < 100
