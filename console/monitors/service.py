"""Actions on monitors for the API and the pages: calls storage, writes files, and raises refusals as problems."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from adjudication.people import Refusal, StaffMember, invalid
from adjudication.readjudication.monitors import WATCHERS
from console.ports import Console
from console.web.problems import Problem, problem_of
from contracts.actions.monitors import StartMonitorV1
from contracts.records.monitors import Monitor, MonitorFilter, MonitorView
from rulebook.authoring.releasing import content_to_release
from rulebook.errors import PolicyDataError
from storage.monitors.store import EXPORTED, SHOWN

_COLUMNS: Final = (
    "claim", "version", "line", "code", "plan", "provider", "served_on", "recorded", "recorded_paid", "recorded_reason", "before",
    "before_paid", "before_reason", "before_rule", "after", "after_paid", "after_reason", "after_rule", "direction", "amount",
    "confidence", "decided_by", "against",
)  # fmt: skip
"""The columns of the file: `before` is by the data in force, `after` by the draft; amounts in US dollars."""
_GONE: Final = Problem(404, "no-such-monitor", "no monitor has this id; the list shows those there are")
Typed = Annotated[str, Query(max_length=200)]


class MonitorFilters(BaseModel):
    """Filters as they stand in an address; empty: any."""

    model_config = ConfigDict(extra="ignore")

    direction: Typed = ""
    rule: Typed = ""
    plan: Typed = ""
    provider: Typed = ""
    against: Typed = ""

    def chosen(self) -> MonitorFilter:
        """Return the filters as the store's type."""
        return MonitorFilter(**self.model_dump())


def watchers_only(person: StaffMember) -> None:
    """Refuse people whose roles do not include monitors."""
    if not person.roles & WATCHERS:
        raise Problem(403, "role-may-not", f"monitors are for: {', '.join(sorted(WATCHERS))}")


async def start(console: Console, person: StaffMember, monitor_id: str, sent: StartMonitorV1) -> Monitor:
    """Store a monitor of an existing draft; the reconciler starts it within seconds."""
    if sent.policy is not None and sent.version is not None:
        await asyncio.to_thread(_refuse_no_draft, console, sent.policy, sent.version)
    wanted = Monitor(
        monitor_id,
        sent.policy or "",
        sent.version or "",
        sent.share,
        sent.reason.strip(),
        sent.ends_on,
        person.person_id,
        console.now(),
    )
    return _done(await console.monitors.store.start(wanted, person))


def _refuse_no_draft(console: Console, policy: str, version: str) -> None:
    try:
        _, is_draft = content_to_release(console.monitors.drafts, policy, version)
    except PolicyDataError as error:
        raise problem_of(invalid("no-such-draft", str(error))) from None
    if not is_draft:
        raise problem_of(invalid("no-draft", f"{policy} {version} is released: it decides claims itself"))


async def stop(console: Console, person: StaffMember, monitor_id: str, reason: str) -> Monitor:
    """Stop a monitor; its figures stay."""
    return _done(await console.monitors.store.stop(monitor_id, person, reason.strip(), console.now()))


async def view(console: Console, monitor_id: str, chosen: MonitorFilter, size: int = SHOWN) -> MonitorView:
    """Return a monitor with its figures."""
    found = await console.monitors.store.view(monitor_id, chosen, size)
    if found is None:
        raise _GONE
    return found


async def file_of(console: Console, person: StaffMember, monitor_id: str, chosen: MonitorFilter) -> str:
    """Return the lines that fit as a CSV file, the largest amounts first; who took it is recorded before."""
    lines = (await view(console, monitor_id, chosen, EXPORTED)).lines
    await console.monitors.store.exported(monitor_id, person, len(lines), console.now())
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_COLUMNS)
    rows.writerows([_cell(line[name]) for name in _COLUMNS] for line in lines)
    return written.getvalue()


def _cell(value: object) -> str:
    """Write a value; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in "=+-@\t\r" else text


def shown(found: MonitorView, console: Console) -> dict[str, Any]:
    """Return a monitor as the API shows it."""
    monitor, run = found.monitor, found.run
    sums = {
        name: [dict(row) for row in getattr(found, name)]
        for name in ("directions", "rules", "plans", "providers", "people")
    }
    return {
        **asdict(monitor),
        "name": monitor.name,
        "state": monitor.state(console.now()),
        "runs": found.runs,
        "run": None if run is None else asdict(run),
        "agreement": found.agreement,
        "net": found.net,
        "release": release_command(found),
        **sums,
        "lines": [{name: line[name] for name in _COLUMNS} for line in found.lines],
    }


def release_command(found: MonitorView) -> str | None:
    """Return the command that releases the draft with these figures as its evidence; None before the first figures."""
    monitor = found.monitor
    if not monitor.policy or found.run is None or not found.run.claims:
        return None
    return (
        f"claimwright policy release {monitor.policy} {monitor.version} --author PERSON --approver PERSON"
        f" --reason '...' --monitor {monitor.monitor_id}"
    )


def _done(answer: Monitor | Refusal | None) -> Monitor:
    if answer is None:
        raise _GONE
    if isinstance(answer, Refusal):
        raise problem_of(answer)
    return answer
