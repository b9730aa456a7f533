"""What a run found, for people and for the next run.

`Overview` is what a run comes to, `render` makes REPORT.md and its findings of it, `summary` the
end of a run on the terminal, `write_json` results.json; `stale` says in what a committed report is
no longer true.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.report.baseline import Report, not_comparable, stale
from conformance.report.overview import Overview
from conformance.report.page import render
from conformance.report.terminal import summary

__all__ = ["Overview", "Report", "not_comparable", "render", "stale", "summary", "write_json"]


def write_json(results: Mapping[str, Any], path: Path) -> None:
    """Write results as JSON with sorted keys: whole, or not at all. Makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, sort_keys=True) + "\n"
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
