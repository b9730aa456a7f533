"""What one process of a run makes once and keeps."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

import certs
from conformance.explain.reproducer.script import Reproducers
from conformance.judge.judge import Judge
from conformance.plugin.options import BEGAN, KNOWN, PLAN, TODAY
from conformance.plugin.outputs import results_file
from conformance.report.transcripts import TranscriptWriter, folder_of, process_name
from conformance.run.runner import Runner
from conformance.transcript.certificate_names import names_of


class Worker:
    """Certificates, agents, the judge and the reproducers, each made when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.plan = config.stash[PLAN]
        self._runner: Runner | None = None

    @functools.cached_property
    def certificates(self) -> certs.Catalogue:
        return certs.load(self.plan.certificates)

    @functools.cached_property
    def names(self) -> dict[str | bytes, str]:
        """The names of this run's certificates, serial numbers and dates."""
        return names_of(self.certificates)

    @functools.cached_property
    def judge(self) -> Judge:
        self._runner = Runner(self.names, live=self.config.getoption("--live"))
        stash = self.config.stash
        return Judge(self._runner, stash[KNOWN], self.plan.backward, stash[TODAY], self.plan)

    @functools.cached_property
    def reproducers(self) -> Reproducers | None:
        """Where scripts are to be left, if anywhere."""
        folder: Path | None = self.config.getoption("--reproducers")
        return None if folder is None else Reproducers(folder, self.names, self.config.stash[BEGAN])

    @functools.cached_property
    def transcripts(self) -> TranscriptWriter | None:
        """Where transcripts are to be left: beside the results, if these are written."""
        results = results_file(self.config)
        if results is None:
            return None
        return TranscriptWriter(folder_of(results), process_name())

    def close(self) -> None:
        if self.transcripts is not None:
            self.transcripts.close()
        if self._runner is not None:
            self._runner.close()


WORKER = pytest.StashKey[Worker]()


def worker_of(config: pytest.Config) -> Worker:
    """This process's worker."""
    if WORKER not in config.stash:
        config.stash[WORKER] = Worker(config)
    return config.stash[WORKER]


def pytest_unconfigure(config: pytest.Config) -> None:
    if WORKER in config.stash:
        config.stash[WORKER].close()
