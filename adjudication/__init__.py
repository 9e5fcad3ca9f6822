"""The pure core: functions from values to findings, and findings folded into a determination.

Nothing in this package reads a clock, a file, a socket or the environment.
"""
