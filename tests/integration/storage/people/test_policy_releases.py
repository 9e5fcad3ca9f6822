"""A policy version is released by two people of the staff list, and the audit trail holds both, or nothing is released."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import orjson
import pytest
from sqlalchemy.exc import IntegrityError

from adjudication.policy.approval import PolicyRelease, needs_release
from rulebook.library import default_policies_dir, load_reference
from storage.audit.trail import broken
from storage.people.policy_releases import ReleaseRefusedError, record_release, record_shipped, without_release
from storage.privileges.roles import DatabaseRole
from tests.builders.ledger.desks import a_license, a_staff_member
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.staff import put_people

pytestmark = pytest.mark.servers

AT = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
WANTED = PolicyRelease("brain-mrs", "1.0", "a" * 64, "SYN-owner", "SYN-director", "The first version of this policy.")
ENTRIES = "SELECT person_id, role, content::text AS content FROM audit_trail WHERE subject = 'policies/brain-mrs' ORDER BY number"


async def hire(stores: Stores) -> None:
    await put_people(
        stores.engine,
        [
            a_staff_member("owner", "policy-owner", "medical-director", license=a_license()),
            a_staff_member("director", "medical-director", license=a_license()),
            a_staff_member("lapsed-director", "medical-director", license=a_license(ends=date(2025, 9, 1))),
            a_staff_member("md", "physician", license=a_license()),
        ],
    )


async def test_a_release_leaves_who_wrote_and_who_approved_it_in_the_trail(stores: Stores) -> None:
    await hire(stores)
    written: list[str] = []
    staffing = in_role(stores.engine, DatabaseRole.STAFFING)
    await record_release(staffing, WANTED, AT, lambda: written.append("file"))
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


RECORDED = "SELECT version, author, approver, shipped FROM policy_releases ORDER BY version"


async def test_a_release_is_recorded_once_and_never_changed(stores: Stores) -> None:
    await hire(stores)
    await record_release(stores.engine, WANTED, AT, lambda: None)
    assert await stores.rows(RECORDED) == [("1.0", "SYN-owner", "SYN-director", False)]
    with pytest.raises(ReleaseRefusedError, match="is recorded as released already"):
        await record_release(stores.engine, replace(WANTED, content_hash="b" * 64), AT, lambda: None)
    for change in ("UPDATE policy_releases SET approver = 'SYN-md'", "DELETE FROM policy_releases"):
        with pytest.raises(IntegrityError, match="append-only"):
            await stores.execute(change)


async def test_what_a_version_reads_of_shared_tables_is_recorded_with_it_once(stores: Stores) -> None:
    await hire(stores)
    shared = replace(WANTED, policy="shared-entries", version="1", content_hash="c" * 64)
    await record_release(stores.engine, WANTED, AT, lambda: None, shared)
    await record_release(stores.engine, replace(WANTED, version="1.1"), AT, lambda: None, shared)
    assert [version for version, *_ in await stores.rows(RECORDED)] == ["1", "1.0", "1.1"]
    assert [words async for words in broken(stores.engine)] == []
    other = replace(shared, content_hash="d" * 64)
    with pytest.raises(ReleaseRefusedError, match="shared-entries 1 is recorded with another content"):
        await record_release(stores.engine, replace(WANTED, version="1.2"), AT, lambda: None, other)
    assert len(await stores.rows(RECORDED)) == 3


async def test_the_database_refuses_a_release_by_one_person(stores: Stores) -> None:
    row = "('p', '1', repeat('a', 64), 'SYN-owner', '{}', 'The first version of it.', '2025-09-03', false, now())"
    with pytest.raises(IntegrityError, match="two_people_release_a_version"):
        await stores.execute(f"INSERT INTO policy_releases VALUES {row.format('SYN-OWNER')}")


async def test_a_row_that_no_two_people_made_is_found(stores: Stores) -> None:
    await stores.execute(
        """INSERT INTO policy_releases VALUES ('brain-mrs', '1.0', repeat('a', 64), 'SYN-owner', 'SYN-director',
           'The first version of this policy.', '2025-09-03', false, now())"""
    )
    assert [words async for words in broken(stores.engine)] == [
        "policies/brain-mrs: the release of version 1.0 is stored, and the trail has no entry for it"
    ]


async def test_what_is_shipped_is_recorded_at_the_first_migration_only(stores: Stores) -> None:
    shipped = [(WANTED, date(2025, 9, 1)), (replace(WANTED, version="1.1"), date(2025, 9, 2))]
    assert len(await record_shipped(stores.engine, shipped, AT)) == 2
    later = [(replace(WANTED, version="2.0"), date(2025, 9, 5))]
    assert await record_shipped(stores.engine, later, AT) == ()
    assert await stores.rows(RECORDED) == [
        ("1.0", "SYN-owner", "SYN-director", True),
        ("1.1", "SYN-owner", "SYN-director", True),
    ]
    assert [words async for words in broken(stores.engine)] == []


async def test_a_version_without_a_release_or_with_another_text_is_named(stores: Stores) -> None:
    versions = needs_release(load_reference(default_policies_dir()).catalog, AT.date())
    assert [each.policy for each in versions][-1] == "shared-entries"
    assert len(versions) == 4
    first, second, *_ = versions
    shipped = [
        (replace(WANTED, policy=first.policy, version=first.version, content_hash=first.content_hash), AT.date()),
        (replace(WANTED, policy=second.policy, version=second.version, content_hash="0" * 64), AT.date()),
    ]
    await record_shipped(stores.engine, shipped, AT)
    assert await without_release(stores.engine, versions) == versions[1:]
