"""One agent process: its start, its pipe with deadlines, and how it can be lost."""

from __future__ import annotations

import hashlib
import json
import operator
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from impls.host.cache import cache_folder

AGENT_FOLDER = Path(__file__).parents[1] / "agent"

AGENT_SOURCES = tuple(
    (file.relative_to(AGENT_FOLDER).as_posix(), file.read_text("utf-8"))
    for file in (
        *sorted((AGENT_FOLDER / "probes").glob("*.py")),
        AGENT_FOLDER / "left_behind.py",
        AGENT_FOLDER / "program.py",
        AGENT_FOLDER / "agent.py",
    )
)
"""(name, text) of the files that the agent is made of, in the order in which they run."""

BOOTSTRAP = 'exec(__import__("json").loads(__import__("sys").stdin.readline()))'
AGENT_ARGUMENTS = ("-S", "-E", "-s", "-c", BOOTSTRAP)
"""What a Python is given to become an agent: no site-packages, no user's settings, and one line
of code that runs the first line of standard input, which is JSON."""

LOADER_LINE = json.dumps((AGENT_FOLDER / "loader.py").read_text("utf-8"))
"""The first of the three lines that an agent is sent: what runs its files."""

SOURCES_LINE = json.dumps(AGENT_SOURCES)
"""The last of them. Between the two is its digest, and where the compiled code may be kept."""

SOURCES_DIGEST = hashlib.sha256(SOURCES_LINE.encode("ascii")).hexdigest()

START_TIMEOUT = 60.0
"""Seconds an agent may take from its start to its hello."""

ENDED, NOT_FOUND = (f"It ended with exit status {status}." for status in (0, 127))
"""What is said of a process that ended without a fault, and of a shell without the command."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a longer line is not an answer."""

ENCODER = json.JSONEncoder(separators=(",", ":"), default=operator.methodcaller("to_json"))

Loss = Literal["CRASH", "HANG", "GARBAGE"]


@dataclass(frozen=True)
class Lost:
    """How an agent was lost: a dead process, no answer in time, or an invalid answer."""

    how: Loss
    what: str
    """One sentence, the same for the same cause: the signal or exit status, the limit, the line."""
    stderr: str
    """The last lines the process printed."""


class AgentLost(BaseException):
    """Raised at the operation at which an agent was lost.

    Not an `Exception`, so that no scenario's `except` can mistake it for the implementation's.
    """

    def __init__(self, lost: Lost) -> None:
        super().__init__(f"{lost.how}: {lost.what}")
        self.lost = lost


class AgentStartError(Exception):
    """The agent did not come up; the message is one sentence that says why."""


class AgentFailure(Exception):
    """The agent could not carry out a request: a defect of the suite, not of what it tests."""


def folder_for_code() -> Path | None:
    """The folder of the cache for the compiled code of agents; None where there cannot be one."""
    try:
        folder = cache_folder() / "agents"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # nobody's home is a RuntimeError
        return None
    return folder


def last_words(lost: Lost) -> str:
    """What a process that never answered is likely to have died of, as the end of a sentence."""
    lines = [line.strip() for line in lost.stderr.splitlines() if line.strip()]
    if lines and lost.what == NOT_FOUND:  # a launcher's first line says what, others advise
        return f" Its last words: {lines[0]}"
    if lines:
        return f" Its last words: {lines[-1]}"
    if lost.what == ENDED:
        return " It said nothing: what is started must take arguments as a Python does."
    return ""


