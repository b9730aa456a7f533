"""What the backport's C is put through besides the verdicts.

Everything here runs the suite, or a program of its own (`*_in_python27.py`), on the backport built
or run in another way.
"""
