"""Implementations of Python's `ssl`: what is tested, and the machinery that runs it.

- `*.toml`: one file an implementation, or a family of them. Drop in another to test it too; the
  keys are described by `impls.host.declarations.SCHEMA`.
- `backport/`: the C backport for Python 2.7, with its build.
- `liars/`: implementations that are wrong on purpose, one line each: the test of the suite itself.
- `agent/`: the program that runs inside an implementation, on any Python from 2.7 on.
- `host/`: this side of it: finds interpreters, builds, starts agents, talks to them.
"""
