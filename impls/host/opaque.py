"""Values that show nothing of themselves: what a scenario does not look at cannot decide its way.

A scenario is rehearsed in the host, against recorded answers, with such values in place of what is
another in each run. Where it does the same then, it has only handed them on.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

from impls.host import wire
from impls.host.playback import Deviated, Playback
from impls.host.program import Part, Traced
from impls.host.session import RemoteAgent, Session


class Looked(BaseException):
    """The scenario looked at an opaque value."""


class Opaque:
    """Neither bytes nor a text: whatever is done with it but what is defined below fails."""

    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise Looked


def refuse(*arguments: object) -> NoReturn:
    raise Looked


REFUSED = """
    eq ne lt le gt ge iter contains len getitem add radd mul str repr format bytes index int bool
    hash getattr
""".split()

for name in REFUSED:
    setattr(Opaque, f"__{name}__", refuse)


class OpaqueText(Opaque):
    """Stands for a text of which a mask hides a part."""


class OpaqueNumber(Opaque):
    """Stands for a number that a mask hides. It may be compared with nought."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __bool__(self) -> bool:
        return bool(self._number)

    def __eq__(self, other: object) -> bool:
        return self._number == nought(other)

    def __ne__(self, other: object) -> bool:
        return self._number != nought(other)

    def __lt__(self, other: object) -> bool:
        return self._number < nought(other)

    def __le__(self, other: object) -> bool:
        return self._number <= nought(other)

    def __gt__(self, other: object) -> bool:
        return self._number > nought(other)

    def __ge__(self, other: object) -> bool:
        return self._number >= nought(other)

    def __hash__(self) -> NoReturn:
        raise Looked


def nought(value: object) -> int:
    """Nought, if that is what the value is. Raises Looked."""
    if type(value) is int and value == 0:
        return 0
    raise Looked


class OpaqueBytes(Opaque):
    """Stands for bytes that a mask hides. It may be sliced, summed, and tested for emptiness.

    Those of 2.7 are its `str`: whatever else that can do, this cannot.
    """

    def __init__(self, looks: set[str], content: bytes, *parts: Part | bytes) -> None:
        """`looks` learns whether the scenario takes bytes to pieces: their lengths matter then."""
        self._looks = looks
        self._traced = Traced.of(content, *parts)

    def __bool__(self) -> bool:
        return bool(self._traced)

    def __getitem__(self, index: object) -> OpaqueBytes:
        if not isinstance(index, slice):
            raise Looked
        found = self._traced[index]
        if type(found) is not Traced:
            raise Looked
        self._looks.add("length")
        return OpaqueBytes(self._looks, bytes(found), *found.parts)

    def __add__(self, other: object) -> OpaqueBytes:
        added = self._traced + plain(other)
        return OpaqueBytes(self._looks, bytes(added), *added.parts)  # type: ignore[attr-defined]

    def __radd__(self, other: object) -> OpaqueBytes:
        added = plain(other) + self._traced
        return OpaqueBytes(self._looks, bytes(added), *added.parts)  # type: ignore[attr-defined]


def plain(value: object) -> bytes:
    """The bytes of what is added to opaque bytes. Raises Looked."""
    if type(value) is OpaqueBytes:
        return value._traced
    if type(value) is bytes:
        return value
    raise Looked


class Rehearsal(Session):
    """A scenario's conversation with answers that were recorded. No agent takes part in it."""

    def __init__(
        self,
        agent: RemoteAgent,
        playback: Playback,
        hidden: Mapping[int, bytes | int],
        is_masked: Callable[[str], bool],
    ) -> None:
        """`hidden` are the opaque values, by the number of the answer that gives them."""
        super().__init__(agent, playback)
        self._playback = playback
        self._hidden = hidden
        self._is_masked = is_masked
        self.looks: set[str] = set()

    def perform(self, function: Callable[..., object], arguments: dict[str, object]) -> bool:
        """Run the scenario; return whether it did as recorded, to its end, without looking."""
        gc.disable()  # what it drops must be dropped at the same operation
        try:
            function(**arguments)
        except (KeyboardInterrupt, SystemExit):
            raise
        except (
            BaseException
        ) as problem:  # whatever it is, the scenario did not see it when recorded
            traceback.clear_frames(problem.__traceback__)
            return False
        finally:
            gc.enable()
            arguments.clear()
        try:
            self.end()
        except (Deviated, Looked):
            return False
        return not self.deviated and self._playback.exhausted

    def _encode(self, value: object, buffers: list[Any]) -> wire.Value:
        if type(value) is OpaqueBytes:
            return wire.ByteString("bytes", value._traced)
        if type(value) in (OpaqueText, OpaqueNumber):
            raise Deviated
        return super()._encode(value, buffers)

    def _bytes_or_opaque(self, value: wire.ByteString) -> Any:
        answer = self._playback.given - 1
        if value.kind in ("bytes", "str") and value.content == self._hidden.get(answer):
            return OpaqueBytes(self.looks, value.content, Part("alone", answer, value.content))
        return Session._byte_string(self, value)

    def _number_or_opaque(self, value: int) -> Any:
        is_hidden = value == self._hidden.get(self._playback.given - 1)
        return OpaqueNumber(value) if is_hidden else value

    def _text_or_opaque(self, value: str) -> Any:
        return OpaqueText() if self._is_masked(value) else value

    def _exception(self, error: wire.Error) -> BaseException:
        made = super()._exception(error)
        if hasattr(made, "text") and self._is_masked(error.text):
            made.text = OpaqueText()
        return made

    _MAKERS: ClassVar[Mapping[type, Callable[[Any, Any], Any]]] = {
        **Session._MAKERS,
        wire.ByteString: _bytes_or_opaque,
        wire.Error: _exception,
        int: _number_or_opaque,
        str: _text_or_opaque,
    }