class AgentProcess:
    """A running agent and the two ends of its pipe."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=dict(environment),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._log.close()
            reason = error.strerror or str(error)
            raise AgentStartError(f"{command[0]} cannot be run: {reason}.") from None
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input = self._process.stdin.fileno()
        self._output = self._process.stdout.fileno()
        self._received = bytearray()
        os.set_blocking(self._input, False)

    def start(
        self,
        module: str,
        set_up: Sequence[str],
        path: Sequence[str],
        code_folder: Path | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Bring the agent up; return its hello and the classes it describes.

        `code_folder` is for a Python of this machine: where it keeps its code, compiled, for the
        next start. Raises AgentStartError with one sentence that says why it did not come up.
        """
        try:
            self.send_line(LOADER_LINE)
            self.send([SOURCES_DIGEST, None if code_folder is None else str(code_folder)])
            self.send_line(SOURCES_LINE)
            if self.receive(START_TIMEOUT) != {"agent": 1}:
                raise AgentStartError("It printed something else where the agent's hello belongs.")
            self.send({"op": "start", "module": module, "set_up": [*set_up], "path": [*path]})
            answer = self.receive(START_TIMEOUT)
        except AgentLost as error:
            self.close()
            raise AgentStartError(f"{error.lost.what}{last_words(error.lost)}") from None
        except AgentStartError:
            self.close()
            raise
        if "hello" not in answer:
            self.close()
            failure = str(answer.get("failure", answer)).strip().splitlines()[-1]
            raise AgentStartError(f"Its set-up failed: {failure}")
        return answer["hello"], answer.get("classes", {})

    def send(self, message: object) -> None:
        """Write one message: JSON, or an object with `to_json`, as may be anything inside it.

        A process that does not read is found out by `receive`.
        """
        self.send_line(ENCODER.encode(message))

    def send_line(self, text: str) -> None:
        """Write one message that is JSON already."""
        data = memoryview(text.encode("ascii") + b"\n")
        deadline = time.monotonic() + START_TIMEOUT
        while data:
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                left = max(0.0, deadline - time.monotonic())
                readable, writable, _ = select.select([self._output], [self._input], [], left)
                if readable:
                    # What writes before it has read all is waiting for a reader itself.
                    chunk = os.read(self._output, 1 << 20)
                    self._received += chunk
                    if not chunk or b"\n" in chunk:
                        return
                elif not writable:
                    raise AgentLost(self._hang(START_TIMEOUT)) from None
            except BrokenPipeError:
                return

    def receive(self, timeout: float) -> dict[str, Any]:
        """The next message, waited for `timeout` seconds. Raises AgentLost."""
        line = self._line(timeout)
        try:
            message = json.loads(line.decode("ascii"))
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            shown = bytes(line[:60]).decode("ascii", "replace").strip()
            raise self.garbage(repr(shown))
        return message

    def garbage(self, shown: str, error: Exception | None = None) -> AgentLost:
        """End the process, and return its loss for an invalid answer.

        `shown` is what of the answer a person is to see; `error` is what came of reading JSON.
        """
        why = f" ({type(error).__name__})" if error else ""
        return AgentLost(
            self._lost("GARBAGE", f"It answered {shown}, which is not a valid answer{why}.")
        )

    def hang(self, timeout: float) -> AgentLost:
        """End the process, and return its loss for an answer that took longer than `timeout`."""
        return AgentLost(self._hang(timeout))

    def _line(self, timeout: float) -> bytearray:
        deadline = time.monotonic() + timeout
        searched = 0
        while True:
            end = self._received.find(b"\n", searched)
            if end >= 0:
                line = self._received[:end]
                del self._received[: end + 1]
                return line
            searched = len(self._received)
            if searched > LARGEST_ANSWER:
                what = f"Its answer is longer than {LARGEST_ANSWER // 2**20} MiB."
                raise AgentLost(self._lost("GARBAGE", what))
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._output], [], [], left)[0]:
                raise AgentLost(self._hang(timeout))
            chunk = os.read(self._output, 1 << 20)
            if not chunk:
                raise AgentLost(self._dead())
            self._received += chunk

    def _hang(self, timeout: float) -> Lost:
        return self._lost("HANG", f"It gave no answer within {timeout:g} s.")

    def _dead(self) -> Lost:
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return self._lost("GARBAGE", "It closed its end of the pipe and lives on.")
        if status < 0:
            return self._lost("CRASH", f"It died of {signal.Signals(-status).name}.")
        return self._lost("CRASH", f"It ended with exit status {status}.")

    def _lost(self, how: Loss, what: str) -> Lost:
        self.kill()
        return Lost(how, what, self.log())

    def log(self, lines: int = 40) -> str:
        """The last lines of what the process printed."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 64 * 1024))
        return "\n".join(self._log.read().decode("utf-8", "replace").splitlines()[-lines:])

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def close(self) -> None:
        """Let it end in its own time (coverage data is written then), and free its pipe."""
        if self._log.closed:
            return
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        self.kill()
        self._process.stdout.close()
        self._log.close()
