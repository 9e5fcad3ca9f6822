"""What a denial for lack of an authorization says of asking for it after the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adjudication.letters.dates import in_words
from adjudication.letters.decisions import administrative_denial
from adjudication.letters.letter import Audience, ElementName
from adjudication.model import outcomes
from adjudication.model.authorizations import RetrospectiveTerms
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import OutcomeCode, PlanId, ProductLine, Step
from letters.layout import LetterFrame, letter_context
from tests.builders.letters.letter_values import NOTICE_DATE, context, denied, shipped
from tests.builders.policy.policies import SERVED

TERMS = Citation("synthetic-payers", "requests after the service")
GONE = (NOTICE_DATE - SERVED).days


def said(outcome: OutcomeCode, days: int | None, audience: Audience = Audience.MEMBER) -> str:
    terms = None if days is None else RetrospectiveTerms(days, TERMS)
    notice = administrative_denial(
        denied(outcome, step=Step.AUTHORIZATION), audience, replace(context(), afterwards=terms)
    )
    return " ".join(notice.texts(ElementName.WHAT_IS_MISSING))


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("outcome", sorted(outcomes.LACKS_AUTHORIZATION - {outcomes.AUTHORIZATION_DENIED_EARLIER}))
def test_a_plan_that_takes_requests_afterwards_says_until_which_day(outcome: OutcomeCode, audience: Audience) -> None:
    last = SERVED + timedelta(days=GONE)
    assert f"afterwards, until {in_words(last)}" in said(outcome, GONE, audience), "the last day still counts"


@pytest.mark.parametrize("days", [None, GONE - 1])
def test_nothing_is_offered_where_the_plan_takes_none_or_its_time_is_over(days: int | None) -> None:
    assert "afterwards" not in said(outcomes.AUTHORIZATION_MISSING, days)


def test_a_request_that_was_denied_is_appealed_and_not_sent_again() -> None:
    shown = said(outcomes.AUTHORIZATION_DENIED_EARLIER, GONE)
    assert "afterwards" not in shown
    assert "appeal" in shown


def test_another_reason_to_deny_offers_no_authorization() -> None:
    notice = administrative_denial(
        denied(outcomes.DUPLICATE, step=Step.EDITS),
        Audience.MEMBER,
        replace(context(), afterwards=RetrospectiveTerms(GONE, TERMS)),
    )
    assert "afterwards" not in " ".join(notice.texts(ElementName.WHAT_IS_MISSING))


def test_the_letters_of_a_plan_use_the_days_in_its_own_terms() -> None:
    reference = shipped().reference
    [plan] = [each for each in reference.plans[PlanId("CASCADE-MA")] if SERVED in each.dates]
    assert plan.product_line is ProductLine.MEDICARE_ADVANTAGE
    assert plan.retrospective is not None
    frame = LetterFrame(shipped(), {}, NOTICE_DATE)
    assert letter_context(plan, frame).afterwards == plan.retrospective
