"""The subject of a pre-release hold: the decision that would be determined, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from adjudication.model.determination import Pend
from adjudication.model.findings import Finding, ProposalDetail
from adjudication.model.reference import ReferenceData
from adjudication.model.vocabulary import OutcomeCode
from console.review.models import HoldResponse, ProposedResponse

_LABELS: Final = {
    "amount": "would be payable",
    "authority": "payable without a supervisor up to",
    "approved_before": "approved before",
    "stratum": "sampled among what is",
    "held_until": "released without a look from",
}
"""The findings of holds in words."""


def held_shown(pends: Iterable[Pend], findings: Iterable[Finding], reference: ReferenceData) -> Iterator[HoldResponse]:
    """Yield each open hold with the proposed decision."""
    found = {finding.outcome: finding for finding in findings if finding.verdict == "pends"}
    for pend in pends:
        finding = found.get(pend.outcome)
        if not pend.about or finding is None:
            continue
        evidence = [(each.name, each.value) for each in finding.evidence]
        proposed = finding.detail.lines if isinstance(finding.detail, ProposalDetail) else ()
        lines = tuple(
            ProposedResponse(
                line=each.line,
                disposition=each.disposition,
                payable=each.paid,
                reason=_label(each.reason, reference),
                people=each.people,
            )
            for each in proposed
        )
        facts = {_LABELS[name]: _in_words(name, value) for name, value in evidence if name in _LABELS}
        yield HoldResponse(code=pend.code, outcome=pend.outcome, about=pend.about, facts=facts, lines=lines)


def _in_words(name: str, value: str) -> str:
    if name == "held_until":
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    return value.replace("-", " ") if name == "stratum" else value


def _label(outcome: str, reference: ReferenceData) -> str:
    rule = reference.outcomes.get(OutcomeCode(outcome))
    return outcome if rule is None else rule.label
