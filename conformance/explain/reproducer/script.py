"""A divergence -> a standalone script that needs only `ssl`.

The script does, line by line, what the scenario did up to the first failing divergence, on
CPython 2.7 and 3 alike and without this project. It consists of what it says of itself, the parts
of the prelude and the agent's probes that it needs, the files of the scenario, and the operations,
written from the recorded events (see operations.py). Each operation's outcome is printed as the
suite renders it, with the same masks.

What a script cannot do: call the probes that need the agent (`names_changed`, `after_signals`,
...), or know when a scenario dropped an object. It drops one when it must have been
gone: before a weak reference is found dead, and before the object is met again as another.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.explain.recording import Recording
from conformance.explain.reproducer import sources
from conformance.explain.reproducer.literals import literal_file, literal_text
from conformance.explain.reproducer.operations import Operations
from conformance.explain.reproducer.recorded_values import minted_names
from conformance.judge.compare import LEFT_BEHIND
from conformance.judge.judge import Judged
from conformance.judge.verdict import ACCEPTED, Divergence, Judgement
from conformance.run.claim import Claim
from conformance.transcript.elide import SCRIPT, contrast
from impls.host.declarations import Implementation

LONGEST_NAME = 150
"""Characters of a script's file name."""


@dataclass(frozen=True)
class Question:
    """What a script is to show."""

    test_id: str
    claim: Claim
    divergence: Divergence
    implementation: Implementation
    recorded: Recording
    """What the implementation did."""
    reference: Recording


class Reproducers:
    """The folder in which tests leave their scripts."""

    def __init__(self, folder: Path, minted: Mapping[str | bytes, str], since: float) -> None:
        """`minted` names this run's certificates and serial numbers, as for transcripts; `since` is
        when the run began, in seconds since the epoch."""
        self.folder = folder.absolute()
        self._minted = minted
        self._since = since

    def write(self, judged: Judged, test_id: str) -> str | None:
        """Write the script of a judgement; return the command that runs it.

        None where there is nothing to show: nothing differs, no candidate is judged, or a client
        and a server are.
        """
        divergence = divergence_to_show(judged.judgement)
        if divergence is None or not judged.theirs or judged.judgement.server is not None:
            return None
        target = judged.target
        question = Question(
            test_id,
            Claim.of(judged.scenario.function),
            divergence,
            target.implementation,
            Recording(target.implementation.id, judged.theirs["alone"]),
            Recording(target.reference.id, judged.ours["alone"]),
        )
        path = self.folder / file_name(target.implementation.id, divergence)
        command = how_to_run(target.implementation, path)
        if self._is_ours(path):
            return command
        self.folder.mkdir(parents=True, exist_ok=True)
        text = script(question, self._minted, command)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)  # whole, or not at all: another process may write it too
        return command

    def _is_ours(self, path: Path) -> bool:
        """Whether this run has written a script already."""
        try:
            return path.stat().st_mtime >= self._since
        except OSError:
            return False


def divergence_to_show(judgement: Judgement) -> Divergence | None:
    """The first divergence that fails a candidate, or else that is known of it.

    None where all that differs is what is left behind: a script cannot tell when a scenario ends.
    """
    if judgement.role != "candidate" or judgement.verdict in ("ERROR", "MISSING", "UNSUPPORTED"):
        return None
    shown = [each for each in judgement.divergences if each.field != LEFT_BEHIND]
    failing = [each for each in shown if each.verdict not in ACCEPTED]
    known = [each for each in shown if each.verdict == "known"]
    return next(iter(failing + known), None)


def file_name(implementation: str, divergence: Divergence) -> str:
    """The name of the script of a finding on an implementation: one, wherever it shows."""
    name = re.sub(r"[^\w.]+", "-", f"{divergence.member}-{divergence.field}", flags=re.ASCII)
    return f"{name[:LONGEST_NAME].strip('-')}-{divergence.fingerprint}-{implementation}.py"


