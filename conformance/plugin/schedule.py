"""How xdist spreads a run: a scenario's targets stay together, and go where there is room."""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, SupportsIndex

import pytest
from xdist.scheduler import LoadScopeScheduling

from conformance.plugin.options import PLAN
from conformance.run.ids import topic_of
from conformance.run.plan import Plan


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Make `-n auto` three workers for two cores: half of the time each waits for an agent."""
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + (cores + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a scenario's targets in one worker: they share the reference's transcript."""
    plan = config.stash.get(PLAN, None)
    return None if plan is None else ScenarioScheduling(config, plan, log)


class Collection(list[str]):
    """The ids of what a worker collected. xdist looks each up, for which a list reads itself."""

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(ids)
        self._places = {test_id: place for place, test_id in enumerate(self)}

    def index(self, test_id: str, *bounds: SupportsIndex) -> int:
        return super().index(test_id, *bounds) if bounds else self._places[test_id]


def spread(units: Mapping[str, dict[str, bool]]) -> OrderedDict[str, dict[str, bool]]:
    """Units of work in an order in which those of a topic are far apart, the largest still first.

    Scenarios that wait for a clock are of the same topics: side by side they would keep all workers
    waiting at once.
    """
    topics = Counter((len(unit), topic_of(name)) for name, unit in units.items())
    seen: Counter[tuple[int, str]] = Counter()
    places = {}
    for name, unit in units.items():
        topic = len(unit), topic_of(name)
        places[name] = -len(unit), seen[topic] / topics[topic]
        seen[topic] += 1
    return OrderedDict((name, units[name]) for name in sorted(units, key=places.__getitem__))


class ScenarioScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """One scenario is one unit of work: its targets share the reference's transcript."""

    def __init__(self, config: pytest.Config, plan: Plan, log: Any) -> None:
        super().__init__(config, log)
        self._plan = plan
        self.workqueue: OrderedDict[str, dict[str, bool]]

    def _split_scope(self, nodeid: str) -> str:
        return self._plan.split(nodeid)[0] if self._plan.knows(nodeid) else nodeid

    def schedule(self) -> None:
        begins = self.collection is None
        super().schedule()
        if begins:
            self.workqueue = spread(self.workqueue)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = Collection(collection)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget a unit that is done: after every test xdist counts what is left of all it has."""
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]

    def remove_node(self, node: Any) -> str | None:
        """Give a dead worker's work to others, except the scenario it died of.

        xdist would hand out its finished units too, and a worker given nothing to do never ends.
        """
        workload = self.assigned_work.pop(node)
        unfinished = {name: unit for name, unit in workload.items() if not all(unit.values())}
        if not unfinished:
            return None
        unit = next(iter(unfinished.values()))
        died: str = next(test_id for test_id, done in unit.items() if not done)
        unit[died] = True
        self.workqueue.update(
            {name: unit for name, unit in unfinished.items() if not all(unit.values())}
        )
        for other in self.assigned_work:
            self._reschedule(other)
        return died
