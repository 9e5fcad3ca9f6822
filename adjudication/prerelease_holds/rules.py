"""A plan's payment authority, and its quality sample: which claims quality checks before release.

The draw depends only on the claim id and the plan's secret seed. So every retry, every worker and every replay gives the
same answer, and a person who does not know the seed cannot predict which claims quality will check.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from adjudication.model.findings import Citation
from adjudication.model.vocabulary import ClaimId

_DRAWS: Final = 1 << 64


class Stratum(StrEnum):
    """The sampling groups, each with its own rate. A reviewer's decision or entry comes before a denial, a denial before approval.

    `ANONYMOUS`: approved on facts of a document that names no author, which the plan accepts without a named author.
    """

    APPROVED = "approved"
    ANONYMOUS = "on-anonymous-documents"
    DENIED = "denied"
    BY_PEOPLE = "decided-by-people"


@dataclass(frozen=True, slots=True)
class PaymentAuthority:
    """The largest amount in US dollars that the plan pays on a claim without a supervisor's approval."""

    amount: Decimal
    citation: Citation


@dataclass(frozen=True, slots=True)
class QualitySample:
    """The share of each stratum that quality checks before release; a stratum without a rate is not sampled.

    `released_hours` before the first legal deadline, a claim that quality did not check is released.
    """

    seed: str
    rates: Mapping[Stratum, Decimal]
    released_hours: int
    citation: Citation

    def takes(self, claim_id: ClaimId, stratum: Stratum) -> bool:
        """Return whether the sample takes a claim. A claim taken at one rate is also taken at every higher rate."""
        rate = self.rates.get(stratum)
        if rate is None:
            return False
        draw = int.from_bytes(hmac.digest(self.seed.encode(), claim_id.encode(), "sha256")[:8])
        return draw < rate * _DRAWS
