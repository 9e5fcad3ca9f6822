"""Refuse the words that docs/plain-language.md replaces, in names, comments, texts, templates and data.

`python -m tools.check_language [FOLDER ...]` prints each place with the word to use instead, and exits 1 if there is one.
The words and the names that must stay (columns, fields of recorded messages) are in tools/language.yaml.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

RULES: Final = Path(__file__).with_name("language.yaml")
KINDS: Final = (".py", ".md", ".html", ".yaml", ".toml", ".js", ".css", "Makefile", ".example")


def main(folders: list[str]) -> int:
    """Check the tracked files below the given folders; by default all folders that the rules name."""
    found = [text for file in _files(folders or _rules()["folders"]) for text in offenses(file)]
    sys.stdout.writelines(f"{text}\n" for text in found)
    if found:
        sys.stderr.write(f"{len(found)} places use words that docs/plain-language.md replaces. Rewrite them.\n")
    return 1 if found else 0


def offenses(file: Path) -> Iterator[str]:
    """Yield `file:line: word -> what to use instead` for one file."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        kept = _kept().sub(" ", line) if _kept().pattern else line
        words = _split(kept)
        found = [(word, instead) for pattern, instead in _words() for word in pattern.findall(words)[:1]]
        found += [(word, instead) for pattern, instead in _openings() for word in pattern.findall(kept)[:1]]
        for word, instead in found:
            yield f"{file}:{number}: {word!r} -> {instead}: {line.strip()[:140]}"


def _split(line: str) -> str:
    """Separate the words of identifiers: `due_at` and `DueAt` become `due at`, in lower case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", line.replace("_", " "))
    return re.sub(r"\s+", " ", spaced).lower()


def _files(folders: list[str]) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *folders], capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split("\n"):
        file = Path(name)
        if name.endswith(KINDS) and file.is_file() and not name.startswith(tuple(_rules()["not_checked"])):
            yield file


@cache
def _rules() -> dict[str, Any]:
    return dict(yaml.safe_load(RULES.read_text()))


@cache
def _words() -> tuple[tuple[re.Pattern[str], str], ...]:
    grouped = {re.sub(r"\((?!\?)", "(?:", word): instead for word, instead in _rules()["words"].items()}
    return tuple((re.compile(rf"\b(?:{word})\b"), instead) for word, instead in grouped.items())


@cache
def _openings() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Words that may not open a docstring, a comment, a text or a sentence in it."""
    before = r"(?:^\s*|[\"'#>|.:] ?|- )"
    return tuple((re.compile(rf"{before}({word})\b"), instead) for word, instead in _rules()["openings"].items())


@cache
def _kept() -> re.Pattern[str]:
    names = _rules()["names_kept"]
    return re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
