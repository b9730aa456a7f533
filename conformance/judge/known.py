"""Decisions on divergences: the small reviewed files in conformance/divergences/.

A file holds one decision, and the fingerprints (member, field, both values) that it accepts, each
with its places. `DIVERGENCE` says what every key means.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from impls.host import toml_reader
from impls.host.declarations import Implementation, matches
from impls.host.toml_reader import (
    CONDITIONS,
    DATE,
    PROSE,
    STRING,
    TEXT,
    TEXT_OR_TEXTS,
    Key,
    Schema,
    Several,
    Table,
    TomlError,
    one_of,
)
from impls.host.versions import About, Condition, without_lane

CATEGORIES = {
    "language": "2.7 and 3 differ as languages, and the documented behaviour cannot be had on 2.7",
    "openssl": "the OpenSSL underneath differs",
    "platform": "what 2.7's own modules give cannot be replaced by a graft",
    "deliberate": "the backport does better, or safer, on purpose",
}

FINGERPRINT = ("member", "field", "reference", "candidate")

FIELDS = (
    *("outcome", "operation", "lost", "value", "exception", "bases", "errno", "library", "reason"),
    *("verify_code", "verify_message", "message", "strerror", "argument_count", "filename"),
    *("chained", "name"),
    *("mutated", "warnings", "arguments", "keywords", "pending", "notes", "left behind"),
)
"""What a field is called."""

Fingerprint = tuple[str, str, str, str]
"""Member, field, and what the reference and the implementation have there."""


class KnownDivergenceError(TomlError):
    """A file in conformance/divergences/ is wrong; the message is one sentence that says how."""


PIN = Schema(
    "pin",
    "One fingerprint that the decision accepts, and its places. The failing test prints it.",
    (
        Key(
            "scenario",
            TEXT_OR_TEXTS,
            """Ids or patterns; each that fits must show the divergence. In the folder of an
            implementation it may be left out: then the pin holds wherever the fingerprint
            occurs.""",
            (),
        ),
        Key(
            "implementation",
            TEXT_OR_TEXTS,
            """Ids or patterns of the implementations. In the folder of an implementation it may
            be left out.""",
            (),
        ),
        Key("axis", one_of(("forward", "backward")), "What it is compared with.", "forward"),
        Key("member", TEXT, "What was called, read or set, such as SSLObject.read."),
        Key("field", TEXT, "Of the outcome: outcome, value, exception, message, ..."),
        Key("reference", STRING, "What the reference has there."),
        Key("candidate", STRING, "What the implementation has there."),
        *CONDITIONS,
    ),
    KnownDivergenceError,
)

DIVERGENCE = Schema(
    "divergence",
    "A decision to accept that implementations differ from the reference. The name of the file is "
    "its anchor in the report.",
    (
        Key("title", PROSE, "One line: what a program sees."),
        Key("reason", PROSE, "Why it differs and is accepted: what a maintainer would sign."),
        Key("workaround", PROSE, "What a program can do that wants the reference's behaviour."),
        Key(
            "category",
            one_of(CATEGORIES),
            "; ".join(f"{name}: {meaning}" for name, meaning in CATEGORIES.items()) + ".",
        ),
        Key("decided_by", PROSE, "Who accepted it."),
        Key(
            "tracker",
            TEXT_OR_TEXTS,
            'Where that can be read: "gh-148594", "PEP 546", "library/ssl.html#ssl.SSLObject", '
            '"man:SSL_get_error(3)", or a list of these.',
        ),
        Key("review_by", DATE, "After this day the verdict is EXPIRED.", None),
        Key(
            "python_bug",
            PROSE,
            "What is wrong in Python itself, in one sentence, where that is why it differs.",
            "",
        ),
        Key("pin", Several(PIN), "At least one."),
    ),
    KnownDivergenceError,
)


@dataclass(frozen=True)
class Decision:
    """What one reviewed file says of all its pins."""

    name: str
    """Of the file."""
    title: str
    reason: str
    workaround: str
    category: str
    decided_by: str
    tracker: tuple[str, ...]
    review_by: datetime.date | None
    python_bug: str = ""
    """What is wrong in Python itself; empty where nothing is."""

    @property
    def anchor(self) -> str:
        """Where the report has it: the file's name without its ending."""
        return self.name.removesuffix(".toml")


