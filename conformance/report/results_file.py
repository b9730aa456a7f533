"""Reading results.json for a command, and what a command tells a person who gave it wrong input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEEDED = ("complete", "whole", "passed", "reference", "implementations", "scenarios", "judgements")
"""What a file of results has at least."""


class CommandError(Exception):
    """A command cannot do its work; the message is one sentence that says why and what to do."""


def read(path: Path) -> Mapping[str, Any]:
    """The results of a run. Raises CommandError where the file is not that."""
    try:
        results = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandError(
            f"{path} cannot be read ({error.strerror}): give a file that --results wrote."
        ) from None
    except ValueError:
        raise CommandError(
            f"{path} is not JSON: give a file that --results wrote, and that is whole."
        ) from None
    missing = [key for key in NEEDED if not isinstance(results, dict) or key not in results]
    if missing:
        raise CommandError(
            f'{path} has no "{missing[0]}", so it is not results of this suite: give a file that '
            "--results wrote."
        )
    return dict(results)
