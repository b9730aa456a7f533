"""--schema tells who writes a TOML file what it may say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.plugin.schema import SCHEMAS


def run_pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_key_is_described(schema: object) -> None:
    assert hasattr(schema, "keys") and hasattr(schema, "describe")
    text = schema.describe()
    assert all(f"{key.name}  (" in text for key in schema.keys)


def test_the_option_prints_and_runs_nothing() -> None:
    done = run_pytest("--schema", "divergence")
    assert done.returncode == 0
    assert "workaround  (required" in done.stdout and "passed" not in done.stdout


def test_another_name_is_one_sentence() -> None:
    done = run_pytest("--schema", "divergenc")
    assert done.returncode != 0
    assert 'did you mean "divergence"?' in done.stderr
    assert "Traceback" not in done.stderr
