"""How xdist spreads a run."""

from __future__ import annotations

from conformance.plugin.schedule import Collection, ScenarioScheduling, spread


def units(**sizes: int) -> dict[str, dict[str, bool]]:
    return {
        f"{name.replace('_', '/')}.py::t": {f"{name}-{number}": False for number in range(size)}
        for name, size in sizes.items()
    }


def test_topics_take_turns_and_nothing_is_lost() -> None:
    given = units(a_1=2, a_2=2, a_3=2, a_4=2, b_1=2, b_2=2)
    found = spread(given)
    assert [name[:3] for name in found] == ["a/1", "b/1", "a/2", "a/3", "b/2", "a/4"]
    assert dict(found) == given


def test_the_largest_come_first() -> None:
    found = spread(units(a_1=1, b_1=3, a_2=3, b_2=1, c_1=2))
    assert [name[:3] for name in found] == ["b/1", "a/2", "c/1", "a/1", "b/2"]


def test_places_of_ids_are_known_and_not_looked_for() -> None:
    """xdist makes a list of what it is given; an id is looked up for each test of a run."""
    scheduling = ScenarioScheduling.__new__(ScenarioScheduling)
    scheduling.numnodes, scheduling.assigned_work = 2, {"node": {}}
    scheduling.registered_collections = {}
    scheduling.add_node_collection("node", ["a", "b"])
    kept = scheduling.registered_collections["node"]
    assert isinstance(kept, Collection) and (kept, kept.index("b")) == (["a", "b"], 1)
