"""Files for auditors hold what the ledger states, name how certain each column is, and are recorded with their hash."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from adjudication.model.authorizations import AuthorizationStatus
from adjudication.model.claim import Claim
from console.exports import ports
from contracts.records.exports import ExportKind
from rulebook.library import PolicyLibrary
from storage.audit.trail import broken
from tests.builders.console.office import Office, problem
from tests.builders.console.terminal import Terminal
from tests.builders.ledger.appeal_cases import a_denied_claim
from tests.builders.ledger.submissions import an_authorization_change

pytestmark = pytest.mark.servers

QUARTER = "first=2025-07-01&last=2025-09-30"


@pytest.fixture
async def denied(office: Office) -> Claim:
    """A claim of a Medicare Advantage member: one line denied over the signature of `denier`, one paid; and a commercial one."""
    await a_denied_claim(office.stores, "HUDSON-COMM", control="COMM-1")
    return await a_denied_claim(office.stores, "CASCADE-MA", control="MA-1")


async def file_of(office: Office, kind: str, query: str = QUARTER) -> tuple[list[dict[str, str]], dict[str, Any]]:
    answer = await office.call("GET", f"/api/exports/{kind}?{query}", "BOSS")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    return unpacked(answer)


def unpacked(answer: Response) -> tuple[list[dict[str, str]], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        name, manifest = packed.namelist()
        content, said = packed.read(name), json.loads(packed.read(manifest))
    assert said["sha256"] == sha256(content).hexdigest()
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert (said["file"], said["rows"], said["bytes"]) == (name, len(rows), len(content))
    return rows, said


async def test_the_payment_universe_holds_medicare_decisions_in_the_order_of_the_protocol(
    office: Office, denied: Claim
) -> None:
    [row], manifest = await file_of(office, "odag-3")
    assert list(row)[:6] == [
        "Enrollee First Name",
        "Enrollee Last Name",
        "Enrollee ID",
        "Contract ID",
        "Plan Benefit Package (PBP)",
        "First Tier, Downstream, and Related Entity",
    ]
    assert (row["Enrollee First Name"], row["Enrollee Last Name"]) == ("Synnove", "Synthberg")
    assert (row["Date the request was received"], row["Date of Determination"]) == ("2025/09/01", "2025/09/02")
    assert row["Request Determination"] == "Partially approved"
    assert row["Was the request denied for lack of medical necessity?"] == "Y"
    assert row["Contract ID"] == ""
    certain = {each["name"]: each.get("certainty") for each in manifest["columns"]}
    assert certain["Enrollee ID"] == "high"
    assert {certain["Provider Type"], certain["Date of Determination"]} == {"medium", "low"}
    assert list(certain) == list(row)


async def test_days_of_the_period_are_legal_days_of_the_plan(office: Office, denied: Claim) -> None:
    """Decided at 09:00 UTC on September 2, which is September 2 where the plan is, and not the first."""
    assert len((await file_of(office, "odag-3", "first=2025-09-02&last=2025-09-02"))[0]) == 1
    assert (await file_of(office, "odag-3", "first=2025-09-01&last=2025-09-01"))[0] == []
    assert (await file_of(office, "odag-3", "first=2025-09-03&last=2025-09-03"))[0] == []


async def test_denials_are_counted_by_plan_and_reason(office: Office, denied: Claim) -> None:
    rows, _ = await file_of(office, "denials", f"{QUARTER}&plan=CASCADE-MA")
    [row] = rows
    assert (row["plan"], row["lines_denied"], row["lines_decided"], row["denial_rate"]) == (
        "CASCADE-MA",
        "1",
        "2",
        "50.00",
    )
    assert (row["carc"], row["charge_denied"], row["rulings"], row["overturn_rate"]) == ("50", "500.00", "0", "")


async def test_signed_denials_are_counted_by_reviewer(office: Office, denied: Claim) -> None:
    rows, _ = await file_of(office, "reviewers")
    [row] = rows
    assert (row["reviewer"], row["role"], row["lines_denied"], row["claims"]) == ("denier", "physician", "2", "2")


async def test_a_prior_authorization_metric_without_data_here_is_marked(office: Office) -> None:
    statuses = (AuthorizationStatus.APPROVED, AuthorizationStatus.APPROVED, AuthorizationStatus.DENIED)
    changes = [an_authorization_change(number=f"A-{n}", status=each) for n, each in enumerate(statuses)]
    await office.stores.feeds.apply_authorizations(changes)
    await office.run("UPDATE authorizations SET issued_on = DATE '2025-08-01'")
    rows, _ = await file_of(office, "prior-authorizations", f"{QUARTER}&plan=HUDSON-COMM")
    found = {row["metric"][0]: row for row in rows}
    assert (found["2"]["numerator"], found["2"]["denominator"], found["2"]["value"]) == ("2", "3", "66.67")
    assert (found["3"]["value"], found["8"]["value"], found["8"]["standing"]) == (
        "33.33",
        "",
        "held by utilization management: the feed does not state when a request came in",
    )
    assert "does not state which is which" in found["2"]["standing"]


async def test_timeliness_names_the_deadline_of_a_denial_only_where_one_is_known(office: Office, denied: Claim) -> None:
    rows, _ = await file_of(office, "payment-timeliness")
    assert {(row["plan"], row["days"], row["lines_denied"], row["notice"]) for row in rows} == {
        ("CASCADE-MA", "1", "1", "unknown"),
        ("HUDSON-COMM", "1", "1", "unknown"),
    }


@pytest.mark.parametrize("kind", list(ExportKind))
async def test_every_file_is_given_out_also_where_nothing_was_decided(office: Office, kind: ExportKind) -> None:
    _, manifest = await file_of(office, kind.value, "first=2020-01-01&last=2020-03-31")
    assert (manifest["export"], manifest["exported_by"]) == (kind.value, "BOSS")
    assert [each["name"] for each in manifest["columns"]]


async def test_an_export_is_recorded_before_it_begins_and_with_its_hash_at_its_end(
    office: Office, denied: Claim
) -> None:
    _, manifest = await file_of(office, "odag-3", f"{QUARTER}&plan=CASCADE-MA")
    trail = await office.rows(
        "SELECT person_id, content FROM audit_trail WHERE subject = 'exports/odag-3' ORDER BY number"
    )
    begun, ended = (each.content for each in trail)
    assert [each.person_id for each in trail] == ["BOSS", "BOSS"]
    assert (begun["action"], ended["action"]) == ("export-begun", "export")
    assert begun["asked"] == {"kind": "odag-3", "from": "2025-07-01", "to": "2025-09-30", "plans": ["CASCADE-MA"]}
    assert (ended["rows"], ended["sha256"]) == (1, manifest["sha256"])
    assert [words async for words in broken(office.stores.engine) if "exports/" in words] == []


async def test_a_name_that_a_spreadsheet_would_run_is_text(office: Office, denied: Claim) -> None:
    await office.run("UPDATE claims SET payload = jsonb_set(payload::jsonb, '{member,family_name}', '\"=1+1\"')::json")
    [row], _ = await file_of(office, "odag-3")
    assert row["Enrollee Last Name"] == "'=1+1"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("first=2025-02-30&last=2025-03-01", "first"),
        ("first=2025-03-02&last=2025-03-01", "last"),
        ("first=2020-01-01&last=2025-03-01", "last"),
        ("first=2025-01-01&last=2025-03-01&plan=NO-SUCH-PLAN", "plans"),
    ],
)
async def test_what_is_asked_wrongly_comes_back_by_field_and_records_nothing(
    office: Office, query: str, field: str
) -> None:
    answer = await office.call("GET", f"/api/exports/odag-3?{query}", "BOSS")
    assert problem(answer) == (422, "not-as-described")
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert await office.rows("SELECT 1 FROM audit_trail WHERE subject LIKE 'exports/%'") == []


async def test_a_third_file_at_a_time_waits_its_turn(office: Office) -> None:
    for _ in range(ports.AT_ONCE):
        await office.console.exports.places.acquire()
    answer = await office.call("GET", f"/api/exports/odag-3?{QUARTER}", "BOSS")
    assert problem(answer) == (429, "exports-busy")


async def test_the_page_gives_the_same_file_and_says_what_is_wrong_in_place(office: Office, denied: Claim) -> None:
    answer = await office.get(f"/exports/file?kind=odag-3&{QUARTER}&plans=CASCADE-MA", "BOSS")
    [row], _ = unpacked(answer)
    assert row["Enrollee Last Name"] == "Synthberg"
    wrong = await office.get("/exports/file?kind=odag-3&first=2025-02-30&last=2025-03-01", "BOSS")
    assert wrong.status_code == 422
    assert 'value="2025-02-30"' in wrong.text
    shown = (await office.get("/exports", "BOSS")).text
    assert 'value="2025-04-01"' in shown
    assert "held by the payment system" in shown


async def test_the_command_line_keeps_a_file_that_has_the_hash_of_its_manifest(
    terminal: Terminal, office: Office, denied: Claim, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    asked = ("export", "odag-3", "--from", "2025-07-01", "--to", "2025-09-30", "--output", str(folder))
    done = await terminal("BOSS", *asked)
    assert done.returncode == 0, done.stderr
    kept = folder / "odag-3_2025-07-01_2025-09-30.csv"
    manifest = json.loads((folder / "odag-3_2025-07-01_2025-09-30.manifest.json").read_text())
    assert sha256(kept.read_bytes()).hexdigest() == manifest["sha256"]
    refused = await terminal("NURSE", *asked)
    assert refused.returncode == 1
    assert "exports are for" in refused.stderr


def test_every_column_of_a_universe_has_a_source_and_a_confidence(library: PolicyLibrary) -> None:
    columns = [column for layout in library.exports.universes.values() for column in layout.columns]
    assert len(columns) > 50
    for column in columns:
        assert column.source.partition(":")[0] in library.sources, column.name
        assert column.confidence in {"high", "medium", "low"}, column.name
        assert column.letter is None or column.confidence in {"high", "medium"}, column.name
