"""A policy version is released by two people of the staff list, and the audit trail holds both, or nothing is released."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import orjson
import pytest

from adjudication.policy.approval import PolicyRelease
from storage.audit.trail import broken
from storage.people.policy_releases import ReleaseRefusedError, record_release
from tests.builders.ledger.desks import a_license, somebody
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.staff import put_people

pytestmark = pytest.mark.servers

AT = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
WANTED = PolicyRelease("brain-mrs", "1.0", "a" * 64, "SYN-owner", "SYN-director", "The first version of this policy.")
ENTRIES = "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject = 'policies/brain-mrs' ORDER BY number"


async def hire(stores: Stores) -> None:
    await put_people(
        stores.engine,
        [
            somebody("owner", "policy-owner", "medical-director", license=a_license()),
            somebody("director", "medical-director", license=a_license()),
            somebody("lapsed-director", "medical-director", license=a_license(ends=date(2025, 9, 1))),
            somebody("md", "physician", license=a_license()),
        ],
    )


async def test_a_release_leaves_who_wrote_and_who_approved_it_in_the_trail(stores: Stores) -> None:
    await hire(stores)
    written: list[str] = []
    await record_release(stores.engine, WANTED, AT, lambda: written.append("file"))
    assert written == ["file"]
    rows = await stores.rows(ENTRIES)
    assert [(person, role, orjson.loads(content)["action"]) for person, role, content in rows] == [
        ("SYN-owner", "policy-owner", "proposed"),
        ("SYN-director", "medical-director", "approved"),
    ]
    assert all(orjson.loads(row[2])["reasons"] == WANTED.reasons for row in rows)
    assert [words async for words in broken(stores.engine)] == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"approver": "SYN-owner"}, "SYN-owner wrote and approves the version"),
        ({"approver": "SYN-md"}, "SYN-md is not on the staff list as medical-director"),
        ({"approver": "SYN-stranger"}, "SYN-stranger is not on the staff list as medical-director"),
        ({"author": "SYN-md"}, "SYN-md is not on the staff list as policy-owner"),
        ({"approver": "SYN-lapsed-director"}, "SYN-lapsed-director has no active, unrestricted license"),
        ({"reasons": "ok"}, "the reasons are shorter than 20 characters"),
    ],
)
async def test_who_may_not_release_leaves_neither_a_file_nor_an_entry(
    stores: Stores, change: dict[str, str], why: str
) -> None:
    await hire(stores)
    written: list[str] = []
    with pytest.raises(ReleaseRefusedError, match=why):
        await record_release(stores.engine, replace(WANTED, **change), AT, lambda: written.append("file"))
    assert written == []
    assert await stores.rows(ENTRIES) == []


async def test_a_file_that_cannot_be_written_leaves_no_entry(stores: Stores) -> None:
    await hire(stores)

    def fails() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await record_release(stores.engine, WANTED, AT, fails)
    assert await stores.rows(ENTRIES) == []
