"""Does the suite notice when the backport is a little wrong? `tox -e audit-mutants` finds out.

Each mutant is the backport with one small change (operators.py), built beside the clone
(workshop.py) and asked scenario after scenario until something it does is judged otherwise than
before (jury.py). Who is never noticed survives: a scenario is missing, or the change changes
nothing, and equivalent.toml says why.
"""
