"""Recorded claims explained, asked again and compared between versions, from what the ledger really holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner, Result

from adjudication.model.claim import Claim, SupportingFact
from adjudication.model.vocabulary import ClaimId, LineNumber
from cli.main import command_line
from rulebook.authoring.comparison import compared
from rulebook.authoring.fact_values import read_changes
from rulebook.authoring.releasing import release
from rulebook.authoring.why import why
from rulebook.library import PolicyLibrary, load_library
from rulebook.medical.rule_register import ApprovalEntry
from storage.decisions.policy_traces import Concerned, claims_with, count_claims_with, latest_trace
from storage.decisions.recorded_reviews import Review, recorded_lines, review, with_facts
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.recorded import DECIDED, decided, submitted
from tests.builders.ledger.submissions import MEMBER, a_coverage_change, a_submission
from tests.builders.policy.policy_folders import CHAPTER, small_folder, sound_facts, spoil

pytestmark = pytest.mark.servers
APPROVAL = ApprovalEntry(
    author="SYN-OWNER",
    approver="SYN-DIRECTOR",
    reasons="The first version of this policy.",
    approved_on=date(2025, 9, 1),
)

TODAY = date(2026, 3, 1)
RECENT = {"imaging_date": date(2025, 8, 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policies folder whose one policy is released."""
    root = small_folder(tmp_path)
    spoil(root, CHAPTER, "at_least: 65}, id: T-01.old", "at_least: 60}, id: T-01.old")  # the synthetic member is 64
    missing = (
        'authorization_required: ["76390"]'  # no authorization is shown, so each claim is determined, and not held
    )
    spoil(root, "payers/hudson/plans.yaml", "authorization_required: []", missing)
    release(root, "brain-mrs", "1.0", APPROVAL)
    return root


@pytest.fixture
def own_library(folder: Path) -> PolicyLibrary:
    return load_library(folder)


async def reviewed(stores: Stores, own_library: PolicyLibrary, claim: Claim) -> Review:
    """The review of line 1 as the commands read it."""
    trace = await latest_trace(stores.engine, claim.claim_id)
    [line] = await recorded_lines(stores.engine, own_library.reference, [claim.claim_id])
    assert line.number == LineNumber(1)
    return review(line, trace, own_library.medical.catalog, TODAY)


def explanation(own_library: PolicyLibrary, found: Review) -> str:
    return "\n".join(Text.from_markup(line).plain for line in why(found, own_library.medical))


async def test_a_claim_is_explained_as_it_was_decided(stores: Stores, own_library: PolicyLibrary) -> None:
    [one] = await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT, imaging_limited=None)))
    found = await reviewed(stores, own_library, one.claim)
    assert found.pinned
    assert found.decided_on == DECIDED.date()
    text = explanation(own_library, found)
    assert "as decided on 2025-09-02, under the text and the facts of that day" in text
    assert "policy brain-mrs 1.0" in text
    assert "imaging.limited: unknown, missing" in text
    assert "imaging.date = 2025-08-01 (claim, 2025-06-03)" in text
    assert "Imaging reports, from the ordering-provider:" in text
    assert MEMBER not in text


async def test_the_facts_of_the_day_stand_whatever_is_shown_later(
    stores: Stores, own_library: PolicyLibrary, folder: Path
) -> None:
    [one] = await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT)))
    before = await reviewed(stores, own_library, one.claim)
    trace = await latest_trace(stores.engine, one.claim.claim_id)
    assert trace is not None
    later = replace(before.line, facts=())
    assert review(later, trace, own_library.medical.catalog, TODAY).evidence.known == before.evidence.known
    (folder / "released.yaml").write_text("released: {}\n")
    unchanged = load_library(folder, with_drafts=True)
    assert review(before.line, trace, unchanged.medical.catalog, TODAY).pinned
    spoil(folder, CHAPTER, "Everything, in small", "Everything, in little")
    changed = load_library(folder, with_drafts=True)
    found = review(before.line, trace, changed.medical.catalog, TODAY)
    assert not found.pinned
    assert "is not the one loaded here" in found.note
    assert found.decided_on == DECIDED.date()


async def test_a_claim_no_person_has_decided_yet_is_evaluated_from_what_is_stored(
    stores: Stores, own_library: PolicyLibrary
) -> None:
    await stores.feeds.apply_coverage([a_coverage_change()])
    _, [one] = await stores.accept(submitted("C1", *sound_facts(**RECENT)))
    found = await reviewed(stores, own_library, one.claim)
    assert not found.pinned
    assert found.decided_on == TODAY
    assert "no policy review is stored for this claim yet" in explanation(own_library, found)
    assert "covered: the criteria are met" in explanation(own_library, found)


