"""Returns an issued letter as PDF: the print kept, or one made and kept now."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.records.issued_letters import IssuedLetter
from letters.print_forms import Print
from letters.written import Acted
from storage.letters.prints import PrintArchive


class LetterPrints:
    """Prints issued letters, each form once."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine, which pools connections."""
        self._archive = PrintArchive(engine)

    async def of(self, letter: IssuedLetter, form: Print, by: Acted, now: datetime) -> bytes | None:
        """Return a print; None if the letter was issued before its parts were kept, or the fonts lack a character of it."""
        kept = await self._archive.of(letter.letter_id, form.value)
        if kept is not None or letter.layout is None:
            return kept
        # In a thread: reducing the fonts of a document would delay other requests too long.
        made = await asyncio.to_thread(_printed, letter, form)
        if made is None:
            return None
        await self._archive.keep(letter, form.value, made, (by.person_id, by.role), now)
        return await self._archive.of(letter.letter_id, form.value)


def _printed(letter: IssuedLetter, form: Print) -> bytes | None:
    from letters.pdf import printed  # noqa: PLC0415 - three processes never print, and save the memory of its fonts

    return printed(letter, form)
