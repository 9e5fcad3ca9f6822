"""Builds the reason codes of each outcome, the refused combinations, and the owner of each pend.

Combinations that the combination table forbids are refused at load.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from adjudication.model.outcomes import ALL_OUTCOMES
from adjudication.model.reference import CombinationRules, OutcomeRule, PendRule
from adjudication.model.vocabulary import GroupCode, HoldsBack, OutcomeCode, PendCode, PlanId, ReleaseEvent
from adjudication.people import Role, SigningRules
from contracts.scalars import State, ascii_text
from rulebook.checks import Citations, once
from rulebook.errors import PolicyDataError, place
from rulebook.schema import Cite, Cited, Confidence, Day, Outcome, Pend, ReasonCode, Record, RemarkCode, Slug, Text


class OutcomeEntry(Cited):
    """The remittance codes of one outcome of the core: CORE scenario, group, CARC, RARCs, who may deny with it."""

    outcome: Outcome
    label: Text
    scenario: Annotated[str, ascii_text(r"^(S1|S2|S3|S4|none)$")]
    group: GroupCode = GroupCode.CONTRACTUAL
    carc: ReasonCode | None = None
    rarcs: tuple[RemarkCode, ...] = ()
    clinical: StrictBool = False
    appealable: StrictBool
    precedence: Annotated[StrictInt, Field(ge=1, le=9999)]
    included: StrictBool = False


class OrderEntry(Record):
    """One group of reasons by their precedence, and why it comes before the next."""

    first: Annotated[StrictInt, Field(ge=1, le=9999)]
    last: Annotated[StrictInt, Field(ge=1, le=9999)]
    reasons: Text
    because: Text


class OutcomesFile(Cited):
    """workflow/outcomes.yaml."""

    order: Annotated[tuple[OrderEntry, ...], Field(min_length=1)]
    outcomes: tuple[OutcomeEntry, ...]


class CombinationsFile(Record):
    """workflow/combinations.yaml."""

    citation: Cite
    confidence: Confidence
    deactivated: dict[ReasonCode, Day]
    remark_required: tuple[ReasonCode, ...]
    only_group: dict[ReasonCode, tuple[GroupCode, ...]]
    never_for_documents: tuple[ReasonCode, ...]
    never_whole_charge: tuple[ReasonCode, ...]
    clinical: tuple[ReasonCode, ...]
    clinical_by_outcome: tuple[ReasonCode, ...] = ()
    alert_remarks: tuple[RemarkCode, ...]


class PendEntry(Cited):
    """The owner of a pend, its urgency (1 first), and the events that release it."""

    code: Pend
    label: Text
    owner: Slug
    priority: Annotated[StrictInt, Field(ge=1, le=9)]
    clean: StrictBool
    due_days: Annotated[StrictInt, Field(ge=1, le=120)]
    releases_on: Annotated[tuple[ReleaseEvent, ...], Field(min_length=1)]
    may_pass: tuple[Role, ...] = ()
    may_deny: tuple[Role, ...] = ()
    may_price: tuple[Role, ...] = ()
    holds_back: HoldsBack = HoldsBack.CLAIM


class PendsFile(Cited):
    """workflow/pends.yaml."""

    pends: tuple[PendEntry, ...]


class SigningProfessions(Record):
    """The professions that may sign an adverse clinical decision, regardless of the signer's role."""

    citation: Cite
    confidence: Confidence
    may_sign: Annotated[tuple[Text, ...], Field(min_length=1)]


class SigningFile(Record):
    """workflow/signing.yaml: the license needed to sign an adverse clinical decision; a plan not listed takes any state."""

    citation: Cite
    confidence: Confidence
    professions: SigningProfessions
    expertise: Annotated[tuple[Slug, ...], Field(min_length=1)]
    states: dict[str, tuple[State, ...]]


def combinations(label: str, file: CombinationsFile, citations: Citations) -> CombinationRules:
    """Build the check of reason-code combinations."""
    return CombinationRules(
        deactivated=dict(file.deactivated),
        remark_required=frozenset(file.remark_required),
        only_group={carc: frozenset(groups) for carc, groups in file.only_group.items()},
        never_for_documents=frozenset(file.never_for_documents),
        never_whole_charge=frozenset(file.never_whole_charge),
        alert_remarks=frozenset(file.alert_remarks),
        citation=citations.resolve(place(label), file.citation, file.confidence),
    )


def outcomes(
    label: str, file: OutcomesFile, citations: Citations, gate: CombinationsFile
) -> dict[OutcomeCode, OutcomeRule]:
    """Build the outcome rules: exactly the outcomes of the core, each with a permitted combination."""
    rules: dict[OutcomeCode, OutcomeRule] = {}
    ranks: dict[int, str] = {}
    _refuse_order(label, file)
    for index, entry in enumerate(file.outcomes):
        where = place(label, key=f"outcomes[{index}] {entry.outcome}")
        _refuse_repeats(where, entry, rules, ranks)
        _refuse_combination(where, entry, gate)
        rules[OutcomeCode(entry.outcome)] = _rule(where, entry, file, citations)
        ranks[entry.precedence] = entry.outcome
    missing = sorted(ALL_OUTCOMES - rules.keys())
    if missing:
        raise PolicyDataError(
            place(label), f"the outcome {missing[0]} of the core is not listed", "add its reason codes"
        )
    return rules


