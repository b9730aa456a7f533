"""One selection of scenarios, asked in every order: the verdicts are the same, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from impls.host import interpreters
from impls.host.build import BuildError
from impls.host.cache import cache_folder
from impls.host.declarations import Implementation
from impls.host.selection import assemble, built
from tests.support.trees import ROOT, Outcome, Tree, once

FILES = (
    "memory_bio/test_eof.py",
    "memory_bio/test_read.py",
    "shutdown/test_ragged_eof.py",
    "handshake/test_failures.py",
)
SELECTED = (
    "memory_bio/test_eof.py::test_turns_true_once_drained",
    "memory_bio/test_eof.py::test_refuses_a_write_after_it",
    "memory_bio/test_eof.py::test_is_written_without_arguments",
    "memory_bio/test_read.py",
    "handshake/test_failures.py::test_no_cipher_in_common",
    "handshake/test_failures.py::test_failed_handshake_stays_failed",
    "handshake/test_failures.py::test_two_clients",
)
ORDERS = {
    "serial": ((), ()),
    "two-workers": (("-n", "2"), ("xdist",)),
    "reversed": (("--reverse",), ("pytest_reverse",)),
    "shuffled": (
        ("--random-order-bucket=global", "--random-order-seed=1"),
        ("random_order.plugin",),
    ),
    "shuffled-in-two": (
        ("-n", "2", "--random-order-bucket=global", "--random-order-seed=77"),
        ("xdist", "random_order.plugin"),
    ),
}
"""Options of a run, and the plugins they need."""


def backport() -> Implementation | None:
    """The backport, where it can be built here."""
    _, selection = assemble(["backport-py2.7"])
    try:
        made = [built(one, cache_folder()) for one in selection.implementations]
    except BuildError:
        return None
    return made[0] if made else None


def run_in_order(folder: Path, order: str) -> Outcome:
    arguments, plugins = ORDERS[order]
    tree = Tree(folder / "tree")
    for name in FILES:
        tree.copy_scenario(name)
    found = [each for each in interpreters.find() if each.implementation == "cpython"]
    threes = [each for each in found if each.version_info[0] == 3]
    shutil.copy(ROOT / "impls" / "stdlib.toml", tree.folder / "impls")
    asked = [f"stdlib-py{each.minor}" for each in threes[:1]]
    made = backport()
    if made is not None:
        assert made.interpreter is not None
        asked.append(
            tree.implementation(
                "backport",
                interpreter=str(made.interpreter.executable),
                module="_tls_bootstrap",
                path=[str(entry) for entry in made.path],
            )
        )
    assert asked
    named = [word for each in threes for word in ("--interpreter", str(each.executable))]
    # Another seed for each order, and with it another order of sets in the host.
    seed = str(list(ORDERS).index(order) * 1000 + 1)
    return tree.run(
        *named,
        *arguments,
        *SELECTED,
        implementations=asked,
        plugins=plugins or ("xdist",),
        environment={
            "PYTHONHASHSEED": seed,
            "PATH": os.environ["PATH"],
            "TMPDIR": tempfile.gettempdir(),  # so that it mints certificates of its own
        },
    )


@pytest.fixture
def serial(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """The run that all others must be like."""
    return once(
        tmp_path_factory, "serial", lambda folder: run_in_order(folder, "serial"), worker_id
    )


def test_the_selection_is_worth_comparing(serial: Outcome) -> None:
    assert serial.written["complete"] is True, serial.output
    assert len(serial.written["scenarios"]) >= 15
    assert len(serial.written["implementations"]) >= 2
    assert len(serial.verdicts()) >= 2, "all verdicts are alike: a constant would pass"


@pytest.mark.parametrize("order", [order for order in ORDERS if order != "serial"])
def test_the_order_makes_no_difference(serial: Outcome, order: str, tmp_path: Path) -> None:
    other = run_in_order(tmp_path, order)
    assert json.dumps(other.written["judgements"]) == json.dumps(serial.written["judgements"])
    for one in (other, serial):
        one.written["run"].pop("date", None)
    assert other.written == serial.written
    assert other.status == serial.status
