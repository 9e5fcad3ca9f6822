"""The actions on an appeal: one entry each, with its message, its names on the screens and the core's action.

A new action is one handler in adjudication/appeals, one message and one entry here, and one form in
console/appeals/forms.py. docs/review.md lists the steps; tests/unit/contracts/test_appeal_actions.py checks that each
entry has all its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from adjudication.appeals import actions as core
from contracts.actions.appeal_messages import (
    AcknowledgeV1,
    AddDocumentsV1,
    AppealActionV1,
    AssignDeciderV1,
    DecideAppealV1,
    DecideGoodCauseV1,
    DecideUrgencyV1,
    DismissV1,
    ExtendV1,
    HearAnywayV1,
    OpenLevelV1,
    ReceiveProofV1,
    RecordEffectuationV1,
    RecordForwardV1,
    RecordOutsideRulingV1,
    SettleOverturnedV1,
    TryAgainV1,
    VacateDismissalV1,
    WithdrawV1,
)


@dataclass(frozen=True, slots=True)
class AppealActionEntry:
    """One action on an appeal.

    message: the content sent.
    core_action: the action that the core judges, by the handler in adjudication/appeals/apply.py; None for the two actions that
    activities/appeals/consequences.py handles with the determination.
    title, button, hint: the form on the page of the appeal. done: the answer to the person who did it.
    """

    message: type[AppealActionV1]
    core_action: type[Any] | None
    title: str
    button: str
    hint: str
    done: str

    @property
    def name(self) -> str:
        """The action's name in messages, addresses and forms."""
        return str(self.message.model_fields["action"].default)


_ENTRIES: Final = (
    AppealActionEntry(
        DecideAppealV1,
        core.Decide,
        "Decide this level",
        "Sign and decide",
        "Your ruling on every line, and why. It is published at once.",
        "your decision is recorded and published with everything that follows from it",
    ),
    AppealActionEntry(
        AssignDeciderV1,
        core.AssignDecider,
        "Assign a decider",
        "Assign",
        "A person who took no part before, and reports to no one who did.",
        "the appeal is assigned to its decider",
    ),
    AppealActionEntry(
        AcknowledgeV1,
        core.Acknowledge,
        "Acknowledge",
        "Record it",
        "A notice to the appellant says that we received the appeal.",
        "the acknowledgment is recorded",
    ),
    AppealActionEntry(
        ReceiveProofV1,
        core.ReceiveProof,
        "Record a proof",
        "Record it",
        "If the deadline waits for proofs, it starts with the last one.",
        "the proof is recorded",
    ),
    AppealActionEntry(
        DecideGoodCauseV1,
        core.DecideGoodCause,
        "Decide on good cause",
        "Record it",
        "Refusing good cause does not end the appeal; a dismissal does.",
        "the finding on good cause is recorded",
    ),
    AppealActionEntry(
        DecideUrgencyV1,
        core.DecideUrgency,
        "Decide on urgency",
        "Record it",
        "Only a clinician may refuse an expedited appeal.",
        "the finding on urgency is recorded",
    ),
    AppealActionEntry(
        ExtendV1,
        core.Extend,
        "Take the extension",
        "Take it",
        "Once, before the deadline, with a notice to the appellant.",
        "the extension is taken",
    ),
    AppealActionEntry(
        WithdrawV1,
        core.Withdraw,
        "Record a withdrawal",
        "Record it",
        "Only at the appellant's own request. A letter confirms it: see Letters.",
        "the appeal is withdrawn",
    ),
    AppealActionEntry(
        DismissV1,
        core.Dismiss,
        "Dismiss without a decision",
        "Dismiss it",
        "A letter says why, and what the appellant may still do: see Letters.",
        "the appeal is dismissed; print the letter that says why and what the appellant may still do (see Letters)",
    ),
    AppealActionEntry(
        HearAnywayV1,
        core.HearAnyway,
        "Decide it anyway",
        "Record it",
        "You find no reason to dismiss the appeal.",
        "the appeal will be decided",
    ),
    AppealActionEntry(
        VacateDismissalV1,
        core.VacateDismissal,
        "Vacate the dismissal",
        "Vacate it",
        "For good cause, within the time the rule gives.",
        "the dismissal is vacated; the appeal will be decided",
    ),
    AppealActionEntry(
        RecordOutsideRulingV1,
        core.RecordOutsideRuling,
        "Record the other forum's ruling",
        "Record it",
        "Overturned lines are determined again at once.",
        "the other forum's ruling is recorded and published",
    ),
    AppealActionEntry(
        RecordEffectuationV1,
        core.RecordEffectuation,
        "Record that it was carried out",
        "Record it",
        "The overturned service was given, or the payment made.",
        "recorded that the ruling was carried out",
    ),
    AppealActionEntry(
        OpenLevelV1,
        core.OpenLevel,
        "Open the next level",
        "Open it",
        "The appellant asks for it.",
        "the next level is open",
    ),
    AppealActionEntry(
        AddDocumentsV1,
        core.AddDocuments,
        "Add documents",
        "Add them",
        "Late documents are kept too, and are forwarded with the file.",
        "the documents are added to the appeal",
    ),
    AppealActionEntry(
        SettleOverturnedV1,
        None,
        "Settle a pend of an overturned line",
        "Settle it",
        "The line is determined when it has no pend left.",
        "settled; the overturned lines are determined when they have no pend left",
    ),
    AppealActionEntry(
        TryAgainV1,
        None,
        "Try again",
        "Try again",
        "Determines the overturned lines with the policy data and claims as they are now.",
        "tried again; pends that are left are shown on the appeal",
    ),
    AppealActionEntry(
        RecordForwardV1,
        core.RecordForward,
        "Record that the file was forwarded",
        "Record it",
        "The file left for the next forum.",
        "recorded that the file was forwarded",
    ),
)
APPEAL_ACTIONS: Final = {entry.name: entry for entry in _ENTRIES}
"""Every action on an appeal, by name, in the order of the forms: the weightiest first."""

_Messages: Any = reduce(or_, (entry.message for entry in _ENTRIES))
APPEAL_ACTION: Final[TypeAdapter[AppealActionV1]] = TypeAdapter(Annotated[_Messages, Field(discriminator="action")])
"""Reads and writes the message of every action on an appeal; the name in `action` says which."""
