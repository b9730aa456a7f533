"""What a run found, for people and for the next run.

`render` makes REPORT.md, `summary` the end of a run on the terminal, `write_json` results.json;
`stale` says in what a committed REPORT.md is no longer true.
"""

from __future__ import annotations

from conformance.report.baseline import Fact, facts_in, not_comparable, stale
from conformance.report.page import render
from conformance.report.terminal import summary
from conformance.report.write_json import write_json

__all__ = ["Fact", "facts_in", "not_comparable", "render", "stale", "summary", "write_json"]
