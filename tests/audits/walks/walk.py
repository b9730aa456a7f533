"""A walk: lines of ordinary ssl code, run one after the other whatever they raise.

The lines are all there is to it. They are run as they are, and written as a scenario they are what
they were: those that raised on the reference stand under ``pytest.raises``.
"""

from __future__ import annotations

import ast
import builtins
import functools
import hashlib
import inspect
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import certs
import conformance.peers
from conformance.peers import UnboundPeers
from conformance.run.runner import Scenario
from impls.host.process import AgentFailure

FIXTURES = ("ssl", "native", "peers", "certificates")
TO_BE_WRITTEN = "TO BE WRITTEN"
"""What stands for the claim and for the citation, in a file that a person has not yet read."""
HELPERS = tuple(name for name in conformance.peers.__all__ if name in ("deliver", "fragments"))
"""What lines use of conformance.peers."""


@dataclass(frozen=True)
class Walk:
    lines: tuple[str, ...]
    """Each one statement, or several that belong together."""
    last: tuple[int | str, ...] = ()
    """Numbers and reasons of errors after which nothing is asked: what is known to go on in other
    words, see "Not there yet" in the backport's README."""

    @property
    def name(self) -> str:
        """The same for the same lines."""
        text = "\0".join(self.lines)
        return "walk " + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def in_statements(self) -> Walk:
        """The same with a line for each statement: what raises ends no more than its own."""
        statements = []
        for line in self.lines:
            rows = line.splitlines()
            for node in ast.parse(line).body:
                statements.append("\n".join(rows[node.lineno - 1 : node.end_lineno]))
        return replace(self, lines=tuple(statements))

    def without(self, number: int) -> Walk:
        """The same without the line of this number."""
        return replace(self, lines=self.lines[:number] + self.lines[number + 1 :])

    def scenario(
        self,
        catalogue: certs.Catalogue,
        raised: dict[int, str] | None = None,
        occasion: str = "",
    ) -> Scenario:
        """The walk as a scenario; `raised` is told which lines raise what when it is run.

        A runner remembers what it has run by name: another `occasion` makes it another name.
        """

        def function(ssl: object, native: object, peers: object, certificates: object) -> None:
            names = {name: getattr(conformance.peers, name) for name in HELPERS}
            names.update(ssl=ssl, native=native, peers=peers, certificates=certificates)
            try:
                for number, line in enumerate(self.lines):
                    if not self._goes_on(line, names, number, {} if raised is None else raised):
                        return
            finally:
                names.clear()  # functions refer to it, and it to them

        return Scenario(f"{self.name}{occasion}", function, self.arguments(catalogue))

    @staticmethod
    def arguments(catalogue: certs.Catalogue) -> dict[str, object]:
        """What the fixtures of these names are, before it is known on what it runs."""
        peers = UnboundPeers(catalogue)
        return {"ssl": None, "native": None, "peers": peers, "certificates": catalogue}

    def _goes_on(
        self, line: str, names: dict[str, Any], number: int, raised: dict[int, str]
    ) -> bool:
        """Run a line, and say whether the next is to be run."""
        raised.pop(number, None)
        try:
            exec(compiled(line), names)
        except AgentFailure:
            raise
        except Exception as error:
            raised[number] = type(error).__name__
            told = [getattr(error, name, None) for name in ("errno", "reason")]
            return not any(each in self.last for each in told)
        return True

    def written(self, what: str, story: str, raised: Mapping[int, str]) -> str:
        """The file of a scenario that does the same, for a person to finish.

        `what` is what was found in one sentence, `story` more of it; `raised` has, by the number of
        a line, the class of what it raises on the reference.
        """
        body = "\n".join(
            under_raises(line, raised[number]) if number in raised else line
            for number, line in enumerate(self.lines)
        )
        wanted = [name for name in FIXTURES if mentions(body, name)] or ["ssl"]
        imports = ["import pytest"] if "pytest.raises" in body else []
        helpers = [name for name in (*HELPERS, "HandshakeStalled") if mentions(body, name)]
        if helpers:
            lines = [f"from conformance.peers import {', '.join(sorted(helpers))}"]
            imports = [*imports, "", *lines] if imports else lines
        digits = self.name.split()[1]
        return "\n".join(
            [
                '"""Found by a random walk (tests/audits/walks), as small as it got.',
                "",
                escaped(story),
                "",
                "To keep it: move it into conformance/scenarios/TOPIC, and write the claim, the",
                "citation, and asserts.",
                '"""',
                "",
                *imports,
                *(["", ""] if imports else [""]),
                f"def test_walk_{digits}({', '.join(wanted)}):",
                textwrap.indent(f'"""{TO_BE_WRITTEN}: {escaped(what)}\n', " " * 4),
                textwrap.indent(f'The citation is {TO_BE_WRITTEN}.\n"""', " " * 4),
                textwrap.indent(body, " " * 4),
                "",
            ]
        )


@functools.lru_cache(4096)
def compiled(line: str) -> CodeType:
    return compile(line, "<walk>", "exec")


def mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){name}\b", text) is not None


def escaped(text: str) -> str:
    """A text as it may stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def under_raises(line: str, name: str) -> str:
    """A line that raises an exception of the class of this name."""
    known = getattr(builtins, name, None)
    if not (inspect.isclass(known) and issubclass(known, BaseException)):
        name = name if name == "HandshakeStalled" else f"ssl.{name}"
    return f"with pytest.raises({name}):\n{textwrap.indent(line, ' ' * 4)}"
