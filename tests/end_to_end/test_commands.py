"""Shards, lanes and two runs: put together, compared, and what is new accepted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.results import results_of
from tests.support.trees import REFERENCE, ROOT, Tree

SCENARIOS = "".join(
    f'''
def test_{name}(ssl):
    """An empty MemoryBIO has nothing pending: {name}.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    assert ssl.MemoryBIO().pending == 0
'''
    for name in ("one", "two", "three", "four", "five", "six")
)
INTEROP = '''
def test_both(client_ssl, server_ssl):
    """Both have an empty MemoryBIO."""
    client_ssl.MemoryBIO(), server_ssl.MemoryBIO()
'''
WRONG = ["import ssl", "ssl.MemoryBIO = None"]
TEXTS = """
import ssl
class MemoryBIO(object):
    pending = 0
    def read(self, number=-1):
        raise ssl.SSLError(1, 'operation %d is {word}' % number)
ssl.MemoryBIO = MemoryBIO
"""
READS = '''
import pytest

@pytest.mark.parametrize("number", range(16))
def test_read(ssl, number):
    """Reading raises."""
    bio = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLError):
        bio.read(number)
'''


def conformance(tree: Tree, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(command, cwd=tree.folder, capture_output=True, text=True, check=False)


def tree_of(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIOS)
    tree.scenario("interop/test_both.py", INTEROP)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    return tree


def undated(path: Path) -> str:
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith('  "date": '))


def html_of(tree: Tree, name: str) -> dict[str, bytes]:
    """The files of the HTML of a run, by name."""
    folder = tree.folder / name
    done = conformance(tree, "html", f"{name}.json", str(folder))
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_halves_put_together_are_the_whole_to_the_byte(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    tree.implementation(
        "wrong",
        drop_in=True,
        set_up=WRONG,
        unsupported=[{"member": "MemoryBIOO", "reason": "x"}, {"scenario": "n/*", "reason": "x"}],
    )
    fingerprint = ("ssl.MemoryBIO", "outcome", "a", "b")
    tree.known(
        "never", fingerprint, scenario="first/test_first.py::test_none", implementation="wrong"
    )
    whole = tree.run("conformance", results="whole.json")
    assert whole.written["complete"] and whole.written["whole"], whole.output
    assert "declares MemoryBIOO UNSUPPORTED" in whole.problems()
    assert "matches nothing" in whole.problems()
    counts = []
    for number in ("1", "2"):
        half = tree.run("conformance", "--shard", f"{number}/2", results=f"{number}.json")
        assert half.written["complete"] and not half.written["whole"], half.output
        assert "matches nothing" not in half.problems()
        counts.append(len(half.written["judgements"]))
    assert min(counts) > 0 and sum(counts) == len(whole.written["judgements"])
    done = conformance(tree, "merge", "2.json", "1.json", "-o", "merged.json")
    assert done.returncode == 1, done.stderr
    assert undated(tree.folder / "merged.json") == undated(tree.folder / "whole.json")
    assert "FAILED." in done.stdout
    pages = [html_of(tree, name) for name in ("merged", "whole")]
    assert pages[0] == pages[1]
    assert any(b"ssl.MemoryBIO()" in pages[0][name] for name in pages[0] if "transcripts" in name)


def test_halves_that_pass_make_a_whole_that_passes(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    for number in ("1", "2"):
        assert tree.run("--shard", f"{number}/2", "-n", "2", results=f"{number}.json").status == 0
    done = conformance(tree, "merge", "1.json", "2.json", "-o", "merged.json")
    assert done.returncode == 0, done.stderr
    assert "PASSED." in done.stdout
    refused = {
        ("1.json",): "There is only one file",
        ("1.json", "1.json"): "is named twice",
    }
    for files, told in refused.items():
        done = conformance(tree, "merge", *files, "-o", "other.json")
        assert done.returncode == 2 and told in done.stderr, done.stderr
    assert not (tree.folder / "other.json").exists()


def test_what_cannot_be_printed_is_a_sentence(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    (tree.folder / "a.json").write_text(json.dumps(results_of()), "utf-8")
    command = [sys.executable, "-m", "conformance", "compare", "a.json", "a.json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=tree.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == (
        "python -m conformance compare: what it says could not be printed (No space left on "
        "device).\n"
    )


def test_a_lost_shard_is_not_green(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    for number in ("1", "2"):
        tree.run("--shard", f"{number}/3", results=f"{number}.json")
    done = conformance(tree, "merge", "1.json", "2.json", "-o", "merged.json")
    assert done.returncode == 2
    assert "Not all shards are there: 3/3 must be run and named too." in done.stderr


def test_two_runs_are_compared_by_finding(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_read.py", READS)

    def run(name: str, word: str) -> None:
        right = [TEXTS.format(word="unexpected")]
        reference = tree.implementation("right", role="witness", set_up=right)
        mine = tree.implementation("mine", set_up=[TEXTS.format(word=word)])
        tree.run("conformance", "--reference", reference, implementations=[mine], results=name)

    run("old.json", "unexpected")
    run("new.json", "unexpectd")
    same = conformance(tree, "compare", "old.json", "old.json")
    assert (same.returncode, same.stdout) == (0, "Nothing changed.\n")
    done = conformance(tree, "compare", "old.json", "new.json")
    assert done.returncode == 1, done.stderr
    assert "New on candidates: 1\n" in done.stdout, done.stdout
    assert "16 texts edited alike" in done.stdout
    back = conformance(tree, "compare", "new.json", "old.json")
    assert back.returncode == 0 and "Gone on candidates: 1\n" in back.stdout
    shown = conformance(tree, "compare", "old.json", "new.json", "--markdown")
    assert shown.returncode == 1
    assert "### ssl conformance: ❌" in shown.stdout and "| mine | MemoryBIO.read" in shown.stdout


def test_what_is_new_becomes_a_file_that_a_person_must_complete(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    own = tree.folder / "user" / "own"
    own.mkdir()
    mine = tree.implementation("wrong", set_up=WRONG, divergences="own")
    before = tree.run("conformance", implementations=[mine])
    assert before.status == 1
    arguments = ("accept", "results.json", "-o", "user/own/gone.toml", "--wherever")
    done = conformance(tree, *arguments)
    assert done.returncode == 0, done.stderr
    again = conformance(tree, *arguments)
    assert again.returncode == 2 and "is there already" in again.stderr
    refused = tree.run("conformance", implementations=[mine])
    assert refused.status == pytest.ExitCode.USAGE_ERROR
    assert '"title" must be a string with something in it' in refused.output
    path = own / "gone.toml"
    text = path.read_text("utf-8")
    for key in ("title", "reason", "workaround", "decided_by", "tracker"):
        text = text.replace(f'{key} = ""', f'{key} = "x"')
    path.write_text(text.replace('category = ""', 'category = "deliberate"'), "utf-8")
    after = tree.run("conformance", implementations=[mine])
    assert after.status == 0, after.output
    assert after.verdict("::test_one", "wrong") == "known"
    pair: dict[str, Any] = after.pair("::test_one", "wrong")
    assert pair["divergences"][0]["file"] == "own/gone.toml"


NOT_ALWAYS_WRITTEN = {"inputs", "kept"}
"""Keys that files of this schema may lack: the first that had it did."""


def test_the_schema_is_what_is_written(tmp_path: Path) -> None:
    import fastjsonschema

    tree = tree_of(tmp_path)
    tree.implementation("wrong", drop_in=True, set_up=WRONG)
    tree.implementation("gone", drop_in=True, argv=["/bin/false"])
    outcome = tree.run("--shard", "1/1", "conformance")
    command = [sys.executable, "-m", "pytest", "--schema", "results"]
    printed = subprocess.run(command, cwd=tree.folder, capture_output=True, text=True, check=True)
    validate = fastjsonschema.compile(json.loads(printed.stdout))
    validate(outcome.written)
    assert {one["id"] for one in outcome.written["implementations"]} == {
        REFERENCE,
        "mine",
        "wrong",
        "gone",
    }
    for key in outcome.written.keys() - NOT_ALWAYS_WRITTEN:
        lacking = {name: value for name, value in outcome.written.items() if name != key}
        with pytest.raises(fastjsonschema.JsonSchemaException):
            validate(lacking)


def test_a_run_since_another_keeps_what_it_would_find_again(tmp_path: Path) -> None:
    """On this checkout itself: only what was found on the machine or built has digits."""
    command = [sys.executable, "-m", "pytest", "memory_bio/test_eof.py", "-p", "no:cacheprovider"]
    command += ["--implementation=stock-py2.7", f"--results={tmp_path / 'results.json'}"]
    outputs, found = [], []
    for more in ([], [f"--since={tmp_path / 'results.json'}"]):
        done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        outputs.append(done.stdout)
        found.append(json.loads((tmp_path / "results.json").read_text("utf-8")))
    first, second = found
    kept = [one for one in second["judgements"] if one["kept"]]
    assert kept and {one["implementation"] for one in kept} == {"stock-py2.7"}
    assert second["kept"] == [
        {key: first["run"][key] for key in ("commit", "date")} | {"judgements": len(kept)}
    ]
    assert f"--since keeps up to {len(kept)} verdicts of " in outputs[1]
    assert f"{len(kept)} verdicts were kept" in outputs[1]
    assert first["judgements"] == [{**one, "kept": False} for one in second["judgements"]]
    other = subprocess.run(
        [*command, f"--since={tmp_path / 'none.json'}"], cwd=ROOT, capture_output=True, text=True
    )
    assert other.returncode == 4 and "--since: There is no" in other.stderr
