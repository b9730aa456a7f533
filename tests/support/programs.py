"""Implementations of a module for tests of programs, and the ways in which runs come about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.transcript.model import Transcript
from impls.host.declarations import Implementation
from tests.support.agents import implementation, interpreter

SUPPORT = str(Path(__file__).parent)

HONEST = """
import module_under_test as module
import os, time

def given(): return b"abcdef"
def also(): return b"abcdef"
def used(*things, **named): return len(things)
def called(*functions): return [function(1) for function in functions]
def kept(function): return None
def done(): return None
def raised(): raise module.Sub("why")
thing = module.Thing()
def one(): return thing
def other(): return thing
def new(): return module.Thing()
def alive(): return module.Thing.made
def noise(): return os.urandom(16)
def echo(data): return data
for name in "given also used called kept done raised one other new alive noise echo".split():
    setattr(module, name, globals()[name])
"""

Body = Callable[[Any], object]


def made(name: str, lie: str = "", version: str = "3", **more: Any) -> Implementation:
    return implementation(
        name,
        interpreter(version),
        module="module_under_test",
        path=(SUPPORT,),
        set_up=(HONEST, "import module_under_test as module, os, time\n" + lie)
        if lie
        else (HONEST,),
        **more,
    )


ALIKE = "alike"
"""The scenario could not have seen a difference."""
COMPARED = "compared"
"""It ran against what the implementation did."""
WENT_ANOTHER_WAY = "deviated live"


def shown(transcript: Transcript) -> list[tuple[str, str]]:
    """What operations do, without their random bytes."""
    return [(one.member, one.kind) for one in transcript.operations] + [(transcript.end, "end")]
