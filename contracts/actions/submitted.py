"""An action as a person submitted it, with the answer it got, as storage keeps and the console shows it."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.people import Refusal


@dataclass(frozen=True, slots=True)
class SubmittedAction:
    """One action on a claim or an appeal (`subject_id`); `content` is its JSON. `accepted` is None until it is judged."""

    action_id: str
    subject_id: str
    person_id: str
    content: str
    accepted: bool | None = None
    refusal: Refusal | None = None
