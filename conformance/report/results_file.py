"""Reads files of results, each checked against results.schema.json.

Every fault is one sentence that says which file, what is wrong with it and what to do.
"""

from __future__ import annotations

import datetime
import functools
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fastjsonschema

from conformance.judge.verdict import ACCEPTED, Judgement
from conformance.report.earlier_results import earlier_of
from conformance.report.journal import journal_of
from impls.host.toml_reader import is_endless

SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


class CommandError(Exception):
    """A command cannot do its work; the message is one sentence that says why and what to do."""


@functools.cache
def _validate() -> Callable[[object], object]:
    compiled: Callable[[object], object] = fastjsonschema.compile(
        json.loads(SCHEMA_FILE.read_text("utf-8"))
    )
    return compiled


def read(path: Path) -> dict[str, Any]:
    """The results in a file. Raises CommandError."""
    if is_endless(path):
        raise CommandError(f"{path} is a device or a pipe: give the path of a file of results.")
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        hint = "it is written by a run with --results PATH"
        if journal_of(path).exists():
            hint = f"its run did not end: {journal_of(path).name} can be gone on with (--resume)"
        if earlier_of(path).exists():
            hint += f", and {earlier_of(path).name} has what an earlier run wrote"
        raise CommandError(f"There is no {path}; {hint}.") from None
    except OSError as error:
        raise CommandError(
            f"{path} cannot be read ({error.strerror}): give the path of a file of results."
        ) from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not a file of results: it is not text.") from None
    if not text.strip():
        raise CommandError(f"{path} is empty: run again with --results.")
    if text.startswith('{"suite"') or '"journal":' in text[:2000].partition("\n")[0]:
        raise CommandError(
            f"{path} is the journal of a run that did not end: go on with it with --resume."
        )
    try:
        results = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f"{path} is not JSON, or was cut off ({error}): run again with --results."
        ) from None
    return checked(results, path)


def checked(results: object, path: Path) -> dict[str, Any]:
    """Results that are what the schema says."""
    if not isinstance(results, dict) or "judgements" not in results:
        raise CommandError(
            f"{path} is not a file of results: it has no judgements; give one that --results wrote."
        )
    wanted = 3
    if results.get("schema") != wanted:
        raise CommandError(
            f"{path} has schema {results.get('schema')!r}, and this version of the suite reads "
            f"{wanted}: run again with --results."
        )
    try:
        _validate()(results)
    except fastjsonschema.JsonSchemaException as error:
        told = str(error).removeprefix("data.").removeprefix("data ")
        raise CommandError(
            f"{path} is not as --schema results says: {told}; run again with --results."
        ) from None
    _check_sums(results, path)
    _check_references(results, path)
    return results


def _check_sums(results: Mapping[str, Any], path: Path) -> None:
    """What no schema can show: what it says of the whole fits."""
    shard, date = results["shard"], results["run"]["date"]
    wrong = ""
    failing = next(filter(_fails, results["judgements"] if results["passed"] else ()), None)
    if failing is not None:
        wrong = (
            f"says that it passed, and has {failing['verdict']} for {failing['scenario']} on "
            f"{failing['implementation']}"
        )
    if results["complete"] and not results["judgements"]:
        wrong = "says that it is complete, and has no judgements"
    elif shard is not None and shard["number"] > shard["of"]:
        wrong = f"says that it is shard {shard['number']} of {shard['of']}"
    try:
        datetime.datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        wrong = f"says that its run began on {date}, which is not a date"
    if wrong:
        raise CommandError(f"{path} {wrong}: run again with --results.")


def _fails(plain: Mapping[str, Any]) -> bool:
    """Whether a run with this verdict cannot have passed; --allow-missing lets MISSING pass."""
    if plain["verdict"] in ("MISSING", *ACCEPTED):
        return False
    return not Judgement.from_plain(plain).passed


def _check_references(results: Mapping[str, Any], path: Path) -> None:
    """What no schema can show: everything that is named is there."""
    for kind in ("implementations", "scenarios"):
        counts = Counter(one["id"] for one in results[kind])
        twice = next((name for name, count in counts.items() if count > 1), None)
        if twice is not None:
            raise CommandError(f"{path} has {twice} twice in {kind}: run again with --results.")
    names = {one["id"] for one in results["implementations"]}
    scenarios = {one["id"] for one in results["scenarios"]}
    seen: set[tuple[str, ...]] = set()
    for one in results["judgements"]:
        key = (one["scenario"], one["implementation"], str(one["server"]), one["axis"])
        if key in seen:
            raise CommandError(
                f"{path} has two judgements of {one['scenario']} on {one['implementation']}: run "
                "again with --results."
            )
        seen.add(key)
        for name in filter(None, (one["implementation"], one["server"])):
            if name not in names:
                raise CommandError(
                    f"{path} has a judgement of {name}, which is not among its implementations: "
                    "run again with --results."
                )
        if one["verdict"] != "MISSING" and one["scenario"] not in scenarios:
            raise CommandError(
                f"{path} has a judgement of {one['scenario']}, which is not among its scenarios: "
                "run again with --results."
            )
    references = [results["reference"], *(one["reference"] for one in results["lanes"])]
    references += [one["reference"] for one in results["judgements"]]
    for name in filter(None, references):
        if name not in names:
            raise CommandError(
                f"{path} names the reference {name}, which is not among its implementations: run "
                "again with --results."
            )
    for lane in results["lanes"]:
        for name in lane["implementations"]:
            if name not in names:
                raise CommandError(
                    f"{path} has {name} on OpenSSL {lane['openssl']}, which is not among its "
                    "implementations: run again with --results."
                )
