"""What the backport's C is put through besides the verdicts: one module per tox environment.

Everything here runs the suite, or a program of its own (`*_in_python27.py`), on the backport built
in another way. Imports run one way: checks -> conformance, impls, certs.
"""
