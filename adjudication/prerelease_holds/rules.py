"""A plan's payment authority, and its quality sample: which claims quality checks before release.

A claim is drawn by its id and the plan's seed alone: the same on every try, on every machine and when replayed, and not
to be foreseen by whoever knows the claim's number but not the seed.
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
    """Which decisions a rate is for; a claim is in the first of these that fits, from the last to the first."""

    APPROVED = "approved"
    DENIED = "denied"
    BY_PEOPLE = "decided-by-people"


@dataclass(frozen=True, slots=True)
class PaymentAuthority:
    """Up to which amount of US dollars a claim is paid without a supervisor."""

    amount: Decimal
    citation: Citation


@dataclass(frozen=True, slots=True)
class QualitySample:
    """Which share of each stratum quality looks at before release; a stratum without a rate is not sampled.

    `released_hours` before the first legal deadline, a claim that quality did not check is released.
    """

    seed: str
    rates: Mapping[Stratum, Decimal]
    released_hours: int
    citation: Citation

    def takes(self, claim_id: ClaimId, stratum: Stratum) -> bool:
        """Say whether the sample takes a claim; one taken at a rate is taken at every higher one."""
        draw = int.from_bytes(hmac.digest(self.seed.encode(), claim_id.encode(), "sha256")[:8])
        return draw < self.rates.get(stratum, Decimal(0)) * _DRAWS
