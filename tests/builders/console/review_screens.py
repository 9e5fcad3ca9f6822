"""Opens the review screen and sends its forms as a browser would, with what stands in them."""

from __future__ import annotations

from typing import Any

from httpx import Response

from tests.builders.console.html_forms import Form, form
from tests.builders.console.office import Office


async def screen(office: Office, claim: str, who: str) -> str:
    """Open a case and return its page."""
    answer = await office.get(f"/review/{claim}", who)
    assert answer.status_code == 200, answer.text
    return answer.text


async def sending(office: Office, claim: str, who: str, ends: str) -> Form:
    """Open a case and return one of its forms."""
    return form(await screen(office, claim, who), ends)


async def send(office: Office, filled: Form, who: str, **changed: Any) -> Response:
    """Send a form with some of its fields changed."""
    fields = {**filled.values, **changed}
    fields.pop("csrf", None)
    return await office.post(filled.action, who, fields)


async def take(office: Office, claim: str, who: str) -> None:
    """Take a claim by the button of its page."""
    answer = await send(office, await sending(office, claim, who, "/actions/take"), who)
    assert answer.status_code == 303, answer.text


def lines(filled: Form, *numbers: int) -> list[str]:
    """Return the values of the boxes of some lines."""
    return [value for value in filled.offered["pend"] if value.split("|")[0] in {str(number) for number in numbers}]
