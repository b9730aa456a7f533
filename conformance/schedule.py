"""How xdist spreads a run: a scenario's pairs stay together, scenarios go where there is room."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from conformance.plan import Plan


class ScenarioScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """One scenario is one unit of work: its implementations share the reference's transcript."""

    def __init__(self, config: pytest.Config, plan: Plan, log: Any) -> None:
        super().__init__(config, log)
        self._plan = plan

    def _split_scope(self, nodeid: str) -> str:
        return self._plan.split(nodeid)[0] if self._plan.knows(nodeid) else nodeid
