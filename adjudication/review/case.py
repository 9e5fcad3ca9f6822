"""The life of a waiting claim in people's hands: its state is a fold over what was done, and every step is allowed or
refused in words. One person holds it at a time, for a while; what is closed stays closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from adjudication.model.determination import Pend
from adjudication.model.outcomes import HOLDS
from adjudication.model.vocabulary import LineNumber, OutcomeCode
from adjudication.people import CLINICAL, SIGNING, Person, Role
from adjudication.review.actions import (
    Action,
    Correct,
    Decide,
    HandOver,
    Recommend,
    RecordAdjudication,
    RecordFacts,
    Release,
    RequestSecondOpinion,
    SendBack,
    Take,
    WithdrawSecondOpinion,
)
from adjudication.review.second_opinions import Licenses, Opinion, Recommendation, awaited
from adjudication.review.settlements import Resolution

LEASE: Final = timedelta(minutes=30)
"""How long a claim stays with who took it; taking again renews. A forgotten claim returns to its queue by itself."""

SHAPING: Final = (Decide, RecordFacts, RecordAdjudication, Recommend, Correct)
"""Actions that make a decision; who did one does not judge it before release."""


@dataclass(frozen=True, slots=True)
class Done:
    """One action that was allowed, by whom and when: what the audit trail keeps and the state is folded from."""

    action: Action
    person_id: str
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds the claim, and until when."""

    person_id: str
    until: datetime

    def holds(self, person_id: str, at: datetime) -> bool:
        """Say whether a person holds it at a moment."""
        return self.person_id == person_id and at < self.until

    def free(self, at: datetime) -> bool:
        """Say whether anybody may take it."""
        return at >= self.until


