"""A policy version as one HTML document for a committee: on screen and paper, with nothing to load."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from console.web.page import environment
from rulebook.authoring.reading import CaseView, PolicyReading, each_part_once

STYLE: Final = Path(__file__).with_name("document.css")
LINK: Final = '<link rel="stylesheet" href="policies/document.css">'


def document_of(reading: PolicyReading, cases: tuple[CaseView, ...]) -> str:
    """Write a version as HTML that holds its style; the console serves the same text with the style as a file."""
    view = {"reading": each_part_once(reading), "cases": cases}
    text = environment().get_template("policies/document.html").render(view=view, asset=str)
    return text.replace(LINK, f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
