"""The actions on the proposal to correct a decided claim, sent by the API, the form and the command line."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from adjudication.readjudication.rules import Ground
from contracts.events.reopenings import SHORTEST_RATIONALE
from contracts.scalars import Whole

Words = Annotated[str, Field(min_length=SHORTEST_RATIONALE, max_length=2000, pattern=r"\S")]


class _Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApproveCorrectionV1(_Action):
    """Approve the proposal of this number, on a ground of the rule."""

    action: Literal["approve"]
    number: Annotated[Whole, Field(ge=1)]
    ground: Ground = Ground.ORDINARY
    rationale: Words


class LeaveDecisionV1(_Action):
    """Decline: the decision stays as it is, and the reopening is closed."""

    action: Literal["leave"]
    rationale: Words


class LookAgainV1(_Action):
    """Adjudicate the claim again with the data as they are now."""

    action: Literal["again"]


CorrectionAction = ApproveCorrectionV1 | LeaveDecisionV1 | LookAgainV1
CORRECTION_ACTION: Final[TypeAdapter[CorrectionAction]] = TypeAdapter(
    Annotated[CorrectionAction, Field(discriminator="action")]
)
