"""Notices as plain text, and the letters of one stored claim. Layout only: every word comes from the notice values.

Names and addresses are added where a letter is printed; nothing here reads or writes member data.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any, Final

import orjson

from adjudication.appeals.rules import Appellant, Matter
from adjudication.letters.assembly import DecidedLine, LetterContext, ServiceLine, with_more
from adjudication.letters.decisions import administrative_denial, approval, clinical_denial, is_clinical
from adjudication.letters.documents import OpenLine, document_request
from adjudication.letters.elements import Audience, Element, ElementName, LetterKind
from adjudication.letters.letter import Letter, LetterError
from adjudication.letters.line_trace import LineTrace, line_trace
from adjudication.letters.wording import AppealRoute
from adjudication.model.determination import Adjustment, Disposition, LineDetermination, ReviewerSignature
from adjudication.model.errors import AdjudicationError
from adjudication.model.findings import Citation, Finding
from adjudication.model.pends import DOCUMENT_PEND, PHYSICIAN_PEND
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import GroupCode, LineNumber, OutcomeCode, Step, Verdict
from contracts.event_builders.interest_text import in_words, interest_of
from rulebook.library import PolicyLibrary
from storage.claims.overview import ClaimRecord
from storage.decisions.recorded_reviews import Review

WIDTH: Final = 88
_TITLES: Final = {
    LetterKind.ADMINISTRATIVE_DENIAL: "Notice: payment denied",
    LetterKind.CLINICAL_DENIAL: "Notice: payment denied after clinical review",
    LetterKind.APPROVAL: "Notice: payment approved",
    LetterKind.DOCUMENT_REQUEST: "Request for records",
    LetterKind.REMITTANCE: "Remittance remarks",
    LetterKind.APPEAL_ACKNOWLEDGEMENT: "Notice: the appeal is here",
    LetterKind.APPEAL_EXTENSION: "Notice: more time for the appeal",
    LetterKind.APPEAL_REVERSAL: "Notice: the appeal was decided in favor",
    LetterKind.APPEAL_DENIAL: "Notice: the appeal was decided",
    LetterKind.APPEAL_CLINICAL_DENIAL: "Notice: the appeal was decided after clinical review",
    LetterKind.APPEAL_FORWARDING: "Notice: the appeal goes on",
    LetterKind.APPEAL_OVERDUE: "Notice: the appeal was not decided in time",
    LetterKind.APPEAL_DISMISSAL: "Notice: the appeal was dismissed",
    LetterKind.APPEAL_WITHDRAWAL: "Notice: the appeal was withdrawn",
}
_HEADINGS: Final = {
    ElementName.DECISION: "What we decided",
    ElementName.REASONS: "Why",
    ElementName.CLINICAL_RATIONALE: "The reviewer's reasons",
    ElementName.REVIEWER_QUALIFICATION: "Who decided",
    ElementName.CRITERION: "The rule we used",
    ElementName.DOCUMENT: "The records that are needed",
    ElementName.ANSWER_BY: "By when",
    ElementName.WHAT_IS_MISSING: "What could change this",
    ElementName.ADJUSTMENT: "Payment codes",
    ElementName.PAYMENT: "What is paid",
    ElementName.CLINICAL_EXPLANATION: "An explanation of the clinical judgment",
    ElementName.CRITERIA_COPY: "A free copy of what we used",
    ElementName.CODES_ON_REQUEST: "The codes on the claim",
    ElementName.HOW_TO_SEND: "How to answer",
    ElementName.APPEAL: "How to appeal",
    ElementName.EXPEDITED: "A fast appeal",
    ElementName.INDEPENDENT_REVIEW: "Independent review",
    ElementName.EXTERNAL_REVIEW: "External review",
    ElementName.FAIR_HEARING: "Fair hearing",
    ElementName.CONTINUATION: "Keeping a service during the appeal",
    ElementName.RIGHT_TO_SUE: "Your right to go to court",
    ElementName.DISPUTE: "How to dispute",
    ElementName.DECIDER_REASONS: "The reasons of the person who decided",
    ElementName.DECIDE_BY: "By when we decide",
    ElementName.CARRY_OUT: "What happens with what we changed",
    ElementName.MORE_EVIDENCE: "What you can send and see",
    ElementName.GRIEVANCE: "If you do not agree that we take more time",
    ElementName.DISMISSAL_REVIEW: "If you do not agree with the dismissal",
    ElementName.FILE_AGAIN: "Filing again",
    ElementName.FORWARDING: "Where the case goes",
    ElementName.LAST_LEVEL: "Further steps",
    ElementName.LANGUAGE_ACCESS: "Help with this letter",
}


@dataclass(frozen=True, slots=True)
class LetterFrame:
    """What letters of one claim are written with: the policy library, each line's plan, the day, any signatures."""

    library: PolicyLibrary
    plans: Mapping[LineNumber, Plan]
    notice_date: date
    signatures: Mapping[LineNumber, ReviewerSignature] = field(default_factory=dict)


