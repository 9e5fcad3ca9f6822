"""Legal clocks as a pure core: which rule governs, when it is due, and the arithmetic a person can check.

May not read a clock, a file or the network: time is an argument, rules and holidays come from policies/law/deadlines.
"""
