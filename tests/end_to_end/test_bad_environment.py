"""A machine that is not as it should be: one clear sentence, or the run takes no notice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.trees import HOST, Outcome, Tree, variables_in

SCENARIO = 'def test_one(ssl):\n    """Claims."""\n    ssl.MemoryBIO()\n'


def tree_of(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.scenario("first/test_first.py", SCENARIO)
    tree.implementation("mine", drop_in=True, set_up=["import ssl"])
    return tree


def refused(outcome: Outcome, told: str) -> None:
    assert outcome.status != 0, outcome.output
    assert told in outcome.output, outcome.output
    assert "Traceback" not in outcome.output and "INTERNALERROR" not in outcome.output


COMMAND_LINES = {
    "nobody": (["--implementation", "mien"], "did you mean mine?"),
    "no file": (["--implementation", "absent.toml"], "absent.toml cannot be read"),
    "a folder": (["--implementation", "user/"], "is not the path of a TOML file"),
    "an interpreter": (["--implementation", str(HOST.executable)], "with --interpreter"),
    "nothing": (["--implementation="], "matches nothing"),
    "several references": (["--reference", "*"], "matches several"),
    "no reference": (["--reference", "absent.toml"], "absent.toml cannot be read"),
    "a path as the reference": (["--reference", str(HOST.executable)], "and its id here"),
    "an id of a canary": (["--reference", "canary-that-lies"], "matches nothing"),
    "no id": (["--implementation", " "], "matches nothing"),
    "two ids in one": (["--implementation", "mine|x"], "did you mean mine?"),
    "an address": (["--implementation", "https://example.org/x.toml"], "cannot be read"),
    "only the reference": (["--implementation", "stdlib-*"], "and it is the reference"),
    "one as its own reference": (
        ["--implementation", "mine", "--reference", "mine"],
        "and it is the reference",
    ),
    "a program as interpreter": (["--interpreter", "/bin/true"], "it does not do what Python does"),
    "a folder as interpreter": (["--interpreter", "user"], "was named as an interpreter"),
    "series in a list": (["--openssl", "3.0,3.6"], "is not a series of OpenSSL"),
    "series in capitals": (["--openssl", "Machine"], "is not a series of OpenSSL"),
    "shard below zero": (["--shard=-1/2"], "'-1/2' is not like 2/5"),
    "shard in other digits": (["--shard", "１/２"], "is not like 2/5"),
    "since a report": (["--since", "kept.json"], "--since: kept.json is not JSON"),
    "since a folder": (["--since", "user"], "--since: user cannot be read"),
    "since a device": (["--since", "/dev/zero"], "is a device or a pipe"),
    "since nothing": (["--since="], "an empty text is not a path"),
    "nothing to check with": (["--check-report=kept.json"], "cannot both be read: write them"),
    "JUnit over results": (["--junitxml=kept.json"], "is there and is not a JUnit file"),
    "JUnit in a folder's place": (["--junitxml=user"], "must be a filename"),
    "HTML everywhere": (["--html=/"], "holds something else than a report"),
    "resumed with a value": (["--resume=yes"], "ignored explicit argument"),
    "half an expression": (["-k", "and"], "-k and: "),
    "marks that are called": (["-m", "axis("], "-m axis(: "),
    "workers as a word": (["-n", "many"], "invalid parse_numprocesses value"),
    "no interpreter": (["--interpreter", "/etc/passwd"], "was named as an interpreter"),
    "no series": (["--openssl", "abc"], "is not a series of OpenSSL"),
    "shard too high": (["--shard", "3/2"], "'3/2' is not like 2/5"),
    "shard of none": (["--shard", "0/2"], "'0/2' is not like 2/5"),
    "shard as a word": (["--shard", "x"], "'x' is not like 2/5"),
    "no report to check": (["--check-report", "absent.md"], "it is not there; write it with"),
    "report nowhere": (["--report", "no/R.md"], "there is no folder no"),
    "part of a report": (["--report", "R.md", "-k", "x"], "needs a whole run"),
    "no schema": (["--schema", "resluts"], 'There is no schema "resluts"'),
    "debugger": (["--pdb"], "has nowhere to stop"),
    "nothing to resume": (["--resume"], "There is nothing to resume"),
    "shown and resumed": (["--resume", "--show"], "--resume runs only the rest"),
    "shown by many": (["--show", "-n", "2"], "leave -n out"),
    "no such test": (["first/test_first.py::test_one[mien]"], "did you mean mine?"),
    "something else at the results": (
        ["--results=pyproject.toml"],
        "is there and is not a file of results",
    ),
    "other JSON at the results": (
        ["--results=conformance/report/results.schema.json"],
        "is there and is not a file of results",
    ),
    "a device for results": (["--results=/dev/null"], "is there and is not a file of results"),
    "nobody's home": (["--results=~nobody-of-that-name/r.json"], "is nobody's home: give"),
    "an id without end": (["first/test_first.py::test_one[" + "x" * 9999 + "]"], "xx ... xx"),
    "a name without end": (["first/test_first.py::test_" + "x" * 9999], "xx ... xx"),
    "a file without end": (["x" * 9999], "xx ... xx"),
    "a pattern without end": (["--implementation", "x" * 9999], "xx ... xx"),
    "a reference without end": (["--reference", "x" * 9999], "xx ... xx"),
    "a path without end": (["--html", "x" * 9999], "xx ... xx"),
    "a series without end": (["--openssl", "x" * 9999], "xx ... xx"),
    "something else at the report": (["--report=pyproject.toml"], "is not a report"),
    "empty path": (["--results="], "an empty text is not a path: give one."),
    "long path": ([f"--results={'x' * 300}.json"], "(File name too long): give another path"),
    "long path of HTML": ([f"--html={'x' * 300}"], "(File name too long): give another path"),
    "HTML below a file": (["--html=pyproject.toml/x"], "is not a folder that can be written"),
    "HTML around results": (["--html=."], "holds something else than a report"),
    "results in HTML": (["--html=site", "--results=site/r.json"], "is in the folder of --html"),
    "one path for two": (["--reproducers=x", "--html=x"], "name one path"),
    "JUnit in the journal's place": (["--junitxml=kept2.json.journal"], "name one path"),
    "scripts in the journal's place": (["--reproducers=kept2.json.journal"], "name one path"),
    "HTML in the transcripts' place": (["--html=kept2.json.transcripts"], "name one path"),
    "JUnit among the transcripts": (
        ["--junitxml=kept2.json.transcripts/j.xml"],
        "is in the folder of the transcripts of --results",
    ),
    "JUnit in the place of what was": (["--junitxml=kept2.json.earlier"], "name one path"),
    "results in the findings' place": (
        ["--report=R.md", "--results=R.findings.txt"],
        "name one path",
    ),
    "results below JUnit's": (
        ["--junitxml=a/b", "--results=a/b/r.json"],
        "is in the place of --junitxml, which is a file",
    ),
    "scripts below results": (
        ["--reproducers=r.json/x", "--results=r.json"],
        "is in the place of --results, which is a file",
    ),
    "JUnit nowhere": (["--junitxml=pyproject.toml/x.xml"], "--junitxml pyproject.toml/x.xml"),
    "expression": (["-k", "a ( b"], "-k a ( b: "),
    "no such function": (["first/test_first.py::test_none"], "has no test test_none: "),
    "no such option": (["--nonsense"], "unrecognized arguments: --nonsense"),
}


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_a_command_line(tmp_path: Path, name: str) -> None:
    arguments, told = COMMAND_LINES[name]
    tree = tree_of(tmp_path)
    (tree.folder / "results.json").write_text("Old.\n")
    places = [] if arguments[0].startswith("first/") else ["conformance"]
    before = tree.folder / "results.json"
    kept = before.rename(tree.folder / "kept.json")
    outcome = tree.run(*arguments, *places, results="kept2.json")
    refused(outcome, told)
    assert len(outcome.output) < 2000
    assert kept.read_text() == "Old.\n"
    assert not (tree.folder / "kept2.json").exists()
    assert not (tree.folder / "kept2.json.journal").exists()


@pytest.mark.parametrize(
    "option",
    ["--results", "--report", "--check-report", "--html", "--reproducers", "--junitxml", "--since"],
)
@pytest.mark.parametrize("path", ["loop", "loop/x"])
def test_links_that_lead_in_a_circle(tmp_path: Path, option: str, path: str) -> None:
    tree = tree_of(tmp_path)
    link = tree.folder / "loop"
    link.symlink_to("loop")
    outcome = tree.run("conformance", option, path, results=None)
    refused(outcome, f"{option} {path}: its links lead in a circle; give another path.")
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("R.md", "", "are not what --report writes, or not all of it"),
        ("R.findings.txt", "", "are not what --report writes, or not all of it"),
        ("R.findings.txt", "cut", "are not what --report writes, or not all of it"),
        ("R.findings.txt", "a list", "is there and is not a list of findings"),
    ],
)
def test_a_report_that_nothing_can_be_compared_with(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    tree = tree_of(tmp_path)
    (written,) = [tree.run("conformance", "--report", "R.md")]
    assert written.status == 0, written.output
    path = tree.folder / name
    path.write_text(path.read_text("utf-8")[:-30] if text == "cut" else text, "utf-8")
    outcome = tree.run("conformance", "--check-report", "R.md")
    refused(outcome, told)
    assert outcome.results is None


@pytest.mark.parametrize("how", ["arguments", "PYTEST_ADDOPTS"])
@pytest.mark.parametrize("plugin", ["terminal", "terminalreporter", "junitxml", "debugging"])
@pytest.mark.parametrize("passes", [True, False])
def test_a_plugin_of_pytest_that_is_blocked(
    tmp_path: Path, how: str, plugin: str, passes: bool
) -> None:
    tree = tree_of(tmp_path)
    if not passes:
        tree.implementation("wrong", drop_in=True, set_up=["import ssl", "ssl.MemoryBIO = int"])
    if how == "PYTEST_ADDOPTS":
        outcome = tree.run("conformance", environment={how: f"-p no:{plugin}"})
    else:
        outcome = tree.run("conformance", plugins=("xdist", f"no:{plugin}"))
    assert outcome.status == (0 if passes else 1), outcome.output
    assert "INTERNALERROR" not in outcome.output
    assert outcome.written["complete"] is True


def test_a_home_is_a_home_however_the_option_is_written(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    home = tree.folder / "empty"
    outcome = tree.run(
        "conformance",
        *("--results=~/q.json", "--junitxml=~/j.xml", "--html=~/site", "--reproducers=~/scripts"),
        results=None,
    )
    assert outcome.status == 0, outcome.output
    assert {"q.json", "j.xml", "site", "scripts"} <= {one.name for one in home.iterdir()}
    assert not (tree.folder / "~").exists()


REFERENCES: dict[str, tuple[dict[str, Any], str]] = {
    "without bios": ({"set_up": ["import ssl", "del ssl.MemoryBIO"]}, "has no MemoryBIO, so"),
    "with half of it": (
        {"set_up": ["import ssl", "ssl.MemoryBIO = None", "del ssl.SSLContext.wrap_bio"]},
        "has no MemoryBIO or SSLContext.wrap_bio, so nothing can be compared with it",
    ),
    "another module": ({"module": "json"}, "has no MemoryBIO, SSLObject or SSLContext.wrap_bio"),
    "no module": ({"module": "absent"}, "No module named 'absent'. Site-packages"),
    "no Python": ({"argv": ["/bin/cat"]}, "The reference other did not start"),
    "no command": ({"argv": ["/nonexistent"]}, "The reference other did not start"),
    "a way to die": (
        {
            "set_up": [
                "import os, ssl",
                "class Dies(type):\n    wrap_bio = property(lambda cls: os._exit(3))",
                "ssl.SSLContext = Dies('SSLContext', (object,), {})",
            ]
        },
        "The reference other did not answer: CRASH",
    ),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_that_nothing_can_be_compared_with(tmp_path: Path, name: str) -> None:
    keys, told = REFERENCES[name]
    tree = tree_of(tmp_path)
    other = tree.implementation("other", role="witness", **keys)
    outcome = tree.run("conformance", "--reference", other)
    refused(outcome, told)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert outcome.results is None


@pytest.mark.parametrize(
    "name", ["conformance/report/python_changes.toml", "conformance/report/openssl_changes.toml"]
)
def test_a_list_that_is_read_at_the_end_is_checked_at_the_start(tmp_path: Path, name: str) -> None:
    tree = tree_of(tmp_path)
    with open(tree.folder / name, "a") as file:
        file.write("x: y\n")
    outcome = tree.run("conformance", "--html=site", results="kept.json")
    refused(outcome, f"{name} is not valid TOML")
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert not (tree.folder / "kept.json").exists()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for four pages."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("No file system can be mounted here.")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_no_room_for_temporary_files(tmp_path: Path, small: Path, workers: str) -> None:
    outcome = tree_of(tmp_path).run(
        "conformance", "-n", workers, environment={"TMPDIR": str(small)}
    )
    refused(outcome, f"Certificates cannot be written to {small} (No space left on device)")


def test_no_room_for_a_log_is_no_verdict_and_no_traceback(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    path = tree.folder / "impls" / "host" / "process.py"
    text = path.read_text("utf-8")
    old = "tempfile.TemporaryFile()"
    assert old in text
    full = "(_ for _ in ()).throw(OSError(28, 'No space left on device'))"
    marked = f"({old} if not __import__('os').path.exists('full') else {full})"
    path.write_text(text.replace(old, marked), "utf-8")
    tree.scenario(
        "first/test_a.py", 'def test_a(ssl):\n    """Claims."""\n    open("full", "w").close()\n'
    )
    outcome = tree.run("conformance")
    assert outcome.status == 1, outcome.output
    assert "INTERNALERROR" not in outcome.output


@pytest.mark.parametrize(
    "limit, told",
    [
        ("-n 24", "Only 24 files may be open here, and a run needs 128"),
        ("-v 300000", "This machine has no room to start the implementations"),
    ],
)
def test_limits_of_a_shell(tmp_path: Path, limit: str, told: str) -> None:
    tree = tree_of(tmp_path)
    done = subprocess.run(
        ["sh", "-c", f'ulimit {limit}; exec "$@"', "sh", sys.executable, "-m", "pytest"],
        cwd=tree.folder,
        capture_output=True,
        text=True,
    )
    refused(Outcome(done.returncode, done.stdout + done.stderr, None), told)


READ_ONLY = ["mount", "-o", "remount,ro,bind"]


def test_a_checkout_that_cannot_be_written(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    folder = str(tree.folder)
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode:
        pytest.skip("No file system can be mounted here.")
    try:
        subprocess.run([*READ_ONLY, folder], check=True)
        elsewhere = str(tmp_path / "results.json")
        plugins = ("xdist", "cacheprovider")
        outcome = tree.run("conformance", results=elsewhere, keep_results=True, plugins=plugins)
        assert outcome.status == 0, outcome.output
        assert "Traceback" not in outcome.output
        inside = tree.run("conformance", results="inside.json", keep_results=True)
        refused(inside, "(Read-only file system): give another path with --results.")
    finally:
        subprocess.run(["umount", folder], check=False)


@pytest.mark.parametrize(
    "variables",
    [
        {"TMPDIR": "beyond-äscii"},
        {"HOME": "beyond-äscii"},
        {"TLS_BOOTSTRAP_CACHE": "beyond-äscii"},
        {"HOME": "/nonexistent"},
        {"TMPDIR": "/nonexistent"},
        {"PYTHONIOENCODING": "ascii", "LANG": "C"},
        {"PYENV_ROOT": "/etc/passwd", "UV_PYTHON_INSTALL_DIR": "/etc/passwd"},
        {"SSL_CERT_FILE": "/nonexistent", "OPENSSL_CONF": "/nonexistent"},
        {"CC": "no-such-compiler"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONDEVMODE": "1"},
        {"PYTHONUTF8": "0", "LC_ALL": "C"},
        {"LC_ALL": "no_SUCH"},
        {"TZ": "Nowhere/Nothing"},
        {"LD_PRELOAD": "/nonexistent.so"},
        {"LD_LIBRARY_PATH": "/nonexistent:"},
        {"COLUMNS": "1", "LINES": "1", "TERM": "dumb"},
        {"SSLKEYLOGFILE": "/nonexistent/keys"},
        {"CI": "true", "GITHUB_ACTIONS": "true"},
    ],
    ids=str,
)
def test_a_machine_of_which_the_run_takes_no_notice(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    tree = tree_of(tmp_path)
    for name, value in variables.items():
        if "ä" in value:
            (tree.folder / value).mkdir()
            variables = {name: str(tree.folder / value)}
    outcome = tree.run("conformance", environment=variables)
    assert outcome.status == 0, outcome.output


STARTERS = {
    "blocked signals": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
    "ignored children": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "no standard input": "os.close(0)",
}
HEARS = '''
import pytest


def test_hears(native):
    """The handler of a signal ends a call."""
    with pytest.raises(KeyError):
        native.under_failing_signals(native.module("time").sleep, 1)


def test_dies(native):
    """A process is killed."""
    native.module("os").kill(native.module("os").getpid(), 9)
'''


@pytest.mark.parametrize("name", STARTERS)
def test_what_a_run_inherits_of_whatever_started_it(tmp_path: Path, name: str) -> None:
    tree = tree_of(tmp_path)
    tree.scenario("second/test_hears.py", HEARS)
    program = f"import os, signal, sys; {STARTERS[name]}; os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, sys.executable, "-m", "pytest", "conformance"],
        cwd=tree.folder,
        env=variables_in(tree.folder),
        capture_output=True,
        text=True,
    )
    assert "It died of SIGKILL" in done.stdout
    assert "test_hears[" not in done.stdout, done.stdout


def test_an_older_python_is_told(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    program = "import sys; sys.version_info = (3, 9, 18); import conformance"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tree.folder, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert done.stderr.startswith("The suite needs Python 3.10 or newer, and this is ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [("pytest",), ("pytest", "-n", "1"), ("conformance", "compare", "a", "b")],
    ids=" ".join,
)
def test_a_python_without_assertions_is_told(tmp_path: Path, command: tuple[str, ...]) -> None:
    tree = tree_of(tmp_path)
    done = subprocess.run(
        [sys.executable, "-O", "-m", *command], cwd=tree.folder, capture_output=True, text=True
    )
    refused(Outcome(done.returncode, done.stdout + done.stderr, None), "leave out -O, and unset")


def test_no_compiler_is_named(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    (tree.folder / "user" / "source").mkdir()
    mine = tree.implementation(
        "builds",
        interpreter="cpython 3.*",
        id="builds-{version}",
        build={"source": "source", "command": ["make", "{output}"]},
    )
    text = Path(mine).read_text("utf-8").replace('id = "builds"\n', "")
    Path(mine).write_text(text, "utf-8")
    outcome = tree.run(
        "conformance", implementations=[mine], environment={"CC": "no-such-compiler"}
    )
    refused(outcome, "A C compiler")
    assert "no-such-compiler" in outcome.output
