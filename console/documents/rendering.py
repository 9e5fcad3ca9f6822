"""Inspects files and draws their pages in a process without credentials, which is killed if it takes too long."""

from __future__ import annotations

import asyncio
import html
import sys
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from console.web.problems import Problem

_TIME_LIMIT: Final = 30
"""Seconds for one page, waiting for a free place included."""
_AT_ONCE: Final = 2
_PROGRAM: Final = str(Path(__file__).with_name("page_image.py"))
"""Run as a script: it imports no module of the product, and this process imports no library that reads files."""

Area = tuple[float, float, float, float]
"""Left, top, width and height, in shares of the page."""

_UNREADABLE: Final = "the file could not be read; it is damaged or too large. Print it to a new PDF and upload that"
STYLE: Final = (
    "body{margin:0;font:14px/1.5 system-ui,sans-serif;background:#fff;color:#1a1a1a}"
    "img{display:block;width:100%;height:auto}pre{white-space:pre-wrap;margin:1rem;font:inherit}"
    "mark{background:#ffe066;color:#1a1a1a}details,p{margin:.5rem 1rem}"
)
STYLE_HASH: Final = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
"""The only style that the frame may have, as its security policy names it."""


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """One page: its picture as PNG (empty for a text file), its text, and the places of quotes in the text."""

    picture: bytes
    text: str
    found: tuple[tuple[int, int], ...]

    def document(self, title: str) -> str:
        """Return the page as a document for a frame: the picture inside, so that the frame asks for nothing."""
        label, words = html.escape(title, quote=True), _with_marks(self.text, self.found)
        if not self.picture:
            shown = f"<pre>{words}</pre>"
        else:
            shown = f'<img alt="{label}" src="data:image/png;base64,{b64encode(self.picture).decode()}">'
            text = "The picture has no text that a program can read." if not self.text.strip() else ""
            shown += f"<details><summary>Text of this page</summary>{f'<p>{text}</p>' if text else f'<pre>{words}</pre>'}</details>"
        head = f'<meta charset="utf-8"><title>{label}</title><style>{STYLE}</style>'
        return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{shown}</main></body></html>'


@dataclass(frozen=True, slots=True)
class PageRenderer:
    """Starts the processes, at most `places` at once."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def inspect(self, body: bytes) -> tuple[str, int]:
        """Return the media type and the number of pages of a file; refuses one that cannot be shown."""
        answer, _ = await self._asked({}, body)
        return answer["media_type"], answer["pages"]

    async def draw(self, body: bytes, page: int, quotes: Sequence[str], areas: Sequence[Area]) -> DrawnPage:
        """Draw a page with the quotes and areas marked."""
        asked = {"page": page, "quotes": list(quotes), "areas": list(areas)}
        answer, picture = await self._asked(asked, body)
        return DrawnPage(picture, answer["text"], tuple((start, end) for start, end in answer["found"]))

    async def _asked(self, asked: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        try:
            async with asyncio.timeout(_TIME_LIMIT), self.places:
                sent = await _run(orjson.dumps(asked) + b"\n" + body)
        except TimeoutError:
            raise Problem(503, "page-not-drawn", "the page took too long to draw; try it again in a minute") from None
        line, _, picture = sent.partition(b"\n")
        answer: dict[str, Any] = orjson.loads(line) if line else {"refused": _UNREADABLE}
        if "refused" in answer:
            raise Problem(422, "file-unreadable", answer["refused"])
        return answer, picture


async def _run(sent: bytes) -> bytes:
    """Run the process once and return its output; empty if it died, for example for lack of memory."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-I", _PROGRAM)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=quiet, env={})
    try:
        written, _ = await process.communicate(sent)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return written if process.returncode == 0 else b""


def _with_marks(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Escape a text and mark places in it."""
    shown, at = list[str](), 0
    for start, end in places:
        if start >= at:
            shown += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
            at = end
    return "".join((*shown, html.escape(text[at:])))