async def test_a_contradiction_is_explained_as_it_was_decided_and_what_if_settles_it(
    stores: Stores, own_library: PolicyLibrary
) -> None:
    limited = SupportingFact("imaging.limited", False, "note", date(2025, 6, 4))
    [one] = await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT), limited))
    before = await reviewed(stores, own_library, one.claim)
    assert before.pinned
    assert [leg.name for leg in before.legs] == ["contradiction"]
    assert "waits for a reviewer: what is on file contradicts itself" in explanation(own_library, before)
    assert "imaging.limited: unknown, conflicting" in explanation(own_library, before)
    changes = read_changes(["imaging.limited=yes"], own_library.medical.vocabulary.facts, TODAY)
    assert [leg.name for leg in with_facts(before, changes, own_library.medical.catalog).legs] == ["meets"]


async def test_what_if_asks_again_under_the_versions_of_the_day(stores: Stores, own_library: PolicyLibrary) -> None:
    [one] = await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT, imaging_limited=None)))
    before = await reviewed(stores, own_library, one.claim)
    changes = read_changes(["imaging.limited=yes"], own_library.medical.vocabulary.facts, TODAY)
    after = with_facts(before, changes, own_library.medical.catalog)
    assert after.decided_on == DECIDED.date()
    text = "\n".join(Text.from_markup(line).plain for line in compared(before, after))
    assert "before: waits for documents" in text
    assert "after:  covered: the criteria are met, by T-01" in text
    assert (await reviewed(stores, own_library, one.claim)).evidence.known.get("imaging.limited") is None


async def test_earlier_services_of_the_member_count_as_they_did(stores: Stores, own_library: PolicyLibrary) -> None:
    earlier = a_submission("C0", "72148")
    await decided(stores, own_library, earlier)
    [one] = await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT)))
    [line] = await recorded_lines(stores.engine, own_library.reference, [one.claim.claim_id])
    assert [service.code for service in line.subject.history] == ["72148"]
    assert line.subject.age_years == 64


@pytest.fixture
def run(
    database: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Awaitable[Result]]:
    """Run a command against the module's database and the test's policies, as a person would."""
    settings = {
        "STATE_DIR": str(tmp_path),
        "POLICIES_DIR": str(folder),
        "POSTGRES_DSN": database,
        "KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"CLAIMWRIGHT_{name}", value)

    async def ran(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, command_line(["policy"]), arguments, standalone_mode=False)

    return ran


async def test_the_commands_read_a_running_ledger(
    stores: Stores, own_library: PolicyLibrary, run: Callable[..., Awaitable[Result]]
) -> None:
    await decided(stores, own_library, submitted("C1", *sound_facts(**RECENT, imaging_limited=None)))
    explained = await run("policy", "explain", "C1")
    assert explained.return_value == 0, explained.exception
    assert "Claim C1 (" in explained.output
    assert "imaging.limited: unknown, missing" in explained.output
    asked = await run("policy", "what-if", "C1", "imaging.limited=yes", "pain.score=9", "--line", "1")
    assert asked.return_value == 0, asked.exception
    assert "covered: the criteria are met, by T-01" in asked.output
    same = await run("policy", "diff", "brain-mrs", "1.0", "1.0")
    assert "The rules of 0 of " in same.output, "a version differs from itself for no code, so that no claim is judged"
    assert "0 of 0 recorded line(s) that the policy governs come out otherwise." in same.output
    for wrong, why_not in (("C9", "known as C9"), ("C1 --line 7", "known as C1 with a line 7")):
        missing = await run("policy", "explain", *wrong.split())
        assert missing.return_value == 1
        assert why_not in missing.stderr


async def test_claims_are_read_page_by_page_and_each_once(stores: Stores) -> None:
    await stores.accept(*(a_submission(f"C{n}", "76390" if n % 2 else "72148") for n in range(7)))
    pages = [page async for page in claims_with(stores.engine, Concerned(frozenset({"76390"})), 2)]
    assert [len(page) for page in pages] == [2, 1]
    assert await count_claims_with(stores.engine, Concerned(frozenset({"76390"}))) == 3
    assert len({claim for page in pages for claim in page}) == 3
    assert await latest_trace(stores.engine, ClaimId(pages[0][0])) is None
