"""Judge and apply a reviewer's action on a pended claim; adjudication/review/permissions.py decides whether it is allowed.

Arguments are ids and results are codes, so that no member data reach Temporal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from temporalio import activity

from activities.errors import hide_error_details
from activities.ports import ReviewStore
from adjudication.model.outcomes import (
    DIAGNOSIS_INCONSISTENT,
    DIAGNOSIS_NOT_SUPPORTED,
    DOCUMENTS_NOT_RECEIVED,
    NECESSITY_FACTS_MISSING,
    RECORDS_NOT_RECEIVED,
    SENT_BACK,
    UNITS_NOT_SUPPORTED,
    UNITS_REVIEWABLE,
)
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode
from adjudication.people import LicenseNeeded, Refusal, StaffMember, forbidden, invalid
from adjudication.policy.catalog import PolicyCatalog
from adjudication.review.case import (
    CLINICAL_DENIALS,
    NECESSITY_DENIALS,
    Action,
    Case,
    CaseRules,
    ClaimContext,
    Done,
    fold,
)
from adjudication.review.decision_actions import Decide
from adjudication.review.document_deadline import answer_by
from adjudication.review.evidence_actions import Correct, RequestDocuments
from adjudication.review.permissions import permit
from adjudication.review.rationale import SHORTEST_RATIONALE, normalized
from contracts.actions.review import REVIEW_ACTION
from contracts.event_builders.decisions import document_request_messages
from contracts.records.decisions import CaseFile, Judged
from contracts.stored import read_stored_by
from contracts.time_source import TimeSource
from contracts.workflow_messages.claims import APPLY_REVIEW_ACTION, ReviewAct, ReviewAnswer

CORRECTABLE: Final = frozenset({"authorization-number", "billing-taxonomy", "rendering-taxonomy", "place-of-service"})
"""Clerical fields that a reviewer may correct on a pended claim; any other change needs a replacement claim."""


class ReviewActivities:
    """The activity of reviewers' actions."""

    def __init__(self, reviews: ReviewStore, reference: ReferenceData, clock: TimeSource) -> None:
        """Use a store and the reference data."""
        self._reviews = reviews
        self._reference = reference
        self._clock = clock
        self._rules = case_rules(reference)

    @activity.defn(name=APPLY_REVIEW_ACTION)
    async def apply_review_action(self, act: ReviewAct) -> ReviewAnswer:
        """Judge and apply one submitted action; the second call returns the first answer."""
        now = self._clock()
        with hide_error_details(APPLY_REVIEW_ACTION):
            return await self._reviews.record_action(
                act, lambda case_file: judge(case_file, now, self._rules, self._reference), now
            )


def case_rules(reference: ReferenceData) -> CaseRules:
    """Collect from the policies who may settle which pend, and which outcomes may deny each pended outcome."""
    rules = reference.pends.values()
    criteria, wordings = _criteria(reference.catalog)
    return CaseRules(
        passes={rule.code: rule.may_pass for rule in rules},
        denies={rule.code: rule.may_deny for rule in rules},
        prices={rule.code: rule.may_price for rule in rules},
        deniable={outcome: _deniable(outcome, reference) for outcome in reference.outcomes},
        documents=reference.documents,
        office_documents=reference.office_documents,
        correctable=CORRECTABLE,
        expertise=reference.signing.expertise,
        criteria=criteria,
        wordings=wordings,
    )


