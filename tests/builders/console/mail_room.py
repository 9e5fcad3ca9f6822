"""What the reconciler does with letters, in its database role, and addresses from the feeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from adjudication.deadlines.state import DeadlineState
from adjudication.model.vocabulary import ClaimId
from adjudication.review.claim_deadlines import claim_deadlines
from contracts.events.addresses import AddressV1
from contracts.events.feeds import ProviderChangedV1
from contracts.events.letters import LetterSentV1, MailingResult
from letters.issuing import LetterIssuer
from storage.claims.claim_file import read_claim_file
from storage.letters.notices_due import NoticeKeeper, NoticesDue
from storage.letters.proofs import LetterProofs
from storage.privileges.roles import DatabaseRole
from tests.builders.console.office import Office
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import a_coverage_change

NPI = "1234567893"
HOME = AddressV1(lines=("1 Synthetic Street",), city="Syntheville", state="NY", postal_code="99999")


class MailRoom:
    """What the reconciler runs, in its database role."""

    def __init__(self, office: Office) -> None:
        self.office = office
        engine = in_role(office.stores.engine, DatabaseRole.RECONCILER)
        self.keeper = NoticeKeeper(engine, office.library.reference)
        self.issuer = LetterIssuer(engine, office.library, office.clock)
        self.notices = NoticesDue(engine)

    async def look(self) -> None:
        self.office.now += timedelta(minutes=6)
        await self.keeper.look(self.office.now)
        await self.issuer.look()

    async def issued(self) -> list[tuple[str, ...]]:
        query = "SELECT kind, audience, step FROM issued_letters ORDER BY kind, audience, step"
        return [tuple(row) for row in await self.office.rows(query)]

    async def mailed(self) -> None:
        """Prove the mailing of every letter that was handed over."""
        rows = await self.office.rows("SELECT letter_id::text, encode(digest, 'hex') AS digest FROM letter_mailings")
        sent: dict[str, Any] = {
            "result": MailingResult.SENT,
            "carrier": "Synthetic Carrier",
            "reference": "SYN-1",
            "at": self.office.now,
        }
        self.mailed_at = self.office.now
        proofs = [LetterSentV1(letter_id=row.letter_id, version=1, sha256=row.digest, **sent) for row in rows]
        assert proofs
        engine = in_role(self.office.stores.engine, DatabaseRole.STREAMS)
        assert await LetterProofs(engine).apply(proofs) == {}
        await self.look()

    async def stopped(self, claim: ClaimId) -> set[datetime | None]:
        """Return since when the legal deadlines of a claim are stopped."""
        now = self.office.now
        times = (await read_claim_file(self.office.stores.engine, claim)).times
        assert times is not None
        states = claim_deadlines(times, self.office.library.reference, now)
        return {state.tolled_since for state in states if isinstance(state, DeadlineState)}

    async def why_stuck(self) -> list[str | None]:
        return [notice.stuck for notice in await self.notices.open(10)]


async def addressed(office: Office, *, member: bool = True, provider: bool = True, plan: str = "HUDSON-COMM") -> None:
    """Let the feeds state addresses of the member and of the provider who bills."""
    if member:
        newer = a_coverage_change(2, plan=plan).model_copy(update={"address": HOME})
        await office.stores.feeds.apply_coverage([newer])
    if provider:
        await office.stores.feeds.apply_providers([ProviderChangedV1(npi=NPI, version=1, address=HOME)])
