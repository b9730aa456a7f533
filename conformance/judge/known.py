"""Decisions on divergences: the small reviewed files in conformance/divergences/.

A file holds one decision, and the fingerprints (member, field, both values) that it accepts, each
with its places. `DIVERGENCE` says what every key means.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from impls.host import toml_reader
from impls.host.declarations import matches
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

Fingerprint = tuple[str, str, str, str]
"""Member, field, and what the reference and the implementation have there."""


class KnownDivergenceError(TomlError):
    """A file in conformance/divergences/ is wrong; the message is one sentence that says how."""


PIN = Schema(
    "pin",
    "One fingerprint that the decision accepts, and its places. The failing test prints it.",
    (
        Key("scenario", TEXT_OR_TEXTS, "Ids or patterns; each that fits must show the divergence."),
        Key("implementation", TEXT_OR_TEXTS, "Ids or patterns of the implementations."),
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

    def speaks_of(self, scenario: str, implementation: str, axis: str) -> bool:
        return (
            axis == self.axis
            and any(matches(scenario, pattern) for pattern in self.scenarios)
            and any(is_of(implementation, pattern) for pattern in self.implementations)
        )


def is_of(implementation: str, pattern: str) -> bool:
    """Whether a pattern speaks of an implementation: in whatever lane, unless it names one."""
    return matches(implementation, pattern) or matches(without_lane(implementation), pattern)


def load(folder: Path) -> list[Pin]:
    """The pins of all files of a folder, by name. Raises KnownDivergenceError."""
    return [pin for path in sorted(folder.glob("*.toml")) for pin in read(path)]


def read(path: Path) -> list[Pin]:
    """The pins of one file. Raises KnownDivergenceError."""
    table = toml_reader.read(path, DIVERGENCE)
    texts = {
        key: table[key]
        for key in ("title", "reason", "workaround", "category", "decided_by", "tracker")
    }
    decision = Decision(path.name, review_by=table["review_by"], **texts)
    if not table["pin"]:
        raise table.wrong("there must be at least one [[pin]]")
    return [_pin(decision, number, pin) for number, pin in enumerate(table["pin"], 1)]


def _pin(decision: Decision, number: int, table: Table) -> Pin:
    return Pin(
        decision,
        number,
        scenarios=table["scenario"],
        implementations=table["implementation"],
        axis=table["axis"],
        fingerprint=(table["member"], table["field"], table["reference"], table["candidate"]),
        condition=Condition.of(table),
    )


# What is pinned, and what is not


def find(pins: Iterable[Pin], fingerprint: Fingerprint) -> Pin | None:
    """The pin of a fingerprint, or else the first one of the same member and field."""
    found = list(pins)
    for pin in found:
        if pin.fingerprint == fingerprint:
            return pin
    return next((pin for pin in found if pin.fingerprint[:2] == fingerprint[:2]), None)


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
        if pin in found:
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
) -> list[str]:
    """Sentences about patterns that match no planned (scenario, implementation, axis).

    A pin whose condition holds for none of the references says nothing of this run.
    """
    places = list(planned)
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
                if not any(is_of(one, pattern) for one in ids[kind]):
                    near = difflib.get_close_matches(pattern, ids[kind], 1)
                    hint = f" Nearest is {near[0]!r}." if near else ""
                    sentences.append(f"{pin.where}: {kind} {pattern!r} matches nothing.{hint}")
        if not any(pin.speaks_of(*place) for place in places):
            sentences.append(f"{pin.where}: it matches no planned pair on the {pin.axis} axis.")
    return sentences


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
