"""The cases of the two code pages: a claim that follows the page, put to the edits and tables of the public record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adjudication.model.claim import Claim, Provider, ReceivedDocument, SupportingFact
from adjudication.model.vocabulary import ClaimForm, Verdict
from rulebook.library import default_policies_dir, load_library
from rulebook.source_cases.reading import SourceCase, cases_dir, read_open, read_source_cases
from rulebook.source_cases.running import SourceResult, mark_problem
from rulebook.source_cases.schema import Answer
from tests.builders.claims import CENTER, a_claim, a_line
from tests.builders.edits import edit

ROOT = cases_dir(default_policies_dir())
OPEN = read_open(ROOT)
LIBRARY = load_library(default_policies_dir()).reference
CASES = [case for case in read_source_cases(ROOT) if case.policy is None]
PLAIN = ("M51.16",)


def findings(claim: Claim) -> Counter[tuple[Verdict, str]]:
    return Counter((finding.verdict, finding.outcome) for finding in edit(claim, LIBRARY).findings)


def claim_of(case: SourceCase, *, follows: bool) -> Claim:
    """The claim of a case, or the plain claim it is compared with, which does not follow the page."""
    record = case.record
    form = ClaimForm(record.form or "professional")
    line = a_line(record.code, *(record.modifiers if follows else ()), on=case.service_date)
    claim = a_claim(line, form=form, diagnoses=record.diagnoses if follows and record.diagnoses else PLAIN)
    if follows:
        report = ReceivedDocument("SYN-REPORT", "study-report", datetime(2025, 6, 20, tzinfo=UTC))
        claim = replace(claim, supporting=tuple(_stated(case)), documents=(report,))
    if follows and record.place is not None:
        claim = replace(claim, place_of_service=record.place)
    if follows and record.taxonomy is not None:
        provider = Provider(CENTER, record.taxonomy)
        claim = replace(claim, billing=provider, rendering=provider)
    return claim


def _stated(case: SourceCase) -> Iterator[SupportingFact]:
    """The facts of a case, as a report would state them."""
    for name, value in case.facts.items():
        number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
        yield SupportingFact(name, number, "document", case.service_date, "SYN-RADIOLOGIST", "SYN-REPORT")


def answered(case: SourceCase) -> Answer:
    """What the claim gets beyond what the plain claim gets."""
    record = case.record
    if record.region is not None or record.code == "0058U":
        procedure = LIBRARY.procedure(record.code, case.service_date)
        return Answer.PASS if procedure is not None and procedure.region == record.region else Answer.HELD
    more = findings(claim_of(case, follows=True)) - findings(claim_of(case, follows=False))
    verdicts = {verdict for verdict, _ in more}
    if Verdict.DENIES in verdicts:
        return Answer.DENIED
    return Answer.HELD if Verdict.PENDS in verdicts else Answer.PASS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.record.id)
def test_a_claim_that_follows_the_page_gets_what_the_record_says(case: SourceCase) -> None:
    result = SourceResult(case, answered(case))
    problem = mark_problem(result, OPEN)
    assert problem is None, f"{result.text()}\n  {problem}"
