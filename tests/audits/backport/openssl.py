"""`tox -e audit-openssl`: the backport on OpenSSL 1.1.1, and on OpenSSL 4 where Debian has it.

usage: python -m tests.audits openssl [pytest arguments]

OpenSSL 1.1.1 comes with the CPython 2.7 that Debian built for it; OpenSSL 4, which no 2.7 was
built for, from Debian's experimental suite, with the C library it needs, under the CPython 2.7
that is there.

The reference is on this machine's own OpenSSL, on which the backport does not differ from it: so
what differs on the forward axis is the library's doing, and it is told, not judged. Exit status 0
means that it builds without a warning, nobody died or hung, the graft left stock 2.7's behaviour
as it is on OpenSSL 1.1.1, and refuses where _ssl has another OpenSSL; 77 that no CPython 2.7 with
OpenSSL 1.1.1 can be fetched.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.judge import known
from conformance.judge.verdict import Divergence
from conformance.transcript.elide import REPORT, contrast
from impls.host.debian import DebianError
from impls.host.prefix import Prefix, prefix_with
from tests.audits.backport import variants
from tests.audits.result import TOP, Result, Table, fail_on, fresh_folder, not_possible, publish

SELECTION = ["-k", "handshake or data or shutdown or module or context"]
GRAVE = ("CRASH", "HANG", "GARBAGE", "MISSING", "ERROR")
FOLLOWS = ("errno", "reason", "library")
"""Fields of an exception that are not told where its message differs as well."""

MONKEYPATCH = """
import _tls_bootstrap
try:
    _tls_bootstrap.monkeypatch_ssl()
except ImportError as error:
    print("ImportError: %s" % error)
"""

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What came of a run on one OpenSSL."""

    version: str
    reference: str
    scenarios: int
    alike: int
    """Scenarios that are as the reference has them."""
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    problems: tuple[str, ...]


def main() -> None:
    selection = sys.argv[1:] or SELECTION
    folder = fresh_folder("openssl")
    try:
        python = prefix_with("1.1.1").python("2.7")
    except DebianError as error:
        not_possible(error)
    runs = [
        told(
            ["backport-py2.7", "monkeypatched-py2.7"],
            [*("--interpreter", str(python)), *selection],
            folder,
        )
    ]
    notes = []
    try:
        openssl4 = prefix_with("4.0")
    except DebianError as error:
        notes.append(str(error))
    else:
        file, refusal = under_openssl4(openssl4, fresh_folder("openssl/4"))
        if not refusal:
            fail_on(["monkeypatch_ssl() went well over two OpenSSLs."])
        runs.append(told([str(file)], selection, file.parent))
        notes.append(
            f"`monkeypatch_ssl()` refuses there, for 2.7's own `_ssl` is on another OpenSSL: "
            f"`{refusal}`."
        )
    fail_on([problem for run in runs for problem in run.problems])
    alike = " and ".join(f"on {run.version} {run.alike}" for run in runs)
    sentence = (
        f"The backport builds without a warning, and nobody dies or hangs: of {runs[0].scenarios} "
        f"scenarios {alike} are as `{runs[0].reference}` has them on its own OpenSSL."
    )
    numbers = {"scenarios": runs[0].scenarios}
    numbers |= {" ".join(run.version.split()[:2]): run.alike for run in runs}
    details = [sentence for run in runs for sentence in run.sentences]
    tables = [table for run in runs for table in run.tables]
    publish("openssl", Result(sentence, numbers, [*details, *notes], tables))


def under_openssl4(prefix: Prefix, folder: Path) -> tuple[Path, str]:
    """Build the backport for the OpenSSL 4 of a prefix: the file that describes how it runs there,
    and what monkeypatch_ssl() says there."""
    built = variants.built(prefix.compile_flags, folder, "openssl4", {})
    assert built.interpreter is not None
    argv = [str(prefix.launcher(built.interpreter))]
    file = folder / "openssl4.toml"
    file.write_text(
        f"""id = "openssl4-backport-py2.7"
describe = "The backport on Debian's OpenSSL 4"
role = "candidate"
argv = {json.dumps(argv)}
module = "_tls_bootstrap"
path = {json.dumps(built.path)}
""",
        "utf-8",
    )
    refusal = subprocess.check_output(
        [*argv, "-c", f"import sys; sys.path[:0] = {built.path!r}\n{MONKEYPATCH}"], text=True
    )
    return file, refusal.strip()


