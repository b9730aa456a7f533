"""Which scenarios are collected, and the targets that each runs on."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from conformance.plugin.gate import RESULTS
from conformance.plugin.options import PLAN
from conformance.run import canaries, ids
from conformance.run.plan import Axis, Target
from conformance.run.scenarios import SCENARIOS


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    place = metafunc.definition.path
    if place != canaries.FILE and SCENARIOS not in place.parents:
        return
    plan = metafunc.config.stash[PLAN]
    if place == canaries.FILE:
        targets = plan.canaries
    elif ids.is_interop(metafunc.definition.nodeid):
        targets = plan.interop_targets
    else:
        targets = plan.targets(axis_of(metafunc.definition))
    metafunc.fixturenames.append("target")
    metafunc.parametrize("target", targets, ids=[target.id for target in targets])


def axis_of(item: pytest.Item) -> Axis:
    """The axis whose reference a scenario makes its claim about."""
    marker = item.get_closest_marker("axis")
    axis: Axis = marker.args[0] if marker else "forward"
    return axis


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Test ids begin with the topic: "memory_bio/test_eof.py::test_...[backport-py2.7]"."""
    if SCENARIOS not in module_path.parents:
        return None
    name = module_path.relative_to(SCENARIOS).as_posix()
    return pytest.Module.from_parent(parent, path=module_path, nodeid=name)


class Canaries:
    """Takes out what other shards have, and puts the canaries before what is left.

    It is registered when all other plugins are, so that none selects and sorts after it.
    """

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Put the canaries before what is left when everything is selected and sorted."""
        yield
        shard = config.option.shard
        if shard is not None:
            plan = config.stash.get(PLAN, None)
            items[:] = [
                item
                for item in items
                if plan is None or not target_of(item) or shard.has(plan.split(item.nodeid)[0])
            ]
        if not config.option.collectonly and any(target_of(item) for item in items):
            module = pytest.Module.from_parent(
                session, path=canaries.FILE, nodeid=canaries.FILE.name
            )
            # Not through the hook for collection: --lf would leave them out.
            items[:0] = [item for found in module.collect() for item in session.genitems(found)]


YOUNG = 50_000
"""Objects that there may be more before Python looks for cycles: plans and verdicts have none."""


def pytest_sessionstart(session: pytest.Session) -> None:
    gc.set_threshold(YOUNG, 20, 20)
    session.config.pluginmanager.register(Canaries(), "conformance-canaries")


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()  # so that a collection between scenarios looks at nothing but scenarios
    results = session.config.stash.get(RESULTS, None)
    if results is not None and session.items:
        results.plan_tests(item.nodeid for item in session.items if target_of(item))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    results = node.config.stash.get(RESULTS, None)
    if results is not None:
        results.plan_tests(name for name in ids if results.plan.knows(name))


def target_of(item: pytest.Item) -> Target | None:
    """The target of an item that is a scenario.

    Where there is no target to run on, pytest makes one skipped item without any.
    """
    if not isinstance(item, pytest.Function):
        return None
    target = parameters(item).get("target")
    return target if isinstance(target, Target) else None


def parameters(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}
