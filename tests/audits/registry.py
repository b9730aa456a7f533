"""Every audit, by name: what it does, how long it takes and what it needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audit:
    """One audit, and the program that runs it."""

    name: str
    """`tox -e audit-NAME`, `python -m tests.audits NAME`."""
    module: str
    """The program, below tests.audits."""
    sentence: str
    """What it does and when it fails."""
    minutes: int
    """How long it takes on two cores, all nine Pythons installed."""
    extras: tuple[str, ...] = ()
    """Requirements besides those that every environment of tox.ini has."""
    takes_arguments: bool = True


AUDITS = (
    Audit(
        "allocations",
        "backport.allocations",
        "every allocation of the backport's operations fails once: an exception, no crash, no leak",
        10,
    ),
    Audit(
        "analyze",
        "backport.analyze",
        "gcc's analyzer and clang-tidy say nothing about the C but what unheeded.toml explains",
        1,
        ("clang-tidy",),
        takes_arguments=False,
    ),
    Audit(
        "bench",
        "speed.bench",
        "how fast the backport is, beside every Python 3's ssl and a bare loop in C",
        5,
        ("matplotlib",),
    ),
    Audit(
        "bench-suite",
        "speed.bench_suite",
        "what the suite itself costs, beside CPython's own test_ssl, and where its time goes",
        40,
    ),
    Audit(
        "consumers",
        "graft.consumers",
        "gevent, eventlet, trollius, requests and 2.7's own clients do the same with the graft",
        3,
        ("virtualenv<20.22",),  # the last that can make a virtualenv of 2.7
    ),
    Audit(
        "coverage",
        "backport.coverage",
        "scenarios and failing allocations run every line of the C but those in unreached.toml",
        8,
        ("gcovr",),
    ),
    Audit(
        "debian",
        "machines.debian",
        "the README's two commands on fresh machines of Debian bookworm, trixie and testing",
        90,
    ),
    Audit(
        "debug",
        "backport.debug",
        "every scenario on a CPython 2.7 built --with-pydebug --without-pymalloc",
        10,
    ),
    Audit(
        "html",
        "browser.pages",
        "the HTML of a run in Chromium, from a file: figures, queries, keyboard, names, colours",
        5,
        ("playwright",),
    ),
    Audit(
        "liars",
        "mutation.liars",
        "a Python 3's ssl made a little wrong in hundreds of ways: the scenarios catch every one",
        5,
        takes_arguments=False,
    ),
    Audit(
        "mutants",
        "mutation.mutants",
        "the backport with one small change, again and again: the suite notices 97 % of them",
        35,
    ),
    Audit(
        "package",
        "backport.package",
        "what is released, installed by pip into fresh virtualenvs of 2.7, and gated there",
        4,
        ("virtualenv<20.22",),
    ),
    Audit(
        "programs",
        "speed.programs",
        "a whole run with programs and one without come to the same results, byte for byte",
        20,
    ),
    Audit(
        "recipes",
        "machines.recipes",
        "a topic runs on gevent, eventlet, truststore, ssh and all else that impls/recipes/ has",
        15,
        ("virtualenv<20.22",),
    ),
    Audit(
        "references",
        "backport.references",
        "reference counts stay flat over 1,000 repetitions of every kind of operation",
        3,
        takes_arguments=False,
    ),
    Audit(
        "sanitize",
        "backport.sanitize",
        "every scenario on the backport built with AddressSanitizer, LeakSanitizer and UBSan",
        15,
    ),
    Audit(
        "steady",
        "backport.steady",
        "twenty whole runs in other orders, with other workers and hash seeds: the same results",
        200,
    ),
    Audit(
        "stocktests",
        "graft.stock_tests",
        "CPython 2.7's own tests come to the same with the graft and without it, test by test",
        7,
    ),
    Audit(
        "threads",
        "backport.threads",
        "threads, callbacks that free, raise and close, and forks, on a sanitized build too",
        2,
        takes_arguments=False,
    ),
    Audit(
        "valgrind",
        "backport.valgrind",
        "every kind of operation under valgrind: no error, no definite leak",
        1,
        takes_arguments=False,
    ),
    Audit(
        "walks",
        "walks.explore",
        "random walks through ssl find nothing new; what they find is shrunk to a scenario",
        4,
    ),
)

BY_NAME = {audit.name: audit for audit in AUDITS}
