"""Records who released a policy version: both people are checked against the staff list, and both entries are kept or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from adjudication.people import Role
from adjudication.policy.approval import PolicyRelease, refusal
from storage.audit.trail import Entry, append_locked
from storage.people.accounts import find_person


class ReleaseRefusedError(ValueError):
    """The two people may not release the version; the text says why."""


async def record_release(
    engine: AsyncEngine, release: PolicyRelease, at: datetime, write: Callable[[], object]
) -> None:
    """Check both people, write both entries of the trail and then the file; raises ReleaseRefusedError.

    The file is written before the transaction ends: without it nothing is released, and nothing may say that it was.
    """
    subject = f"policies/{release.policy}"
    async with engine.begin() as connection:
        author = await find_person(connection, release.author)
        approver = await find_person(connection, release.approver)
        why = refusal(release, author, approver, at.date())
        if why is not None:
            raise ReleaseRefusedError(why)
        for action, person, role in (
            ("proposed", release.author, Role.POLICY_OWNER),
            ("approved", release.approver, Role.MEDICAL_DIRECTOR),
        ):
            content = orjson.dumps({"action": action, **asdict(release)}).decode()
            await append_locked(connection, Entry(subject, at, person, role.value, None, content))
        write()
