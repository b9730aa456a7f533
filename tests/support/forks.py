"""Work in forked processes: what is there already need not travel to them."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any, TypeVar

Result = TypeVar("Result")


def forked(
    work: Callable[[int], Result], jobs: int, processes: int
) -> Iterator[tuple[int, Result]]:
    """work(0), work(1), ... in so many processes; each number with its result, as they come."""
    context = multiprocessing.get_context("fork")
    waiting, done = context.Queue(), context.Queue()
    for job in range(jobs):
        waiting.put(job)
    for _ in range(processes):
        waiting.put(None)

    def run() -> None:
        while (job := waiting.get()) is not None:
            try:
                done.put((job, work(job), None))
            except BaseException:
                done.put((job, None, traceback.format_exc()))

    workers = [context.Process(target=run, daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(jobs):
            job, result, trouble = _next(done, workers)
            if trouble is not None:
                raise RuntimeError(trouble)
            yield job, result
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _next(done: Any, workers: list[Any]) -> Any:
    while True:
        try:
            return done.get(timeout=5)
        except Empty:
            if not any(worker.is_alive() for worker in workers):
                raise RuntimeError("The processes died before the work was done.") from None
