"""Lanes: what is on one OpenSSL is compared, each lane with a reference of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.report.results import Results
from conformance.run.canaries import CANARIES
from conformance.run.plan import Plan, Started
from impls.host.declarations import RegistryError
from impls.host.interpreters import Interpreter
from impls.host.lanes import Lane
from impls.host.selection import NEWEST_PYTHONS, Registry, of_fetched, shared
from tests.support.declared import interpreter, resolved

OLD, NEW = "OpenSSL 1.1.1w  11 Sep 2023", "OpenSSL 3.6.5 1 Nov 2026"


def on(openssl: str, *minors: str) -> tuple[Interpreter, ...]:
    """Interpreters on an OpenSSL, each in a place of its own."""
    folder = Path("/opt", openssl.split()[1])
    return tuple(
        dataclasses.replace(interpreter(minor, openssl=openssl), executable=folder / minor)
        for minor in minors
    )


MACHINE = on("OpenSSL 3.0.19 27 Jan 2026", "2.7", "3.12", "3.13")


def planned(registry: Registry, patterns: Sequence[str] = (), reference: str | None = None) -> Plan:
    """The plan of a run in which everything started."""
    selection = registry.select(patterns, reference)
    started, describe = {}, {}
    for one in selection.everyone:
        found = one.interpreter
        assert found is not None
        started[one.id] = Started(found.version, "CPython", found.openssl)
        describe[one.id] = (one.describe, one.role)
    return Plan(selection, started, describe, {}, Path("/c"))


def shown(plan: Plan) -> list[tuple[str | None, str | None, list[str]]]:
    return [
        (
            lane.openssl,
            None if lane.reference is None else lane.reference.id,
            [one.id for one in lane.implementations],
        )
        for lane in plan.lanes
    ]


def test_a_machine_with_one_openssl_has_one_lane(tmp_path: Path) -> None:
    plan = planned(resolved(tmp_path, machine=MACHINE))
    assert shown(plan) == [
        (
            "3.0",
            "stdlib-py3.13",
            ["backport-py2.7", "monkeypatched-py2.7", "stdlib-py3.12", "stock-py2.7"],
        )
    ]
    assert plan.alone == plan.left_out == []


def test_a_newer_python_on_another_openssl_is_a_lane_of_its_own(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "3.14", "3.15"))
    plan = planned(resolved(tmp_path, machine=machine))
    assert plan.selection.reference.id == "stdlib-py3.13"
    assert shown(plan)[1:] == [("3.6", "stdlib-py3.15", ["stdlib-py3.14"])]
    for target in [*plan.targets("forward"), *plan.interop_targets]:
        lanes = {plan.lane_of(one.id) for one in (*target.implementations, target.reference)}
        assert len(lanes) == 1
    assert {one.reference.id for one in plan.interop_targets} == {"stdlib-py3.13", "stdlib-py3.15"}
    assert plan.about("stdlib-py3.15").openssl == (3, 6, 5)


def test_one_python_in_several_lanes(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "2.7", "3.13", "3.15"))
    registry = resolved(tmp_path, machine=machine)
    plan = planned(registry)
    assert shown(plan)[0][1:] == (
        "stdlib-py3.13",
        ["backport-py2.7", "monkeypatched-py2.7", "stdlib-py3.12", "stock-py2.7"],
    )
    assert shown(plan)[1] == (
        "3.6",
        "stdlib-py3.15",
        [
            "backport-py2.7-openssl3.6",
            "monkeypatched-py2.7-openssl3.6",
            "stdlib-py3.13-openssl3.6",
            "stock-py2.7-openssl3.6",
        ],
    )
    assert {name: one.id for name, one in plan.backward.items()} == {
        "monkeypatched-py2.7": "stock-py2.7",
        "monkeypatched-py2.7-openssl3.6": "stock-py2.7-openssl3.6",
    }
    (one,) = [one for one in plan.targets("backward") if "openssl" in one.id]
    assert plan.reference_of(one).id == "stdlib-py3.15"


def test_only_the_candidates_lane_is_run_where_that_is_chosen(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "2.7", "3.15"))
    registry = resolved(tmp_path, machine=machine)
    plan = planned(registry, ["backport-py2.7-openssl3.6"])
    assert shown(plan) == [("3.6", "stdlib-py3.15", ["backport-py2.7-openssl3.6"])]


def test_two_patch_levels_side_by_side(tmp_path: Path) -> None:
    other = dataclasses.replace(
        MACHINE[-1], version_info=(3, 13, 5, "final", 0), executable=Path("/opt/other/3.13")
    )
    plan = planned(resolved(tmp_path, machine=(*MACHINE, other)))
    assert shown(plan)[0][1] == "stdlib-py3.13.5"
    assert "stdlib-py3.13" in shown(plan)[0][2]


def test_a_candidate_alone_in_its_lane_is_not_compared_and_not_green(tmp_path: Path) -> None:
    machine = (*on(OLD, "2.7"), *on("OpenSSL 3.5.9 1 Nov 2026", "3.13"))
    plan = planned(resolved(tmp_path, machine=machine))
    assert shown(plan) == [
        ("3.5", "stdlib-py3.13", []),
        ("1.1.1", None, ["backport-py2.7", "monkeypatched-py2.7", "stock-py2.7"]),
    ]
    assert [one.id for one in plan.targets("forward")] == ["stdlib-py3.13"]
    assert plan.alone[0] == (
        "backport-py2.7 runs on OpenSSL 1.1.1, and no CPython 3 of this run does: it was not "
        "compared. Name a CPython 3 on OpenSSL 1.1.1 with --interpreter, or build the candidate's "
        "Python against OpenSSL 3.5, and name it with --interpreter."
    )
    assert plan.left_out == ["stock-py2.7 on OpenSSL 1.1.1: no CPython 3 of this run is on it."]
    results = Results(plan)
    results.finish()
    assert plan.alone[0] in results.problems and not results.passed


def test_a_witness_alone_in_its_lane_is_announced_only(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(OLD, "2.7"))
    plan = planned(resolved(tmp_path, machine=machine), ["backport-py2.7", "stock-*"])
    assert plan.alone == []
    assert plan.left_out == [
        "stock-py2.7-openssl1.1.1 on OpenSSL 1.1.1: no CPython 3 of this run is on it."
    ]


def test_the_named_reference_is_that_of_its_own_lane(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "3.14", "3.15"))
    plan = planned(resolved(tmp_path, machine=machine), (), "stdlib-py3.12")
    assert [(lane, reference) for lane, reference, _ in shown(plan)] == [
        ("3.0", "stdlib-py3.12"),
        ("3.6", "stdlib-py3.15"),
    ]


def test_lanes_are_chosen(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "2.7", "3.15"))
    registry = resolved(tmp_path, machine=machine)
    chosen = planned(registry.on(["3.6"], ["OpenSSL 4.0: not today."]))
    assert [lane for lane, _, _ in shown(chosen)] == ["3.6"]
    assert chosen.left_out == ["OpenSSL 4.0: not today."]
    with pytest.raises(RegistryError, match="--openssl leaves nothing to run. Not today."):
        registry.on([], ["Not today."])


def test_declared_absences_are_those_of_the_lane(tmp_path: Path) -> None:
    text = """
    id = "mine-py{version}"
    describe = "Mine"
    role = "candidate"
    interpreter = ["cpython 2.7"]
    [[unsupported]]
    member = "MemoryBIO"
    reason = "No."
    openssl = ">=3.2"
    """
    machine = (*MACHINE, *on(NEW, "2.7", "3.15"))
    plan = planned(resolved(tmp_path, text, machine=machine), ["mine-*"])
    absent = [len(lane.implementations[0].unsupported) for lane in plan.lanes]
    assert [lane.openssl for lane in plan.lanes] == ["3.0", "3.6"] and absent == [0, 1]


def test_what_results_say_of_lanes(tmp_path: Path) -> None:
    plain = Results(planned(resolved(tmp_path, machine=(*MACHINE, *on(NEW, "3.15"))))).to_plain()
    assert plain["reference"] == "stdlib-py3.13"
    assert [(one["openssl"], one["reference"]) for one in plain["lanes"]] == [
        ("3.0", "stdlib-py3.13"),
        ("3.6", "stdlib-py3.15"),
    ]
    (newest,) = [one for one in plain["implementations"] if one["id"] == "stdlib-py3.15"]
    assert (newest["python"], newest["openssl"], newest["lane"], newest["role"]) == (
        "3.15.1",
        NEW,
        "3.6",
        "reference",
    )


def test_canaries_are_made_of_the_first_lane_alone(tmp_path: Path) -> None:
    plan = planned(resolved(tmp_path, machine=(*MACHINE, *on(NEW, "3.15"))))
    assert [one.id for one in plan.canaries] == [*CANARIES]
    assert {one.reference.id for one in plan.canaries} == {"stdlib-py3.13"}


# One Python in two lanes


def across(plan: Plan) -> list[tuple[str, str]]:
    return [(one.implementation.id, one.reference.id) for one in plan.across]


def test_one_python_in_two_lanes_is_compared_with_itself(tmp_path: Path) -> None:
    machine = (*MACHINE, *on(NEW, "3.12", "3.13", "3.15"))
    plan = planned(resolved(tmp_path, machine=machine))
    assert across(plan) == [("stdlib-py3.13-openssl3.6", "stdlib-py3.13")]
    (target,) = plan.across
    assert (target.id, target.axis, target.role) == (
        "stdlib-py3.13-openssl3.6-across",
        "openssl",
        "witness",
    )
    assert plan.targets("forward")[-1] == target and target not in plan.targets("backward")
    assert plan.split("topic/test_x.py::test_y[stdlib-py3.13-openssl3.6-across]") == (
        "topic/test_x.py::test_y",
        target,
    )


def test_it_is_the_same_to_the_patch_level(tmp_path: Path) -> None:
    newer = dataclasses.replace(on(NEW, "3.13")[0], version_info=(3, 13, 9, "final", 0))
    assert across(planned(resolved(tmp_path, machine=(*MACHINE, newer)))) == []


def test_each_lane_is_compared_with_the_nearest_that_has_the_same(tmp_path: Path) -> None:
    between, last = "OpenSSL 3.5.9 1 Nov 2026", "OpenSSL 4.0.3 1 Nov 2026"
    machine = (*MACHINE, *on(between, "3.12"), *on(NEW, "3.13"), *on(last, "3.12"))
    assert across(planned(resolved(tmp_path, machine=machine))) == [
        ("stdlib-py3.12-openssl3.5", "stdlib-py3.12"),
        ("stdlib-py3.13-openssl3.6", "stdlib-py3.13"),
        ("stdlib-py3.12-openssl4.0", "stdlib-py3.12-openssl3.5"),
    ]


def test_a_patched_python_says_nothing_of_openssl(tmp_path: Path) -> None:
    text = """
    id = "patched-py{version}"
    describe = "Patched"
    role = "witness"
    interpreter = ["cpython 3.13"]
    set_up = ["import patch"]
    """
    machine = (*MACHINE, *on(NEW, "3.13"))
    assert len(planned(resolved(tmp_path, text, machine=machine)).across) == 1


def fetched(openssl: str, *minors: str, others: tuple[Interpreter, ...] = ()) -> Lane:
    return Lane(openssl, on(f"OpenSSL {openssl}.1 x", *minors), others, prefix=Path("/opt/x"))


def test_what_takes_part_of_a_fetched_lane() -> None:
    lane = fetched("3.6", "2.7", "3.11", "3.12", "3.13", "3.14")
    assert [one.minor for one in of_fetched(lane)] == ["2.7", "3.12", "3.13", "3.14"]
    assert NEWEST_PYTHONS == 3
    (alone,) = on("OpenSSL 3.0.1 x", "2.7")
    for minors, expected in (((), []), (("3.13",), ["2.7", "3.13"])):
        lane = dataclasses.replace(fetched("4.0", *minors), extension_only=alone)
        assert [one.minor for one in of_fetched(lane)] == expected


def test_lanes_share_a_python_where_they_can() -> None:
    (other,) = on("OpenSSL 3.6.1 x", "3.13")
    other = dataclasses.replace(other, version_info=(3, 13, 15, "final", 0))
    older = fetched("3.6", "3.13", "3.15", others=(other,))
    newer = Lane("4.0", (dataclasses.replace(other, executable=Path("/opt/4/3.13")),))
    taking_part = {"3.6": older.interpreters, "4.0": newer.interpreters}
    assert shared(older, newer, taking_part) == [("3.6", other)]
    taking_part["3.6"] = (*older.interpreters, other)
    assert shared(older, newer, taking_part) == []
    assert shared(fetched("3.5", "3.12"), newer, {**taking_part, "3.5": ()}) == []


def test_the_backport_alone_is_in_the_lane_of_its_extension(tmp_path: Path) -> None:
    new = "OpenSSL 4.0.3"
    alone = dataclasses.replace(MACHINE[0], executable=Path("/opt/4/2.7"), extension_openssl=new)
    registry = resolved(tmp_path, machine=(*MACHINE, alone, *on(new, "3.13")))
    named = [one.id for one in registry.known if one.id.endswith("-openssl4.0")]
    assert named == ["backport-py2.7-openssl4.0", "stdlib-py3.13-openssl4.0"]
    selection = registry.on(["4.0"]).select()
    assert selection.reference.id == "stdlib-py3.13-openssl4.0"
    assert [one.id for one in selection.implementations] == ["backport-py2.7-openssl4.0"]
