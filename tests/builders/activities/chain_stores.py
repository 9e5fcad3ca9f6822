"""Replacements and voids over dictionaries: who names whom, who gave way to whom. PostgreSQL does it under lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from adjudication.corrections.judge import ChainClaim, CurrentLine
from adjudication.model.claim import Claim
from adjudication.model.determination import Determination, Disposition, Pended
from adjudication.model.pends import CORRECTION_PEND
from adjudication.model.vocabulary import ClaimId, Frequency
from contracts.ids import payer_claim_number
from contracts.records.decisions import Publication, SupersededClaim

_TAKEN_BACK = (Disposition.REVERSED, Disposition.WITHDRAWN)


@dataclass
class InMemoryChains:
    """Shares the ledger's claims, pends and newest determinations; `taken` says by whom, and whether for good."""

    claims: dict[ClaimId, tuple[int, Claim]]
    pended: dict[ClaimId, Pended]
    determined: dict[ClaimId, Determination]
    taken: dict[ClaimId, tuple[ClaimId, bool]] = field(default_factory=dict)
    versions: dict[ClaimId, list[Determination]] = field(default_factory=dict)

    def of(self, claim: Claim) -> tuple[ChainClaim, ...]:
        """The claim it names, then the one that one named, and so on."""
        if claim.frequency is Frequency.ORIGINAL:
            return ()
        found, path, asked = [], {claim.claim_id}, claim
        named, by_control_number = self._named(claim)
        while named is not None:
            found.append(self._standing(named, by_control_number=by_control_number))
            path.add(named.claim_id)
            asked, by_control_number = named, False
            named = None if asked.frequency is Frequency.ORIGINAL else self._numbered(asked)
            named = None if named is None or named.claim_id in path else named
        return tuple(found)

    def awaited(self, claim: Claim) -> bool:
        """Return whether a replacement or void names this claim."""
        return any(self._numbered(other) is claim for other in self._corrections())

    def waiting(self, claim_ids: Iterable[ClaimId]) -> list[ClaimId]:
        """Corrections that wait and name one of these."""
        wanted = {payer_claim_number(claim_id) for claim_id in claim_ids}
        return [
            c.claim_id
            for c in self._corrections()
            if c.payer_claim_number in wanted
            and c.claim_id in self.pended
            and any(pend.code == CORRECTION_PEND for pend in self.pended[c.claim_id].pends)
        ]

    def stands(self, claim: Claim) -> bool:
        """Return whether others see this claim's lines at all."""
        decided = self.determined.get(claim.claim_id)
        return decided is None or decided.lines[0].disposition not in _TAKEN_BACK

    def counts(self, claim: Claim) -> bool:
        """Return whether others count this claim's lines: a correction does once what it changes has given way."""
        if claim.frequency is Frequency.ORIGINAL or claim.claim_id in self.determined:
            return True
        mine = [given for by, given in self.taken.values() if by == claim.claim_id]
        return bool(mine) and all(mine)

    def fits(self, publication: Publication) -> bool:
        """Return whether everything that is to give way is still as it was read, and no other person's."""
        inherits = {given.claim.claim_id for given in publication.superseded}
        return all(self._fits(given, publication, inherits) for given in publication.superseded)

    def _fits(self, given: SupersededClaim, publication: Publication, inherits: set[ClaimId]) -> bool:
        claim_id = given.claim.claim_id
        newest = self.determined.get(claim_id)
        by, final = self.taken.get(claim_id, (publication.stored.claim.claim_id, False))
        mine = not final and (by == publication.stored.claim.claim_id or by in inherits)
        return mine and given.version == (0 if newest is None else newest.version)

    def take(self, publication: Publication) -> Iterator[SupersededClaim]:
        """Record what gives way for good, and reserve the rest."""
        for given in publication.superseded:
            self.taken[given.claim.claim_id] = (publication.stored.claim.claim_id, given.determination is not None)
            if given.determination is not None:
                self.pended.pop(given.claim.claim_id, None)
                self.decide(given.determination)
                yield given

    def decide(self, determination: Determination) -> None:
        """Keep a determination as its claim's newest; what the claim had reserved and not taken is free again."""
        self.determined[determination.claim_id] = determination
        self.versions.setdefault(determination.claim_id, []).append(determination)

    def free(self, claim_id: ClaimId) -> None:
        """Let go of what a decided claim reserved and did not take."""
        for held in [c for c, (by, final) in self.taken.items() if by == claim_id and not final]:
            del self.taken[held]

    def _corrections(self) -> Sequence[Claim]:
        return [claim for _, claim in self.claims.values() if claim.frequency is not Frequency.ORIGINAL]

    def _numbered(self, claim: Claim) -> Claim | None:
        numbered = (c for c_id, (_, c) in self.claims.items() if payer_claim_number(c_id) == claim.payer_claim_number)
        return next(numbered, None)

    def _named(self, claim: Claim) -> tuple[Claim | None, bool]:
        numbered = self._numbered(claim)
        if numbered is not None:
            return numbered, False
        same = [
            c
            for _, c in self.claims.values()
            if (c.submitter, c.control_number) == (claim.submitter, claim.control_number)
            and c.revision < claim.revision
        ]
        return max(same, key=lambda c: c.revision, default=None), True

    def _standing(self, claim: Claim, *, by_control_number: bool) -> ChainClaim:
        decided = self.determined.get(claim.claim_id)
        lines = () if decided is None else decided.lines
        by, final = self.taken.get(claim.claim_id, (None, False))
        return ChainClaim(
            claim=claim,
            version=0 if decided is None else decided.version,
            pended=claim.claim_id in self.pended,
            lines=tuple(CurrentLine(d.line, d.code, d.disposition, d.charge, d.paid, d.adjustments) for d in lines),
            changed_by=by,
            superseded=final,
            by_control_number=by_control_number,
        )