@dataclass(frozen=True)
class Pin:
    """One fingerprint that a decision accepts, and where."""

    decision: Decision
    number: int
    """Its place in the file, from 1."""
    scenarios: tuple[str, ...]
    implementations: tuple[str, ...]
    axis: str
    fingerprint: Fingerprint
    condition: Condition = Condition()
    """What the reference must be; elsewhere the pin says nothing."""
    own: str | None = None
    """The folder that it is in, where that is some implementation's own."""

    @property
    def holds_wherever(self) -> bool:
        """Whether it speaks of no scenario, but of every place that shows the fingerprint."""
        return not self.scenarios

    @property
    def is_conditional(self) -> bool:
        return self.condition != Condition()

    def holds(self, reference: About) -> bool:
        """Whether it says anything of comparisons with this reference."""
        return self.condition.holds(reference)

    @property
    def where(self) -> str:
        """File and pin, for a sentence."""
        return f"{self.decision.name}, pin {self.number}"

    def speaks_of(
        self, scenario: str, implementation: str, axis: str, kin: Kin | None = None
    ) -> bool:
        return self.is_about(implementation, axis, kin) and self.speaks_in(scenario)

    def speaks_in(self, scenario: str) -> bool:
        """Whether it speaks of a scenario, on whatever implementation it is about."""
        return self.holds_wherever or any(matches(scenario, one) for one in self.scenarios)

    def is_about(self, implementation: str, axis: str, kin: Kin | None = None) -> bool:
        """Whether it speaks of an implementation on an axis, in whatever scenario."""
        kin = kin or Kin()
        if axis != self.axis or (self.own is not None and self.own != kin.divergences):
            return False
        names = [name for name in (implementation, kin.like) if name is not None]
        return (self.own is not None and not self.implementations) or any(
            is_of(name, pattern) for name in names for pattern in self.implementations
        )


class Kin(NamedTuple):
    """Whose decisions an implementation has beside those that name it."""

    like: str | None = None
    """The id of another implementation."""
    divergences: str | None = None
    """The folder of its own."""

    @classmethod
    def of(cls, implementation: Implementation) -> Kin:
        own = implementation.divergences
        return cls(implementation.like, None if own is None else str(own))


def is_of(implementation: str, pattern: str) -> bool:
    """Whether a pattern speaks of an implementation: in whatever lane, unless it names one."""
    return matches(implementation, pattern) or matches(without_lane(implementation), pattern)


def load(folder: Path, own: bool = False) -> list[Pin]:
    """The pins of all files of a folder, by name. Raises KnownDivergenceError.

    `own` is whether the folder is that of an implementation, and its pins speak of that one alone.
    """
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        is_read = path.match("*.toml") and not path.is_dir()
        if not is_read and (path.suffix.lower() == ".toml" or any(path.rglob("*.toml"))):
            raise KnownDivergenceError(
                f"{path} is not read: decisions are files of {folder} itself that end with .toml."
            )
    if own and any(folder.iterdir()) and not any(folder.glob("*.toml")):
        raise KnownDivergenceError(
            f"{folder} is to hold decisions and has no TOML file: end their names with .toml."
        )
    return [pin for path in sorted(folder.glob("*.toml")) for pin in read(path, own)]


def about_nobody(pins: Iterable[Pin], users: Sequence[Kin], names: Sequence[str]) -> list[str]:
    """Sentences about pins of an own folder that name none of those whose folder it is."""
    known = [*names, *(kin.like for kin in users if kin.like)]
    return [
        f"{pin.where}: it is about {pattern!r}, and the folder is that of {' and '.join(names)}: "
        'give one of these, or no "implementation".'
        for pin in pins
        for pattern in pin.implementations
        if not any(is_of(name, pattern) for name in known)
    ]


