"""Pictures of one code's rules: a tree for the terminal, Mermaid text, and a self-contained SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from rich.markup import escape as plain
from rich.tree import Tree

from rulebook.authoring.outline import TOP, Row

_COLORS: Final = {
    "policy": ("#1f2937", "#ffffff"),
    "covered": ("#d1fae5", "#064e3b"),
    "excluded": ("#fee2e2", "#7f1d1d"),
    "review": ("#fef3c7", "#78350f"),
    "administrative": ("#ede9fe", "#4c1d95"),
    "refers": ("#e0e7ff", "#312e81"),
    "otherwise": ("#fee2e2", "#7f1d1d"),
    "guide": ("#f3f4f6", "#374151"),
    "part": ("#e5e7eb", "#111827"),
    "criterion": ("#eff6ff", "#1e3a8a"),
    "test": ("#ffffff", "#111827"),
}
_ROW_HEIGHT, _INDENT, _LETTER, _MARGIN = 30, 26, 6.6, 12
_AGAIN: Final = "as above"


def terminal_tree(rows: Sequence[Row]) -> Tree:
    """Draw the rows as a tree for the terminal."""
    drawn: list[Tree] = []
    for row in rows:
        label = plain(row.text) if row.kind == "part" else f"[bold]{plain(row.name)}[/bold] {plain(_words(row))}"
        label += f" [dim]{plain(row.cited)}[/dim]" if row.cited and row.cited != _cited_above(rows, row) else ""
        drawn.append(Tree(label) if row.parent == TOP else drawn[row.parent].add(label))
    return drawn[0]


def _cited_above(rows: Sequence[Row], row: Row) -> str:
    """The citation of the nearest row above: a citation is inherited and printed once."""
    while row.parent != TOP:
        row = rows[row.parent]
        if row.cited:
            return row.cited
    return ""


def mermaid(rows: Sequence[Row]) -> str:
    """Write the rows as a Mermaid flow chart; a shared part is one box with several arrows."""
    return "\n".join(_mermaid(rows)) + "\n"


def _mermaid(rows: Sequence[Row]) -> Iterator[str]:
    yield "flowchart LR"
    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        shown = first.setdefault(row.name, number) if row.kind in ("criterion", "test") else number
        if shown == number:
            yield f"  n{number}{_shape(row, _quoted(f'{row.name}: {_words(row)}'))}:::{row.kind}"
        if row.parent != TOP:
            yield f"  n{row.parent} --> n{shown}"
    for kind in dict.fromkeys(row.kind for row in rows):
        fill, ink = _COLORS[kind]
        yield f"  classDef {kind} fill:{fill},color:{ink},stroke:#9ca3af"


def _shape(row: Row, text: str) -> str:
    return f'("{text}")' if row.kind == "test" else f'["{text}"]'


def _quoted(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def svg(rows: Sequence[Row]) -> str:
    """Draw the rows as boxes in reading order, indented by depth, each joined to the box it belongs to."""
    widths = [_width(row) for row in rows]
    wide = max(_left(row) + width for row, width in zip(rows, widths, strict=True)) + _MARGIN
    high = len(rows) * _ROW_HEIGHT + 2 * _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high}" '
        f'viewBox="0 0 {wide:.0f} {high}" font-family="sans-serif" font-size="12" role="img">'
    )
    title = f"<title>{escape(f'{rows[0].name}, code {rows[0].cited}')}</title>"
    boxes = (_box(number, row, widths[number]) for number, row in enumerate(rows))
    joins = (_join(number, row) for number, row in enumerate(rows) if row.parent != TOP)
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, title, ground, *joins, *boxes, "</svg>"]) + "\n"


def _box(number: int, row: Row, width: float) -> str:
    fill, ink = _COLORS[row.kind]
    x, y = _left(row), _top(number)
    text = f"{row.name}: {_words(row)}" + (f"; {row.cited}" if row.cited else "")
    dashed = ' stroke-dasharray="4 3"' if row.again else ""
    return (
        f"<g><title>{escape(text)}</title>"
        f'<rect x="{x}" y="{y}" width="{width:.0f}" height="{_ROW_HEIGHT - 6}" rx="4" fill="{fill}" '
        f'stroke="#9ca3af"{dashed}/>'
        f'<text x="{x + 8}" y="{y + 16}" fill="{ink}">'
        f'<tspan font-weight="bold">{escape(row.name)}</tspan> {escape(_words(row))}</text></g>'
    )


def _join(number: int, row: Row) -> str:
    x, middle = _left(row), _top(number) + (_ROW_HEIGHT - 6) // 2
    trunk = x - _INDENT // 2
    below = _top(row.parent) + _ROW_HEIGHT - 6
    return f'<path d="M{trunk} {below}V{middle}H{x}" fill="none" stroke="#9ca3af"/>'


def _words(row: Row) -> str:
    text = [part for part in (row.text, f"({row.detail})" if row.detail else "") if part]
    if row.kind == "criterion" and not row.text:
        text = [row.detail]
    return " ".join(text) + (f" ({_AGAIN})" if row.again else "")


def _left(row: Row) -> int:
    return _MARGIN + row.depth * _INDENT


def _top(number: int) -> int:
    return _MARGIN + number * _ROW_HEIGHT


def _width(row: Row) -> float:
    return 20 + _LETTER * (len(row.name) * 1.1 + 1 + len(_words(row)))
