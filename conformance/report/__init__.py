"""What a run found, for people and for the next run.

`Overview` is what a run comes to, `render` makes REPORT.md and its findings of it, `summary` the
end of a run on the terminal, `write_json` results.json; `stale` says in what a committed report is
no longer true.
"""

from __future__ import annotations

from conformance.report.baseline import Report, not_comparable, stale
from conformance.report.overview import Overview
from conformance.report.page import render
from conformance.report.terminal import summary
from conformance.report.write_json import write_json

__all__ = ["Overview", "Report", "not_comparable", "render", "stale", "summary", "write_json"]
