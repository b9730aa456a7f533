"""The results that a run finds where it is to write its own: kept beside them, PATH.earlier.

They are there from the beginning of a run until its own results are written and complete, with
their transcripts, so that neither a full disk nor a kill loses them; nor do they ever pass for the
results of the run.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from conformance.report import transcripts

_KEY = b' "complete": '
_COMPLETE = _KEY + b"true"
"""How results say so: see write_json."""


def earlier_of(results: Path) -> Path:
    """Where earlier results are kept."""
    return results.with_name(f"{results.name}.earlier")


def set_aside(results: Path, resumes: bool) -> None:
    """Keep what is there; `resumes`: the run goes on with what left the transcripts there.

    What a run left that did not come to its end takes the place of no complete results.
    """
    kept = earlier_of(results)
    folder = transcripts.folder_of(results)
    with contextlib.suppress(OSError):
        if results.exists() and (_is_complete(results) or not kept.exists()):
            os.replace(results, kept)
            if not resumes:
                _clear(transcripts.folder_of(kept))
                with contextlib.suppress(FileNotFoundError):
                    os.rename(folder, transcripts.folder_of(kept))
    with contextlib.suppress(OSError):
        results.unlink(missing_ok=True)
    if not resumes:
        with contextlib.suppress(OSError):
            transcripts.clear(folder)


def forget(results: Path) -> None:
    """Remove what was kept: the results of the run are there, and complete."""
    with contextlib.suppress(OSError):
        earlier_of(results).unlink(missing_ok=True)
        _clear(transcripts.folder_of(earlier_of(results)))


def _is_complete(results: Path) -> bool:
    with open(results, "rb") as file:  # not read to its end: it is there at the beginning
        return next((line for line in file if line.startswith(_KEY)), b"").startswith(_COMPLETE)


def _clear(folder: Path) -> None:
    transcripts.clear(folder)
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()
