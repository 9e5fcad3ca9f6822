"""Legal deadlines: the governing rule, the due time, and arithmetic that a person can check.

Pure: the time is an argument, and rules and holidays come from policies/law.
"""
