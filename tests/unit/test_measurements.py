"""Measurements: what is recorded comes back, and what changed since is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report import measurements, render
from conformance.report.measurements import Measurement, MeasurementError, Table
from tests.unit.test_report import results, section

TABLE = Table("Mutants by file", ("file", "killed"), (("module.c", "12"), ("a|b.c", "3")))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with one source."""
    monkeypatch.setattr(measurements, "ROOT", tmp_path)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "module.c").write_text("int one;\n")
    return tmp_path


def recorded(project: Path) -> Measurement:
    measurements.record(
        "mutants", "Mutants", ["All were killed."], [TABLE], ["sources"], project / "measured"
    )
    (found,) = measurements.load_all(project / "measured")
    return found


def test_what_is_recorded_comes_back(project: Path) -> None:
    found = recorded(project)
    assert (found.name, found.title) == ("mutants", "Mutants")
    assert found.sentences == ("All were killed.",)
    assert found.tables == (TABLE,)
    assert found.changed == []


def test_a_changed_source_is_told(project: Path) -> None:
    found = recorded(project)
    (project / "sources" / "module.o").write_bytes(b"built")
    assert found.changed == []
    (project / "sources" / "module.c").write_text("int two;\n")
    assert found.changed == ["sources"]


def test_a_new_and_a_missing_source_are_told(project: Path) -> None:
    found = recorded(project)
    (project / "sources" / "other.c").write_text("int one;\n")
    assert found.changed == ["sources"]
    (project / "sources" / "other.c").unlink()
    assert found.changed == []
    (project / "sources" / "module.c").unlink()
    assert found.changed == ["sources"]


def test_a_second_record_replaces_the_first(project: Path) -> None:
    recorded(project)
    measurements.record("mutants", "Mutants", ["One survived."], folder=project / "measured")
    (found,) = measurements.load_all(project / "measured")
    assert found.sentences == ("One survived.",)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "mutants"}', "\ufeff{}"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "mutants.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        MeasurementError, match=r"^mutants\.json is no measurement .*tox -e mutants"
    ):
        measurements.load_all(tmp_path)


def test_the_report_shows_them(project: Path) -> None:
    found = recorded(project)
    told = section(render(results(), [], [found]), "What else was measured")
    assert "### Mutants" in told
    assert "`tox -e mutants`" in told
    assert "All were killed." in told
    assert "| a\\|b.c | 3 |" in told
    assert "changed" not in told
    (project / "sources" / "module.c").write_text("int two;\n")
    told = section(render(results(), [], [found]), "What else was measured")
    assert "Since then 1 of its 1 source changed." in told


def test_without_measurements_there_is_no_section() -> None:
    assert "What else was measured" not in render(results(), [], [])
