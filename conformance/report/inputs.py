"""What verdicts come of, in digits: where all of it is the same, so is the verdict.

A run writes them into its results, and a later one with --since keeps what it would only find out
again. In doubt an input has no digits, and what depends on it is run.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from conformance.judge.known import Pin
from conformance.judge.verdict import Judgement
from conformance.report.journal import AGAIN, Earlier
from conformance.report.origin import ROOT, digest_of, files
from conformance.report.paths import real
from conformance.run import ids
from conformance.run.claim import Claim
from conformance.run.plan import Axis, Plan
from conformance.run.scenarios import LOADS_OTHERS, SCENARIOS
from impls.host.cache import cache_folder
from impls.host.declarations import Implementation
from impls.host.interpreters import Interpreter

NO_INPUTS = (
    "conformance/divergences",
    "conformance/explain",
    "conformance/report",
    "conformance/scenarios",
    "impls/backport",
    "impls/liars",
)
"""Folders of which the suite's digits know nothing: decisions, scenarios and builds have digits of
their own, and the rest explains verdicts, or is run by tests."""

BESIDE = (".pem", ".py")
"""What lies beside files of scenarios and may be read by them."""

Inputs = Mapping[str, Any]


def inputs_of(plan: Plan, known: Iterable[Pin], today: datetime.date) -> dict[str, Any]:
    """As results.json has it under "inputs"."""
    decisions = digest(repr((pin, _is_expired(pin, today))) for pin in known)
    everyone = {one.id: one for one in (*plan.selection.everyone, *plan.backward.values())}
    return {
        "suite": digest_of(path for path in files() if not _is_apart(path)),
        "scenarios": _of_scenarios(),
        "implementations": {
            name: _of_implementation(plan, everyone[name], decisions) if name in everyone else None
            for name in sorted(plan.started)
        },
    }


def digest(texts: Iterable[str]) -> str:
    """Sixteen digits that stand for texts, in their order."""
    made = hashlib.sha256()
    for text in texts:
        made.update(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    return made.hexdigest()[:16]


def _is_expired(pin: Pin, today: datetime.date) -> bool:
    review_by = pin.decision.review_by
    return review_by is not None and review_by < today


def _is_apart(path: Path) -> bool:
    inside = path.relative_to(ROOT).as_posix()
    return any(inside.startswith(f"{folder}/") for folder in NO_INPUTS)


def _of_scenarios() -> dict[str, str]:
    """The digits of each file of scenarios, with what lies beside them."""
    tests = sorted(SCENARIOS.rglob("test_*.py"))
    others = [
        path
        for path in sorted(SCENARIOS.rglob("*"))
        if path.suffix in BESIDE and path not in tests and "__pycache__" not in path.parts
    ]
    beside = digest_of(others, SCENARIOS)
    everything = digest_of(tests, SCENARIOS)
    found = {}
    for path in tests:
        loads_others = LOADS_OTHERS in path.read_text("utf-8")
        own = everything if loads_others else digest_of([path], SCENARIOS)
        found[path.relative_to(SCENARIOS).as_posix()] = digest([own, beside])
    return found


def _of_implementation(plan: Plan, one: Implementation, decisions: str) -> str | None:
    """The digits of an implementation; None where more may be in it than is known here.

    Known is a Python that was found, with its OpenSSL, and what was built for it: that is in a
    folder of the cache whose name has the digits of its source.
    """
    found = one.interpreter
    cache = real(cache_folder())
    is_built = all(cache in real(Path(folder)).parents for folder in one.path)
    if found is None or found.source == "option" or one.environment or one.site or not is_built:
        return None
    module = _files_of_ssl(found)
    if not module:
        return None
    started = plan.started[one.id]
    libraries = (found.executable, found.base, found.library, *module)
    return digest(
        [
            repr((one, started.python, started.openssl, started.default_suites)),
            *(_exactly(path) for path in libraries if path is not None),
            decisions if one.role == "candidate" else "",
        ]
    )


def _files_of_ssl(python: Interpreter) -> list[Path]:
    """The files of its ssl, where it is installed as CPython is; else none."""
    for executable in filter(None, (python.base, python.executable)):
        library = executable.parents[1] / "lib" / f"python{python.minor}"
        if (library / "ssl.py").is_file():
            return [library / "ssl.py", *sorted(library.glob("lib-dynload/_ssl*.so"))]
    return []


def _exactly(path: Path) -> str:
    """What changes when a file is replaced."""
    try:
        status = path.stat()
    except OSError:
        return "gone"
    return f"{path} {status.st_size} {status.st_mtime_ns}"


# What is kept


def kept(results: Mapping[str, Any], now: Inputs, plan: Plan) -> dict[str, dict[str, Any]]:
    """By the id of its test, the earlier judgement of each of which no input has changed.

    What a reference does is run again always, because the others are compared with it; so is what
    failed, to be explained.
    """
    before: Inputs = results.get("inputs") or {}
    if not before or before["suite"] != now["suite"]:
        return {}
    same = _unchanged(before["implementations"], now["implementations"])
    files_alike = _unchanged(before["scenarios"], now["scenarios"])
    targets = {one.id: one for axis in get_args(Axis) for one in plan.targets(axis)}
    found = {}
    for one in results["judgements"]:
        target = targets.get(ids.target_id(one["implementation"], one["axis"]))
        if one["server"] is not None or target is None or target.is_reference:
            continue
        depends_on = {target.implementation.id, target.reference.id, one["reference"]}
        stock = plan.backward.get(target.implementation.id)
        depends_on |= set() if stock is None else {stock.id}
        if ids.file_of(one["scenario"]) in files_alike and depends_on <= same and _passed(one):
            found[ids.test_id(one["scenario"], target.id)] = one
    return found


def _unchanged(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> set[str]:
    return {name for name, digits in now.items() if digits and digits == before.get(name)}


def _passed(judgement: Mapping[str, Any]) -> bool:
    return judgement["verdict"] not in AGAIN and Judgement.from_plain(judgement).passed


def as_journal(
    results: Mapping[str, Any], judgements: Mapping[str, Mapping[str, Any]], path: Path
) -> Earlier:
    """Write judgements that are kept as the journal of a run would have them. Raises OSError."""
    claims = {one["id"]: Claim(one["claim"], one["anchor"]) for one in results["scenarios"]}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps({"kept": results["run"]}) + "\n")
        for test, one in judgements.items():
            judged = {
                "judgement": {**one, "kept": True},
                "claim": asdict(claims[one["scenario"]]),
                "cells": [],
                "uses": [],
                "problems": [],
            }
            file.write(json.dumps([test, one["verdict"], [json.dumps(judged), None]]) + "\n")
    return Earlier(path)