def _refuse_order(label: str, file: OutcomesFile) -> None:
    """Refuse groups of reasons that overlap or run backwards, and an outcome outside every group."""
    before = 0
    for index, group in enumerate(file.order):
        if not before < group.first <= group.last:
            where = place(label, key=f"order[{index}] {group.reasons}")
            raise PolicyDataError(where, "does not come after the group before it", "correct first or last")
        before = group.last
    for entry in file.outcomes:
        if not any(group.first <= entry.precedence <= group.last for group in file.order):
            where = place(label, key=f"outcomes {entry.outcome}")
            raise PolicyDataError(where, "the precedence lies in no group of the order", "give it one that does")


def _refuse_repeats(
    where: str, entry: OutcomeEntry, rules: dict[OutcomeCode, OutcomeRule], ranks: dict[int, str]
) -> None:
    if entry.outcome not in ALL_OUTCOMES:
        raise PolicyDataError(where, "no step reaches this outcome", "remove it, or correct its name")
    if entry.outcome in rules:
        raise PolicyDataError(where, "the outcome is listed twice", "keep one of the two entries")
    if entry.precedence in ranks:
        raise PolicyDataError(
            where,
            f"shares precedence {entry.precedence} with {ranks[entry.precedence]}",
            "give each outcome its own, so that the primary reason is never a matter of chance",
        )


def _refuse_combination(where: str, entry: OutcomeEntry, gate: CombinationsFile) -> None:
    """Refuse combinations that combinations.yaml forbids (X12 usage notes; CAQH CORE 360 scenarios)."""
    carc = entry.carc
    if carc is None:
        if entry.clinical or entry.rarcs:
            raise PolicyDataError(where, "has remarks or is clinical but names no CARC", "add the CARC")
        return
    if carc in gate.deactivated:
        raise PolicyDataError(
            where,
            f"uses CARC {carc}, deactivated on {gate.deactivated[carc]}",
            "use the code that replaced it",
        )
    if carc in gate.remark_required and not set(entry.rarcs) - set(gate.alert_remarks):
        raise PolicyDataError(where, f"CARC {carc} needs a remark that is not an alert", "add the RARC")
    if carc in gate.only_group and entry.group not in gate.only_group[carc]:
        allowed = " or ".join(gate.only_group[carc])
        raise PolicyDataError(where, f"CARC {carc} stands with group {entry.group}", f"use group {allowed}")
    if entry.scenario == "S1" and carc in gate.never_for_documents:
        raise PolicyDataError(where, f"asks for documents with CARC {carc}", "use 252 or 226")
    if entry.clinical != (carc in gate.clinical) and not (entry.clinical and carc in gate.clinical_by_outcome):
        raise PolicyDataError(
            where,
            f"clinical is {str(entry.clinical).lower()} but CARC is {carc}",
            f"CARC {', '.join(gate.clinical)} and clinical: true go together, so that a person signs",
        )


def _rule(where: str, entry: OutcomeEntry, file: OutcomesFile, citations: Citations) -> OutcomeRule:
    return OutcomeRule(
        outcome=OutcomeCode(entry.outcome),
        label=entry.label,
        scenario=entry.scenario,
        group=entry.group,
        carc=entry.carc,
        rarcs=entry.rarcs,
        clinical=entry.clinical,
        appealable=entry.appealable,
        precedence=entry.precedence,
        citation=citations.of(where, entry, file),
        included=entry.included,
    )


def pends(label: str, file: PendsFile, citations: Citations) -> dict[PendCode, PendRule]:
    """Build the pend rules; a pend is listed once, and a reviewer's decision releases it where a role may settle it."""
    for index, entry in enumerate(file.pends):
        settled = bool(entry.may_pass or entry.may_deny or entry.may_price)
        if settled != (ReleaseEvent.REVIEWER_DECISION in entry.releases_on):
            raise PolicyDataError(
                place(label, key=f"pends[{index}] {entry.code}"),
                "releases_on and may_pass, may_deny, may_price do not agree",
                "list reviewer-decision exactly where a role may pass, deny or price the pend",
            )
    rows = [
        PendRule(
            code=PendCode(entry.code),
            label=entry.label,
            owner=entry.owner,
            priority=entry.priority,
            clean=entry.clean,
            due_days=entry.due_days,
            releases_on=entry.releases_on,
            citation=citations.of(place(label, key=f"pends[{index}] {entry.code}"), entry, file),
            may_pass=frozenset(entry.may_pass),
            may_deny=frozenset(entry.may_deny),
            may_price=frozenset(entry.may_price),
            holds_back=entry.holds_back,
        )
        for index, entry in enumerate(file.pends)
    ]
    return {PendCode(code): row for code, row in once(label, rows).items()}


def signing(label: str, file: SigningFile, citations: Citations) -> SigningRules:
    """Build the requirements of a signature."""
    citations.resolve(place(label), file.citation, file.confidence)
    states = {PlanId(plan): frozenset(named) for plan, named in file.states.items()}
    allowed = file.professions
    citations.resolve(place(label, key="professions"), allowed.citation, allowed.confidence)
    professions = frozenset(profession.strip().casefold() for profession in allowed.may_sign)
    return SigningRules(frozenset(file.expertise), professions, states)
