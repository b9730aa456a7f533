"""What the pages of scenarios load: verdicts by letter, differences and transcripts by topic.

90,000 verdicts are 90,000 letters. Texts that repeat, which most do, are in a list once and named
by their numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.judge.verdict import VERDICTS, Divergence, Judgement
from conformance.report.decided import ids_of
from conformance.report.drift import Drift
from conformance.report.findings import Reading
from conformance.report.links import resolved_source
from conformance.report.overview import Overview
from conformance.report.subjects import COURSE, subject_of
from conformance.report.terminal import axes_of, ordered
from conformance.report.transcripts import Recorded, Transcripts
from conformance.report.versions import series
from conformance.run.ids import target_id
from conformance.run.ids import topic_of as topic_named
from conformance.run.plan import Axis

LETTERS: Mapping[str, str] = dict(zip(VERDICTS, "=~ikduUFECNXHGM!", strict=True))
"""A letter for each verdict."""
NOT_RUN = " "


@dataclass(frozen=True)
class Column:
    """An implementation on an axis, in one lane."""

    target: str
    implementation: str
    axis: Axis
    role: str
    openssl: str
    python: str
    describe: str
    against: str
    """What it is compared with; empty for a reference."""
    reading: Reading


class Columns:
    """Every implementation and every scenario of a run, in their order."""

    def __init__(self, overview: Overview) -> None:
        self.all = [
            _column(reading, name, axis)
            for reading in overview.readings
            for name in ordered(reading)
            for axis in axes_of(reading, name)
        ]
        self.pairs = [
            {
                one.scenario: one
                for one in column.reading.pairs_of(column.implementation, column.axis)
            }
            for column in self.all
        ]
        claims = {one["id"]: one for one in overview.results["scenarios"]}
        met = {scenario for pairs in self.pairs for scenario in pairs}
        self.scenarios = sorted(met)
        self.claims = {
            name: claims.get(name, {"id": name, "claim": name, "anchor": ""}) for name in met
        }
        self.topics = sorted({topic_named(name) for name in met})
        self.findings = {id(reading): ids_of(reading) for reading in overview.readings}
        self.shown = {one.id for one in (*overview.seen, *overview.inherited)}
        """The ways to differ that pages show."""
        self._apart = {one.id for one in overview.undecided} - {
            one.id for decided in overview.decided for one in decided.seen
        }
        self.number = {name: number for number, name in enumerate(self.scenarios)}
        self.headlines: dict[str, list[tuple[int, str]]] = defaultdict(list)
        """By scenario: at which position it shows which entry of the changelog."""
        for version in overview.versions:
            for head in version.headlines:
                for place in {place for one in head.drifts for place in one.places}:
                    self.headlines[place.scenario].append((place.position, head.id))

    def of(self, topic: str) -> list[str]:
        """The scenarios of a topic."""
        return [name for name in self.scenarios if topic_named(name) == topic]

    def lanes(self) -> list[str]:
        """The series of OpenSSL, in the order of the run."""
        return list(dict.fromkeys(column.openssl for column in self.all))

    def address(self, finding: str) -> str:
        """Where a way to differ is shown: what no decision explains is on the first page."""
        return f"{'index' if finding in self._apart else 'decisions'}.html#finding-{finding}"

    def finding(self, column: Column, divergence: Divergence) -> str:
        """The address of the way in which a candidate differs; empty for others."""
        key = (column.axis, divergence.fingerprint, divergence.file or "")
        known = self.findings[id(column.reading)].get(key, "")
        shown = column.role == "candidate" and known in self.shown
        return self.address(known) if shown else ""


def _column(reading: Reading, name: str, axis: Axis) -> Column:
    one = reading.implementations[name]
    against = reading.reference if axis == "forward" else str(one["backward_reference"])
    return Column(
        target_id(name, axis),
        name,
        axis,
        one["role"],
        (series(one["openssl"]) or "").removeprefix("OpenSSL "),
        str(one["python"]),
        one["describe"],
        "" if name == against else against,
        reading,
    )


def index_of(overview: Overview, columns: Columns) -> dict[str, Any]:
    """What the page of scenarios begins with: columns, topics and all findings."""
    return {
        "columns": [
            {
                "target": one.target,
                "axis": one.axis,
                "role": one.role,
                "openssl": one.openssl,
                "python": one.python,
                "against": one.against,
            }
            for one in columns.all
        ],
        "letters": {letter: name for name, letter in LETTERS.items()},
        "meanings": dict(VERDICTS),
        "topics": columns.topics,
        "headlines": [
            {
                "id": head.id,
                "version": version.title,
                "since": sorted({one.step.first.name for one in head.drifts}),
                "summary": head.summary or _in_words(head.first),
                "documented": head.is_documented,
                "members": head.members,
                "openssl": sorted({name for one in head.drifts for name in one.openssls}),
                "scenarios": _numbers(columns, (one.places for one in head.drifts)),
            }
            for version in overview.versions
            for head in version.headlines
        ],
        "findings": [
            {
                "at": columns.address(one.id),
                "id": one.id,
                "member": one.member,
                "call": one.call,
                "reference": one.reference[:200],
                "candidate": one.candidate[:200],
                "on": [name for name, _ in one.verdicts],
                "verdict": one.verdict,
                "openssl": one.openssls,
                "scenarios": _numbers(columns, [one.places]),
            }
            for one in overview.seen
        ],
    }


def _in_words(one: Drift) -> str:
    if one.kind != "changed":
        return f"{one.member} is {one.kind}"
    first = one.changes[0]
    return f"{one.call or one.member}: {first.before[:120]}, then {first.after[:120]}"


def _numbers(columns: Columns, places: Any) -> list[int]:
    names = {place.scenario for several in places for place in several}
    return sorted(columns.number[name] for name in names if name in columns.number)


def scenarios_of(columns: Columns) -> list[list[str]]:
    """Of every scenario its id, claim, where that is documented, and a letter for each column."""
    return [
        [
            name,
            columns.claims[name]["claim"],
            columns.claims[name]["anchor"],
            "".join(
                LETTERS[pairs[name].verdict] if name in pairs else NOT_RUN
                for pairs in columns.pairs
            ),
        ]
        for name in columns.scenarios
    ]


class Texts:
    """Texts by number, each kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._known: dict[str, int] = {}

    def number(self, text: str) -> int:
        found = self._known.setdefault(text, len(self.all))
        if found == len(self.all):
            self.all.append(text)
        return found


