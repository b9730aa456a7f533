"""Five faults put into the backport: each turns the run red and names the operation."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from impls.host import interpreters
from impls.host.build import BuildTable, build
from impls.host.interpreters import Interpreter
from impls.host.selection import assemble
from tests.support.trees import ROOT, Outcome, Tree, once


@dataclass(frozen=True)
class Fault:
    """One edit of the backport's sources, and where it must be noticed."""

    file: str
    old: str
    new: str
    scenario: str
    member: str
    field: str


EOF = "memory_bio/test_eof.py::test_turns_true_once_drained"
SENT = "shutdown/test_close_notify.py::test_first_unwrap_wants_to_read[TLSv1.3-client]"
CLOSED = (
    "shutdown/test_close_notify.py::test_read_after_both_goodbyes_is_a_zero_return[TLSv1.2-client]"
)
FAILED = "handshake/test_failures.py::test_no_cipher_in_common"
READ = "data/test_read.py::test_does_not_join_records[TLSv1.3]"

FAULTS = {
    "eof-flag-lost": Fault(
        "memory_bio.c",
        "lock_from_python(self);\n    self->eof_written = 1;",
        "lock_from_python(self);\n    self->eof_written = 0;",
        EOF,
        "MemoryBIO.eof",
        "value",
    ),
    "wrong-exception-class": Fault(
        "errors.c",
        "errors_set_error(classes.zero_return, error,",
        "errors_set_error(classes.ssl, error,",
        CLOSED,
        "SSLObject.read",
        "exception",
    ),
    "errno-lost": Fault(
        "errors.c",
        "errors_set_error(classes.ssl, SSL_ERROR_SSL,\n                     code ? NULL",
        "errors_set_error(classes.ssl, 0,\n                     code ? NULL",
        FAILED,
        "SSLObject.do_handshake",
        "errno",
    ),
    "close-notify-not-sent": Fault(
        "ssl_object.c",
        "int result = SSL_shutdown(ssl);",
        "int result = (SSL_set_quiet_shutdown(ssl, 1), SSL_shutdown(ssl));",
        SENT,
        "SSLObject.unwrap",
        "outcome",
    ),
    "short-read": Fault(
        "ssl_object.c",
        "SSL_read_ex(ssl, data->memory, data->size, &data->count)",
        "SSL_read_ex(ssl, data->memory, data->size > 4 ? 4 : data->size, &data->count)",
        READ,
        "SSLObject.read",
        "value",
    ),
}
SCENARIOS = sorted({fault.scenario for fault in FAULTS.values()})
SOUND = "sound"


def python27() -> Interpreter:
    """A CPython 2.7 with headers; fetched where that can be done."""
    _, selection = assemble(["backport-py2.7"])
    for missing in selection.missing:
        pytest.fail(missing.reason)
    (implementation,) = selection.implementations
    assert implementation.interpreter is not None
    return implementation.interpreter


def make(name: str, folder: Path, python: Interpreter) -> Path:
    """Build the backport, with a fault unless it is the sound one."""
    source = folder / name
    shutil.copytree(ROOT / "impls" / "backport", source)
    if name != SOUND:
        fault = FAULTS[name]
        text = (source / fault.file).read_text("utf-8")
        assert text.count(fault.old) == 1, f"adapt {name}: {fault.file} has another text now"
        (source / fault.file).write_text(text.replace(fault.old, fault.new), "utf-8")
    command = "{python} setup.py build --build-base {temporary} --build-lib {output}"
    return build(BuildTable(source, tuple(command.split())), python, folder / "cache")


def run_faults(folder: Path) -> Outcome:
    python = python27()
    with ThreadPoolExecutor(3) as pool, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFLAGS", "-O0")
        paths = pool.map(lambda name: make(name, folder, python), NAMES)
        built = dict(zip(NAMES, paths, strict=True))
    tree = Tree(folder / "tree")
    for file in {scenario.partition("::")[0] for scenario in SCENARIOS}:
        tree.copy_scenario(file)
    files = [
        tree.implementation(
            name, interpreter=str(python.executable), module="_tls_bootstrap", path=[str(path)]
        )
        for name, path in built.items()
    ]
    newest = interpreters.find()[-1]
    functions = [scenario.partition("[")[0] for scenario in SCENARIOS]
    return tree.run(
        "-n", "2", "--interpreter", str(newest.executable), *functions, implementations=files
    )


NAMES = (SOUND, *FAULTS)


@pytest.fixture
def faults(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Outcome:
    """One run with the backport and its five faulty copies."""
    return once(tmp_path_factory, "faults", run_faults, worker_id)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_a_fault_it_passes(faults: Outcome, scenario: str) -> None:
    assert faults.verdict(scenario, SOUND) in ("same", "equivalent"), faults.output


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_the_run_red_and_names_the_operation(faults: Outcome, name: str) -> None:
    fault = FAULTS[name]
    assert faults.status == 1
    assert faults.written["complete"] is True
    pair = faults.pair(fault.scenario, name)
    assert pair["verdict"] == "NEW", faults.output
    first = pair["divergences"][0]
    assert (first["member"], first["field"]) == (fault.member, fault.field)
    base = fault.scenario
    test_id = f"{base[:-1]}-{name}]" if base.endswith("]") else f"{base}[{name}]"
    told, rerun, _ = faults.output.partition(f"Rerun just this:  pytest '{test_id}'")
    assert rerun
    story = told.rpartition("NEW: ")[2]
    assert story.startswith(base.partition("[")[0])
    assert "The first that differs:" in story
    assert f"member = '{fault.member}'" in story
    assert f"field = '{fault.field}'" in story
