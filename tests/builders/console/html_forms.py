"""Reads a page as a browser does: its forms, with the fields and the values they would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form. `values` is what it would send as it stands; `offered` every value a choice has."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        return self.values[name][0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif self.forms and tag == "input" and "name" in given:
            self._input(given)
        elif self.forms and tag == "select":
            self._select = given["name"]
        elif self.forms and tag == "option" and self._select:
            self.forms[-1].offered.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given:
                self.forms[-1].values[self._select] = [given.get("value", "")]
        elif self.forms and tag == "textarea" and "name" in given:
            self._area = given["name"]
            self.forms[-1].values[self._area] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].values[self._area][0] += data

    def _input(self, given: dict[str, str]) -> None:
        form, name, value = self.forms[-1], given["name"], given.get("value", "")
        form.offered.setdefault(name, []).append(value)
        chosen = given.get("type", "text") not in ("checkbox", "radio") or "checked" in given
        if chosen and "disabled" not in given:
            form.values.setdefault(name, []).append(value)


def forms(html: str) -> list[Form]:
    """Return the forms of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def form(html: str, ends: str) -> Form:
    """Return the form whose address ends so; fails the test when there is none, or two."""
    [found] = [each for each in forms(html) if each.action.endswith(ends)]
    return found


def has_form(html: str, ends: str) -> bool:
    """Return whether a page offers a form."""
    return any(each.action.endswith(ends) for each in forms(html))
