"""Adjudicating decided claims again, in Temporal: names, and messages that hold opaque ids, codes and times only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

READJUDICATE: Final = "ReadjudicateWorkflow"
CORRECTION_ACT_UPDATE: Final = "act"
READJUDICATE_SIGNAL: Final = "look"
PROPOSE_CORRECTION: Final = "propose_correction"
APPLY_CORRECTION_ACTION: Final = "apply_correction_action"


@dataclass(frozen=True)
class Readjudicate:
    """Input of the workflow of one reopening: the id under which its claim is adjudicated again."""

    readjudication_id: str


@dataclass(frozen=True)
class CorrectionAct:
    """The readjudication, the id of an action that was submitted for it, and when the workflow took it up (ISO)."""

    readjudication_id: str
    action_id: str
    at: str


@dataclass(frozen=True)
class CorrectionAnswer:
    """The answer to an action: `code` names a refusal. `over`: the reopening is closed; `again`: adjudicate the claim again."""

    accepted: bool
    code: str = ""
    over: bool = False
    again: bool = False


@dataclass(frozen=True)
class Looked:
    """The result of adjudicating again: `over` when the reopening is closed, `result` as the proposal names it."""

    over: bool
    result: str = ""
