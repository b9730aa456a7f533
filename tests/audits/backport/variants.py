"""The suite on the backport built, or run, in another way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.judge import known
from impls.host import selection, toml_reader
from impls.host.declarations import Implementation, matches
from tests.audits.result import TOP

SOURCE = TOP / "impls" / "backport"
PLAIN = ("backport", "monkeypatched")
"""The implementations that are built from SOURCE, by the names of their files."""

LOG = "pytest.log"
"""What pytest printed, in the folder of an audit."""

ACCEPTED = ("same", "equivalent", "inherited", "known", "UNSUPPORTED")


def alone(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The judgements on one implementation at a time."""
    return [one for one in results["judgements"] if one["server"] is None]


def compiler_path(name: str) -> Path | None:
    """Where gcc has this library of its own; None where it has not."""
    command = ["gcc", f"-print-file-name={name}"]
    path = Path(subprocess.check_output(command, text=True).strip())
    return path.resolve() if path.is_absolute() else None


def describe(
    folder: Path,
    name: str,
    flags: Mapping[str, str],
    environment: Mapping[str, str],
    build_base: str = "{temporary}",
) -> list[Path]:
    """Write the implementations "NAME-backport" and "NAME-monkeypatched"; return their files.

    They are what those of impls/ are, built with these flags and run with this environment.
    """
    files = []
    for plain in PLAIN:
        table = toml_reader.loads((TOP / "impls" / f"{plain}.toml").read_text("utf-8"))
        table["id"] = f"{name}-{table['id']}"
        table["operation_timeout"] = 120  # such builds are slow, and hanging is told all the same
        table["environment"] = dict(environment)
        build = table["build"]
        build["source"] = str(SOURCE)
        build["command"] = [
            "env",
            *(f"{key}={value}" for key, value in flags.items()),
            *(word.replace("{temporary}", build_base) for word in build["command"]),
        ]
        files.append(folder / f"{name}-{plain}.toml")
        files[-1].write_text(as_toml(table), "utf-8")
    return files


def as_toml(table: Mapping[str, Any]) -> str:
    """Texts, numbers, lists of texts, tables and lists of tables. JSON's texts are TOML's too."""
    lines, tables = [], []
    for key, value in table.items():
        if isinstance(value, dict):
            tables += [f"[{key}]", as_toml(value)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                tables += [f"[[{key}]]", as_toml(each)]
        else:
            lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join([*lines, *tables]) + "\n"


@dataclass(frozen=True)
class Run:
    """What came of asking the scenarios."""

    trouble: tuple[str, ...]
    """One sentence for everything that is not in order; nothing is good news."""
    verdicts: Mapping[str, int]
    excused: int = 0
    """Pairs whose verdict is another one than it would have to be, as was said."""

    @property
    def pairs(self) -> int:
        return sum(self.verdicts.values())

    def told(self) -> str:
        """How often which verdict came, in words."""
        return ", ".join(f"{count} `{name}`" for name, count in sorted(self.verdicts.items()))


def run(
    implementations: Sequence[str | Path],
    folder: Path,
    name: str,
    arguments: Sequence[str],
    excused: Mapping[str, str] = MappingProxyType({}),
) -> Run:
    """Ask the scenarios of implementations, by their ids or by the files that `describe` wrote.

    All must get a verdict that the plain implementation is allowed too: what a reviewed file says
    of "backport-py2.7" goes for "NAME-backport-py2.7". NAME is empty for the plain ones.
    `excused` has the verdict that "SCENARIO on IMPLEMENTATION, AXIS" must have instead, by
    patterns.
    """
    chosen = [word for one in implementations for word in ("--implementation", str(one))]
    found, trouble = ask([*chosen, *arguments], folder)
    if found is None:
        return Run(trouble, {})
    divergences = known.load(TOP / "conformance" / "divergences")
    verdicts: Counter[str] = Counter()
    complaints = []
    count = 0
    for pair in alone(found):
        verdict, scenario, axis = pair["verdict"], pair["scenario"], pair["axis"]
        plain = pair["implementation"].removeprefix(f"{name}-")
        if (
            name
            and verdict == "NEW"
            and any(d.speaks_of(scenario, plain, axis) for d in divergences)
        ):
            verdict = "known"
        verdicts[verdict] += 1
        where = f"{scenario} on {pair['implementation']}, {axis}"
        said = next((excused[one] for one in excused if matches(where, one)), None)
        count += said is not None
        if said is not None and verdict != said:
            complaints.append(f"{verdict}: {where}, which is said to be {said}")
        elif said is None and verdict not in ACCEPTED:
            complaints.append(f"{verdict}: {where}")
    if complaints:
        complaints.append(f"{folder / LOG} has the story of each.")
    return Run((*trouble, *complaints), verdicts, count)


def ask(arguments: Sequence[str], folder: Path) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Run pytest over the scenarios; its results, and sentences about what kept it from ending."""
    results, log = folder / "results.json", folder / LOG
    command = [sys.executable, "-m", "pytest", "conformance", "-q", "-n", "auto"]
    command += ["--tb=short", "--results", str(results), *arguments]
    with open(log, "wb") as file:
        status = subprocess.run(command, cwd=TOP, stdout=file, stderr=file).returncode
    if status not in (0, 1) or not results.exists():
        end = log.read_text("utf-8", "replace").splitlines()[-20:]
        return None, (f"pytest ended with exit status {status}, not with verdicts:", *end)
    found = json.loads(results.read_text("utf-8"))
    trouble = () if found["complete"] else ("The run is not complete: verdicts are missing.",)
    return found, trouble


def built(
    flags: Mapping[str, str], folder: Path, name: str, environment: Mapping[str, str]
) -> Implementation:
    """The direct implementation, built with these flags; exits with the reason why not."""
    file = describe(folder, name, flags, environment)[0]
    _, chosen = selection.assemble([str(file)])
    if chosen.missing:
        sys.exit(chosen.missing[0].reason)
    return selection.built(chosen.implementations[0])
