"""What an explanation is made from: the run of a scenario on an implementation, by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.run.runner import Run
from conformance.transcript.model import Operation
from impls.host.wire import Event


@dataclass(frozen=True)
class Recording:
    """The run of a scenario on one implementation."""

    name: str
    """Of the implementation."""
    run: Run

    @property
    def operations(self) -> Sequence[Operation]:
        return self.run.transcript.operations

    @property
    def events(self) -> Sequence[Event]:
        return self.run.events

    @property
    def stopped(self) -> str | None:
        """What stopped the scenario, where its operations did not go to the end."""
        return self.run.stopped

    @property
    def last_printed(self) -> list[str]:
        """The last lines that an agent that was lost wrote to its standard error."""
        return self.run.stderr.rstrip().splitlines()[-15:]
