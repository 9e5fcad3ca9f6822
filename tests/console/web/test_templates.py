"""What holds for every template of every screen, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.web.page import CONSOLE, environment

TEMPLATES = sorted(path.relative_to(CONSOLE).as_posix() for path in CONSOLE.glob("*/*.html"))
INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a handler": re.compile(r"\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "a separate script": re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", re.IGNORECASE),
    "an address that is code": re.compile(r"javascript:", re.IGNORECASE),
    "a trigger filter or value that htmx would evaluate": re.compile(
        r"hx-(?:trigger\s*=\s*\"[^\"]*\[|(?:vals|headers)\s*=\s*['\"]js:)"
    ),
    "text that is not escaped": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_nothing_that_the_policy_would_refuse(name: str) -> None:
    source = Path(CONSOLE, name).read_text()
    assert [what for what, pattern in INLINE.items() if pattern.search(source)] == []
    environment().get_template(name)


def test_every_form_that_changes_something_carries_the_sessions_token() -> None:
    forms = [
        (name, form)
        for name in TEMPLATES
        for form in re.findall(r"<form\b.*?</form>", Path(CONSOLE, name).read_text(), re.DOTALL | re.IGNORECASE)
        if re.search(r"method=\"post\"", form, re.IGNORECASE)
    ]
    assert len(forms) >= 20, "the console has at least so many forms that change something"
    assert [(name, form) for name, form in forms if "csrf" not in form] == []


@pytest.mark.parametrize("name", [name for name in TEMPLATES if "{% extends" in Path(CONSOLE, name).read_text()])
def test_a_page_has_its_own_title(name: str) -> None:
    assert "{% block title %}" in Path(CONSOLE, name).read_text()
