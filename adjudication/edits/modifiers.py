"""Checks that each modifier is allowed on its code and claim form (S0-M22 to S0-MTC, X-05, X-12).

The spine MRS family splits its technical and professional parts by code: PC/TC indicator 0, so 26 and TC are
wrong on all four. Surgical and anesthesia modifiers have no meaning on imaging. A code outside our
tables may be surgery, so these are not judged on it; the line waits for a coder anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND, NURSE_PEND
from adjudication.model.reference import ComponentRole, ModifierKind, ModifierRule

_UNKNOWN = Citation("claims-practice", "B1 step 11: modifier validity")
_NEVER_ON_IMAGING = frozenset({ModifierKind.SURGICAL, ModifierKind.ANAESTHESIA})
_NO_COMPONENTS = "0"
_REDUCED = "52"


def check_modifiers(context: EditContext) -> Iterator[Finding]:
    """Find modifiers that are unknown, wrong on the code, or wrong on the claim form."""
    for view in context.views:
        for modifier in view.line.modifiers:
            rule = context.reference.modifiers.get(modifier)
            evidence = (Evidence("modifier", modifier), Evidence("code", view.line.code))
            if rule is None:
                yield pends(outcomes.MODIFIER_UNKNOWN, EDIT_PEND, view.line, _UNKNOWN, *evidence)
            elif not _may_stand(rule, view, context):
                yield denies(outcomes.MODIFIER_INVALID, view.line, _citation(rule, view), *evidence)
            elif modifier == _REDUCED and _acquires(view):
                # The code's floor of three discs was perhaps not met; reduced service does not cure that.
                yield pends(outcomes.REDUCED_ACQUISITION, NURSE_PEND, view.line, rule.citation, *evidence)


def _may_stand(rule: ModifierRule, view: LineView, context: EditContext) -> bool:
    if context.claim.form not in rule.forms:
        return False
    if rule.kind in _NEVER_ON_IMAGING and view.line.code in context.reference.procedures:
        return False
    split = view.procedure is None or view.procedure.pc_tc != _NO_COMPONENTS
    return split or rule.kind is not ModifierKind.COMPONENT


def _citation(rule: ModifierRule, view: LineView) -> Citation:
    component = rule.kind is ModifierKind.COMPONENT and view.procedure is not None
    return view.procedure.citation if component and view.procedure is not None else rule.citation


def _acquires(view: LineView) -> bool:
    return view.procedure is not None and view.procedure.role is ComponentRole.ACQUISITION
