"""Checks that each modifier is allowed on its code and claim form (S0-M22 to S0-MTC, X-05, X-12).

The spine MRS family splits its technical and professional parts by code: PC/TC indicator 0, so 26 and TC are
wrong on all four. Modifiers of evaluations and laboratory tests are wrong on imaging. Surgical and anesthesia
modifiers have no meaning on imaging, but for 23: a scan may be made under anesthesia. A code outside our tables may be surgery, so these are not judged on it; the line
waits for a coder anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, LineView, denies, notes, pends
from adjudication.model import outcomes
from adjudication.model.claim import SupportingFact
from adjudication.model.components import PROFESSIONAL_MODIFIER
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.modifier_kinds import BillerStatement
from adjudication.model.pends import EDIT_PEND, NURSE_PEND, PRICE_PEND
from adjudication.model.reference import ComponentRole, ModifierKind, ModifierRule
from adjudication.model.vocabulary import ClaimForm

_UNKNOWN = Citation("claims-practice", "B1 step 11: modifier validity")
_NEVER_ON_IMAGING = frozenset({ModifierKind.SURGICAL, ModifierKind.ANAESTHESIA})
_NO_COMPONENTS = "0"
_REDUCED = "52"
_INCREASED = "22"
_MORE_WORK = "work.increased"
_CRITICAL_ACCESS = ("85", "085")
"""Bill types of a critical access hospital, which may bill its physicians' services (method II)."""


def check_modifiers(context: EditContext) -> Iterator[Finding]:
    """Find modifiers that are unknown, wrong on the code, the form or next to each other, and what the biller states."""
    for view in context.views:
        yield from _contradictory(view, context)
        for modifier in view.line.modifiers:
            rule = context.reference.modifiers.get(modifier)
            evidence = (Evidence("modifier", modifier), Evidence("code", view.line.code))
            if rule is None:
                yield pends(outcomes.MODIFIER_UNKNOWN, EDIT_PEND, view.line, _UNKNOWN, *evidence)
            elif not _may_stand(rule, view, context):
                yield denies(outcomes.MODIFIER_INVALID, view.line, _citation(rule, view), *evidence)
            elif view.procedure is not None and view.procedure.service in rule.asked_on:
                yield pends(outcomes.MODIFIER_INVALID, EDIT_PEND, view.line, rule.citation, *evidence)
            elif rule.states is not None:
                yield _stated(rule, rule.states, view, evidence)
            elif modifier == PROFESSIONAL_MODIFIER and _on_hospital_claim(context):
                yield pends(outcomes.READING_ON_HOSPITAL_CLAIM, EDIT_PEND, view.line, rule.citation, *evidence)
            elif modifier == _INCREASED:
                yield _increased(rule, view, context, evidence)
            elif modifier == _REDUCED and _acquires(view):
                # The code's floor of three discs was perhaps not met; reduced service does not cure that.
                yield pends(outcomes.REDUCED_ACQUISITION, NURSE_PEND, view.line, rule.citation, *evidence)


def _increased(rule: ModifierRule, view: LineView, context: EditContext, evidence: tuple[Evidence, ...]) -> Finding:
    """Have a person price the line where records show more work; without them it is priced as without the modifier (X-87)."""
    shown = [fact for fact in context.claim.supporting if fact.fact == _MORE_WORK and fact.value is True]
    if any(_of_line(fact, view) and _recorded(fact, context) for fact in shown):
        return pends(outcomes.INCREASED_WORK_SHOWN, PRICE_PEND, view.line, rule.citation, *evidence)
    return notes(outcomes.INCREASED_WORK, view.line, rule.citation, *evidence)


def _of_line(fact: SupportingFact, view: LineView) -> bool:
    about = fact.about
    return about is None or (about.line in (None, view.line.number) and about.study in (None, view.line.code))


def _recorded(fact: SupportingFact, context: EditContext) -> bool:
    """Return whether an author stands behind a fact in a document of a kind that may state it; the biller's word is not enough."""
    if fact.author is None or not fact.legible:
        return False
    kinds = {each.document_id: each.kind for each in context.claim.documents}
    return fact.document is None or kinds.get(fact.document) in context.reference.facts[fact.fact].stated_in


def _may_stand(rule: ModifierRule, view: LineView, context: EditContext) -> bool:
    if context.claim.form not in rule.forms:
        return False
    if rule.kind in _NEVER_ON_IMAGING and view.line.code in context.reference.procedures:
        return False
    if rule.kind is ModifierKind.ANAESTHESIA_OF_SCAN and not _may_scan(view):
        return False
    if rule.only_on and view.procedure is not None and view.procedure.service not in rule.only_on:
        return False
    split = view.procedure is None or view.procedure.pc_tc != _NO_COMPONENTS
    return split or rule.kind is not ModifierKind.COMPONENT


def _contradictory(view: LineView, context: EditContext) -> Iterator[Finding]:
    for modifier in view.line.modifiers:
        rule = context.reference.modifiers.get(modifier)
        against = () if rule is None else sorted(rule.never_with.intersection(view.line.modifiers))
        if rule is not None and against:
            evidence = Evidence("modifiers", "+".join(sorted({modifier, *against})))
            yield denies(outcomes.MODIFIERS_CONTRADICT, view.line, rule.citation, evidence)
            return


def _stated(rule: ModifierRule, states: BillerStatement, view: LineView, evidence: tuple[Evidence, ...]) -> Finding:
    """Give a statement of the biller its effect. It never denies on clinical grounds: a clinician reviews it.

    Medicare's exclusions do not bind another plan: there a person says what the statement means.
    """
    if states is BillerStatement.NOTICE:
        return notes(outcomes.STATED_NOTICE, view.line, rule.citation, *evidence)
    if states is BillerStatement.NOT_NECESSARY:
        return pends(outcomes.STATED_NOT_NECESSARY, NURSE_PEND, view.line, rule.citation, *evidence)
    if view.plan is not None and view.plan.product_line.is_medicare:
        return denies(outcomes.STATED_EXCLUDED, view.line, rule.citation, *evidence)
    return pends(outcomes.STATED_EXCLUDED, EDIT_PEND, view.line, rule.citation, *evidence)


def _on_hospital_claim(context: EditContext) -> bool:
    """Return whether a reading is billed on a claim of a hospital that does not bill its physicians' services."""
    bill_type = context.claim.bill_type or ""
    return context.claim.form is ClaimForm.INSTITUTIONAL and not bill_type.startswith(_CRITICAL_ACCESS)


def _citation(rule: ModifierRule, view: LineView) -> Citation:
    component = rule.kind is ModifierKind.COMPONENT and view.procedure is not None
    return view.procedure.citation if component and view.procedure is not None else rule.citation


def _may_scan(view: LineView) -> bool:
    """Return whether the code may put the patient into a scanner; sending data, analysis and reading of the family do not."""
    return view.procedure is None or view.procedure.role in (None, ComponentRole.ACQUISITION)


def _acquires(view: LineView) -> bool:
    return view.procedure is not None and view.procedure.role is ComponentRole.ACQUISITION
