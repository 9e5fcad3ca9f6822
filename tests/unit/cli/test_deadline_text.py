"""What `explain` reports a waiting claim's legal deadlines: each with its arithmetic, its rule, and what its end means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adjudication.model.vocabulary import PendCode, PlanId
from adjudication.review.claim_deadlines import CaseTimes
from cli.review.show_deadlines import deadline_lines
from console.claims.deadlines import deadline_views
from tests.builders.letters.letter_values import shipped

RECEIVED = datetime(2025, 9, 1, 9, tzinfo=UTC)


def test_a_deadline_is_printed_with_the_arithmetic_that_lets_a_reader_check_it() -> None:
    times = CaseTimes(RECEIVED, (PlanId("BUCKEYE-MCD"),), ((PendCode("P-CLIN-N"), RECEIVED + timedelta(days=10)),))
    library = shipped()
    shown = list(
        deadline_lines(deadline_views(times, library.reference, library.letters, RECEIVED + timedelta(days=3)))
    )
    [at] = [number for number, line in enumerate(shown) if "medicaid-clean-claim[/bold]" in line]
    assert shown[at] == (
        "\n  deadline [bold]medicaid-clean-claim[/bold] running, due 2025-10-02 03:59 UTC: Pay or deny a clean claim"
    )
    assert shown[at + 1].startswith("    became-clean 2025-09-01; 30 days")
    assert any(line.startswith("    due 2025-10-01, end of the day") for line in shown[at:])
    assert any("42-cfr-447-45" in line and "at expiry: escalation, escalated to supervisor" in line for line in shown)