def read(path: Path, own: bool = False) -> list[Pin]:
    """The pins of one file. Raises KnownDivergenceError."""
    table = toml_reader.read(path, DIVERGENCE)
    texts = {
        key: table[key]
        for key in (
            "title",
            "reason",
            "workaround",
            "category",
            "decided_by",
            "tracker",
            "python_bug",
        )
    }
    name = f"{path.parent.name}/{path.name}" if own else path.name
    decision = Decision(name, review_by=table["review_by"], **texts)
    if not table["pin"]:
        raise table.wrong("there must be at least one [[pin]]")
    folder = str(path.parent) if own else None
    pins = [_pin(decision, number, pin, folder) for number, pin in enumerate(table["pin"], 1)]
    toml_reader.refuse_twins(table["pin"])
    return pins


def _pin(decision: Decision, number: int, table: Table, own: str | None) -> Pin:
    for name in () if own else ("scenario", "implementation"):
        if not table[name]:
            raise table.wrong(f'the key "{name}" is missing')
    if table["reference"] == table["candidate"]:
        raise table.wrong('"reference" and "candidate" are the same, so nothing differs')
    if table["field"] not in FIELDS:
        near = difflib.get_close_matches(table["field"], FIELDS, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(FIELDS)}."
        raise table.wrong(f'"field" is "{table["field"]}"; {hint}', end="")
    return Pin(
        decision,
        number,
        scenarios=table["scenario"],
        implementations=table["implementation"],
        axis=table["axis"],
        fingerprint=(table["member"], table["field"], table["reference"], table["candidate"]),
        condition=Condition.of(table),
        own=own,
    )


# What is pinned, and what is not


def find(pins: Iterable[Pin], fingerprint: Fingerprint) -> Pin | None:
    """The pin of a fingerprint, or else the first one of the same member and field."""
    found = list(pins)
    for pin in found:
        if pin.fingerprint == fingerprint:
            return pin
    near = (pin for pin in found if pin.fingerprint[:2] == fingerprint[:2])
    return next((pin for pin in near if not pin.holds_wherever), None)


def stale(
    pins: Sequence[Pin], used: Iterable[Fingerprint], seen: Sequence[Fingerprint]
) -> list[str]:
    """Sentences about pins of one place that nothing there shows.

    `pins` speak of that place; `seen` are the fingerprints of all that differs there, `used` those
    that a pin was found for.
    """
    found = [pin for pin in (find(pins, fingerprint) for fingerprint in used) if pin is not None]
    sentences = []
    for pin in pins:
        if pin in found or pin.holds_wherever:
            continue
        twin = next((one for one in found if one.fingerprint == pin.fingerprint), None)
        if twin is not None:
            sentences.append(f"{pin.where} pins the same as {twin.where}: delete one.")
            continue
        near = nearest(pin.fingerprint, seen)
        sentences.append(
            f"{pin.where} ({described(pin.fingerprint)}) says this differs, and it no longer does: "
            "delete it. " + (f"Nearest is {described(near)}." if near else "Nothing differs here.")
        )
    return sentences


def nearest(fingerprint: Fingerprint, others: Iterable[Fingerprint]) -> Fingerprint | None:
    """The one that has most in common with a fingerprint, the member before the values."""

    def common(other: Fingerprint) -> tuple[bool, bool, float]:
        ratio = difflib.SequenceMatcher(None, fingerprint[3], other[3]).ratio()
        return other[0] == fingerprint[0], other[1] == fingerprint[1], ratio

    return max(others, key=common, default=None)


def described(fingerprint: Fingerprint) -> str:
    member, field, reference, candidate = fingerprint
    return f"{member}, {field}: {reference!r} became {candidate!r}"


