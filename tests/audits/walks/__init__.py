"""Random walks through ssl: what does nobody think of asking?

A walk is a scenario that a seed makes up. It is asked of the reference and of a candidate and
judged as any scenario; what it finds is a scenario that is missing.
"""
