"""The audit on fresh machines: what it runs, what it keeps and what it says."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from impls.host.debian import CommandError
from tests.audits.machines import debian
from tests.audits.machines.debian import Kept, MachineError, Outcome, environment, readme_commands
from tests.audits.result import TOP


def outcome(suite: str, command: str, status: int = 0) -> Outcome:
    return Outcome(suite, f"Debian {suite}", command, status, 61, "It fell.")


def test_the_commands_are_the_readmes() -> None:
    first, second = readme_commands((TOP / "README.md").read_text("utf-8"))
    assert re.fullmatch(
        r"python3 -m venv \.venv && \S+pip install -q tox && \S+tox -e report", first
    )
    assert second == first.removesuffix(" -e report")
    assert (debian.short(first), debian.short(second)) == (
        ".venv/bin/tox -e report",
        ".venv/bin/tox",
    )
    limited = debian.without_end_to_end(second)
    assert limited.startswith(second + " -e lint,gate && .venv/bin/tox -e tests -- ")
    assert debian.short(limited) == limited.partition("&& ")[2].partition("&& ")[2]


def test_the_packages_are_those_that_the_readme_names() -> None:
    readme = (TOP / "README.md").read_text("utf-8")
    named = re.search(r"`apt-get install ([^`]+)`", readme)
    assert named is not None
    assert {*debian.PACKAGES} - {*named[1].split()} == {"python3", "git", "ca-certificates"}
    assert {*named[1].split()} <= {*debian.PACKAGES}


def test_nothing_of_this_machine_is_passed_on_but_the_way_to_the_network() -> None:
    ours = {
        "PATH": "/pyenv/shims",
        "PYENV_ROOT": "/pyenv",
        "PYTHONPATH": "/here",
        "SSL_CERT_FILE": "/here.pem",
        "TLS_BOOTSTRAP_CACHE": "/cache",
        "PIP_FIND_LINKS": "/wheels",
        "PIP_INDEX_URL": "https://index.invalid/simple",
        "https_proxy": "http://proxy.invalid",
    }
    told = environment(ours)
    assert told["PIP_INDEX_URL"] == ours["PIP_INDEX_URL"]
    assert told["https_proxy"] == ours["https_proxy"]
    assert "pyenv" not in told["PATH"]
    assert {*told} == {"HOME", "LANG", "PATH", "TERM", "PIP_INDEX_URL", "https_proxy"}


def test_a_sentence_says_what_came_of_it() -> None:
    assert outcome("trixie", "tox").sentence == "Debian trixie: `tox` passes in 1 min 1 s."
    assert outcome("trixie", "tox", 1).sentence == (
        "Debian trixie: `tox` ends with exit status 1 after 1 min 1 s: It fell."
    )


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was run; `two` fails on trixie, and there is no testing today."""
    calls = []

    def run(suite: str, command: str, machines: Path, logs: Path) -> Outcome:
        calls.append((suite, command))
        if suite == "testing":
            raise MachineError("No machine of Debian testing can be made today: it is away")
        return outcome(suite, command, int((suite, command) == ("trixie", "two")))

    monkeypatch.setattr(debian, "ran", run)
    monkeypatch.setattr(debian, "commit_of_checkout", lambda: "abc")
    return calls


def statuses(suites: Sequence[str], folder: Path) -> tuple[list[int], list[str]]:
    outcomes, impossible = debian.outcomes_of(suites, ["one", "two"], folder, folder)
    return [each.status for each in outcomes], impossible


def test_every_command_runs_on_every_machine(ran: list[tuple[str, str]], tmp_path: Path) -> None:
    found, impossible = statuses(["trixie", "testing", "bookworm"], tmp_path)
    assert found == [0, 1, 0, 0]
    assert impossible == ["No machine of Debian testing can be made today: it is away"]


def test_what_passed_is_not_run_again_and_what_failed_is(
    ran: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert statuses(["trixie"], tmp_path) == statuses(["trixie"], tmp_path) == ([0, 1], [])
    assert ran == [("trixie", "one"), ("trixie", "two"), ("trixie", "two")]


def test_another_commit_keeps_nothing(tmp_path: Path) -> None:
    Kept(tmp_path, "abc").add(outcome("trixie", "tox"))
    assert Kept(tmp_path, "abc").find("trixie", "tox") == outcome("trixie", "tox")
    assert Kept(tmp_path, "abc").find("bookworm", "tox") is None
    assert Kept(tmp_path, "def").find("trixie", "tox") is None


def test_without_root_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MachineError, match="Only root"):
        debian.check_possible()


def test_without_debootstrap_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        shutil, "which", lambda name: None if name == "debootstrap" else f"/bin/{name}"
    )
    with pytest.raises(MachineError, match="on Debian: apt-get install debootstrap"):
        debian.check_possible()


def test_a_base_is_made_once_and_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = []

    def run(command: Sequence[str], timeout: float) -> str:
        Path(command[4]).mkdir()
        made.append(command[3])
        if len(made) == 1:
            raise CommandError("debootstrap: it is away")
        return ""

    monkeypatch.setattr(debian, "run", run)
    monkeypatch.setattr(debian, "mirror", lambda: "http://mirror.invalid")
    with pytest.raises(MachineError, match="trixie can be made today: debootstrap: it is away"):
        debian.base("trixie", tmp_path)
    for _ in range(2):
        assert debian.base("trixie", tmp_path) == tmp_path / "trixie"
    assert made == ["trixie", "trixie"] and (tmp_path / "trixie").is_dir()
