"""How fast the backport is (bench.py), and what the suite itself costs (bench_suite.py).

`workload.py` runs inside every Python and imports nothing of the project.
"""
