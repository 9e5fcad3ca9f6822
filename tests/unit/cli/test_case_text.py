"""Cases as the terminal shows them."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from cli.review.show_case import case, worklist
from console.review.models import HoldResponse

CLAIM = "3a7069b2-5fe9-59ee-8c8e-30f8a2740f3a"


def a_task(*pends: tuple[str, str], held_by: str | None = None) -> dict[str, Any]:
    return {
        "claim_id": CLAIM,
        "control_number": "SYN-C1",
        "member": "***042",
        "hours_left": 12.0,
        "clock": {"rule": "42-cfr-422-520 clean claims", "tolled": True},
        "pends": [{"code": code, "owner": owner} for code, owner in pends],
        "lines": [{"code": "72148"}, {"code": "0609T"}],
        "asked": [{"kind": "order", "answered_at": None}],
        "arrived": [],
        "held_by": None if held_by is None else {"person_id": held_by},
    }


def test_a_terminal_of_80_columns_breaks_no_pend_code_and_no_claim_id() -> None:
    codes = ("P-CLIN-N", "P-CLIN-MD", "P-EDIT-OVR")
    task = a_task(*((code, "coding-specialist") for code in codes), held_by="synthetic-nurse")
    console = Console(width=80)
    with console.capture() as capture:
        console.print(worklist([task]))
    shown = capture.get()
    assert max(map(len, shown.splitlines())) <= 80
    for whole in (CLAIM, "72148 0609T", *codes):
        assert whole in shown


def test_a_decision_held_before_release_is_shown_as_the_api_sends_it() -> None:
    line = {"line": 1, "disposition": "approved", "payable": "810.50", "reason": "pricing.rated", "people": ()}
    held = HoldResponse.model_validate(
        {
            "code": "P-HIGH$",
            "outcome": "release.above_authority",
            "about": "810.50",
            "facts": {"authority": "500.00"},
            "lines": [line],
        }
    )
    task = a_task() | {"plans": [], "pends": [], "lines": [], "asked": []}
    member = {"given_name": "Ada", "family_name": "Synthetic", "birth_date": "1970-01-01", "member_id": "SYN-1"}
    parts: dict[str, Any] = {"task": task, "member": member, "held": [held.model_dump(mode="json")]}
    shown = "\n".join(case(parts | {"diagnoses": [], "reviews": [], "facts": [], "history": []}))
    assert "P-HIGH$ --outcome release.above_authority --decision [bold]810.50[/]: authority 500.00" in shown
    assert "line 1 approved, payable 810.50: pricing.rated; decided by no person" in shown