def _criteria(catalog: PolicyCatalog) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of all criteria and rules, and their normalized texts: a rationale may not be a copy of one."""
    versions = [version for policy in catalog.policies.values() for version in policy.versions]
    programs = [catalog.program(version, code) for version in versions for code in version.codes]
    texts = {(node.node_id, node.text) for program in programs if program is not None for node in program.nodes}
    texts |= {(rule.rule_id, rule.title) for version in versions for rule in version.rules}
    wordings = {normalized(wording) for _, wording in texts}
    return frozenset(name for name, _ in texts), frozenset(w for w in wordings if len(w) >= SHORTEST_RATIONALE)


def _deniable(outcome: OutcomeCode, reference: ReferenceData) -> frozenset[OutcomeCode]:
    """A clinical pend may be denied only with a clinical outcome; any other with its own outcome, if that has a reason code."""
    rule = reference.outcomes[outcome]
    if outcome == NECESSITY_FACTS_MISSING:
        return frozenset({DOCUMENTS_NOT_RECEIVED, RECORDS_NOT_RECEIVED})
    if outcome == UNITS_REVIEWABLE:
        return frozenset({UNITS_NOT_SUPPORTED})
    if outcome == DIAGNOSIS_INCONSISTENT:
        return frozenset({DIAGNOSIS_NOT_SUPPORTED})
    if outcome == SENT_BACK or rule.clinical or (outcome.startswith("necessity.") and not rule.carc):
        return NECESSITY_DENIALS
    return frozenset({outcome}) if rule.carc else frozenset()


def judge(case_file: CaseFile, now: datetime, rules: CaseRules, reference: ReferenceData) -> Judged:
    """Fold the case, let the rules in adjudication/review decide on the action, and prepare the rows of an allowed one."""
    person = case_file.person
    if person is None:
        return Judged(None, forbidden("unknown-person", "you are not on the list of active staff; ask the supervisor"))
    action = _read(case_file, person, now)
    if isinstance(action, Refusal):
        return Judged(None, action)
    case = fold(Case(case_file.pends, closed=case_file.determined), [done for done, _ in case_file.history])
    line = action.line if isinstance(action, Decide) else None
    license_needed = reference.signing.needed(
        plan for plan_line, plan in case_file.plans if line is None or plan_line in (None, line)
    )
    done = permit(case, action, person, now, _rules_for_claim(case_file, rules, now), license_needed)
    if isinstance(done, Refusal):
        return Judged(None, done)
    refusal = action.content_refusal(_claim_context(case_file, reference, now))
    if refusal is not None:
        return Judged(None, refusal)
    if isinstance(action, RequestDocuments):
        return _requested(case_file, action, done, reference)
    return _decided(action, case_file, done, license_needed, rules) if isinstance(action, Decide) else Judged(done)


def _claim_context(case_file: CaseFile, reference: ReferenceData, now: datetime) -> ClaimContext:
    """Return the context for checking the content of an action: the claim has its earlier corrections in it."""
    claim = case_file.claim
    for done, _ in case_file.history:
        claim = done.action.applied_to(claim) if isinstance(done.action, Correct) else claim
    return ClaimContext(claim, reference.facts, case_file.handed_to, now.date())


def _read(case_file: CaseFile, person: StaffMember, now: datetime) -> Action | Refusal:
    """Read the submitted action. An unreadable one is refused: an exception would make the workflow retry it forever."""
    if not person.roles:
        return forbidden("role-may-not", "your staff record has none of the roles you acted in; ask the supervisor")
    try:
        return read_stored_by(REVIEW_ACTION, case_file.action_message).to_core(person.person_id, now.date())
    except ValidationError:
        return invalid(
            "unreadable", "this action is not as the interface describes it; nothing was done, send it again"
        )
    except ValueError as error:
        return invalid("facts", str(error))


def _rules_for_claim(case_file: CaseFile, rules: CaseRules, now: datetime) -> CaseRules:
    """Return the rules for this claim: its providers, earlier reviewers' licenses, requested documents."""
    unanswered = {kind: due_at for kind, due_at in case_file.unanswered.items() if now < due_at}
    return replace(
        rules,
        providers=case_file.claim.npis,
        licenses=case_file.licenses,
        unanswered=unanswered,
        requested_not_received=frozenset(case_file.unanswered),
        documents_unread_since=case_file.documents_unread_since,
    )


def _requested(case_file: CaseFile, action: RequestDocuments, done: Done, reference: ReferenceData) -> Judged:
    due_at = answer_by(case_file.times, reference, done.at)
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys(action.kinds, ())
    messages = document_request_messages(case_file.claim, kinds, done.at, due_at, f"action:{case_file.action_id}")
    return Judged(done, due_at=due_at, messages=messages)


def _decided(
    action: Decide, case_file: CaseFile, done: Done, license_needed: LicenseNeeded, rules: CaseRules
) -> Judged:
    clinical = (action.denies_as or action.outcome) in CLINICAL_DENIALS
    signature = None if case_file.person is None else action.signature(case_file.person, done, license_needed)
    only_office_records_missing = frozenset(case_file.unanswered) <= rules.office_documents
    return Judged(done, signature=signature, clinical=clinical, only_office_records_missing=only_office_records_missing)
