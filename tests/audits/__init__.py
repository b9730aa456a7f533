"""Jobs that take longer than the gate and look where no verdict does: `python -m tests.audits`.

Each audit is a program of its own that passes or fails. registry.py lists them, result.py says
what they leave in report/audits/, release.py runs all of them when a release is made. Imports run
one way: audits -> conformance, impls, certs, tests.support.
"""
