"""Bulk retries as the API shows them, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from cli.times import local_time

Shown = dict[str, Any]


def retries_table(releases: list[Shown]) -> Table:
    """One row per bulk retry, the newest first."""
    table = Table(
        "release", "stage", "waits for", "claims", "settled", "billed", "proposed by", "approved by", "purpose"
    )
    table.columns[0].no_wrap = True
    for each in releases:
        table.add_row(
            each["release_id"],
            each["stage"],
            ", ".join(each["selection"]["codes"]),
            str(each["claims"]),
            str(each["settled"]),
            each["billed"],
            each["proposed_by"],
            each["approved_by"] or "-",
            escape(each["purpose"]),
        )
    return table


def retry_text(release: Shown) -> Iterator[str]:
    """Return the full text of one bulk retry."""
    yield f"[bold]Bulk retry {release['release_id']}[/bold] ({release['stage']})"
    chosen = {name: value for name, value in release["selection"].items() if value}
    yield f"  {release['claims']} claims, {release['billed']} dollars: {escape(_said(chosen))}"
    yield f"  {release['mode']}, at most {release['per_second']} a second; {escape(release['purpose'])}"
    yield f"  proposed by {release['proposed_by']} at {local_time(release['proposed_at'])}"
    if release["approved_by"]:
        yield f"  approved by {release['approved_by']} at {local_time(release['approved_at'])}"
    elif release["stage"] == "proposed":
        yield f"  waits for {'a supervisor' if release['needs_supervisor'] else 'a second person'} to approve it"
    if release["paused_because"]:
        yield f"  paused: {escape(release['paused_because'])}"
    if release["ended_at"]:
        yield f"  ended at {local_time(release['ended_at'])}" + (
            f" by {release['ended_by']}" if release["ended_by"] else ""
        )
    names = ("settled", "asked", "tried", "decided", "waiting", "failed")
    yield "  " + ", ".join(f"{name} {release[name]}" for name in names) + f"; payable {release['payable']}"
    for why, claims in release["skipped"].items():
        yield f"  left out {claims}: {escape(why)}"


def dry_run_text(found: Shown) -> Iterator[str]:
    """Yield the present size of a selection, and the results of trying some of it."""
    yield f"{found['claims']} claims, {found['billed']} dollars; {found['held']} more are assigned to reviewers"
    for group in ("by_plan", "by_code"):
        for share in found[group]:
            yield f"  {escape(share['name'])}: {share['claims']} claims, {share['billed']} dollars"
    would = found["would"]
    waits = ", ".join(f"{claims} wait for {code}" for code, claims in would["waits"].items())
    yield f"  of {would['tried']} tried now: {would['pays']} pay ({would['payable']}), {would['denies']} deny, {waits or 'none waits'}"


def _said(chosen: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {' '.join(value) if isinstance(value, list) else value}"
        for name, value in chosen.items()
    )
