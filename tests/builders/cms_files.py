"""Quarterly edit files in the layouts that CMS publishes, with invented rows."""

from __future__ import annotations

# The published layouts: a copyright preamble, a header, then rows (invented here).
PTP_HEADER = (
    "CPT codes are copyright of their owner. All rights reserved.\r\n"
    '\t\t\t\t\t\t"PTP edits"\r\n'
    "Column 1\tColumn 2\t*=in existence prior to 1996\tEffective Date\tDeletion Date *=no data\t"
    "Modifier 0=not allowed 1=allowed 9=not applicable\tPTP Edit Rationale\r\n"
)


PTP_ROWS = (
    ("72148", "0609T", "", "20210101", "*", "0", "CPT manual"),
    ("0609T", "76390", "", "20210101", "*", "1", "Misuse of column two code"),
    ("72158", "72148", "*", "19960101", "20251231", "0", "ended before the quarter"),
    ("72157", "72146", "", "20200101", "20260331", "0", "ends with the quarter"),
    ("72156", "72141", "", "20260215", "*", "0", "starts inside the quarter"),
    ("72142", "72141", "", "20200101", "20200101", "9", "deleted from the start"),
    ("99999", "72148", "", "20200101", "*", "0", "a code we do not hold"),
)


MUE_HEADER = (
    '"The codes in this file are copyright of their owner. All rights reserved.",,,\r\n'
    "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\r\n"
)


MUE_ROWS = (
    '0612T,1,2 Date of Service Edit: Policy,"Code descriptor, CPT instruction"\r\n'
    "72148,1,3 Date of Service Edit: Clinical,Nature of service\r\n"
    "99999,4,1 Line Edit,Clinical: data\r\n"
)


def ptp_text(rows: tuple[tuple[str, ...], ...] = PTP_ROWS) -> str:
    return PTP_HEADER + "".join("\t".join(row) + "\r\n" for row in rows)