def render(notice: Letter) -> str:
    """Lay a notice out as plain text."""
    return "\n".join(_laid_out(notice)) + "\n"


def due(
    record: ClaimRecord, traces: Mapping[LineNumber, tuple[LineTrace, ...]], audience: Audience, frame: LetterFrame
) -> Iterator[Letter | AdjudicationError]:
    """Yield each letter due on a stored claim, or why it cannot be written; none due is such a reason too."""
    if not record["determinations"]:
        yield _written(partial(_request, record, traces, audience, frame))
        return
    told = orjson.loads(record["determinations"][-1]["event"])["data"]
    paid = next((entry["line"] for entry in told["lines"] if entry["disposition"] == Disposition.APPROVED), None)
    for entry in told["lines"]:
        line = _stored_line(entry, frame)
        written = _written(partial(_decided, line, record, traces, audience, frame))
        if isinstance(written, Letter) and audience is Audience.PROVIDER and line.line == paid:
            written = with_more(written, *_interest(told))
        yield written


def _interest(told: dict[str, Any]) -> Iterator[Element]:
    """Tell whoever is paid the interest of the claim, once: with the first line that is paid."""
    for interest in interest_of(told):
        words = in_words(interest)
        cited = "" if interest.citation is None else f" ({interest.citation.source} {interest.citation.locator})"
        yield Element(ElementName.PAYMENT, f"For the whole claim: {words}{cited}.")


def steps(record: ClaimRecord) -> tuple[str, ...]:
    """Name what each letter due tells, in the same order: a line of a version, or the request until a day."""
    if record["determinations"]:
        newest = record["determinations"][-1]
        lines = orjson.loads(newest["event"])["data"]["lines"]
        return tuple(f"version {newest['version']}, line {line['line']}" for line in lines)
    days = [_day(pend["due_at"]) for pend in record["pends"] if pend["code"] == DOCUMENT_PEND and pend["line"]]
    return (f"request, answer by {min(days).isoformat()}" if days else "",)


def traces_of(reviews: Sequence[Review]) -> dict[LineNumber, tuple[LineTrace, ...]]:
    """Draw the traces of reviewed lines, leg by leg."""
    return {r.line.number: tuple(line_trace(leg, r.evidence) for leg in r.legs) for r in reviews}


def title_of(notice: Letter) -> str:
    """Return what a notice is called at its head."""
    return _TITLES[notice.kind]


