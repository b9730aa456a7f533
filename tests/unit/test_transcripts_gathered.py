"""Transcripts of several runs become those of one, under the ids of what they are merged into."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.report.transcripts import Transcripts, gather

NAMES = {"stdlib-py3.13": "stdlib-py3.13-openssl3.6"}


def line(target: str, **more: Any) -> str:
    made = {"part": "reference", "scenario": "a/test_a.py::test_a", "side": "alone", "id": target}
    return json.dumps({**made, "lines": [["ssl.x", "1"]], "end": "ended", **more}) + "\n"


def folder(path: Path, *lines: str) -> Path:
    path.mkdir()
    (path / "main.jsonl").write_text("".join(lines), "utf-8")
    return path


def test_each_folder_keeps_its_runs_under_the_new_ids(tmp_path: Path) -> None:
    target = {"part": "target", "lines": {"0": ["ssl.x", "2"]}, "count": 1}
    machine = folder(tmp_path / "machine", line("stdlib-py3.13"))
    newest = folder(
        tmp_path / "newest",
        line("stdlib-py3.13"),
        line("mine-backward", of="stdlib-py3.13", **target),
        line("mine-to-stdlib-py3.13", of="stdlib-py3.13-to-stdlib-py3.13", **target),
        '{"part": "target", "cut o',
    )
    absent = tmp_path / "absent"
    made = tmp_path / "made"
    made.mkdir()
    (made / "old.jsonl").write_text(line("old"), "utf-8")
    gather([(machine, {}), (newest, NAMES), (absent, {})], made)
    (runs,) = Transcripts.read(made).runs.values()
    lane = NAMES["stdlib-py3.13"]
    assert {target: one.of for (target, _), one in runs.items()} == {
        "stdlib-py3.13": "",
        lane: "",
        "mine-backward": lane,
        f"mine-to-{lane}": f"{lane}-to-{lane}",
    }


def test_a_file_that_is_no_transcript_is_left_out(tmp_path: Path) -> None:
    source = folder(tmp_path / "source", "[1]\n", '{"part": "reference", "id": 1}\n', line("mine"))
    (source / "torn.jsonl").write_bytes(b"\xff\xfe\n" + line("other").encode())
    gather([(source, {})], tmp_path / "made")
    for place in (source, tmp_path / "made"):
        (runs,) = Transcripts.read(place).runs.values()
        assert {target for target, _ in runs} == {"mine", "other"}