def how_to_run(implementation: Implementation, path: Path) -> str:
    """The command for a shell; what docker or ssh starts reads the script from its input."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in implementation.environment]
    words = [*(["env", *variables] if variables else []), shlex.join(implementation.argv)]
    if implementation.interpreter is None:
        return " ".join([*words, "-", "<", shlex.quote(str(path))])
    return " ".join([*words, shlex.quote(str(path))])


def script(question: Question, minted: Mapping[str | bytes, str], command: str) -> str:
    """The text of a script, ASCII alone."""
    operations = Operations(question.divergence, question.recorded, question.reference)
    body = in_ascii(operations.write())
    preparations = [
        minted_table(question, len(operations.events), minted),
        # An object that a weak reference is to lose must not be kept.
        "held = False" if operations.weak else "",
        embedded_files(operations.files, operations.folders),
        "record_warnings()",
    ]
    prepared = in_ascii("\n\n".join(text for text in preparations if text))
    probes = [sources.probe_function(name) for name in sources.with_others(operations.probes)]
    from_agent = [*sources.needed(sources.agent(), *probes), *probes]
    from_prelude = sources.needed(sources.prelude(), body, prepared, *from_agent)
    chosen = set_up(question.implementation)
    parts = [*from_prelude, *from_agent, prepared]
    imports = sources.imports_for("\n".join([chosen, *parts, body]))
    parts = [
        header(question, command, operations),
        "\n".join(imports),
        f"import ssl\n\n{chosen}".rstrip(),
        *spaced(from_prelude + from_agent),
        prepared,
    ]
    return "\n\n".join(in_ascii(part) for part in parts) + "\n\n\n" + body + "\n"


def in_ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def spaced(definitions: list[str]) -> Iterator[str]:
    """Definitions as they stand in a file: constants together, all else with an empty line more."""
    constants: list[str] = []
    for source in definitions:
        if source.startswith(("class ", "def ", "@")):
            if constants:
                yield "\n".join(constants)
            constants = []
            yield f"\n{source}"
        else:
            constants.append(source)
    if constants:
        yield "\n" + "\n".join(constants)


def header(question: Question, command: str, operations: Operations) -> str:
    """What a script says of itself."""
    divergence, name = question.divergence, question.implementation.id
    ours, theirs = contrast([divergence.reference, divergence.candidate], SCRIPT)
    told = [
        f"{name} differs from {question.reference.name}.",
        "",
        f"Scenario:       {question.test_id}",
        f"Claim:          {question.claim.text}",
        f"Documentation:  {question.claim.anchor}",
        f"What differs:   {divergence.field} of {divergence.member}, in operation "
        f"{divergence.position}",
        f"{question.reference.name}:  {ours}",
        f"{name}:  {theirs}",
        "",
        f"Run:            {command}",
    ]
    if has_set_up(question.implementation):
        told.append("With --plain it uses the ssl module of the Python that runs it.")
    else:
        told.append("Run by any other Python, it uses that one's ssl module.")
    told.append("It needs nothing but that: Python 2.7 or 3, no package, no network.")
    if operations.is_lost:
        told.append("The last operation did not come back: the process may die or hang there.")
    lines = [line for text in told for line in (text.splitlines() or [""])]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def has_set_up(one: Implementation) -> bool:
    """Whether an implementation is more than the ssl module of its Python."""
    return bool(one.set_up or one.path or one.module != "ssl")


def set_up(one: Implementation) -> str:
    """The lines that put the implementation in the place of the module ssl."""
    if not has_set_up(one):
        return ""
    lines = ['if "--plain" not in sys.argv:']
    path = [str(entry) for entry in one.path]
    if path:
        lines.append(f"    sys.path[:0] = {path!r}")
    if any("\n" in statement for statement in one.set_up):
        lines.append("    set_up = {}")
        for statement in one.set_up:
            pieces = [repr(piece) for piece in statement.splitlines(keepends=True)]
            lines += ["    exec(", *(f"        {piece}" for piece in pieces)]
            lines += ["        , set_up)"]
    else:
        lines += [f"    {statement}" for statement in one.set_up]
    if one.module != "ssl":
        lines.append(f"    import {one.module} as ssl")
    return "\n".join(lines)


def embedded_files(files: Mapping[str, Path], folders: set[str]) -> str:
    """The lines that make the files and folders that the scenario uses."""
    lines = ["FILES = {}"] if files else []
    for name, path in sorted(files.items()):
        lines.append(f"FILES[{literal_text(name)}] = {literal_file(path.read_bytes())}")
    if files:
        lines += [
            "for name, content in FILES.items():",
            "    files[name] = os.path.join(folder, name)",
            "    if not os.path.isdir(os.path.dirname(files[name])):",
            "        os.makedirs(os.path.dirname(files[name]))",
            '    with open(files[name], "wb") as stream:',
            "        stream.write(content)",
        ]
    for name in sorted(folders):
        key = literal_text(name)
        lines.append(f"files[{key}] = os.path.join(folder, {key})")
        lines.append(f"if not os.path.isdir(files[{key}]):")
        lines.append(f"    os.makedirs(files[{key}])")
    return "\n".join(lines)


def minted_table(question: Question, length: int, minted: Mapping[str | bytes, str]) -> str:
    """The names of the certificates and serial numbers that the first outcomes mention."""
    wanted: set[str] = set()
    for side in (question.recorded, question.reference):
        for operation in side.operations[:length]:
            wanted |= set(minted_names(list(operation.fields.values())))
    found = {
        hashlib.sha256(value if isinstance(value, bytes) else value.encode()).hexdigest(): name
        for value, name in minted.items()
        if name in wanted
    }
    if not found:
        return ""
    pairs = [f'    "{digest}":\n        "{name}",' for digest, name in found.items()]
    return "\n".join(["MINTED.update({", *pairs, "})"])
