"""Random walks through ssl: what does nobody think of asking?

A walk is lines of ssl code that Hypothesis makes up and shrinks. It is run on the reference and on
a candidate and judged as any scenario; what it finds is written as the scenario that is missing.
What may be in a walk is a table: lines in memory.py, sockets.py and functions.py, values there and
in values.py.
"""
