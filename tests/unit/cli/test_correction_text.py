"""The proposal to correct a claim as the terminal shows it."""

from __future__ import annotations

from typing import Any

from rich.markup import render

from cli.corrections.commands import proposal_lines


def line(number: int, kept: str, after: str, *waits: str) -> dict[str, Any]:
    said = {"disposition": "denied", "payable": "0.00", "label": "no authorization [on file]"}
    return {
        "line": number,
        "code": "72156",
        "kept": kept,
        "waits": list(waits),
        "before": said,
        "after": said if kept else {**said, "disposition": "approved", "payable": after, "label": "rated"},
    }


def test_it_says_what_changes_what_stays_and_who_must_approve_by_when() -> None:
    found = {
        "reason": "coverage-changed",
        "cause": "COV-1/2",
        "claim_id": "c",
        "number": 2,
        "base_version": 1,
        "result": "corrects",
        "lines": [line(1, "", "300.00"), line(2, "waits", "", "P-ELIG")],
        "adds": "300.00",
        "takes": "20.00",
        "people": 2,
        "missing": "",
        "until": [{"ground": "ordinary", "until": "2027-09-01"}, {"ground": "fraud", "until": None}],
        "receivable": {"recover_after": "2025-10-01", "dispute_until": "2025-10-02"},
        "interest": [{"through": "2025-09-01"}],
        "appeals": ["appeal-1"],
        "approvals": [{"person_id": "SYN-EXAMINER", "role": "examiner", "rationale": "as [checked]"}],
        "closed": "corrected",
        "version": 2,
        "raised": {
            "person_id": "SYN-APPEALS",
            "role": "appeals-specialist",
            "rationale": "the court [ordered] it",
            "lines": [{"line": 1, "allowed": "310.00"}, {"line": 2, "allowed": None}],
            "authority": "court",
            "order_number": "SYN-17",
            "ordered_on": "2025-09-01",
            "effect_by": "2025-10-31",
        },
    }
    shown = "\n".join(render(text).plain for text in proposal_lines(found))
    for part in (
        "line 1 72156: denied 0.00 -> approved 300.00 (rated)",
        "line 2 72156: denied 0.00, stays (waits) P-ELIG",
        "People who approve: 2.",
        "on the ground ordinary: until 2027-09-01",
        "on the ground fraud: at any time",
        "may dispute it until 2025-10-02",
        "interest: not computed through 2025-09-01",
        "approved by SYN-EXAMINER (examiner): as [checked]",
        "Closed: corrected, determination 2",
        "raised by SYN-APPEALS (appeals-specialist): the court [ordered] it",
        "denial set aside on line 1 at 310.00, 2",
        "order SYN-17 of 2025-09-01 (court), carry out by 2025-10-31",
    ):
        assert part in shown
