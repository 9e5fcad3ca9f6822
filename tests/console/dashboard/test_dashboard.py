from __future__ import annotations

import re
from datetime import timedelta

import pytest

from adjudication.model.vocabulary import ClaimId
from console.dashboard.ports import ProcessState
from console.dashboard.stream import FRAGMENTS
from tests.builders.console.office import NOW, Office, person, problem
from tests.builders.ledger.submissions import MEMBER, a_submission

pytestmark = pytest.mark.servers
WATCHERS = ("OPS", "BOSS", "OWNER", "QUALITY")


@pytest.fixture
async def office(office: Office) -> Office:
    await office.hire(person("OPS", "ops"), person("OWNER", "policy-owner"), person("QUALITY", "qa"))
    return office


async def sampled(office: Office) -> None:
    for probe in office.console.dashboard.probes():
        await office.console.dashboard.sample(probe)


async def shown(office: Office, path: str = "/dashboard", as_: str = "OPS") -> str:
    answer = await office.get(path, as_)
    assert answer.status_code == 200, answer.text
    return answer.text


def plain(text: str) -> str:
    """The page's words without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/lists/waiting", "/dashboard/lists/clocks"])
@pytest.mark.parametrize("who", [*WATCHERS, "NURSE", "MD-NY", "GONE", None])
async def test_the_dashboard_is_for_those_who_oversee_the_flow(office: Office, path: str, who: str | None) -> None:
    answer = await office.get(path, who)
    if who in WATCHERS:
        assert answer.status_code == 200
    elif who is None:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    else:
        assert answer.status_code == 403


async def test_the_stream_is_closed_to_others(office: Office) -> None:
    assert (await office.get("/dashboard/stream", "NURSE")).status_code == 403
    assert (await office.get("/dashboard/stream", None)).status_code == 303


async def test_a_page_before_anything_was_read_is_shown_as_such(office: Office) -> None:
    page = plain(await shown(office))
    assert "not read yet" in page
    assert "Nothing measured yet" in page


async def test_an_empty_ledger_says_what_will_be_here(office: Office) -> None:
    await sampled(office)
    page = plain(await shown(office))
    assert "Nothing waits" in page
    assert "Nothing decided" in page
    assert "0.0/s" in page


async def test_every_number_opens_a_page_that_answers(office: Office, study: ClaimId) -> None:
    await sampled(office)
    page = await shown(office)
    found = set(re.findall(r'href="(/dashboard/lists/[^"]+)"', page))
    assert len(found) > 12
    for address in found:
        await shown(office, address.replace("&amp;", "&"))


async def test_stuck_work_is_shown_with_its_time_and_what_to_do(office: Office) -> None:
    await office.stores.accept(a_submission("STUCK-1"))
    registered = NOW - timedelta(hours=2)
    await office.stores.execute(f"UPDATE batches SET registered_at = '{registered}', started_at = '{registered}'")
    await sampled(office)
    page = plain(await shown(office))
    assert "1 batches of claims are registered but not decided" in page
    assert "claimwright reconcile" in page
    await office.stores.execute("UPDATE batches SET finished_at = now()")
    await sampled(office)
    assert "registered but not decided" not in await shown(office)


@pytest.mark.parametrize(("who", "status"), [("OPS", 200), ("BOSS", 200), ("QUALITY", 403), ("OWNER", 403)])
async def test_the_number_of_dead_letters_leads_to_them_whom_they_are_open_to(
    office: Office, who: str, status: int
) -> None:
    await sampled(office)
    page = await shown(office, as_=who)
    assert "Dead letters" in page
    assert (await office.get("/dead-letters", who)).status_code == status
    assert ('href="/dead-letters"' in page) is (status == 200)


async def test_waiting_claims_are_shown_by_reason_with_their_list(office: Office, study: ClaimId) -> None:
    await sampled(office)
    assert "P-CLIN-MD" in plain(await shown(office))
    listed = await shown(office, "/dashboard/lists/waiting?key=P-CLIN-MD")
    assert f'href="/claims/{study}"' in listed
    assert "STUDY-1" in listed
    assert "No claims here" in await shown(office, "/dashboard/lists/waiting?key=P-DOC")


async def test_clocks_at_risk_are_counted_and_listed(office: Office, study: ClaimId) -> None:
    await sampled(office)
    [clock] = office.console.dashboard.deadlines.due(NOW + timedelta(days=400))
    assert clock.due_at is not None
    office.now = clock.due_at - timedelta(hours=3)
    office.cookies.clear()
    await sampled(office)
    page = await shown(office)
    assert re.search(r"Under 4 h</p>\s*<p class=\"stat-value\"><a href=\"[^\"]*within=4\">1</a>", page), page
    assert f'href="/claims/{study}"' in await shown(office, "/dashboard/lists/clocks?within=4")
    assert "No claims here" in await shown(office, "/dashboard/lists/clocks?within=24")


async def test_the_page_shows_nothing_of_a_member(office: Office, study: ClaimId) -> None:
    await sampled(office)
    for path in ("/dashboard", "/dashboard/lists/waiting", "/dashboard/lists/received", "/dashboard/lists/clocks"):
        page = await shown(office, path)
        for private in (MEMBER, "•••001", "Synthberg", "Synnove", "1961-04-03", "M54.10"):
            assert private not in page, path


async def test_a_part_that_cannot_be_read_is_named_with_its_age(office: Office) -> None:
    await sampled(office)
    office.around.failure = OSError("a driver's text")
    office.now += timedelta(minutes=2)
    await sampled(office)
    page = plain(await shown(office))
    assert "Kafka cannot be read since 05:02:00 EDT (OSError). What is shown of it is of 05:00:00 EDT." in page
    assert "a driver" not in page


async def test_missing_workers_and_processes_are_plain_to_see(office: Office) -> None:
    office.around.workers, office.around.ready = (), False
    await sampled(office)
    page = plain(await shown(office))
    assert "no worker polls" in page
    assert "does not answer" in page
    assert "holds back" in page


async def test_restarts_are_shown_with_how_often_since_when_and_the_last_end(office: Office) -> None:
    office.around.more = (
        ProcessState("publisher", ready=False, kept="given up", since=NOW, restarts=60, last_end="exit code 3"),
        ProcessState("streams", ready=False, kept="running", waits="waiting for kafka at 127.0.0.1:9092", since=NOW),
        ProcessState("kafka", ready=False, kept="restarting", since=NOW, restarts=4, last_end="terminated by SIGKILL"),
    )
    await sampled(office)
    page = plain(await shown(office))
    assert re.search(r"publisher this machine given up .{0,40}5:00 AM.{0,20} 60 exit code 3", page), page
    assert re.search(r"streams this machine waiting for kafka at 127\.0\.0\.1:9092 .{0,40}5:00 AM.{0,20} 0 – ", page)
    assert re.search(r"kafka this machine restarting .{0,40}5:00 AM.{0,20} 4 terminated by SIGKILL", page)
    assert "given up failed too often and is not tried again. Correct what its log says" in page


async def test_lag_and_its_age_are_shown_by_topic_and_partition(office: Office) -> None:
    office.around.unread = 1234
    await sampled(office)
    assert "1,234 4 min ago" in plain(await shown(office))
    page = plain(await shown(office, "/dashboard/lists/partitions?key=claims.submitted"))
    assert "1,234" in page
    assert "coverage.changed" not in page


async def test_policy_versions_in_force_and_overdue_reviews_are_shown(office: Office) -> None:
    page = plain(await shown(office))
    assert "spine-imaging-guideline" in page
    assert "in force" in page
    office.now += timedelta(days=365 * 20)
    office.cookies.clear()
    assert "overdue" in plain(await shown(office))


async def test_a_list_pages_by_key(office: Office) -> None:
    await office.waiting(*(a_submission(f"SCAN-{n}", "72148") for n in range(53)))
    address = "/dashboard/lists/waiting"
    seen: list[str] = []
    for _ in range(3):
        page = await shown(office, address)
        seen += re.findall(r'href="/claims/([0-9a-f-]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = following.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 53


@pytest.mark.parametrize("mark", ["nonsense", "_", "9999-99-99_x", "2025-09-03T09:00:00+00:00_nonsense"])
async def test_a_page_mark_that_is_not_ours_is_refused(office: Office, mark: str) -> None:
    assert problem(await office.get(f"/dashboard/lists/waiting?after={mark}", "OPS")) == (422, "cursor")


@pytest.mark.parametrize(
    ("path", "refused"),
    [("/dashboard/lists/members", 404), ("/dashboard?over=year", 422), ("/dashboard/lists/waiting?age=99", 422)],
)
async def test_what_there_is_not_is_refused(office: Office, path: str, refused: int) -> None:
    assert (await office.get(path, "OPS")).status_code == refused


async def test_a_page_that_is_held_still_asks_for_no_stream(office: Office) -> None:
    assert "sse-connect" in await shown(office)
    still = await shown(office, "/dashboard?live=no")
    assert "sse-connect" not in still
    assert "Let it move" in still


async def test_every_moving_part_is_on_the_page(office: Office) -> None:
    page = await shown(office)
    for name in FRAGMENTS:
        assert f'sse-swap="{name}"' in page


async def test_the_flow_has_rates_and_totals(office: Office, study: ClaimId) -> None:
    at = NOW - timedelta(seconds=20)
    await office.stores.execute(f"UPDATE claims SET registered_at = '{at}'", f"UPDATE pends SET opened_at = '{at}'")
    await sampled(office)
    page = plain(await shown(office))
    assert "Received 1/min 1" in page
    assert "Must wait 1/min 1" in page
    assert "Straight through 0.0/s 0" in page
