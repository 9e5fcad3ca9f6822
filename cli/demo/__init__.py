"""The demonstration: a synthetic world of members, plans and claims, each claim with the outcome it must get.

Outcomes are written by hand from the domain's rules. Nothing here calls the adjudication core.
"""