def unmatched(
    pins: Iterable[Pin],
    planned: Iterable[tuple[str, str, str]],
    references: Sequence[About] | None = None,
    kin: Mapping[str, Kin] | None = None,
    every_implementation: bool = True,
) -> list[str]:
    """Sentences about patterns that match no planned (scenario, implementation, axis).

    A pin whose condition holds for none of the references says nothing of this run. `kin` is by
    the id of an implementation. Without `every_implementation` only pins are looked at that speak
    of one that is there.
    """
    places = list(planned)
    relations = kin or {}
    there = {(place[1], place[2]) for place in places}
    pins = [
        pin
        for pin in pins
        if every_implementation
        or any(pin.is_about(name, axis, relations.get(name)) for name, axis in there)
    ]
    ids = {
        "scenario": sorted({place[0] for place in places}),
        "implementation": sorted({place[1] for place in places}),
    }
    sentences = []
    for pin in pins:
        if references is not None and not any(map(pin.holds, references)):
            continue
        for kind, patterns in (
            ("scenario", pin.scenarios),
            ("implementation", pin.implementations),
        ):
            for pattern in patterns:
                known = ids[kind]
                if kind == "implementation":
                    known = sorted({*known, *(one.like for one in relations.values() if one.like)})
                if kind == "implementation" and not every_implementation:
                    continue
                if not any(is_of(one, pattern) for one in known):
                    near = difflib.get_close_matches(pattern, ids[kind], 1)
                    hint = f" Nearest is {near[0]!r}." if near else ""
                    sentences.append(f"{pin.where}: {kind} {pattern!r} matches nothing.{hint}")
        if not any(pin.speaks_of(*place, relations.get(place[1])) for place in places):
            sentences.append(f"{pin.where}: it matches no planned pair on the {pin.axis} axis.")
    return sentences


def nowhere(
    pins: Iterable[Pin],
    shown: Iterable[tuple[str, str, Fingerprint]],
    there: Iterable[tuple[str, str]],
    kin: Mapping[str, Kin],
) -> list[str]:
    """Sentences about pins that hold wherever their fingerprint occurs, and it occurs nowhere.

    `shown` are (implementation, axis, fingerprint), `there` the implementations and axes of which
    every scenario was run.
    """
    seen = list(shown)
    places = list(there)
    sentences = []
    for pin in pins:
        about = {place for place in places if pin.is_about(*place, kin.get(place[0]))}
        if not pin.holds_wherever or not about:
            continue
        own = [found for name, axis, found in seen if (name, axis) in about]
        if pin.fingerprint not in own:
            near = nearest(pin.fingerprint, own)
            sentences.append(
                f"{pin.where} ({described(pin.fingerprint)}) says this differs, and it does so "
                "nowhere: delete it." + (f" Nearest is {described(near)}." if near else "")
            )
    return sentences


# Pins on their way from shards


def to_plain(pin: Pin) -> dict[str, Any]:
    """What of a pin must be known to find out whether it speaks of nothing."""
    return {
        "name": pin.decision.name,
        "number": pin.number,
        "scenarios": [*pin.scenarios],
        "implementations": [*pin.implementations],
        "axis": pin.axis,
        "fingerprint": [*pin.fingerprint],
        "own": pin.own,
        "python": pin.condition.python,
        "openssl": pin.condition.openssl,
        "default_suites": pin.condition.default_suites,
    }


def from_plain(plain: Mapping[str, Any]) -> Pin:
    """What `to_plain` made of a pin; of its decision it has the name alone."""
    member, field, reference, candidate = plain["fingerprint"]
    return Pin(
        Decision(plain["name"], "", "", "", "", "", (), None),
        plain["number"],
        tuple(plain["scenarios"]),
        tuple(plain["implementations"]),
        plain["axis"],
        (member, field, reference, candidate),
        Condition(plain["python"], plain["openssl"], plain["default_suites"]),
        plain["own"],
    )


# Pins to be written


def pin_as_toml(
    scenario: str, implementation: str, axis: str, fingerprint: Fingerprint
) -> list[str]:
    """The lines of a pin, to be added to a file in conformance/divergences/."""
    lines = ["[[pin]]", f"scenario = {toml_text(scenario)}"]
    lines.append(f"implementation = {toml_text(implementation)}")
    if axis != "forward":
        lines.append(f"axis = {toml_text(axis)}")
    values = zip(FINGERPRINT, fingerprint, strict=True)
    return lines + [f"{key} = {toml_text(value)}" for key, value in values]


def toml_text(value: str) -> str:
    """A text as TOML has it, literal where it can be."""
    if "'" not in value and value.isprintable():
        return f"'{value}'"
    escaped = "".join(
        letter if letter.isprintable() and letter not in '\\"' else escape(letter)
        for letter in value
    )
    return f'"{escaped}"'


def escape(letter: str) -> str:
    if letter in '\\"':
        return f"\\{letter}"
    return f"\\u{ord(letter):04x}" if ord(letter) <= 0xFFFF else f"\\U{ord(letter):08x}"
