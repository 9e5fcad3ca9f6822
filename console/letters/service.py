"""Issuing a letter from a page: who may, and the answer when the letter has changed since they saw it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Form, Query, Response

from adjudication.people import StaffMember
from console.access.roles import ISSUING, acting_role
from console.ports import Console
from console.web.problems import Problem
from console.web.toasts import Toast
from contracts.records.issued_letters import IssuedLetter
from letters.print_forms import MEDIA_TYPE, Print
from letters.written import Acted

Language = Annotated[Literal["en", "es"] | None, Query()]
"""The language that the member asks for; None for that of enrollment."""

Large = Annotated[str, Query(max_length=10)]
"""Large print or not; empty: ordinary print."""

Digest = Annotated[str, Form(max_length=64)]
"""The hash of the letter as the page showed it."""

ISSUED: Final = Toast(
    "The letter is issued and handed to the mail. What is kept is what is shown and printed from now on."
)


def issuer(person: StaffMember) -> Acted:
    """Return the issuing person and their role; refuses people who write no letters."""
    roles = person.roles & ISSUING
    if not roles:
        who = ", ".join(sorted(role.value for role in ISSUING))
        raise Problem(403, "role-may-not", f"letters are issued by: {who}")
    return Acted(person.person_id, acting_role(roles))


async def print_of(console: Console, letter: IssuedLetter | None, form: Print, by: Acted) -> Response:
    """Return an issued letter as PDF to download; None: no such letter was issued."""
    body = None if letter is None else await console.mail.prints.of(letter, form, by, console.now())
    if letter is None or body is None:
        words = "there is no PDF of this letter: it was issued before its parts were kept; print its page instead"
        raise Problem(404, "no-such-print", words)
    name = f"letter-{letter.letter_id}{'-large' if form is Print.LARGE else ''}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def refuse_other(*, issued: bool) -> None:
    """Refuse a letter that has changed since the page was loaded, or was issued since."""
    if not issued:
        words = "this letter changed or was issued since you looked at it; look at the letters again, then issue it"
        raise Problem(409, "another-letter", words)
