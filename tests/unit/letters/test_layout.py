"""Letters of stored claims as text: laid out only, one after the other, or a clear word that none is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adjudication.appeals.rules import Appellant, Forum, Matter, Subject, Urgency
from adjudication.deadlines.interest import Interest, LateInterest, Standing, interest_owed
from adjudication.letters.assembly import DecidedLine, checklist_for
from adjudication.letters.combined import LinePart, combined
from adjudication.letters.letter import Audience, Letter, LetterError, LetterKind
from adjudication.letters.line_trace import LineTrace
from adjudication.model import outcomes
from adjudication.model.determination import Determination, ReviewerSignature
from adjudication.model.errors import ClinicalDenialNeedsSignatureError
from adjudication.model.vocabulary import ClaimId, LineNumber, PlanId, ProductLine, Step
from adjudication.policy.evidence import Subject as Asked
from adjudication.policy.evidence import collect
from contracts.event_builders.decisions import determination_messages
from contracts.records.claim_file import ClaimFile, LineSignature, Receipt, StoredDetermination, StoredPend
from contracts.records.review_queries import WaitingClaim
from letters.layout import WIDTH, LetterFrame, due, render, traces_of
from storage.decisions.recorded_reviews import RecordedLine, Review
from tests.builders.activities.claims import a_claim
from tests.builders.letters.letter_values import (
    CODE,
    DEFAULT,
    MET,
    NOTICE_DATE,
    RATIONALE,
    SIGNED,
    STENOSIS,
    TOO_SHORT,
    UNDOCUMENTED,
    a_notice,
    approved,
    context,
    denied,
    ruled,
    shipped,
    traced,
)
from tests.builders.policy.policies import SERVED

ONE = LineNumber(1)


def frame(plan: str = "HUDSON-EP", **changes: Any) -> LetterFrame:
    (version, *_) = shipped().reference.plans[PlanId(plan)]
    return replace(LetterFrame(shipped(), {ONE: version}, NOTICE_DATE), **changes)


def letter(
    file: ClaimFile, traces: Mapping[LineNumber, tuple[LineTrace, ...]], audience: Audience, about: LetterFrame
) -> str:
    """The letters due as they are printed, or why the first cannot be."""
    printed = []
    for _, each in due(file, traces, audience, about):
        if not isinstance(each, Letter):
            raise each
        printed.append(render(each))
    return "\n".join(printed)


def a_file(
    line: DecidedLine | None = None,
    *pends: StoredPend,
    signed: ReviewerSignature | None = None,
    interest: tuple[LateInterest, ...] = (),
) -> ClaimFile:
    """The file of a claim of one line, that is decided or has these open pends."""
    whole = a_claim("C1")
    claim = replace(whole, lines=(replace(whole.lines[0], number=ONE, code=CODE, service_date=SERVED),))
    now = datetime(2025, 6, 30, tzinfo=UTC)
    determinations = () if line is None else (determined(line, interest),)
    signatures = () if signed is None else (LineSignature(1, 1, signed),)
    return ClaimFile(
        waiting=WaitingClaim(claim, "CW1", line is not None, (), (), (), (), ()),
        receipt=Receipt("SYN", "C1", 1, "CW1", "event", "position", now, now, "batch", None, None),
        determinations=determinations,
        pends=pends,
        rounds=(),
        used_units=(),
        related=(),
        signatures=signatures,
        trail=(),
        deadline_notices=(),
        documents=(),
        appeals=(),
        bulk_retries=(),
        conflicts=(),
        times=None,
    )


def determined(line: DecidedLine, interest: tuple[LateInterest, ...]) -> StoredDetermination:
    """The determination with its event exactly as the pipeline writes it."""
    claim, decided_at = a_claim("C1"), datetime(2025, 6, 30, tzinfo=UTC)
    decision = Determination(claim.claim_id, decided_at, (line.determination,), "sha256:test", interest=interest)
    event = determination_messages(claim, decision, shipped().reference)[0].value.decode()
    return StoredDetermination(1, decided_at, "sha256:test", decision.charge, decision.paid, "event", event)


def pended(code: str, line: int) -> StoredPend:
    opened_at, due_at = datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 15, 12, tzinfo=UTC)
    return StoredPend(0, code, line, "outcome", "provider", due_at, opened_at, None)


@pytest.mark.parametrize("audience", Audience)
def test_a_denied_line_is_read_back_from_its_event_into_a_letter(audience: Audience) -> None:
    line = denied(outcomes.AUTHORIZATION_MISSING, step=Step.AUTHORIZATION)
    text = letter(a_file(line), {}, audience, frame())
    assert text.startswith("Notice: payment denied\n====")
    wanted = "We have no approval on file." if audience is Audience.MEMBER else "CO-197 $500.00"
    assert wanted in " ".join(text.split())


def test_a_signed_clinical_denial_states_the_rationale_and_an_unsigned_one_cannot_be_read_back() -> None:
    line = denied(outcomes.NECESSITY_CRITERIA_NOT_MET, (), SIGNED)
    traces = {ONE: (traced([STENOSIS, DEFAULT], TOO_SHORT),)}
    text = letter(a_file(line, signed=SIGNED), traces, Audience.MEMBER, frame())
    flat = " ".join(text.split())
    assert RATIONALE in flat
    assert "The policy asks for: at least 6 weeks. We found: 2 weeks (a record, June 3, 2025)." in flat
    with pytest.raises(ClinicalDenialNeedsSignatureError):
        letter(a_file(line), traces, Audience.MEMBER, frame())


@pytest.mark.parametrize("clinical", [True, False], ids=["clinical", "administrative"])
@pytest.mark.parametrize("plan", sorted(shipped().reference.plans))
def test_a_denial_promises_the_time_of_the_appeal_that_it_opens(plan: PlanId, *, clinical: bool) -> None:
    """Of a plan under two laws, the one on whose path the appeal will be heard speaks: it decides sooner, and leads elsewhere."""
    about = frame(plan)
    version = about.plans[ONE]
    matter = Matter.CLINICAL if clinical else Matter.ADMINISTRATIVE
    line = denied(outcomes.EXPERIMENTAL, (), SIGNED) if clinical else denied(outcomes.AUTHORIZATION_MISSING)
    text = " ".join(letter(a_file(line, signed=SIGNED if clinical else None), {}, Audience.MEMBER, about).split())
    paths = shipped().reference.appeals.paths_of(version.product_line, plan, matter, NOTICE_DATE)
    path = next(path for path in paths if path.standing_of(Appellant.MEMBER))
    decision = path.levels[0].decision(Subject.PAYMENT, Urgency.STANDARD)
    assert decision is not None
    assert f"we decide within {decision.period} of the day" in text.lower()
    outside = any(
        level.forum is Forum.EXTERNAL_REVIEW and (clinical or not level.clinical_only) for level in path.levels
    )
    # 42 CFR 457.1130(b), 457.1260: of every denial of payment; the state's grievance path has no such level yet.
    by_program = plan == "HUDSON-CHP"
    assert ("External review" in text) == (outside or by_program)
    if path.name.startswith("ny-") and clinical:
        assert "New York State for an external appeal" in text


def test_an_approved_line_gets_an_approval() -> None:
    text = letter(a_file(approved()), {ONE: (traced([STENOSIS], MET),)}, Audience.MEMBER, frame())
    assert text.startswith("Notice: payment approved")
    assert "MRI lumbar spine without contrast, on June 2, 2025 (line 1 of the claim)" in text


def test_a_claim_that_waits_for_documents_gets_one_request_with_the_day_to_answer_by() -> None:
    traces = {ONE: (traced([STENOSIS], UNDOCUMENTED),)}
    text = letter(a_file(None, pended("P-DOC", 1), pended("P-FAM", 1)), traces, Audience.PROVIDER, frame())
    assert text.startswith("Request for records")
    assert text.count("The records that are needed") == 1
    assert "We need the records by August 15, 2025." in text


def test_a_request_promises_the_legal_day_of_the_plan_and_not_the_day_in_utc() -> None:
    traces = {ONE: (traced([STENOSIS], UNDOCUMENTED),)}
    end_of_the_day_in_new_york = datetime(2025, 4, 16, 3, 59, 59, tzinfo=UTC)
    file = a_file(None, replace(pended("P-DOC", 1), due_at=end_of_the_day_in_new_york))
    assert "We need the records by April 15, 2025." in letter(file, traces, Audience.PROVIDER, frame())


def test_a_claim_that_waits_for_a_person_inside_gets_no_letter() -> None:
    with pytest.raises(LetterError, match="no letter is due"):
        letter(a_file(None, pended("P-CLIN-MD", 1)), {}, Audience.MEMBER, frame())


def test_a_line_without_a_plan_gets_no_letter_because_no_law_is_known() -> None:
    line = denied(outcomes.AFTER_TERMINATION, step=Step.ELIGIBILITY)
    with pytest.raises(LetterError, match="line 1: no plan covers it"):
        letter(a_file(line), {}, Audience.MEMBER, frame(plans={}))


def test_the_traces_of_a_review_are_those_of_its_legs() -> None:
    leg, trace = ruled([STENOSIS], UNDOCUMENTED)
    line = RecordedLine(ClaimId("c"), "C1", ONE, Asked(CODE, SERVED, SERVED), (), None)
    review = Review(line, (leg,), collect(()), date(2025, 7, 1), pinned=True)
    (drawn,) = traces_of([review])[ONE]
    assert (drawn.result, drawn.rule_id) == (trace.result, trace.rule_id)


def test_text_is_laid_out_narrow_with_the_official_form_named_first() -> None:
    notice = a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, context(ProductLine.MEDICARE_ADVANTAGE))
    lines = render(notice).splitlines()
    assert lines[2] == "(To be printed on the official form: CMS-10003.)"
    assert max(len(line) for line in lines) <= WIDTH
    headings = [
        "Notice of Denial of Payment",
        "Coverage for your medical services/items was denied",
        "Why was coverage denied?",
        "You have the right to appeal our decision",
        "What happens next?",
        "Get help & more information",
    ]
    assert [line for line in lines if line in headings] == headings
    assert "Why" not in lines


def test_the_fixed_sentences_of_the_form_stand_in_their_sections_and_agree_with_the_deadline_of_the_path() -> None:
    """CMS-10003, required from January 1, 2025: 65 days of the date are 60 days of receipt and five presumed for the mail."""
    about = context(ProductLine.MEDICARE_ADVANTAGE)
    flat = " ".join(render(a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, about)).split())
    opening = (
        "We’ve denied the payment of medical services/items listed below that you or your doctor requested: We will not"
    )
    assert f"Coverage for your medical services/items was denied {opening}" in flat
    assert "Why was coverage denied? We denied the payment of medical services/items listed above because: " in flat
    assert "Share a copy of this decision with your doctor and discuss next steps. If your doctor asked for" in flat
    asked = "within 65 calendar days of the date listed at the top of this notice."
    assert f"appeal our decision Ask the plan to review our decision by asking us for an appeal {asked}" in flat
    path = next(p for p in shipped().reference.appeals.paths if p.name == "medicare-advantage-enrollee")
    [window] = path.levels[0].windows
    assert (str(window.period), window.presumed_receipt_days) == ("60 days", 65 - 60)


def test_a_form_of_an_edition_that_is_not_required_yet_is_not_laid_out() -> None:
    """CMS: the notice as renewed in November 2024 is required from January 1, 2025."""
    about = replace(context(ProductLine.MEDICARE_ADVANTAGE), notice_date=date(2024, 12, 31))
    notice = a_notice(LetterKind.ADMINISTRATIVE_DENIAL, Audience.PROVIDER, about)
    assert notice.checklist.layout is None
    member = checklist_for(LetterKind.ADMINISTRATIVE_DENIAL, Audience.MEMBER, about)
    assert (member.forms, member.layout) == (("CMS-10003",), None)


def test_a_claim_that_is_paid_in_part_is_named_so_in_the_heading_of_the_form() -> None:
    about = context(ProductLine.MEDICARE_ADVANTAGE)
    paid = a_notice(LetterKind.APPROVAL, Audience.MEMBER, about)
    refused = a_notice(LetterKind.ADMINISTRATIVE_DENIAL, Audience.MEMBER, about)
    parts = [LinePart(approved(), paid), LinePart(denied(outcomes.AUTHORIZATION_MISSING), refused)]
    lines = render(combined(parts)).splitlines()
    assert "Coverage for your medical services/items was partially approved" in lines
    assert "Coverage for your medical services/items was denied" not in lines


def test_a_form_loses_no_word_of_the_letter() -> None:
    notice = a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, context(ProductLine.MEDICARE_ADVANTAGE))
    flat = " ".join(render(notice).split())
    assert notice.elements
    for element in notice.elements:
        assert " ".join(element.text.split()) in flat


def test_laying_out_loses_no_word() -> None:
    notice = a_notice(LetterKind.CLINICAL_DENIAL, Audience.MEMBER, context())
    flat = " ".join(render(notice).split())
    assert notice.elements
    for element in notice.elements:
        assert " ".join(element.text.split()) in flat


def test_the_provider_is_shown_the_interest_on_a_late_payment_and_the_member_is_not() -> None:
    line, claim = approved(), a_claim("C1")
    decision = Determination(claim.claim_id, datetime(2025, 6, 30, tzinfo=UTC), (line.determination,), "sha256:test")
    rule = shipped().reference.deadlines.interest["ny-late-payment"]
    due, through = date(2025, 5, 31), date(2025, 6, 30)
    computed = interest_owed(rule, decision.paid, due, through)
    assert isinstance(computed, Interest)
    late = LateInterest(
        Standing.OWED, "ny-prompt-payment-electronic", decision.paid, due, through, (), (), rule.citation
    )
    file = a_file(line, interest=(replace(late, rule=rule, interest=computed),))
    traces = {ONE: (traced([STENOSIS], MET),)}
    words = f"For the whole claim: ${computed.amount} of interest on ${decision.paid} (due May 31, 2025, decided June 30, 2025)"
    assert words in " ".join(letter(file, traces, Audience.PROVIDER, frame()).split())
    assert "interest" not in letter(file, traces, Audience.MEMBER, frame())
