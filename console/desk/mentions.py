"""Reads whom a comment mentions: `@` and a person's id or a team's name. Only people who may open the claim are reached."""

from __future__ import annotations

import re
from typing import Final

from console.access.roles import roles_on
from console.ports import Console
from console.web.problems import Problem
from contracts.records.review_queries import WaitingClaim

_NAMED: Final = re.compile(r"(?:^|(?<=[\s(,;:]))@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?)", re.ASCII)
MOST: Final = 20
"""The people that one comment may mention."""


def named_in(words: str) -> tuple[str, ...]:
    """Return the names after an `@`, each once. An address of mail has none: its `@` follows a letter."""
    return tuple(dict.fromkeys(_NAMED.findall(words)))


async def mentioned(console: Console, waiting: WaitingClaim, words: str, by: str) -> frozenset[str]:
    """Return the people whom a comment on a claim mentions, without its author; raises Problem for one whom it cannot reach."""
    names = named_in(words)
    if not names:
        return frozenset()
    teams = await console.desks.teams()
    reached: set[str] = set()
    for name in names:
        reached |= await _reached(console, waiting, name, teams.get(name))
    if len(reached) > MOST:
        raise Problem(422, "too-many-mentions", f"a comment may mention {MOST} people; name fewer, or a smaller team")
    return frozenset(reached - {by})


async def _reached(console: Console, waiting: WaitingClaim, name: str, team: tuple[str, ...] | None) -> set[str]:
    """Return the person, or the members of a team, who work on the claim."""
    found = [await console.staff.find(each) for each in team or (name,)]
    people = [each for each in found if each is not None]
    if not people:
        words = (
            f"no one on the staff list is called {name}, and no team; correct the name after the @, or leave the @ out"
        )
        raise Problem(422, "no-such-person", words)
    able = {each.person_id for each in people if roles_on(waiting, each, console.rules)}
    if not able:
        words = f"{name} does not work on this claim and could not open it; hand the claim over, or mention a colleague of your queue"
        raise Problem(422, "cannot-open", words)
    return able
