"""Writes the letters due on a stored claim and lays letters out as plain text. The core supplies their texts.

Names and contacts are in the head (letters/envelope.py).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from typing import Final

from adjudication.appeals.rules import Appellant, Matter
from adjudication.edits.separable import is_separable
from adjudication.letters.assembly import DecidedLine, LetterContext, ServiceLine, with_more
from adjudication.letters.combined import LinePart, combined
from adjudication.letters.decisions import administrative_denial, approval, clinical_denial, is_clinical
from adjudication.letters.documents import OpenLine, document_request
from adjudication.letters.letter import Audience, Element, ElementName, Letter, LetterError, LetterKind, NotDueError
from adjudication.letters.line_trace import LineTrace, line_trace
from adjudication.letters.mailing import decision_step
from adjudication.letters.wording import AppealRoute
from adjudication.model.determination import Disposition, LineDetermination, ReviewerSignature
from adjudication.model.errors import AdjudicationError
from adjudication.model.outcomes import PAIR
from adjudication.model.pends import DOCUMENT_PEND
from adjudication.model.reference import Plan, ReferenceData
from adjudication.model.vocabulary import LineNumber, OutcomeCode, PlanId
from contracts.event_builders.interest_text import in_words
from contracts.events.determinations import DeterminationV1, LineDeterminationV1
from contracts.records.claim_file import ClaimFile
from contracts.records.decision_json import read_line
from contracts.scalars import read_moment
from letters.corrected import changed_elements
from letters.written import LetterPart, form_line
from rulebook.library import PolicyLibrary
from storage.decisions.recorded_reviews import Review

WIDTH: Final = 88
REQUEST_STEP: Final = "request"
"""The prefix of a document request's step. The instant of the request and the last day to answer follow, in UTC."""
_OF: Final = " of "

