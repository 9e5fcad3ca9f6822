"""`tasks desk`: one person's open work as text: due and assigned claims, mentions, news, discussions, absences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.review.acting import AS
from cli.times import local_time
from runtime.clients.api_client import connect
from runtime.clients.terminal import out
from runtime.settings import Settings


def show_desk(person: str | None = AS) -> int:
    """Show your desk: claims due or assigned to you, mentions, news, discussions and planned absences."""
    for line in desk_lines(connect(Settings(), person).get("/api/desk")):
        out.print(line, markup=False, soft_wrap=True)
    return 0


def desk_lines(desk: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a digest; it names claims by their control numbers."""
    waiting, day, three = desk["waiting"], desk["due_in_a_day"], desk["due_in_three_days"]
    yield f"{waiting['claims']} claims wait for your roles, {waiting['overdue']} past the statutory date"
    yield f"due within 24 hours {day['claims']}, within 3 days {three['claims']} (overdue ones included)"
    for held in desk["held"]:
        due = held["statutory_at"] or held["due_at"]
        yield f"you hold {held['control_number']}{f', due {local_time(due)}' if due else ''}  {held['claim_id']}"
    for each in desk["mentions"]:
        if each["unread"]:
            yield f"{each['by']} mentions you on {each['control_number']}, {local_time(each['at'])}  {each['claim_id']}"
    for each in desk["news"]:
        what = each["detail"] if each["what"] == "document" else f"opinion of {each['detail']}"
        yield f"came on {each['control_number']}: {what}, {local_time(each['at'])}  {each['claim_id']}"
    for each in desk["appointments"]:
        yield f"talk with the provider of {each['control_number']}: {local_time(each['at'])}  {each['claim_id']}"
    for each in desk["absences"]:
        cover = f", {each['cover']} covers" if each["cover"] else ""
        yield f"away {each['first_day']} to {each['last_day']}{cover}"
