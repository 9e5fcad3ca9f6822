"""The questions of the policies as FHIR R4 Questionnaires, for electronic records that fill them in (DTR)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Response

from adjudication.model.vocabulary import ClaimId
from console.access.session import Services, SignedIn
from console.sign_in.break_glass import opened
from console.web.problems import Problem

router = APIRouter(tags=["policies"])

FHIR = "application/fhir+json"
Name = Annotated[str, Path(max_length=60, pattern="^[!-~]+$")]


@router.get("/api/policies/questionnaire", response_class=Response)
async def read_dictionary(console: Services, person: SignedIn) -> Response:  # noqa: ARG001 - open to every role
    """Return every fact that a record can state as one Questionnaire."""
    return Response(orjson.dumps(console.policy_pages.dictionary()), media_type=FHIR)


@router.get("/api/claims/{claim_id}/questionnaire", response_class=Response, tags=["claims"])
async def read_claim_questionnaire(claim_id: UUID, console: Services, person: SignedIn) -> Response:
    """Return the open questions of a claim as a Questionnaire, each question about the region or line that asks it.

    It names no member. The questions reveal something about the chart, so the view is recorded first. Answers are sent as
    the response of a document.
    """
    waiting, _ = await opened(console, person, ClaimId(str(claim_id)))
    claim = waiting.claim
    found = await console.policy_pages.open_questionnaire(claim.claim_id, claim.control_number, console.now().date())
    if found is None:
        raise Problem(404, "nothing-open", "no policy has an open question about this claim")
    return Response(orjson.dumps(found), media_type=FHIR)


@router.get("/api/policies/{policy}/{version}/questionnaire", response_class=Response)
async def read_questionnaire(
    policy: Name,
    version: Name,
    console: Services,
    person: SignedIn,  # noqa: ARG001
    code: Annotated[str, Query(pattern="^[0-9A-Z]{5}$", description="The procedure code that is asked about.")],
) -> Response:
    """Return the questions of a policy version about a procedure code as a Questionnaire."""
    found = console.policy_pages.questionnaire(policy, version, code)
    if found is None:
        raise Problem(404, "no-such-questionnaire", "no policy version of this name has a rule about this code")
    return Response(orjson.dumps(found), media_type=FHIR)
