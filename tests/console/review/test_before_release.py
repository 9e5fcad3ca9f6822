"""What a supervisor and quality see of a decision before it is released, and what they may do with it."""

from __future__ import annotations

from itertools import count

import pytest

from adjudication.model.vocabulary import ClaimId, PlanId
from adjudication.prerelease_holds.rules import Stratum
from contracts.ids import claim_id
from tests.builders.console.html_forms import form, has_form
from tests.builders.console.office import Office, person
from tests.builders.console.review_screens import screen, send, sending, take
from tests.builders.console.terminal import Terminal
from tests.builders.ledger.desks import documented
from tests.builders.ledger.submissions import a_submission

pytestmark = pytest.mark.servers

REASON = "The order in the file names the lumbar spine only; the cervical study was never asked for."
LOOKED = "I compared each line with the order and the contract rates; the amount is what the plan owes."


@pytest.fixture
async def held(office: Office) -> ClaimId:
    """Two studies on a plan that asks a supervisor above 1,000 dollars, of a claim that quality samples too."""
    await office.hire(person("QUALITY", "qa"), person("BOTH", "qa", "supervisor"), person("EXAMINER", "examiner"))
    sample = office.library.reference.plans[PlanId("HUDSON-LG")][0].sample
    assert sample is not None
    numbers = (f"LARGE-{serial}" for serial in count())
    drawn = next(n for n in numbers if sample.takes(claim_id("SYNTHETIC", n, 1), Stratum.APPROVED))
    large = documented(a_submission(drawn, "72156", "72157", "72158", charge="700.00"))
    [claim] = await office.waiting(large, plan="HUDSON-LG")
    return claim


async def test_the_page_shows_the_amount_the_lines_and_who_decided_them(office: Office, held: ClaimId) -> None:
    for who in ("BOSS", "QUALITY"):
        page = await screen(office, held, who)
        assert "The decision that would be released" in page
        assert "1855.50" in page or "1,855.50" in page
        assert "Priced at the contract rate" in page
        assert "the rules" in page


async def test_a_supervisor_approves_the_amount_on_the_page_and_not_the_quality(office: Office, held: ClaimId) -> None:
    await take(office, held, "BOSS")
    filled = await sending(office, held, "BOSS", "/preview")
    [amount] = [value for value in filled.offered["pend"] if "above_authority" in value]
    preview = await send(office, filled, "BOSS", pend=[amount], way="passes", rationale=LOOKED)
    signed = await send(office, form(preview.text, "/actions/decide"), "BOSS")
    assert signed.status_code == 303, signed.text
    settled = await office.rows("SELECT outcome, about, person_id FROM settlements")
    assert [tuple(row) for row in settled] == [("pricing.above_authority", "1855.50", "BOSS")]


async def test_one_person_does_not_do_both_looks(office: Office, held: ClaimId) -> None:
    await take(office, held, "BOTH")
    filled = await sending(office, held, "BOTH", "/preview")
    [amount] = [value for value in filled.offered["pend"] if "above_authority" in value]
    preview = await send(office, filled, "BOTH", pend=[amount], way="passes", rationale=LOOKED)
    await send(office, form(preview.text, "/actions/decide"), "BOTH")
    page = await screen(office, held, "BOTH")
    assert "you already judged its amount or its quality; a colleague does the other check" in page
    assert not has_form(page, "/preview")


async def test_quality_sends_a_decision_back_with_a_class_of_error_and_a_reason(office: Office, held: ClaimId) -> None:
    await take(office, held, "QUALITY")
    filled = await sending(office, held, "QUALITY", "/actions/send-back")
    [looked_at] = [value for value in filled.offered["held"] if "sampled" in value]
    typed = {"held": looked_at, "error": "procedural", "line": "2"}
    unsaid = await send(office, filled, "QUALITY", **typed, reason="no")
    assert unsaid.status_code == 422
    assert "its makers decide it again by this" in unsaid.text
    answer = await send(office, filled, "QUALITY", **typed, reason=REASON)
    assert answer.status_code == 303, answer.text
    kept = await office.rows("SELECT line, outcome, about, error, reason, person_id FROM sent_back")
    mark = looked_at.partition("|")[2]
    assert [tuple(row) for row in kept] == [(2, "quality.sampled", mark, "procedural", REASON, "QUALITY")]
    assert REASON in (await office.get(f"/review/{held}", "BOSS")).text


async def test_who_works_on_nothing_it_waits_for_sees_no_such_page(office: Office, held: ClaimId) -> None:
    assert (await office.get(f"/review/{held}", "EXAMINER")).status_code == 403


async def test_on_the_command_line_the_case_says_what_to_name(
    office: Office, held: ClaimId, terminal: Terminal
) -> None:
    await office.act(held, "BOSS", action="take")
    shown = await terminal("BOSS", "tasks", "show", held)
    assert "--decision 1855.50" in " ".join(shown.stdout.split()), shown.stdout + shown.stderr
    found = ("--outcome", "pricing.above_authority", "--reason", LOOKED)
    unseen = await terminal("BOSS", "tasks", "decide", held, "passes", *found)
    assert unseen.returncode == 1
    seen = await terminal("BOSS", "tasks", "decide", held, "passes", "--decision", "1855.50", *found)
    assert seen.returncode == 0, seen.stdout + seen.stderr
