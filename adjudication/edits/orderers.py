"""Checks who ordered a study: some programs pay only for orders of a treating practitioner (policies/codes/orderers.yaml).

The ordering provider counts, else the referring one. A type whose orders a law excludes is denied. A type that does not order
studies, or that is not known, is a question for a coder, and so is a claim without a name where the program requires one.
On a hospital's claim the attending provider counts as the orderer, and a coder only asks, since another provider may have ordered.
An 837 has no field for the orderer's taxonomy, so the roster's counts. If the roster has none either, a coder asks if
the program pays only on the orders of verified practitioners.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjudication.edits.context import EditContext, LineView, denies, pends
from adjudication.model import outcomes
from adjudication.model.claim import Claim, ClaimLine, Provider
from adjudication.model.findings import Citation, Evidence, Finding
from adjudication.model.pends import EDIT_PEND
from adjudication.model.readings import OrderEffect, OrderRule
from adjudication.model.reference import Plan
from adjudication.model.vocabulary import ClaimForm


def check_orderers(context: EditContext) -> Iterator[Finding]:
    """Find studies whose order a law does not pay for, and studies with an unknown orderer."""
    for view in context.views:
        if view.procedure is None or view.plan is None:
            continue
        orderer = _orderer(context.claim, view.line)
        taxonomy = None if orderer is None else _taxonomy(orderer, context.claim)
        if orderer is None:
            yield from _asked(view, context.reference.orders.required.get(view.plan.product_line), context)
        elif taxonomy is not None:
            yield from _judged(view, view.plan, taxonomy, context)
        else:
            yield from _asked(view, context.reference.orders.verified.get(view.plan.product_line), context)


def _orderer(claim: Claim, line: ClaimLine) -> Provider | None:
    named = claim.line_orderer(line)
    return claim.attending if named is None and claim.form is ClaimForm.INSTITUTIONAL else named


def _taxonomy(orderer: Provider, claim: Claim) -> str | None:
    """Return the orderer's taxonomy, stated in this role or in another role of the claim."""
    if orderer.taxonomy is not None:
        return orderer.taxonomy
    others = (claim.billing, claim.rendering, claim.referring, claim.attending, claim.supervising, claim.operating)
    return next((each.taxonomy for each in others if each is not None and each.npi == orderer.npi), None)


def _asked(view: LineView, cited: Citation | None, context: EditContext) -> Iterator[Finding]:
    """Pend a professional study without an orderer, if a cited law requires one."""
    if cited is not None and context.claim.form is ClaimForm.PROFESSIONAL:
        yield pends(outcomes.ORDERER_UNKNOWN, EDIT_PEND, view.line, cited, Evidence("code", view.line.code))


def _judged(view: LineView, plan: Plan, taxonomy: str, context: EditContext) -> Iterator[Finding]:
    orders, shown = context.reference.orders, Evidence("ordering_taxonomy", taxonomy)
    rule = next((each for each in orders.rules if _fits(each, view, plan, taxonomy, context)), None)
    if rule is None:
        yield pends(outcomes.ORDERER_UNKNOWN, EDIT_PEND, view.line, orders.unknown, shown)
    elif rule.effect is OrderEffect.DENIES and context.claim.line_orderer(view.line) is not None:
        yield denies(outcomes.ORDERER_NOT_ELIGIBLE, view.line, rule.citation, shown)
    elif rule.effect is not OrderEffect.ACCEPTS:
        yield pends(outcomes.ORDERER_NOT_ELIGIBLE, EDIT_PEND, view.line, rule.citation, shown)


def _fits(rule: OrderRule, view: LineView, plan: Plan, taxonomy: str, context: EditContext) -> bool:
    if not taxonomy.startswith(rule.prefixes) or view.line.service_date not in rule.dates:
        return False
    if rule.product_lines and plan.product_line not in rule.product_lines:
        return False
    return not rule.states or _state(plan, context) in rule.states


def _state(plan: Plan, context: EditContext) -> str | None:
    law = context.reference.deadlines.jurisdiction(plan.plan_id, context.claim.received_at)
    return None if law is None else law.state
