"""One agent process: deadlines, and every way to be lost."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from impls.host import process as process_module
from impls.host.process import AgentLost, AgentProcess, AgentStartError, Lost

PYTHON = str(Path(sys.executable).resolve())


def running(code: str) -> AgentProcess:
    """A process of its own code in place of an agent."""
    return AgentProcess([PYTHON, "-S", "-E", "-c", code], {})


def lost(code: str, timeout: float = 20) -> Lost:
    """How a process that runs this is lost when an answer is wanted of it."""
    process = running(code)
    with pytest.raises(AgentLost) as caught:
        process.receive(timeout)
    assert process._process.poll() is not None, "it was left running"
    process.close()
    return caught.value.lost


def test_an_answer_is_one_line_of_json() -> None:
    process = running("print('{\"value\": [1]}')")
    assert process.receive(20) == {"value": [1]}
    process.close()


def test_answers_may_come_in_pieces_and_together() -> None:
    code = (
        "import sys, time\n"
        "for piece in ('{\"a\"', ': 1}\\n{\"b\": 2}\\n{', '\"c\": 3}\\n'):\n"
        "    sys.stdout.write(piece); sys.stdout.flush(); time.sleep(0.05)\n"
    )
    process = running(code)
    assert [process.receive(20) for _ in range(3)] == [{"a": 1}, {"b": 2}, {"c": 3}]
    process.close()


@pytest.mark.parametrize(
    ("code", "how", "what"),
    [
        ("import os; os.kill(os.getpid(), 11)", "CRASH", "It died of SIGSEGV."),
        ("raise SystemExit(7)", "CRASH", "It ended with exit status 7."),
        ("pass", "CRASH", "It ended with exit status 0."),
        ("print('Hello')", "GARBAGE", "It answered 'Hello', which is not a valid answer."),
        ("print('[1]')", "GARBAGE", "It answered '[1]', which is not a valid answer."),
        ("print('\\x00' * 99)", "GARBAGE", "which is not a valid answer."),
        ("print('{' * 99999)", "GARBAGE", "which is not a valid answer."),
        ("import time; time.sleep(99)", "HANG", "It gave no answer within 0.5 s."),
        ("while 1: pass", "HANG", "It gave no answer within 0.5 s."),
    ],
)
def test_every_way_to_be_lost(code: str, how: str, what: str) -> None:
    found = lost(code, 0.5 if how == "HANG" else 20)
    assert found.how == how
    assert what in found.what


def test_json_that_is_nested_too_deeply_is_garbage() -> None:
    assert lost("print('[' * 100000 + ']' * 100000)").how == "GARBAGE"


def test_a_line_that_does_not_end_is_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "LARGEST_ANSWER", 1 << 20)
    found = lost("import sys\nwhile 1: sys.stdout.write('x' * 65536)")
    assert (found.how, found.what) == ("GARBAGE", "Its answer is longer than 1 MiB.")


def test_a_trickle_is_a_hang_at_its_deadline() -> None:
    code = "import sys, time\nwhile 1: sys.stdout.write('x'); sys.stdout.flush(); time.sleep(0.05)"
    began = time.monotonic()
    assert lost(code, 0.5).how == "HANG"
    assert time.monotonic() - began < 10


def test_a_closed_pipe_of_a_living_process_is_garbage() -> None:
    found = lost("import os, time; os.close(1); time.sleep(99)")
    assert (found.how, found.what) == ("GARBAGE", "It closed its end of the pipe and lives on.")


def test_what_it_printed_last_is_kept() -> None:
    code = "import sys\nfor n in range(200): sys.stderr.write('line %d\\n' % n)\nsys.exit(1)"
    lines = lost(code).stderr.splitlines()
    assert lines[-1] == "line 199"
    assert len(lines) == 40


def test_who_does_not_read_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "START_TIMEOUT", 0.5)
    process = running("import time; time.sleep(99)")
    with pytest.raises(AgentLost) as caught:
        process.send("x" * (1 << 22))
    assert caught.value.lost.how == "HANG"
    process.close()


@pytest.mark.parametrize(
    "code", ["print('x' * 300000)", "print('Welcome\\n' * 99999)", "while 1: print('y')"]
)
def test_who_prints_before_it_reads_is_found_out_at_once(code: str) -> None:
    process = running(code)
    began = time.monotonic()
    process.send_line("x" * 10**6)
    with pytest.raises(AgentLost) as caught:
        process.receive(20)
    assert caught.value.lost.how == "GARBAGE" and time.monotonic() - began < 20
    process.close()


def test_who_died_before_it_was_asked_is_found_out_when_it_should_answer() -> None:
    process = running("pass")
    process._process.wait()
    process.send({"op": "end"})
    with pytest.raises(AgentLost) as caught:
        process.receive(20)
    assert caught.value.lost.what == "It ended with exit status 0."
    process.close()


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-S', '-E', '-c', {child!r}])\n"
        "time.sleep(99)"
    )
    lost(code, 0.7)
    time.sleep(1.5)
    assert not mark.exists()


def start(code: str) -> str:
    """Why a process that runs this does not start as an agent."""
    process = running(code)
    with pytest.raises(AgentStartError) as caught:
        process.start("ssl", [], [])
    return str(caught.value)


def test_why_an_agent_does_not_start() -> None:
    assert start("print('{}')") == "It printed something else where the agent's hello belongs."
    assert start("print('Hi')") == "It answered 'Hi', which is not a valid answer."
    told = start("raise RuntimeError('the disk is full')")
    assert told == ("It ended with exit status 1. Its last words: RuntimeError: the disk is full")
    with pytest.raises(AgentStartError, match="^nonexistent-python cannot be run: "):
        AgentProcess(["nonexistent-python"], {})


def agent_start(module: str, set_up: list[str]) -> str:
    process = AgentProcess([PYTHON, *process_module.AGENT_ARGUMENTS], {})
    with pytest.raises(AgentStartError) as caught:
        process.start(module, set_up, [])
    return str(caught.value)


def test_why_set_up_fails() -> None:
    assert agent_start("nonsense", []) == (
        "Its set-up failed: import nonsense raised ModuleNotFoundError: No module named 'nonsense'"
    )
    assert agent_start("ssl", ["1 / 0"]) == (
        "Its set-up failed: 1 / 0 raised ZeroDivisionError: division by zero"
    )


def test_why_set_up_of_several_lines_fails_is_one_sentence() -> None:
    told = agent_start("ssl", ["\nif True:\n    1 / 0\n"])
    assert told.startswith("Its set-up failed: ")
    assert "1 / 0" in told and "ZeroDivisionError" in told
    assert "\n" not in told