def told(implementations: Sequence[str], arguments: Sequence[str], folder: Path) -> Told:
    """Run the scenarios on implementations of which the first is the backport itself."""
    chosen = [word for one in implementations for word in ("--implementation", one)]
    found, trouble = variants.ask([*chosen, *arguments], folder)
    if found is None:
        sys.exit("\n".join(trouble))
    versions = {one["id"]: one["openssl"] for one in found["implementations"]}
    direct = next(one for one in versions if one.endswith("backport-py2.7"))
    name, there = versions[direct], f"`{found['reference']}` on {versions[found['reference']]}"
    pairs = [pair for pair in variants.alone(found) if pair["implementation"] == direct]
    differences = differences_of(pairs)
    different = {scenario for scenarios in differences.values() for scenario in scenarios}
    lacking = sorted(
        member.removeprefix("ssl.")
        for member, _, ours in differences
        if member.startswith("ssl.") and ours == "raises AttributeError"
    )
    sentences = [
        f"On {name} the backport builds without a warning; nobody died or hung. Of "
        f"{len(pairs)} scenarios {len(pairs) - len(different)} are as {there} has them. The other "
        f"{len(different)} are in the table: that is the library's doing, for on the same OpenSSL "
        "the backport does not differ there.",
        f"{name} cannot do what these names of the module stand for: "
        f"{', '.join(f'`{one}`' for one in lacking)}."
        if lacking
        else f"{name} lacks no name of the module that was asked.",
    ]
    counts = Counter(
        (pair["implementation"], pair["axis"], pair["verdict"])
        for pair in variants.alone(found)
        if pair["implementation"] != found["reference"]
    )
    if len(implementations) > 1:
        sentences.append(f"The graft leaves what stock 2.7 has as it is on {name}.")
    tables = [
        Table(
            f"{name}: verdicts against {there}",
            ("implementation", "axis", "verdict", "pairs"),
            tuple((*key, str(counts[key])) for key in sorted(counts)),
        ),
        Table(
            f"{name}: what differs from {there}",
            ("member", "there", "here", "scenarios", "for example"),
            tuple(
                (member, *contrast(values, REPORT), str(len(scenarios)), min(scenarios))
                for (member, *values), scenarios in sorted(
                    differences.items(), key=lambda item: (-len(item[1]), item[0])
                )
            ),
        ),
    ]
    bad = [
        f"{pair['verdict']}: {pair['scenario']} on {pair['implementation']}, {pair['axis']}"
        for pair in variants.alone(found)
        if pair["verdict"] in GRAVE
        or (pair["axis"] == "backward" and pair["verdict"] not in variants.ACCEPTED)
    ]
    return Told(
        name,
        found["reference"],
        len(pairs),
        len(pairs) - len(different),
        tuple(sentences),
        tuple(tables),
        (*trouble, *bad),
    )


def differences_of(pairs: Sequence[Results]) -> dict[tuple[str, str, str], set[str]]:
    """By member, what the reference does and what is done instead: in which scenarios.

    What a reviewed file says of the backport is not another OpenSSL's doing, whatever the id.
    """
    files = known.load(TOP / "conformance" / "divergences")
    reviewed = {Divergence(*one.fingerprint, position=0).fingerprint for one in files}
    found = defaultdict(set)
    for pair in pairs:
        differences = [
            one
            for one in pair["divergences"]
            if one["verdict"] == "NEW" and one["fingerprint"] not in reviewed
        ]
        told_by_message = {one["position"] for one in differences if one["field"] == "message"}
        for one in differences:
            if one["field"] in FOLLOWS and one["position"] in told_by_message:
                continue
            found[one["member"], one["reference"], one["candidate"]].add(pair["scenario"])
    return found


if __name__ == "__main__":
    main()
