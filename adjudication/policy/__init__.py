"""Medical policy as data: the tree of criteria, its three-valued evaluation, its trace, and version selection by two dates.

Pure. A policy is loaded once (rulebook/medical/), compiled once per procedure code, and evaluated per line.
"""
