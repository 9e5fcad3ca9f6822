"""Medical policy as data: the tree of criteria, its three-valued evaluator, its trace, its two time axes.

Pure. A policy is loaded once (rulebook/medical/), compiled once per procedure code, and evaluated per line.
"""
