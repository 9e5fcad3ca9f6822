"""Every action on an appeal has all its parts: entry, message, handler in the core, form and texts."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from adjudication.appeals.apply import HANDLERS
from console.appeals.forms import FORMS
from contracts.actions.appeal_messages import AppealStepV1
from contracts.actions.appeals import APPEAL_ACTION, APPEAL_ACTIONS, AppealActionEntry

BY_CONSEQUENCE = {"settle", "try-again"}
"""Judged with the determination they bring about, in activities/appeals/consequences.py."""

BY_THE_LAW = {"NoteDeadline", "NoteClaimSuperseded"}
"""Actions that no person takes: a deadline passes, a claim is replaced."""


@pytest.mark.parametrize("entry", APPEAL_ACTIONS.values(), ids=list(APPEAL_ACTIONS))
def test_an_entry_has_all_its_parts(entry: AppealActionEntry) -> None:
    assert all((entry.name, entry.title, entry.button, entry.hint, entry.done))
    assert entry.name in FORMS, "its form is in console/appeals/forms.py"
    assert (entry.core_action is None) == (entry.name in BY_CONSEQUENCE)
    if entry.core_action is not None:
        assert entry.core_action in HANDLERS, "the core judges it, in adjudication/appeals/apply.py"
        assert issubclass(entry.message, AppealStepV1)
        assert get_type_hints(entry.message.to_core)["return"] is entry.core_action, "its message becomes it"


def test_the_core_has_no_handler_that_no_person_can_reach() -> None:
    reached = {entry.core_action for entry in APPEAL_ACTIONS.values()}
    assert {action.__name__ for action in HANDLERS if action not in reached} == BY_THE_LAW
    assert set(FORMS) == set(APPEAL_ACTIONS), "a form without an entry could not be carried out"
    assert len(APPEAL_ACTIONS) == 18


def test_a_message_is_read_by_its_name() -> None:
    sent = APPEAL_ACTION.validate_json(b'{"action": "assign-decider", "person": "SYN-MD"}')
    assert isinstance(sent, APPEAL_ACTIONS["assign-decider"].message)
    assert sent.people() == ("SYN-MD",)
