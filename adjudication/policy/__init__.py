"""Medical policy as data: the tree of criteria, its three-valued evaluator, its trace, its two time axes.

Pure. A policy is loaded once (storage/medical_policy/), compiled once per procedure code, and evaluated per line.
"""
