"""Ids of scenarios, targets and tests, joined and split in one place.

A scenario is "memory_bio/test_eof.py::test_turns_true" or, with parameters of its own,
"handshake/test_versions.py::test_agrees[TLSv1.2]". A target is what it runs on: "backport-py2.7",
"monkeypatched-py2.7-backward", "stdlib-py3.12-to-backport-py2.7", or, where it is compared with
itself on an older OpenSSL, "stdlib-py3.13-openssl3.6-across". A test is a scenario on a target; its
id is what pytest prints: "handshake/test_versions.py::test_agrees[TLSv1.2-backport-py2.7]".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping
from typing import NamedTuple

INTEROP = "interop"
"""The topic whose scenarios run on a client and a server."""

_OF_AXIS = {"backward": "-backward", "openssl": "-across"}
_BETWEEN = "-to-"


def target_id(implementation: str, axis: str = "forward") -> str:
    """The id of one implementation on an axis."""
    return implementation + _OF_AXIS.get(axis, "")


def interop_id(client: str, server: str) -> str:
    """The id of a client and a server."""
    return f"{client}{_BETWEEN}{server}"


def renamed(target: str, names: Mapping[str, str]) -> str:
    """The id of a target whose implementations are called otherwise."""
    for ending in _OF_AXIS.values():
        if target.endswith(ending):
            return renamed(target.removesuffix(ending), names) + ending
    return _BETWEEN.join(names.get(name, name) for name in target.split(_BETWEEN))


def test_id(scenario: str, target: str) -> str:
    """The id of a test: the target is the last parameter of the scenario."""
    if scenario.endswith("]"):
        return f"{scenario[:-1]}-{target}]"
    return f"{scenario}[{target}]"


test_id.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it


def split(test: str, targets: Container[str]) -> tuple[str, str] | None:
    """The scenario and the target of a test id; None where none of these targets is in it.

    Ids of implementations contain dashes, which also separate parameters: the longest that fits.
    """
    for border in re.finditer(r"[\[-]", test):
        target = test[border.end() : -1]
        if target in targets:
            before = test[: border.start()]
            return before + "]" * (border.group() == "-"), target
    return None


def topic_of(name: str) -> str:
    """The topic of a scenario or a test: the folder it is in."""
    return name.partition("/")[0]


def file_of(name: str) -> str:
    """The file of a scenario or a test, below the folder of all scenarios."""
    return name.partition("::")[0]


def is_interop(name: str) -> bool:
    """Whether a scenario or a test runs on a client and a server."""
    return topic_of(name) == INTEROP


class Shard(NamedTuple):
    """One of several parts of all scenarios: which it is, from 1, and of how many."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """Of "2/5". Raises ValueError."""
        found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ValueError(f"{text!r} is not like 2/5: the number of a shard, and of how many.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, scenario: str) -> bool:
        """Whether a scenario is in it: the same whatever other scenarios there are."""
        digest = hashlib.sha256(scenario.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1
