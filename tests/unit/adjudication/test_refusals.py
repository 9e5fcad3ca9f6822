"""Each kind of refusal is its own HTTP status, wherever in the core the refusal was made."""

from __future__ import annotations

import pytest

from adjudication.people import Refusal, RefusalKind, forbidden, invalid
from console.web.problems import problem_of


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (forbidden("role-may-not", "a nurse does not deny"), 403),
        (Refusal("no-such-claim", "no claim has this id", RefusalKind.NOT_FOUND), 404),
        (Refusal("taken", "a colleague has it"), 409),
        (invalid("rationale", "say why"), 422),
    ],
)
def test_the_status_follows_the_kind(refusal: Refusal, status: int) -> None:
    problem = problem_of(refusal)
    assert (problem.status, problem.code, problem.detail) == (status, refusal.code, refusal.words)


def test_every_kind_has_a_status() -> None:
    assert {problem_of(Refusal("x", "y", kind)).status for kind in RefusalKind} == {403, 404, 409, 422}
