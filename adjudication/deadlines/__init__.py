"""Legal deadlines as a pure core: which rule governs, when it is due, and the arithmetic a person can check.

Pure: the time is an argument, and rules and holidays come from policies/law.
"""
