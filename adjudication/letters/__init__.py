"""Letters to members and providers, written from a decision and its trace and checked against the law's checklist.

Pure. Standard texts and checklists are data (policies/letters/); `letters/` lays a letter out as text.
"""
