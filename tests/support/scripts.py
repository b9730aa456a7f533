"""Runs the scripts that reproduce a difference without the suite."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any


def execute(command: str, *arguments: str, environment: dict[str, str] | None = None) -> Any:
    """Run a command as a shell would, and return the finished process."""
    words = " ".join([command, *map(shlex.quote, arguments)])
    return subprocess.run(
        words, shell=True, env=environment, capture_output=True, text=True, timeout=60
    )


def sides(process: Any) -> dict[str, str]:
    """What a script says at the end."""
    return dict(re.findall(r"^ +(reference|recorded|here): +(.*)$", process.stdout, re.M))
