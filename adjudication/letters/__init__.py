"""Letters, document requests and remittance remarks: values drawn from a decision and its trace, gated by a checklist.

Pure. Wording and checklists are data (policies/letters/); layout and addresses are added where a notice is printed.
"""
