"""Stores for claims that a dry run adjudicates several times with different data: each row is read once and then cached.

The cache lives as long as one page of claims, so that its content does not become outdated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from activities.ports import AuthorizationStore, ClaimStore, CoverageStore, HistoryStore, Ports, RosterStore
from adjudication.model.authorizations import AuthorizationUse
from adjudication.model.vocabulary import ClaimId
from adjudication.readjudication.attribution import Source
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.roster import RosteredProvider
from contracts.records.campaigns import FeedsThen
from contracts.records.decisions import (
    Allocate,
    AuthorizationLedger,
    Histories,
    HistoryQuery,
    StoredClaim,
)


def reading_once(ports: Ports) -> Ports:
    """Return the same stores with a cache. The store of authorizations must be that of a dry run, which records nothing."""
    return replace(
        ports,
        claims=_Claims(ports.claims),
        coverage=_Coverage(ports.coverage),
        roster=_Roster(ports.roster),
        authorizations=_Authorizations(ports.authorizations),
        history=_History(ports.history),
    )


@dataclass(frozen=True, slots=True)
class OfClaim:
    """A claim adjudicated with the feeds as of an earlier instant: its member, and the state of the feeds for it."""

    claim_id: ClaimId
    member_id: str
    npis: frozenset[str]
    then: FeedsThen

    def names(self, place: int) -> Mapping[str, object]:
        """Return the keys that must be unique in a batch: the member, and each provider with its state."""
        return {f"member/{self.member_id}": place} | {npi: self.then.providers.get(npi) for npi in self.npis}


def with_feeds_as_they_were(ports: Ports, claims: Sequence[OfClaim], sources: frozenset[Source]) -> Ports:
    """Return the stores with some feeds as of an earlier instant for these claims, which `apart` grouped.

    Units that other claims used are counted as of today.
    """
    if Source.COVERAGE in sources:
        ports = replace(ports, coverage=_CoverageThen({each.member_id: each.then.coverage for each in claims}))
    if Source.AUTHORIZATIONS in sources:
        ports = replace(ports, authorizations=_AuthorizationsThen(ports.authorizations, claims))
    if Source.PROVIDERS in sources:
        known = {npi: found for each in claims for npi, found in each.then.providers.items()}
        ports = replace(ports, roster=_RosterThen(known))
    return ports


def apart(claims: Sequence[Mapping[str, object]]) -> list[list[int]]:
    """Group claims, by their indexes, into batches in which no two claims have the same key with different values."""
    batches: list[tuple[dict[str, object], list[int]]] = []
    for place, names in enumerate(claims):
        free = next((each for each in batches if all(each[0].get(n, v) == v for n, v in names.items())), None)
        if free is None:
            batches.append(free := ({}, []))
        free[0].update(names)
        free[1].append(place)
    return [places for _, places in batches]


class _Claims:
    def __init__(self, store: ClaimStore) -> None:
        self._store = store
        self._known: dict[ClaimId, StoredClaim] = {}

    async def load(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, StoredClaim]:
        missing = [claim_id for claim_id in claim_ids if claim_id not in self._known]
        if missing:
            self._known |= await self._store.load(missing)
        return {claim_id: self._known[claim_id] for claim_id in claim_ids if claim_id in self._known}


class _Coverage:
    def __init__(self, store: CoverageStore) -> None:
        self._store = store
        self._known: dict[str, Sequence[CoverageSpan]] = {}

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        missing = [member for member in member_ids if member not in self._known]
        if missing:
            self._known |= dict.fromkeys(missing, ()) | dict(await self._store.spans(missing))
        return {member: self._known[member] for member in member_ids}


class _Roster:
    def __init__(self, store: RosterStore) -> None:
        self._store = store
        self._known: dict[str, RosteredProvider | None] = {}

    async def providers(self, npis: Sequence[str]) -> Mapping[str, RosteredProvider]:
        missing = [npi for npi in npis if npi not in self._known]
        if missing:
            found = await self._store.providers(missing)
            self._known |= {npi: found.get(npi) for npi in missing}
        return {npi: known for npi in npis if (known := self._known[npi]) is not None}


class _Authorizations:
    def __init__(self, store: AuthorizationStore) -> None:
        self._store = store
        self._known: dict[str, AuthorizationLedger] = {}

    async def allocate(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId] = ()) -> None:
        missing = [member for member in member_ids if member not in self._known]

        def remember(ledger: AuthorizationLedger) -> Sequence[AuthorizationUse]:
            for member in missing:
                of_member = ledger.authorizations.get(member, ()), ledger.uses.get(member, ())
                self._known[member] = AuthorizationLedger({member: of_member[0]}, {member: of_member[1]})
            return ()

        if missing:
            await self._store.allocate(missing, remember, again)
        known = [self._known[member] for member in member_ids]
        decide(
            AuthorizationLedger(
                {member: found for each in known for member, found in each.authorizations.items()},
                {member: uses for each in known for member, uses in each.uses.items()},
            )
        )


class _History:
    def __init__(self, store: HistoryStore) -> None:
        self._store = store
        self._known: dict[ClaimId, tuple[HistoryQuery, Histories]] = {}

    async def lines(self, queries: Sequence[HistoryQuery]) -> Histories:
        missing = [query for query in queries if not self._knows(query)]
        if missing:
            found = await self._store.lines(missing)
            self._known |= {query.claim_id: (query, found) for query in missing}
        answers = {query.claim_id: self._known[query.claim_id][1] for query in queries}
        return Histories(
            {claim_id: found.of(claim_id) for claim_id, found in answers.items()},
            frozenset(claim_id for claim_id, found in answers.items() if claim_id in found.too_long),
            max((found.most for found in answers.values()), default=0),
        )

    def _knows(self, query: HistoryQuery) -> bool:
        return query.claim_id in self._known and self._known[query.claim_id][0] == query


@dataclass(frozen=True, slots=True)
class _CoverageThen:
    of_members: Mapping[str, Sequence[CoverageSpan]]

    async def spans(self, member_ids: Sequence[str]) -> Mapping[str, Sequence[CoverageSpan]]:
        return {member: self.of_members[member] for member in member_ids}


@dataclass(frozen=True, slots=True)
class _RosterThen:
    known: Mapping[str, RosteredProvider]

    async def providers(self, npis: Sequence[str]) -> Mapping[str, RosteredProvider]:
        return {npi: self.known[npi] for npi in npis if npi in self.known}


@dataclass(frozen=True, slots=True)
class _AuthorizationsThen:
    store: AuthorizationStore
    claims: Sequence[OfClaim]

    async def allocate(self, member_ids: Sequence[str], decide: Allocate, again: Sequence[ClaimId] = ()) -> None:
        then = {each.member_id: each.then.authorizations for each in self.claims}
        await self.store.allocate(member_ids, lambda ledger: decide(AuthorizationLedger(then, ledger.uses)), again)
