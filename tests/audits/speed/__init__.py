"""How fast the backport is, and what the suite itself costs: `tox -e bench`, `tox -e bench-suite`.

Imports run one way: benchmark -> conformance, impls, certs. `workload.py` runs inside every Python
and imports nothing of the project.
"""
