"""The pins of what is new, as a file that a person reviews and completes."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.explain.titles import title
from conformance.judge.known import pin_as_toml, toml_text
from conformance.judge.verdict import Divergence, Judgement
from conformance.report.paths import a_path
from conformance.report.results_file import CommandError, read
from impls.host.declarations import matches

SUMMARY = "write the pins of what is new into a file of a decision, to be reviewed and completed"

HEAD = """\
# To be reviewed: a person must say why each of these may stay. The suite refuses this file
# until the empty texts below are written. What is another decision belongs into another file,
# and what is a fault into none.
title = ""
reason = ""
workaround = ""
category = ""  # language, openssl, platform or deliberate
decided_by = ""
tracker = ""
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=a_path, metavar="RESULTS", help="what --results wrote")
    parser.add_argument(
        "-o", "--output", required=True, type=a_path, metavar="PATH", help="the new TOML file"
    )
    parser.add_argument(
        "--implementation", metavar="ID", default="*", help="only of this one: an id or a pattern"
    )
    parser.add_argument(
        "--wherever",
        action="store_true",
        help="pins without scenarios, for the folder of an implementation's own decisions",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file; returns 0."""
    output: Path = arguments.output
    if output.exists():
        raise CommandError(f"{output} is there already: name a new file.")
    if output.suffix != ".toml":
        raise CommandError(f"{output} must end with .toml, or the suite would not read it.")
    results = read(arguments.results)
    names = [one["id"] for one in results["implementations"]]
    if not any(matches(name, arguments.implementation) for name in names):
        raise CommandError(
            f"--implementation {arguments.implementation} matches nothing; {arguments.results} "
            f"has {', '.join(names)}."
        )
    found = fresh(results, arguments.implementation, arguments.wherever)
    if not found:
        raise CommandError(f"Nothing is new in {arguments.results}: there is nothing to accept.")
    lines = [line for key, places in found.items() for line in pin(key, places, arguments.wherever)]
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise CommandError(f"{output} could not be written ({error.strerror}).") from None
    print(f"{len(found)} pins are in {output}: complete it, and run again.")
    return 0


Key = tuple[str, str, tuple[str, str, str, str]]
"""Implementation, axis and fingerprint."""


def fresh(
    results: Mapping[str, Any], pattern: str, interop: bool
) -> dict[Key, list[tuple[str, Divergence]]]:
    """What is new on candidates, and in which scenarios; `interop` also between two of them."""
    found: dict[Key, list[tuple[str, Divergence]]] = {}
    for plain in results["judgements"]:
        one = Judgement.from_plain(plain)
        if one.role != "candidate" or one.verdict in ("ERROR", "UNSUPPORTED"):
            continue
        if one.server is not None and not interop:
            continue
        for divergence in one.divergences:
            names = divergence.culprits if one.server is not None else (one.implementation,)
            if divergence.verdict not in ("NEW", "CHANGED") or not divergence.gated:
                continue
            for name in names:
                if matches(name, pattern):
                    key = (name, one.axis, divergence.pinned)
                    found.setdefault(key, []).append((one.scenario, divergence))
    return {key: found[key] for key in sorted(found)}


def pin(key: Key, places: Iterable[tuple[str, Divergence]], wherever: bool) -> list[str]:
    """The lines of one pin."""
    implementation, axis, fingerprint = key
    shown = [divergence for _, divergence in places]
    scenarios = sorted({scenario for scenario, _ in places})
    first = shown[0]
    lines = ["", f"# {first.verdict}: {title(first.member, first.field, first.candidate_kind)}"]
    made = pin_as_toml(scenarios[0], implementation, axis, fingerprint)
    if wherever:
        return lines + [
            line for line in made if not line.startswith(("scenario =", "implementation ="))
        ]
    if len(scenarios) > 1:
        listed = "".join(f"    {toml_text(scenario)},\n" for scenario in scenarios)
        made = [
            f"scenario = [\n{listed}]" if line.startswith("scenario =") else line for line in made
        ]
    return lines + made
