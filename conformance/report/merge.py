"""Several files of results -> one: shards of a run, lanes, or machines.

What does not fit together is refused with one sentence. Shards of a whole run become the very file
that one run would have written, but for its date.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.coverage import contract
from conformance.coverage.origins import Use
from conformance.coverage.states import Cell, Member
from conformance.judge import known
from conformance.judge.known import Kin
from conformance.judge.verdict import Judgement
from conformance.report import transcripts
from conformance.report.journal import Journal, JournalError
from conformance.report.leftovers import idle, unused_declarations
from conformance.report.origin import described
from conformance.report.paths import a_path, real
from conformance.report.results_file import CommandError, read
from conformance.report.terminal import summary
from conformance.report.write_json import write_json
from conformance.run import ids
from conformance.run.written_for import is_main
from impls.host.versions import About, in_lane

Results = Mapping[str, Any]
Part = tuple[Path, dict[str, Any]]
"""A file, and the results in it."""


SUMMARY = "put the results of shards, lanes or machines together, and say whether all of it passes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=a_path, metavar="RESULTS", help="what --results wrote"
    )
    parser.add_argument(
        "-o", "--output", required=True, type=a_path, metavar="PATH", help="the file to write"
    )


def run(arguments: argparse.Namespace) -> int:
    """Merge files; returns 0 where all of it passes."""
    output: Path = arguments.output
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise CommandError(f"{output} cannot be written: give the path of a file in a folder.")
    if any(real(path) == real(output) for path in arguments.files):
        raise CommandError(f"{output} is one of the files to merge: give -o another path.")
    parts = [(path, read(path)) for path in arguments.files]
    merged = merge(parts)
    folders = [
        (transcripts.folder_of(path), names)
        for (path, _), names in zip(parts, _own_ids(parts), strict=True)
    ]
    try:
        lock = Journal(output)  # a run that writes there has it
    except JournalError as error:
        raise CommandError(str(error).replace("with --results", "with -o")) from None
    try:
        write_json(merged, output)
        transcripts.gather(folders, transcripts.folder_of(output))
    except OSError as error:
        raise CommandError(
            f"{output} and its transcripts could not be written ({error.strerror}): make room "
            "there, or give -o another path."
        ) from None
    finally:
        lock.abandon()
    print(summary(merged))
    return 0 if merged["passed"] else 1


def merge(parts: Sequence[Part]) -> dict[str, Any]:
    """The results of all files as one. Raises CommandError."""
    if len(parts) < 2:
        raise CommandError("There is only one file: name at least two to merge.")
    paths = [real(path) for path, _ in parts]
    for path in paths:
        if paths.count(path) > 1:
            raise CommandError(f"{path} is named twice: name each file once.")
    first, *rest = parts
    for part in rest:
        _check_suite(first, part)
    whole = _check_shards(parts)
    made = [
        (path, _renamed(results, names) if names else dict(results))
        for (path, results), names in zip(parts, _own_ids(parts), strict=True)
    ]
    merged = made[0][1]
    for part in made[1:]:
        merged = _two(merged, part, made[0][0])
    sharded = parts[0][1]["shard"] is not None
    merged["shard"] = None
    merged["whole"] = whole if sharded else all(results["whole"] for _, results in parts)
    merged["complete"] = all(results["complete"] for _, results in parts)
    problems = {problem for _, results in parts for problem in results["problems"]}
    if sharded and whole:
        problems.update(_of_the_whole(merged, [results["shard"] for _, results in parts]))
    merged["problems"] = sorted(problems)
    merged["passed"] = (
        merged["complete"] and not problems and all(results["passed"] for _, results in parts)
    )
    return merged


# What fits


def _check_suite(first: Part, other: Part) -> None:
    (path, one), (other_path, two) = first, other
    if one["run"]["suite"] != two["run"]["suite"]:
        raise CommandError(
            f"{path} and {other_path} are of different suites ({described(one['run'])}; "
            f"{described(two['run'])}): run both with the same."
        )


def _check_shards(parts: Sequence[Part]) -> bool:
    """Whether the files are all shards of a whole run; CommandError where they are only some."""
    shards = [results["shard"] for _, results in parts]
    first = shards[0]
    for (path, _), shard in zip(parts, shards, strict=True):
        if (shard is None) != (first is None):
            one, other = (path, parts[0][0]) if shard else (parts[0][0], path)
            raise CommandError(
                f"{one} is a shard and {other} is not: merge the shards first, then what they make."
            )
        if shard is not None and shard["of"] != first["of"]:
            raise CommandError(
                f"{parts[0][0]} is a shard of {first['of']} and {path} of {shard['of']}: they "
                "are not of one run."
            )
    if first is None:
        return False
    numbers = [shard["number"] for shard in shards]
    for number in numbers:
        if numbers.count(number) > 1:
            same = [str(path) for path, found in parts if found["shard"]["number"] == number]
            raise CommandError(
                f"{' and '.join(same)} are the same shard {number}/{first['of']}: name it once."
            )
    lacking = [n for n in range(1, first["of"] + 1) if n not in numbers]
    if lacking:
        told = ", ".join(f"{number}/{first['of']}" for number in lacking)
        raise CommandError(f"Not all shards are there: {told} must be run and named too.")
    for path, found in parts[1:]:
        _check_same_plan(parts[0], (path, found))
    return all(shard["whole"] for shard in shards)


def _check_same_plan(first: Part, other: Part) -> None:
    """Shards are of one plan: CommandError where another shard had other implementations."""
    (path, one), (other_path, two) = first, other
    mine, theirs = ({each["id"]: each for each in side["implementations"]} for side in (one, two))
    for name in sorted(mine.keys() | theirs.keys()):
        if mine.get(name) != theirs.get(name):
            had, has = (_exactly(side.get(name)) for side in (mine, theirs))
            raise CommandError(
                f"{path} has {name} as {had}, and {other_path} as {has}: shards of one run have "
                "the same implementations."
            )
    if one["reference"] != two["reference"]:
        raise CommandError(
            f"{path} compares with {one['reference']} and {other_path} with {two['reference']}: "
            "name one with --reference in both runs."
        )


def _exactly(implementation: Mapping[str, Any] | None) -> str:
    if implementation is None:
        return "not there"
    if implementation["missing"]:
        return "MISSING"
    openssl = implementation["openssl"] or "an unknown OpenSSL"
    return f"{implementation['interpreter']} {implementation['python']} on {openssl}"


# Ids


def _own_ids(parts: Sequence[Part]) -> list[dict[str, str]]:
    """For each file the ids that change, so that no two implementations have one.

    An implementation in another lane than the first of its id is called by its lane too.
    """
    taken: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    changed = []
    for path, results in parts:
        names: dict[str, str] = {}
        for one in results["implementations"]:
            name = one["id"]
            if name in taken and taken[name][1]["lane"] != one["lane"] and one["lane"]:
                name = names[one["id"]] = in_lane(one["id"], one["lane"])
            if name in taken and _identity(taken[name][1]) != _identity(one):
                raise CommandError(
                    f"{taken[name][0]} has {name} as {_exactly(taken[name][1])}, and {path} as "
                    f"{_exactly(one)}: one id is one implementation; give one of them another id."
                )
        for one in results["implementations"]:
            taken.setdefault(names.get(one["id"], one["id"]), (path, one))
        changed.append(names)
    return changed


def _identity(implementation: Mapping[str, Any]) -> tuple[Any, ...]:
    keys = ("python", "interpreter", "openssl", "missing")
    return tuple(implementation[key] for key in keys)


def _renamed(results: Results, names: Mapping[str, str]) -> dict[str, Any]:
    """Results with other ids of implementations."""

    def name(value: str | None) -> str | None:
        return None if value is None else names.get(value, value)

    def judgement(one: Mapping[str, Any]) -> dict[str, Any]:
        found = {**one}
        for key in ("implementation", "server", "reference"):
            found[key] = name(one[key])
        found["divergences"] = [
            {**each, "culprits": [name(culprit) for culprit in each["culprits"]]}
            for each in one["divergences"]
        ]
        return found

    return {
        **results,
        "reference": name(results["reference"]),
        "lanes": [
            {
                **lane,
                "reference": name(lane["reference"]),
                "implementations": [name(one) for one in lane["implementations"]],
            }
            for lane in results["lanes"]
        ],
        "implementations": [
            {**one, "id": name(one["id"]), "backward_reference": name(one["backward_reference"])}
            for one in results["implementations"]
        ],
        "judgements": [judgement(one) for one in results["judgements"]],
    }


# Two files


def _two(merged: Mapping[str, Any], part: Part, first: Path) -> dict[str, Any]:
    path, other = part
    judgements = {_key(one): one for one in merged["judgements"]}
    for one in other["judgements"]:
        mine = judgements.setdefault(_key(one), one)
        if mine is not one and mine != one:
            how = f"{mine['verdict']} in {first} and {one['verdict']} in {path}"
            if mine["verdict"] == one["verdict"]:
                how = f"{one['verdict']} in both {first} and {path}, but not in the same way"
            raise CommandError(
                f"{ids.test_id(*_key(one))} is {how}: which is true must be found out first; run "
                "it again."
            )
    canaries = {one["id"]: one for one in merged["canaries"]}
    for one in other["canaries"]:
        mine = canaries.setdefault(one["id"], one)
        if one["verdict"] != one["expected"]:
            canaries[one["id"]] = mine if mine["verdict"] != mine["expected"] else one
    contracts = [one["contract"] for one in (merged, other) if one["contract"] is not None]
    return {
        **merged,
        "run": max((merged["run"], other["run"]), key=lambda run: str(run["date"])),
        "lanes": _lanes(merged["lanes"], other["lanes"], (first, path)),
        "left_out": [*dict.fromkeys([*merged["left_out"], *other["left_out"]])],
        "implementations": _union(merged["implementations"], other["implementations"]),
        "scenarios": _union(merged["scenarios"], other["scenarios"]),
        "judgements": [judgements[key] for key in sorted(judgements)],
        "canaries": [canaries[name] for name in sorted(canaries)],
        "contract": contracts[0] if contracts else None,
        "inputs": _inputs(merged.get("inputs"), other.get("inputs")),
        "kept": [*merged.get("kept", []), *other.get("kept", [])],
    }


def _inputs(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Any:
    """What the verdicts of both came of; an implementation that differs in them has no digits."""
    if one is None or other is None or one["suite"] != other["suite"]:
        return None
    ours, theirs = one["implementations"], other["implementations"]
    names = {
        name: digits if theirs.get(name, digits) == digits else None
        for name, digits in {**theirs, **ours}.items()
    }
    return {**one, "implementations": names}


def _key(judgement: Mapping[str, Any]) -> tuple[str, str]:
    if judgement["server"] is not None:
        target = ids.interop_id(judgement["implementation"], judgement["server"])
    else:
        target = ids.target_id(judgement["implementation"], judgement["axis"])
    return judgement["scenario"], target


def _union(
    mine: Iterable[Mapping[str, Any]], theirs: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """What either has, by id; of one that both have, the first."""
    found = {one["id"]: one for one in theirs} | {one["id"]: one for one in mine}
    return [found[name] for name in sorted(found)]


def _lanes(
    mine: Sequence[Mapping[str, Any]],
    theirs: Sequence[Mapping[str, Any]],
    paths: tuple[Path, Path],
) -> list[dict[str, Any]]:
    """The lanes of either; one that both have must have the same reference."""
    found = {lane["openssl"]: {**lane} for lane in mine}
    for lane in theirs:
        own = found.setdefault(lane["openssl"], {**lane})
        if own["reference"] != lane["reference"]:
            raise CommandError(
                f"On OpenSSL {lane['openssl']} {paths[0]} compares with "
                f"{own['reference'] or 'nothing'} and {paths[1]} with "
                f"{lane['reference'] or 'nothing'}: name one with --reference in both runs."
            )
        own["implementations"] = [
            *dict.fromkeys([*own["implementations"], *lane["implementations"]])
        ]
    return [*found.values()]


# What only all shards together can decide


def _of_the_whole(merged: dict[str, Any], shards: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """What a whole run says of pins, declarations and the contract; fills in the contract."""
    implementations = {one["id"]: one for one in merged["implementations"]}
    judgements = [Judgement.from_plain(one) for one in merged["judgements"]]
    references = [
        _about(implementations[name])
        for name in sorted({one.reference for one in judgements if one.reference})
    ]
    kin = {name: Kin(one["like"], one["divergences"]) for name, one in implementations.items()}
    pins = [known.from_plain(pin) for pin in shards[0]["pins"]]
    places = [
        (one.scenario, one.implementation, one.axis)
        for one in judgements
        if one.server is None
        if one.verdict != "MISSING" or not implementations[one.implementation]["missing"]
    ]
    everything = not any(one["missing"] for one in implementations.values())
    yield from known.unmatched(pins, places, references, kin, everything)
    yield from idle(pins, judgements, references, kin)
    yield from unused_declarations(implementations, judgements)
    yield from _contract(merged, shards, implementations[merged["reference"]])


def _about(implementation: Mapping[str, Any]) -> About:
    return About.of(*(implementation[key] for key in ("python", "openssl", "default_suites")))


def _contract(
    merged: dict[str, Any], shards: Sequence[Mapping[str, Any]], reference: Mapping[str, Any]
) -> Iterable[str]:
    if not merged["complete"] or not contract.FILE.exists():
        return
    cells = {Cell(*cell) for shard in shards for cell in shard["cells"]}
    uses = {Use(*use) for shard in shards for use in shard["uses"]}
    members = [Member(*member) for member in shards[0]["members"]]
    covered = contract.coverage_of(members, cells, uses, contract.load())
    merged["contract"] = json.loads(json.dumps(covered.to_plain()))
    if is_main(_about(reference)):
        yield from covered.problems
