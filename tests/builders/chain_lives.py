"""A life of one claim and its corrections: what is sent, in which order and batches, and what must hold at every moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Disposition
from adjudication.model.vocabulary import ClaimId, Frequency
from contracts.ids import payer_claim_number
from tests.builders.activities.claims import a_claim
from tests.builders.chains import a_correction

TAKEN_BACK = (Disposition.REVERSED, Disposition.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim of a life: how it changes which earlier one of the list (none: an original)."""

    frequency: Frequency
    changes: int = 0


def claims_of(sent: Sequence[Sent], code: str) -> list[Claim]:
    """The claims, each a correction of the one it names; the first is an original whatever it says."""
    claims: list[Claim] = []
    for number, each in enumerate(sent):
        control = f"C{number}"
        original = number == 0 or each.frequency is Frequency.ORIGINAL
        of = None if original else claims[each.changes % number]
        claims.append(
            a_claim(control, code) if of is None else a_correction(of, code, control=control, frequency=each.frequency)
        )
    return claims


def root_of(claim: Claim, claims: Sequence[Claim]) -> ClaimId:
    """The original that a correction descends from."""
    by_number = {payer_claim_number(c.claim_id): c for c in claims}
    while claim.frequency is not Frequency.ORIGINAL:
        claim = by_number[claim.payer_claim_number or ""]
    return claim.claim_id


def pays(newest: Determination | None) -> bool:
    """Return whether a claim's newest determination pays anything."""
    return newest is not None and any(line.disposition is Disposition.APPROVED for line in newest.lines)


def at_most_one_stands(claims: Sequence[Claim], newest: dict[ClaimId, Determination]) -> None:
    """Of every chain one claim pays at most, and a correction that pays has taken back what it names."""
    paying = [claim for claim in claims if pays(newest.get(claim.claim_id))]
    assert not [root for root, times in Counter(root_of(c, claims) for c in paying).items() if times > 1]
    by_number = {payer_claim_number(c.claim_id): c.claim_id for c in claims}
    for claim in paying:
        if claim.frequency is not Frequency.ORIGINAL:
            changed = newest[by_number[claim.payer_claim_number or ""]]
            assert all(line.disposition in TAKEN_BACK for line in changed.lines)


def units_held(uses: Iterable[AuthorizationUse], claims: Sequence[Claim]) -> int:
    """Units taken, those of one chain once: only one of its claims is paid in the end."""
    root = {claim.claim_id: root_of(claim, claims) for claim in claims}
    held: dict[tuple[str, ClaimId], Counter[ClaimId]] = {}
    for use in uses:
        held.setdefault((use.number, root[use.claim_id]), Counter())[use.claim_id] += int(use.units)
    return sum(max(by_claim.values()) for by_claim in held.values())