def topic_of(
    columns: Columns, topic: str, recorded: Transcripts, chunk: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What there is of a topic: its differences and sources, and its transcripts in parts."""
    texts = Texts()
    names = columns.of(topic)
    scenarios = {}
    for number, name in enumerate(names):
        of_columns = {
            str(at): _judgement(columns, at, pairs[name], texts)
            for at, pairs in enumerate(columns.pairs)
            if name in pairs and (pairs[name].divergences or pairs[name].note)
        }
        source = recorded.sources.get(name.partition("[")[0])
        scenarios[name] = {
            "on": of_columns,
            "drift": sorted(columns.headlines.get(name, [])),
            "link": resolved_source(columns.claims[name]["anchor"]).address
            if columns.claims[name]["anchor"]
            else None,
            "source": None if source is None else texts.number(source),
            "part": number // chunk if name in recorded.runs else None,
        }
    parts = [
        _transcripts(columns, names[at : at + chunk], recorded)
        for at in range(0, len(names), chunk)
    ]
    return {"texts": texts.all, "scenarios": scenarios}, parts if recorded.runs else []


def _judgement(columns: Columns, at: int, judgement: Judgement, texts: Texts) -> dict[str, Any]:
    anchor = columns.claims[judgement.scenario]["anchor"]
    differs = []
    for one in judgement.divergences:
        subject = subject_of(one.member, one.call, one.reference, judgement.scenario, anchor)
        call = "the scenario" if one.member == COURSE else subject.call or subject.member
        differs.append(
            [
                one.position,
                texts.number(call),
                texts.number(one.field),
                texts.number(one.reference),
                texts.number(one.candidate),
                LETTERS[one.verdict],
                texts.number(one.file or ""),
                texts.number(columns.finding(columns.all[at], one)),
            ]
        )
    found: dict[str, Any] = {"differs": differs}
    if judgement.note:
        found["note"] = texts.number(judgement.note)
    if judgement.rules:
        found["rules"] = dict(judgement.rules)
    return found


def _transcripts(columns: Columns, names: Sequence[str], recorded: Transcripts) -> dict[str, Any]:
    """The transcripts of some scenarios: each reference's whole, of others what reads otherwise."""
    texts = Texts()
    known = {column.target for column in columns.all}
    known |= {f"{column.against}-backward" for column in columns.all if column.axis == "backward"}
    return {
        "scenarios": {
            name: {
                target: _recorded(one, texts)
                for (target, side), one in sorted(recorded.runs.get(name, {}).items())
                if side == "alone" and target in known
            }
            for name in names
        },
        "texts": texts.all,
    }


def _recorded(one: Recorded, texts: Texts) -> dict[str, Any]:
    lines = [
        [position, texts.number(call), texts.number(came)]
        for position, (call, came) in sorted(one.lines.items())
    ]
    return {"lines": lines, "count": one.count, "end": one.end, "of": one.of}


def interop_of(overview: Overview) -> list[list[Any]]:
    """Every run of a client with a server that is not alike: who, where, and what differs."""
    return [
        [
            one.implementation,
            one.server,
            one.scenario,
            LETTERS[one.verdict],
            one.note or "",
            [
                [item.side, item.member, item.field, item.reference[:300], item.candidate[:300]]
                for item in one.divergences
            ],
        ]
        for one in overview.everything.interop
        if one.divergences or one.note or not one.passed
    ]