@dataclass(frozen=True, slots=True)
class CaseRules:
    """What the data say of a case: who may settle each pend, and which providers it concerns.

    `passes`, `denies` and `prices` name the roles that may settle a pend code so; `deniable` the outcomes a denial of
    a waiting outcome may be told as. `licenses` are those of the people who took part before, `unanswered`
    the kinds of documents asked for, by people or by the claim itself, whose answer may still come, and until when;
    `never_came` all that were asked for and did not come; `unread_since` when the newest document came that tells no
    fact by itself, so that somebody has to read it. `criteria` are the ids of every criterion that a policy has,
    `wordings` the normalised texts of those and of its rules, which are nobody's own reasons.
    """

    passes: Mapping[str, frozenset[Role]]
    denies: Mapping[str, frozenset[Role]]
    prices: Mapping[str, frozenset[Role]]
    deniable: Mapping[OutcomeCode, frozenset[OutcomeCode]]
    documents: frozenset[str]
    correctable: frozenset[str]
    expertise: frozenset[str]
    providers: frozenset[str] = frozenset()
    licenses: Licenses = field(default_factory=dict)
    unanswered: Mapping[str, datetime] = field(default_factory=dict)
    criteria: frozenset[str] = frozenset()
    wordings: frozenset[str] = frozenset()
    never_came: frozenset[str] = frozenset()
    unread_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A claim in review. `queue` is a role it was passed on to; None while the owners of its pends have it.

    `pends` are what is left of what is `opened`. `shaped_by` settled, stated, corrected or recommended something; `looked_at_by` judged the decision before release.
    `read_at` is when a clinician last said something about its records.
    """

    pends: tuple[Pend, ...]
    closed: bool = False
    lease: Lease | None = None
    queue: Role | None = None
    recommended_by: frozenset[tuple[str, LineNumber | None, OutcomeCode]] = frozenset()
    participants: frozenset[str] = frozenset()
    opinions: tuple[Opinion, ...] = ()
    opened: tuple[Pend, ...] = ()
    shaped_by: frozenset[str] = frozenset()
    looked_at_by: frozenset[tuple[str, OutcomeCode]] = frozenset()
    read_at: datetime | None = None

    @property
    def opinion_wanted(self) -> str | None:
        """The expertise last asked for of which nobody has spoken yet."""
        return next((opinion.expertise for opinion in reversed(self.opinions) if not opinion.spoken), None)

    def pend(self, line: LineNumber | None, outcome: OutcomeCode) -> Pend | None:
        """Return the open pend of a line for an outcome."""
        return next((pend for pend in self.pends if pend.line == line and pend.outcome == outcome), None)


def after(case: Case, done: Done) -> Case:  # noqa: PLR0911 - one return an action
    """Fold one action in."""
    case = _four_eyes(replace(case, participants=case.participants | {done.person_id}), done)
    match done.action:
        case Take():
            return replace(case, lease=Lease(done.person_id, done.at + LEASE))
        case Release():
            return replace(case, lease=None)
        case HandOver(to_role=role, to_person=person):
            lease = None if person is None else Lease(person, done.at + LEASE)
            return replace(case, lease=lease, queue=Role(role))
        case Recommend(line=line, outcome=outcome):
            return _recommended(replace(case, read_at=done.at), done, line, outcome)
        case RecordFacts():
            return replace(case, read_at=done.at)
        case Decide(line=line, outcome=outcome, about=about):
            left = tuple(p for p in case.pends if (p.line, p.outcome, p.about) != (line, outcome, about))
            # Who it was handed to has done their part: what is left goes to its owners, or nobody would see it.
            return replace(case, pends=left, queue=None)
        case SendBack():
            # What was settled before is asked anew: of what is open now, nothing counts as settled by then.
            return replace(case, pends=case.opened, queue=None)
        case RequestSecondOpinion(expertise=expertise, line=line):
            asked = Opinion(done.person_id, line, expertise, done.at, case.queue)
            return replace(case, lease=None, queue=Role.PHYSICIAN, opinions=(*case.opinions, asked))
        case WithdrawSecondOpinion(line=line):
            return _withdrawn(case, done.person_id, line)
        case _:
            return case


def looks_at(action: Action) -> OutcomeCode | None:
    """Return the hold before release that an action judges; None for every other action."""
    looks = isinstance(action, SendBack) or (isinstance(action, Decide) and action.outcome in HOLDS)
    return action.outcome if looks and isinstance(action, Decide | SendBack) else None


def _four_eyes(case: Case, done: Done) -> Case:
    """Remember who made the decision, and who judged it before release."""
    hold = looks_at(done.action)
    if hold is not None:
        return replace(case, looked_at_by=case.looked_at_by | {(done.person_id, hold)})
    if isinstance(done.action, SHAPING):
        return replace(case, shaped_by=case.shaped_by | {done.person_id})
    return case


def _recommended(case: Case, done: Done, line: LineNumber | None, outcome: OutcomeCode) -> Case:
    """Hand the case to who may decide, once something was said about each clinical question.

    Judged by what the claim waits for now: a new question for the same role brings the case back to it.
    """
    told = case.recommended_by | {(done.person_id, line, outcome)}
    spoken_now = Recommendation(done.person_id, line, done.at)
    case = replace(case, opinions=tuple(opinion.heard(spoken_now) for opinion in case.opinions))
    spoken = {(at, about) for _, at, about in told}
    if any(pend.owner in CLINICAL and (pend.line, pend.outcome) not in spoken for pend in case.pends):
        return replace(case, recommended_by=told)
    return replace(case, recommended_by=told, lease=None, queue=Role.PHYSICIAN)


def _withdrawn(case: Case, person_id: str, line: LineNumber | None) -> Case:
    """Forget what somebody asked; with the last question gone the claim goes back to where it was asked."""
    gone = awaited(case.opinions, person_id, line)
    left = tuple(opinion for opinion in case.opinions if opinion not in gone)
    back = bool(gone) and not left and case.queue is Role.PHYSICIAN
    return replace(case, opinions=left, queue=gone[0].came_from if back else case.queue)


def roles_for(rules: CaseRules, code: str, resolution: Resolution) -> frozenset[Role]:
    """Return the roles that may settle a pend code in a way."""
    may = {Resolution.PASSES: rules.passes, Resolution.DENIES: rules.denies, Resolution.PRICED: rules.prices}
    return may[resolution].get(code, frozenset())


def fold(case: Case, done: Iterable[Done]) -> Case:
    """Fold a history in."""
    case = replace(case, opened=case.opened or case.pends)
    for each in done:
        case = after(case, each)
    return case


def may_work_on(case: Case, person: Person, rules: CaseRules) -> frozenset[Role]:
    """Return those of a person's roles with which they may work on the case as it is now."""
    return frozenset(person.roles & (_wanted(case, rules) | {Role.SUPERVISOR}))


def _wanted(case: Case, rules: CaseRules) -> set[Role]:
    """The roles it waits for: the queue it was handed to; else the owners of its pends and who may settle them.

    The physicians' queue, which is every signer's, holds what signers settle. The rest stays with its owners: it may be
    new since the claim was recommended, and nobody in that queue could do anything about it.
    """
    if case.queue not in (None, Role.PHYSICIAN):
        return {case.queue}
    queue = SIGNING if case.queue else frozenset()
    wanted = set(queue)
    for pend in case.pends:
        ways = [roles_for(rules, pend.code, resolution) for resolution in Resolution]
        wanted.update(*(may for may in ways if not may & queue))
        # An owner who settles nothing has it released by an event, which they bring about.
        wanted |= {role for role in Role if role.value == pend.owner and not any(role in may for may in ways)}
    return wanted
