"""What a plan pays on a line after other payers have paid, and the adjustments that balance it.

The prior payers' impact (CARC 23, group OA) is what the provider has posted already: their payments and write-offs. What
is left is paid, or written off by our own contract (CARC 45), so that nothing is posted twice (X12 835 TR3 1.10.2.13).
May not decide who pays first: adjudication/steps/coordination_of_benefits.py does, and leaves the amounts in its finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from adjudication.model import outcomes
from adjudication.model.findings import Evidence, Finding
from adjudication.model.vocabulary import CoordinationMethod, OutcomeCode, Verdict

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PriorPayment:
    """What the payers before us did with a line of `charge`, in US dollars; `payers` counts them.

    `share` is what they left to the patient of what they allowed, `accepted` what the provider must take as payment in
    full by their contracts (the charge, where none says so).
    """

    payers: int
    charge: Decimal
    paid: Decimal
    share: Decimal
    accepted: Decimal

    @property
    def allowed(self) -> Decimal:
        """What the payers before us allowed for the line."""
        return min(self.charge, self.paid + self.share)

    def for_charge(self, charge: Decimal) -> PriorPayment:
        """Return its part for a part of the charge: an appeal may grant a line in part."""
        if charge == self.charge:
            return self
        paid, share, accepted = (
            (amount * charge / self.charge).quantize(_CENT, ROUND_HALF_UP)
            for amount in (self.paid, self.share, self.accepted)
        )
        return PriorPayment(self.payers, charge, paid, min(share, charge - paid), min(accepted, charge))

    def evidence(self) -> tuple[Evidence, ...]:
        """Return it as the evidence of a finding; prior_payment reads it back."""
        return (
            Evidence("prior_payers", str(self.payers)),
            Evidence("charge", str(self.charge)),
            Evidence("prior_paid", str(self.paid)),
            Evidence("patient_share", str(self.share)),
            Evidence("accepted", str(self.accepted)),
        )


def prior_payment(findings: Iterable[Finding]) -> PriorPayment | None:
    """Return what other payers paid before us on the line of these findings; None where we are the first."""
    after = (f for f in findings if f.outcome == outcomes.AFTER_PRIOR_PAYER and f.verdict is Verdict.PASSES)
    found = next(after, None)
    if found is None:
        return None
    told = {each.name: each.value for each in found.evidence}
    names = ("charge", "prior_paid", "patient_share", "accepted")
    charge, paid, share, accepted = (Decimal(told[name]) for name in names)
    return PriorPayment(int(told["prior_payers"]), charge, paid, share, accepted)


def secondary_payment(method: CoordinationMethod, own: Decimal, prior: PriorPayment) -> Decimal:
    """Return what we pay after `prior`; `own` is what we would pay alone. Never below zero, never above `own`."""
    higher = max(own, prior.allowed)
    ceilings = {
        CoordinationMethod.STANDARD: higher,
        CoordinationMethod.MEDICAID: own,
        CoordinationMethod.MEDICARE: min(prior.accepted, higher),
    }
    return max(Decimal(0), min(own, ceilings[method] - prior.paid))


def secondary_adjustments(paid: Decimal, prior: PriorPayment) -> tuple[tuple[OutcomeCode, Decimal], ...]:
    """Return the adjustments of a line on which we pay `paid` after `prior`, by outcome; with `paid` they make the charge."""
    impact = prior.charge - max(paid, prior.share)
    ours = max(Decimal(0), prior.share - paid)
    return tuple(
        (outcome, amount)
        for outcome, amount in ((outcomes.PRIOR_PAYER, impact), (outcomes.ABOVE_ALLOWED, ours))
        if amount
    )