NOT_ENROLLED: Final = (
    "no enrollment names this person, so no letter goes to a member: the name on the claim may be that of a stranger. "
    "The provider gets the letter"
)
_TITLES: Final = {
    LetterKind.ADMINISTRATIVE_DENIAL: "Notice: payment denied",
    LetterKind.CLINICAL_DENIAL: "Notice: payment denied after clinical review",
    LetterKind.APPROVAL: "Notice: payment approved",
    LetterKind.DOCUMENT_REQUEST: "Request for records",
    LetterKind.REMITTANCE: "Remittance remarks",
    LetterKind.APPEAL_ACKNOWLEDGEMENT: "Notice: we received the appeal",
    LetterKind.APPEAL_EXTENSION: "Notice: more time for the appeal",
    LetterKind.APPEAL_REVERSAL: "Notice: the appeal was decided in favor",
    LetterKind.APPEAL_DENIAL: "Notice: the appeal was decided",
    LetterKind.APPEAL_CLINICAL_DENIAL: "Notice: the appeal was decided after clinical review",
    LetterKind.APPEAL_FORWARDING: "Notice: the appeal was forwarded",
    LetterKind.APPEAL_OVERDUE: "Notice: the appeal was not decided in time",
    LetterKind.APPEAL_DISMISSAL: "Notice: the appeal was dismissed",
    LetterKind.APPEAL_WITHDRAWAL: "Notice: the appeal was withdrawn",
}
_HEADINGS: Final = {
    ElementName.DECISION: "What we decided",
    ElementName.CHANGED: "What changed, and why",
    ElementName.REASONS: "Why",
    ElementName.CLINICAL_RATIONALE: "The reviewer's reasons",
    ElementName.REVIEWER_QUALIFICATION: "Who decided",
    ElementName.CRITERION: "The rule we used",
    ElementName.DOCUMENT: "The records that are needed",
    ElementName.ANSWER_BY: "By when",
    ElementName.WHAT_IS_MISSING: "What could change this",
    ElementName.ADJUSTMENT: "Payment codes",
    ElementName.PAYMENT: "What is payable",
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
    """The shared input of the letters of one claim: the policy library, the plan of each line and the letters' date.

    `enrolled`: whether the coverage feed knows the member; an unknown person gets no letter.
    """

    library: PolicyLibrary
    plans: Mapping[LineNumber, Plan]
    notice_date: date
    enrolled: bool = True

    def legal_day(self, at: datetime) -> date:
        """Return the legal day of an instant in the time zone of the plan of the first line that has one."""
        return legal_day(self.library.reference, self.plans, at)


def legal_day(reference: ReferenceData, plans: Mapping[LineNumber, Plan], at: datetime) -> date:
    """Return the legal day of an instant in the time zone of the plan of the first line that has one."""
    first = min(plans, default=None)
    return reference.deadlines.legal_day(None if first is None else plans[first].plan_id, at)


def render(letter: Letter) -> str:
    """Lay a letter out as plain text."""
    parts = (LetterPart(heading, texts) for heading, texts in headed(letter))
    return laid_out_letter((), title_of_letter(letter), letter.checklist.forms, parts)


def due(
    file: ClaimFile, traces: Mapping[LineNumber, tuple[LineTrace, ...]], audience: Audience, frame: LetterFrame
) -> Iterator[tuple[str, Letter | AdjudicationError]]:
    """Yield each letter due on a claim with the step it is about, or why the letter cannot be written.

    A step is a version of the determination, or a request for records until a day.
    """
    newest = file.newest
    if newest is not None:
        yield from _decided(file, newest, traces, audience, frame)
    if newest is None or newest.pending_lines:
        asked = _asked(file)
        yield _request_step(file, asked), _written(partial(_request, file, asked, traces, audience, frame))


def former_step(step: str) -> tuple[str, datetime] | None:
    """Return the step under which earlier versions kept a request, which named its last day only, and its instant; else None."""
    made, _, day = step.removeprefix(f"{REQUEST_STEP}{_OF}").partition(",")
    return (f"{REQUEST_STEP},{day}", read_moment(made)) if step.startswith(f"{REQUEST_STEP}{_OF}") else None


def _decided(
    file: ClaimFile,
    newest: DeterminationV1,
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
) -> Iterator[tuple[str, Letter | AdjudicationError]]:
    """Yield one letter about all decided lines of the claim; lines of several plans have one letter per plan."""
    signatures = {each.line: each.signature for each in file.signatures if each.version == newest.version}
    dates = {line.number: line.service_date for line in file.waiting.claim.lines}
    by_plan: dict[PlanId | None, list[LineDetermination]] = {}
    for stored in newest.lines:
        if stored.disposition == "not-adjudicated":
            continue  # another system decides this line and sends its letter
        line = _stored_line(stored, signatures.get(stored.line), frame)
        plan = frame.plans.get(line.line)
        by_plan.setdefault(None if plan is None else plan.plan_id, []).append(line)
    for plan_id, lines in by_plan.items():
        step = decision_step(newest.version, None if len(by_plan) == 1 else plan_id)
        if audience is Audience.MEMBER and not frame.enrolled:
            yield step, NotDueError(NOT_ENROLLED)
            continue
        written = _written(partial(claim_letter, lines, dates, traces, audience, frame))
        paid = isinstance(written, Letter) and any(line.disposition is Disposition.APPROVED for line in lines)
        if isinstance(written, Letter) and audience is Audience.PROVIDER and paid:
            written = with_more(written, *_interest(newest))
        if isinstance(written, Letter):
            written = with_more(written, *changed_elements(file, newest, audience, frame.library.letters))
        yield step, written


def claim_letter(
    lines: Sequence[LineDetermination],
    dates: Mapping[LineNumber, date],
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
) -> Letter:
    """Write the one letter about the decided lines of a claim; raises LetterError if a line's part cannot be complete."""
    billed = {(line.code, dates[line.line]) for line in lines}
    parts = []
    for line in lines:
        day = dates[line.line]
        same_day = {code for code, other in billed if other == day}
        separable = None
        if line.reason == PAIR:
            separable = is_separable(line.code, same_day, day, frame.library.reference)
        named = DecidedLine(named_service(line.line, line.code, day, frame.library), line)
        parts.append(LinePart(named, decision_letter(line, day, traces, audience, frame, separable=separable)))
    return combined(parts)


def _interest(newest: DeterminationV1) -> Iterator[Element]:
    """Explain the interest of the claim."""
    for interest in newest.interest or ():
        words = in_words(interest)
        cited = "" if interest.citation is None else f" ({interest.citation.source} {interest.citation.locator})"
        yield Element(ElementName.PAYMENT, f"For the whole claim: {words}{cited}.")


def traces_of(reviews: Sequence[Review]) -> dict[LineNumber, tuple[LineTrace, ...]]:
    """Return the policy traces of reviewed lines, leg by leg."""
    return {r.line.number: tuple(line_trace(leg, r.evidence) for leg in r.legs) for r in reviews}


def title_of(kind: LetterKind) -> str:
    """Return the title of a letter."""
    return _TITLES[kind]


def title_of_letter(letter: Letter) -> str:
    """Return the title of a letter: that of its official form, where its layout is loaded."""
    layout = letter.checklist.layout
    return title_of(letter.kind) if layout is None else layout.title


def headed(letter: Letter, plan: str = "the plan") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each part of a letter with its heading and paragraphs: the sections of its official form first, in their order."""
    layout, placed = letter.checklist.layout, set[ElementName]()
    names = {"outcome": "partially approved" if letter.checklist.partly else "denied", "plan": plan}
    for section in () if layout is None else layout.sections:
        texts = tuple(line for name in section.elements for text in letter.texts(name) for line in text.splitlines())
        placed.update(section.elements)
        if texts:
            before, after = ([text.format(**names) for text in each] for each in (section.before, section.after))
            yield section.heading.format(**names), (*before, *texts, *after)
    others = (element for element in letter.elements if element.name not in placed)
    for name, elements in groupby(others, key=lambda element: element.name):
        yield _HEADINGS[name], tuple(text for element in elements for text in element.text.splitlines())


def laid_out_part(heading: str, paragraphs: Iterable[str]) -> str:
    """Lay out one part of a letter."""
    return "\n".join(("", heading, *(_paragraph(paragraph) for paragraph in paragraphs))) + "\n"


def laid_out_letter(
    opening: Sequence[str], title: str, forms: Iterable[str], parts: Iterable[LetterPart], language: str = "en"
) -> str:
    """Lay out the head, the title and all parts of a letter."""
    head = "".join(f"{line}\n" for line in (*opening, "")) if opening else ""
    lines = (title, "=" * len(title), *(form_line(form, language) for form in forms))
    return head + "\n".join(lines) + "\n" + "".join(laid_out_part(part.heading, part.texts) for part in parts)


def _paragraph(paragraph: str) -> str:
    bullet = "  " if paragraph.startswith("- ") else ""
    return textwrap.fill(paragraph, WIDTH, initial_indent=bullet, subsequent_indent=bullet * 2)


def _written(write: Callable[[], Letter]) -> Letter | AdjudicationError:
    try:
        return write()
    except AdjudicationError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Asked:
    """The open request: its lines, the document kinds that reviewers named, and the last time to answer."""

    lines: frozenset[int]
    kinds: tuple[str, ...]
    due_at: datetime | None


def _asked(file: ClaimFile) -> _Asked:
    pends = [pend for pend in file.open_pends if pend.code == DOCUMENT_PEND and pend.line]
    named = [each for each in file.waiting.asked if each.by_reviewer and each.answered_at is None]
    concerned = file.open_pends if named else pends
    lines = frozenset(pend.line for pend in concerned if pend.line)
    due_at = min([*(pend.due_at for pend in pends), *(each.due_at for each in named)], default=None)
    return _Asked(lines, tuple(dict.fromkeys(each.kind for each in named)), due_at)


def _request_step(file: ClaimFile, asked: _Asked) -> str:
    """Return a request's step, from its instant and its last day to answer in UTC; the step is part of the key of issued letters."""
    if asked.due_at is None:
        return ""
    made = max((each.asked_at for each in file.waiting.asked), default=None)
    of = "" if made is None else f"{_OF}{made.astimezone(UTC).isoformat()}"
    return f"{REQUEST_STEP}{of}, answer by {asked.due_at.astimezone(UTC).date().isoformat()}"


def _request(
    file: ClaimFile,
    asked: _Asked,
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
) -> Letter:
    """Write the one letter that requests all documents a claim is pended for."""
    if asked.due_at is None:
        raise NotDueError("no letter is due: the claim is not decided, and no records are requested")
    lines_open = [
        OpenLine(named_service(line.number, line.code, line.service_date, frame.library), traces.get(line.number, ()))
        for line in file.waiting.claim.lines
        if not asked.lines or line.number in asked.lines
    ]
    context = _context(min(line.service.number for line in lines_open), frame)
    return document_request(lines_open, frame.legal_day(asked.due_at), audience, context, asked.kinds)


def decision_letter(
    line: LineDetermination,
    service_date: date,
    traces: Mapping[LineNumber, tuple[LineTrace, ...]],
    audience: Audience,
    frame: LetterFrame,
    *,
    separable: bool | None = None,
) -> Letter:
    """Write the letter about one decided line; raises LetterError if it cannot be complete."""
    service = named_service(line.line, line.code, service_date, frame.library)
    decided = DecidedLine(service, line, traces.get(line.line, ()), separable)
    context = _context(line.line, frame)
    if line.disposition is Disposition.APPROVED:
        return approval(decided, audience, context)
    context = replace(context, route=_appeal_route(decided, context, frame))
    if line.signature is not None and is_clinical(decided):
        return clinical_denial(decided, line.signature, audience, context)
    return administrative_denial(decided, audience, context)


def _appeal_route(line: DecidedLine, context: LetterContext, frame: LetterFrame) -> AppealRoute | None:
    """Return the path of the member's appeal of a denied line, whose time limits the letter gives."""
    matter = Matter.CLINICAL if is_clinical(line) else Matter.ADMINISTRATIVE
    rules = frame.library.reference.appeals
    paths = rules.paths_of(context.product_line, context.plan_id, matter, context.notice_date)
    opens = next((path for path in paths if path.standing_of(Appellant.MEMBER) is not None), None)
    return None if opens is None else AppealRoute(opens, frozenset())


def _context(number: LineNumber, frame: LetterFrame) -> LetterContext:
    plan = frame.plans.get(number)
    if plan is None:
        raise LetterError(
            f"line {number}: no plan covers it, so no law says what its letter must contain; settle the coverage first"
        )
    return letter_context(plan, frame)


def letter_context(plan: Plan, frame: LetterFrame) -> LetterContext:
    """Return the input of the letters about a line of a plan."""
    afterwards = plan.retrospective
    return LetterContext(
        frame.library.letters, plan.product_line, plan.plan_id, frame.notice_date, afterwards=afterwards
    )


def named_service(number: LineNumber, code: str, service_date: date, library: PolicyLibrary) -> ServiceLine:
    """Name a line by our own short label of its code, or by the code if there is none."""
    procedure = library.reference.procedure(code, service_date)
    return ServiceLine(number, code, procedure.label if procedure is not None else f"service {code}", service_date)


def _stored_line(
    stored: LineDeterminationV1, signature: ReviewerSignature | None, frame: LetterFrame
) -> LineDetermination:
    clinical = frame.library.reference.outcomes[OutcomeCode(stored.reason)].clinical
    return read_line(stored.model_dump(mode="json", exclude_none=True), clinical=clinical, signature=signature)
