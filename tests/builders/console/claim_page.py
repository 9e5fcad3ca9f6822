"""Claims for the claim page, and who viewed them according to the audit trail."""

from __future__ import annotations

from adjudication.model.vocabulary import ClaimId
from tests.builders.console.office import Office
from tests.builders.ledger.ledgers import SIGNATURE, denied
from tests.builders.ledger.submissions import a_submission

RATIONALE = "The words of a rationale that only those who open the claim may read, at some length."


async def viewed(office: Office) -> list[tuple[str, ...]]:
    query = "SELECT subject, person_id, role FROM audit_trail WHERE subject LIKE 'view/%' ORDER BY entry"
    return [tuple(row) for row in await office.rows(query)]


async def decided(office: Office) -> ClaimId:
    """A claim with a line paid and a line denied on a signed clinical ground, and one that is denied on another."""
    batch, [one] = await office.stores.accept(a_submission("DONE-1", "72148", "72141", "72146"))
    lines = one.claim.lines
    clinical = denied(lines[1], carc="50", clinical=True, signature=SIGNATURE)
    await office.stores.signed(one.claim.claim_id, SIGNATURE)
    publication = office.stores.determined(one, denied(lines[0]), clinical, denied(lines[2]))
    await office.stores.decisions.commit(batch.batch_id, [publication])
    return one.claim.claim_id