def headed(notice: Letter) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the parts of a notice: the heading of each, and its paragraphs."""
    for name, elements in groupby(notice.elements, key=lambda element: element.name):
        yield _HEADINGS[name], tuple(text for element in elements for text in element.text.splitlines())


def _laid_out(notice: Letter) -> Iterator[str]:
    title = title_of(notice)
    yield from (title, "=" * len(title))
    for form in notice.checklist.forms:
        yield f"(To be printed on the official form: {form}.)"
    for heading, paragraphs in headed(notice):
        yield from ("", heading)
        for paragraph in paragraphs:
            bullet = "  " if paragraph.startswith("- ") else ""
            yield textwrap.fill(paragraph, WIDTH, initial_indent=bullet, subsequent_indent=bullet * 2)


def _written(write: Callable[[], Letter]) -> Letter | AdjudicationError:
    try:
        return write()
    except AdjudicationError as error:
        return error


def _request(
    record: ClaimRecord, traces: Mapping[LineNumber, tuple[LineTrace, ...]], audience: Audience, frame: LetterFrame
) -> Letter:
    """Write the one request for the documents that a claim waits for."""
    asked = [pend for pend in record["pends"] if pend["code"] == DOCUMENT_PEND and pend["line"]]
    if not asked:
        raise LetterError("no letter is due: the claim is not decided and waits for no document from outside")
    numbers = sorted({LineNumber(pend["line"]) for pend in asked})
    lines_open = [OpenLine(_service(record, number, frame), traces.get(number, ())) for number in numbers]
    answer_by = min(_day(pend["due_at"]) for pend in asked)
    return document_request(lines_open, answer_by, audience, _context(numbers[0], frame))


def _decided(
    line: LineDetermination,
    record: ClaimRecord,
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
) -> Letter:
    row = next(row for row in record["lines"] if row["line"] == line.line)
    return notice_of(line, row["service_date"], traces, audience, frame)


def notice_of(
    line: LineDetermination,
    service_date: date,
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
) -> Letter:
    """Write the notice of one decided line; raises LetterError when it cannot be told, or not completely."""
    service = named_service(line.line, line.code, service_date, frame.library)
    decided = DecidedLine(service, line, traces.get(line.line, ()))
    context = _context(line.line, frame)
    if line.disposition is Disposition.APPROVED:
        return approval(decided, audience, context)
    context = replace(context, way=_way_of_appeal(decided, context, frame))
    if line.signature is not None and is_clinical(decided):
        return clinical_denial(decided, line.signature, audience, context)
    return administrative_denial(decided, audience, context)


def _way_of_appeal(line: DecidedLine, context: LetterContext, frame: LetterFrame) -> AppealRoute | None:
    """Return the path on which the member's appeal of a denied line will be heard: the letter tells that one's times."""
    matter = Matter.CLINICAL if is_clinical(line) else Matter.ADMINISTRATIVE
    rules = frame.library.reference.appeals
    paths = rules.paths_of(context.product_line, context.plan_id, matter, context.notice_date)
    opens = next((path.name for path in paths if path.standing_of(Appellant.MEMBER) is not None), None)
    return None if opens is None else AppealRoute(opens, frozenset())


def _context(number: LineNumber, frame: LetterFrame) -> LetterContext:
    plan = frame.plans.get(number)
    if plan is None:
        raise LetterError(
            f"line {number}: no plan covers it, so no law says what its letter must contain; settle the coverage first"
        )
    return LetterContext(frame.library.letters, plan.product_line, plan.plan_id, frame.notice_date)


def _service(record: ClaimRecord, number: LineNumber, frame: LetterFrame) -> ServiceLine:
    row = next(row for row in record["lines"] if row["line"] == number)
    return named_service(number, row["code"], row["service_date"], frame.library)


def named_service(number: LineNumber, code: str, service_date: date, library: PolicyLibrary) -> ServiceLine:
    """Call a line by our own short label of its code, or by the code where there is none."""
    procedure = library.reference.procedure(code, service_date)
    return ServiceLine(number, code, procedure.label if procedure is not None else f"service {code}", service_date)


def _stored_line(entry: dict[str, Any], frame: LetterFrame) -> LineDetermination:
    """Read one line of a stored determination event back into a value, with its signature when it has one."""
    number, reason = LineNumber(entry["line"]), OutcomeCode(entry["reason"])
    adjustments = tuple(
        Adjustment(GroupCode(a["group"]), a["carc"], Decimal(a["amount"]), tuple(a.get("rarcs", ())))
        for a in entry.get("adjustments", ())
    )
    return LineDetermination(
        line=number,
        code=entry["code"],
        disposition=Disposition(entry["disposition"]),
        charge=Decimal(entry["charge"]),
        paid=Decimal(entry["paid"]),
        adjustments=adjustments,
        reason=reason,
        would_also_fail=tuple(OutcomeCode(outcome) for outcome in entry.get("would_also_fail", ())),
        findings=tuple(_finding(finding) for finding in entry["findings"]),
        clinical=frame.library.reference.outcomes[reason].clinical,
        signature=frame.signatures.get(number),
    )


def _finding(entry: dict[str, Any]) -> Finding:
    verdict = Verdict(entry["verdict"])
    cited = Citation(entry["citation"]["source"], entry["citation"]["locator"])
    # The event does not say for whom a finding waited; only a reviewer's decision leaves one on a decided line.
    pend = PHYSICIAN_PEND if verdict is Verdict.PENDS else None
    return Finding(Step(entry["step"]), OutcomeCode(entry["outcome"]), verdict, cited, pend=pend)


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
