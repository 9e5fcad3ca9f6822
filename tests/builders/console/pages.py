"""Every page of the console and whose it is. A page that is not named here fails a test, so that none goes without one.

`roles` are those that may use a page whatever it shows; others get a 403 before anything is looked up. Where it depends
on the claim, appeal or person shown, `tested` names the file that tests it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adjudication.people import Role
from adjudication.readjudication.monitors import WATCHERS as MONITORS
from console.access.roles import AUDITING, CALLERS, CORRECTING, DOCUMENTS, MAILING, OVERSIGHT, RAISING, REOPENING
from console.campaigns.service import VIEWERS as CAMPAIGNS
from console.dashboard.stream import WATCHERS

EVERY_ROLE: Final = frozenset(Role)


@dataclass(frozen=True)
class Page:
    """Who may use a page. `streams`: its answer lasts as long as it is looked at; `takes_file`: its form sends a file."""

    roles: frozenset[Role] = EVERY_ROLE
    tested: str = ""
    streams: bool = False
    takes_file: bool = False


OPEN: Final = {("GET", "/sign-in"), ("GET", "/sign-in/start"), ("GET", "/sign-in/callback")}
"""The way in, for people who are not signed in."""

BY_TOKEN: Final = {("POST", "/api/temporal/decode"), ("POST", "/api/temporal/encode")}
"""What Temporal's pages ask with a person's access token, and no cookie: tests/console/payloads/test_codec_server.py."""

PAGES: Final[dict[tuple[str, str], Page]] = {
    ("GET", "/"): Page(),
    ("POST", "/theme"): Page(),
    ("POST", "/zone"): Page(),
    ("POST", "/sign-out"): Page(),
    ("GET", "/sessions"): Page(),
    ("POST", "/sessions/{session_id}/end"): Page(tested="sign_in/test_leaving.py"),
    ("GET", "/break-glass"): Page(OVERSIGHT),
    ("POST", "/break-glass/uses/{use_id}/acknowledge"): Page(OVERSIGHT),
    ("GET", "/break-glass/{claim_id}"): Page(tested="sign_in/test_break_glass.py"),
    ("POST", "/break-glass/{claim_id}"): Page(tested="sign_in/test_break_glass.py"),
    ("GET", "/bulk-retries"): Page(OVERSIGHT),
    ("POST", "/bulk-retries"): Page(OVERSIGHT),
    ("GET", "/bulk-retries/new"): Page(OVERSIGHT),
    ("GET", "/bulk-retries/{release_id}"): Page(OVERSIGHT),
    ("POST", "/bulk-retries/{release_id}/approve"): Page(OVERSIGHT),
    ("POST", "/bulk-retries/{release_id}/{step}"): Page(OVERSIGHT),
    ("GET", "/worklist"): Page(),
    ("POST", "/worklist/take"): Page(),
    ("POST", "/worklist/views"): Page(),
    ("POST", "/worklist/views/remove"): Page(),
    ("POST", "/review/{claim_id}/comments"): Page(tested="review/test_comments.py"),
    ("GET", "/desk"): Page(),
    ("GET", "/desk/unread"): Page(),
    ("POST", "/desk/mentions/read"): Page(),
    ("POST", "/desk/absences"): Page(),
    ("POST", "/desk/absences/{absence_id}/withdraw"): Page(tested="desk/test_absences.py"),
    ("GET", "/desk/workload"): Page(OVERSIGHT),
    ("POST", "/desk/teams"): Page(OVERSIGHT),
    ("POST", "/desk/teams/leave"): Page(OVERSIGHT),
    ("GET", "/review/next"): Page(),
    ("GET", "/review/{claim_id}"): Page(tested="review/test_screen.py"),
    ("GET", "/review/{claim_id}/state"): Page(tested="review/test_screen.py"),
    ("GET", "/review/{claim_id}/rule"): Page(tested="review/test_screen.py"),
    ("POST", "/review/{claim_id}/preview"): Page(tested="review/test_decide.py"),
    ("POST", "/review/{claim_id}/draft"): Page(tested="review/test_decide.py"),
    ("POST", "/review/{claim_id}/actions/{action}"): Page(tested="review/test_take.py"),
    ("GET", "/policies"): Page(),
    ("GET", "/policies/monitors"): Page(MONITORS),
    ("POST", "/policies/monitors"): Page(MONITORS),
    ("GET", "/policies/monitors/{monitor_id}"): Page(MONITORS),
    ("GET", "/policies/monitors/{monitor_id}/lines"): Page(MONITORS),
    ("POST", "/policies/monitors/{monitor_id}/stop"): Page(MONITORS),
    ("GET", "/policies/{policy}/{version}"): Page(),
    ("GET", "/policies/{policy}/{version}/rules/{rule_id}"): Page(),
    ("GET", "/policies/{policy}/{version}/cases"): Page(),
    ("GET", "/policies/{policy}/{version}/use"): Page(),
    ("GET", "/policies/{policy}/{version}/document"): Page(),
    ("GET", "/callers"): Page(CALLERS),
    ("POST", "/callers"): Page(CALLERS),
    ("GET", "/mail"): Page(MAILING),
    ("POST", "/mail/{letter_id}/again"): Page(MAILING),
    ("GET", "/audit"): Page(AUDITING),
    ("GET", "/audit/export"): Page(AUDITING),
    ("GET", "/staff"): Page(AUDITING),
    ("GET", "/staff/record"): Page(OVERSIGHT),
    ("POST", "/staff/changes"): Page(OVERSIGHT),
    ("POST", "/staff/changes/{change_id}/{ruling}"): Page(OVERSIGHT),
    ("POST", "/staff/suspend"): Page(OVERSIGHT),
    ("GET", "/exports"): Page(AUDITING),
    ("GET", "/exports/file"): Page(AUDITING),
    ("GET", "/help"): Page(),
    ("GET", "/dead-letters"): Page(OVERSIGHT),
    ("POST", "/dead-letters/bulk"): Page(frozenset({Role.OPERATIONS})),
    ("GET", "/dead-letters/bulk/{bulk_id}"): Page(OVERSIGHT),
    ("POST", "/dead-letters/bulk/{bulk_id}/{decision}"): Page(OVERSIGHT),
    ("GET", "/dead-letters/{letter_id}"): Page(OVERSIGHT),
    ("POST", "/dead-letters/{letter_id}/open"): Page(OVERSIGHT),
    ("POST", "/dead-letters/{letter_id}/replay"): Page(frozenset({Role.OPERATIONS})),
    ("POST", "/dead-letters/{letter_id}/close"): Page(frozenset({Role.OPERATIONS})),
    ("GET", "/dashboard"): Page(WATCHERS),
    ("GET", "/dashboard/stream"): Page(WATCHERS, streams=True),
    ("GET", "/dashboard/lists/{name}"): Page(WATCHERS),
    ("GET", "/appeals"): Page(),
    ("GET", "/appeals/{appeal_id}"): Page(tested="appeals/test_screen.py"),
    ("POST", "/appeals/{appeal_id}/actions/{action}"): Page(tested="appeals/test_screen.py"),
    ("POST", "/appeals/{appeal_id}/preview"): Page(tested="appeals/test_letters.py"),
    ("GET", "/appeals/{appeal_id}/letters/{letter_id}/{form}"): Page(tested="letters/test_prints.py"),
    ("GET", "/claims/{claim_id}/letters/{letter_id}/{form}"): Page(tested="letters/test_prints.py"),
    ("GET", "/appeals/{appeal_id}/letters/{audience}"): Page(tested="appeals/test_letters.py"),
    ("POST", "/appeals/{appeal_id}/letters/{audience}/extension"): Page(tested="appeals/test_letters.py"),
    ("POST", "/appeals/{appeal_id}/letters/{audience}/issue"): Page(tested="appeals/test_letters.py"),
    ("POST", "/claims/{claim_id}/letters/{audience}/issue"): Page(tested="claims/test_letters.py"),
    ("GET", "/reopenings/proposals/{readjudication_id}"): Page(CORRECTING),
    ("POST", "/reopenings/proposals/{readjudication_id}/{action}"): Page(CORRECTING),
    ("GET", "/campaigns"): Page(CAMPAIGNS),
    ("POST", "/campaigns"): Page(CAMPAIGNS),
    ("GET", "/campaigns/{campaign_id}"): Page(CAMPAIGNS),
    ("POST", "/campaigns/{campaign_id}/approve"): Page(CAMPAIGNS),
    ("POST", "/campaigns/{campaign_id}/{way}"): Page(CAMPAIGNS),
    ("GET", "/reopenings"): Page(REOPENING),
    ("POST", "/reopenings/{claim_id}/close"): Page(REOPENING),
    ("GET", "/claims/{claim_id}/reopen"): Page(RAISING),
    ("POST", "/claims/{claim_id}/reopen"): Page(RAISING),
    ("GET", "/documents/unmatched"): Page(DOCUMENTS),
    ("POST", "/documents/unmatched/close"): Page(DOCUMENTS),
    ("GET", "/claims"): Page(),
    ("POST", "/claims/{claim_id}/documents"): Page(tested="documents/test_files.py", takes_file=True),
    ("GET", "/claims/{claim_id}/documents/{file_id}/pages/{page}"): Page(tested="documents/test_files.py"),
    ("GET", "/claims/{claim_id}/documents/{file_id}/original"): Page(tested="documents/test_files.py"),
    ("GET", "/appeals/{appeal_id}/documents/{file_id}/pages/{page}"): Page(tested="documents/test_files.py"),
    ("GET", "/appeals/{appeal_id}/documents/{file_id}/original"): Page(tested="documents/test_files.py"),
    ("GET", "/claims/{claim_id}"): Page(tested="claims/test_claim_page.py"),
    ("POST", "/claims/{claim_id}/open"): Page(tested="claims/test_claim_page.py"),
    ("GET", "/claims/{claim_id}/policy"): Page(tested="claims/test_claim_page.py"),
    ("GET", "/claims/{claim_id}/rule"): Page(tested="claims/test_claim_page.py"),
    ("GET", "/claims/{claim_id}/letters/{audience}"): Page(tested="claims/test_letters.py"),
    ("GET", "/claims/{claim_id}/workflows"): Page(tested="claims/test_claim_page.py"),
}
