"""Every action on a claim in review has all its parts, and a new one needs nothing but its entry, handler and form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import pytest

from adjudication.people import Refusal, Role, forbidden
from adjudication.review.case import Action, ActionContext, Case, CaseRules, Done, fold
from adjudication.review.permissions import permit
from console.review.forms import FORMS
from contracts.actions.review import REVIEW_ACTION, REVIEW_ACTIONS, ReviewActionEntry, ReviewActionV1, message_reader
from tests.builders.reviews import NEW_YORK, NOW, NURSE, a_case, a_person, rules

TEMPLATES = "".join(file.read_text() for file in sorted(Path("console/review").glob("*.html")))


@pytest.mark.parametrize("entry", REVIEW_ACTIONS.values(), ids=list(REVIEW_ACTIONS))
def test_an_entry_has_all_its_parts(entry: ReviewActionEntry) -> None:
    assert all((entry.name, entry.label, entry.done, entry.history))
    assert entry.name in FORMS, "its form is read in console/review/forms.py"
    assert f'"{entry.name}"' in TEMPLATES or f"actions/{entry.name}" in TEMPLATES, "its form stands on the review page"
    assert entry.message.to_core is not ReviewActionV1.to_core, "its message becomes the action of the core"


def test_names_and_handlers_are_used_once() -> None:
    entries = REVIEW_ACTIONS.values()
    assert len({entry.handler for entry in entries}) == len({entry.message for entry in entries}) == len(entries) == 14
    assert set(FORMS) == set(REVIEW_ACTIONS), "a form without an entry could not be carried out"


def test_a_message_is_read_by_its_name() -> None:
    sent = REVIEW_ACTION.validate_json(b'{"action": "hand-over", "to_role": "coder", "reason": "a coding question"}')
    assert isinstance(sent, REVIEW_ACTIONS["hand-over"].message)
    assert isinstance(sent.to_core("SYN-nurse", date(2025, 9, 3)), REVIEW_ACTIONS["hand-over"].handler)


@dataclass(frozen=True, slots=True)
class Flag(Action):
    """A synthetic action: only a supervisor flags a claim, which hands it to quality."""

    note: str

    def refusal(self, context: ActionContext) -> Refusal | None:
        return (
            None if Role.SUPERVISOR in context.person.roles else forbidden("role-may-not", "a supervisor flags claims")
        )

    def after(self, case: Case, done: Done) -> Case:
        return replace(case, queue=Role.QUALITY)


class FlagV1(ReviewActionV1):
    """The synthetic action's message."""

    action: Literal["flag"] = "flag"
    note: str

    def to_core(self, person_id: str, on: date) -> Flag:
        return Flag(self.note)


def test_a_new_action_is_one_entry_and_one_handler() -> None:
    entry = ReviewActionEntry(FlagV1, Flag, "Flag", "the claim is flagged", "flagged the claim")
    read = message_reader([*REVIEW_ACTIONS.values(), entry])
    action = read.validate_json(b'{"action": "flag", "note": "look at the units"}').to_core("SYN-x", date(2025, 9, 3))
    supervisor = a_person("supervisor", Role.SUPERVISOR)
    assert _allowed(action, NURSE, rules()) == "role-may-not"
    assert _allowed(action, supervisor, rules()) == "ok"
    done = Done(action, supervisor.person_id, Role.SUPERVISOR, datetime(2025, 9, 3, tzinfo=UTC))
    assert fold(a_case(), [done]).queue is Role.QUALITY


def _allowed(action: Action, person: object, known: CaseRules) -> str:
    answer = permit(a_case(held_by=person), action, person, NOW, known, NEW_YORK)  # type: ignore[arg-type]
    return answer.code if isinstance(answer, Refusal) else "ok"
