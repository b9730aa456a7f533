"""Random walks: a seed decides all of one, an honest ssl passes, and a liar is found out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import certs
from conformance.judge.verdict import Divergence
from conformance.run.runner import Runner
from conformance.transcript.certificate_names import names_of
from conformance.transcript.render import render_outcome
from impls.host.declarations import Implementation
from impls.liars import HONEST, Liar, liars
from tests.audits.walks.explore import Found, Parties, batches, judged, walked
from tests.audits.walks.walks import WALKS, Bytes, Functions, Sockets, Walk
from tests.support.liars import implementation

SEEDS = range(40)
FOUND_OUT = {
    "pending_counts_one_fewer": (Bytes, "SSLObject.pending", "value"),
    "eof_of_an_empty_one_is_true": (Functions, "MemoryBIO.eof", "value"),
    "send_takes_ten_bytes_at_most": (Sockets, "SSLSocket.send", "value"),
}
"""Liars, the kind of walk that finds each out, and what it finds."""
KINDS = pytest.mark.parametrize("kind", WALKS, ids=lambda kind: kind.__name__)


@pytest.fixture
def runner(certificates: certs.Catalogue) -> Iterator[Runner]:
    runner = Runner(names_of(certificates))
    yield runner
    runner.close()


def parties(reference: Implementation, liar: Liar, *reviewed: str) -> Parties:
    return Parties(reference, implementation(liar, reference), frozenset(reviewed), wrapped=True)


def first_found(
    runner: Runner, kind: type[Walk], certificates: certs.Catalogue, asked: Parties
) -> Found | None:
    walks = (judged(runner, walked(kind, seed, certificates), asked) for seed in SEEDS)
    return next((found for found in walks if found.kind), None)


@KINDS
def test_an_honest_one_passes(
    kind: type[Walk], runner: Runner, certificates: certs.Catalogue, reference: Implementation
) -> None:
    found = first_found(runner, kind, certificates, parties(reference, HONEST))
    assert found is None, found.story


@pytest.mark.parametrize("name", FOUND_OUT)
def test_a_liar_is_found_out(
    name: str, runner: Runner, certificates: certs.Catalogue, reference: Implementation
) -> None:
    (liar,) = (one for one in liars() if one.name == name)
    kind, member, field = FOUND_OUT[name]
    found = first_found(runner, kind, certificates, parties(reference, liar))
    assert found is not None
    assert found.kind[:2] == (member, field), found.story
    assert found.walk in found.story
    assert "The first that differs:" in found.story


def test_what_a_reviewed_file_says_is_not_found(
    runner: Runner, certificates: certs.Catalogue, reference: Implementation
) -> None:
    (liar,) = (one for one in liars() if one.name == "pending_counts_one_fewer")
    found = first_found(runner, Bytes, certificates, parties(reference, liar))
    assert found is not None
    member, field, expected, got = found.kind
    reviewed = Divergence(member, field, expected, got, position=0).fingerprint
    again = walked(Bytes, int(found.walk.split()[1]), certificates)
    assert judged(runner, again, parties(reference, liar, reviewed)).kind != found.kind


@KINDS
def test_a_seed_decides_all_of_a_walk(
    kind: type[Walk], runner: Runner, certificates: certs.Catalogue, reference: Implementation
) -> None:
    def operations(seed: int) -> list[Any]:
        run = runner.run(walked(kind, seed, certificates), reference)
        return [(one.call, render_outcome(one)) for one in run.transcript.operations]

    assert operations(1) == operations(1)
    assert operations(1) != operations(2)


def test_every_walk_is_walked_once() -> None:
    walks = [walk for batch in batches(first=5, walks=60) for walk in batch]
    assert len(walks) == len(set(walks)) == 60 * len(WALKS)
    assert {seed for _, seed in walks} == set(range(5, 65))
