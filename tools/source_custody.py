"""Finds every quotation of policies/sources/ at its line of the source, without keeping the licensed texts themselves.

tests/sources/ keeps, per source, the hash of the retrieved file, of each line, and of each quoted phrase with its
position in the line. Anyone with the texts can make these again: `python -m tools.source_custody --from FOLDER`.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from rulebook.library import default_policies_dir
from rulebook.medical.catalog import MEDICAL, VERSION
from rulebook.schema import SourcesFile
from rulebook.source_places import SOURCES, PlacesFile, lines_in
from rulebook.yaml_files import read_yaml

KEPT: Final = Path(__file__).resolve().parent.parent / "tests" / SOURCES
_HEAD: Final = "# Hashes of a licensed text: the file, its lines, and quoted phrases (line, first word, words). tools/source_custody.py\n"


def words(text: str) -> list[str]:
    """Split a text into words: marks of tables, emphasis and links are not words."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[|*]", " ", plain).split()


def digest(found: list[str]) -> str:
    """Hash the words of a text, ignoring white space."""
    return hashlib.sha256(" ".join(found).encode()).hexdigest()[:32]


def kept_text(content: bytes, quotations: Mapping[int, str]) -> str:
    """Return the stored part of a source; raises ValueError for a quotation that its line does not hold."""
    lines = [words(line) for line in content.decode().splitlines()]
    rows = [f"file {hashlib.sha256(content).hexdigest()}"]
    rows += [f"line {number} {digest(line)}" for number, line in enumerate(lines, 1) if line]
    for number, quotation in sorted(quotations.items()):
        start, count = _position(lines[number - 1], quotation, number)
        rows.append(f"phrase {number} {start} {count} {digest(_bare(lines[number - 1][start : start + count]))}")
    return _HEAD + "\n".join(rows) + "\n"


def _position(line: list[str], quotation: str, number: int) -> tuple[int, int]:
    wanted = words(quotation)
    for start in range(len(line) - len(wanted) + 1):
        if digest(_bare(line[start : start + len(wanted)])) == digest(_bare(wanted)):
            return start, len(wanted)
    msg = f"line {number} does not say {quotation!r}"
    raise ValueError(msg)


def _bare(found: list[str]) -> list[str]:
    """Leave out the punctuation around a quotation."""
    return " ".join(found).strip(".,;:()").split()


def problems(policies: Path, kept: Path = KEPT) -> Iterator[str]:
    """Yield the faults: a source without stored hashes, a quotation not found at its line, a cited line without text."""
    sources = read_yaml(policies / "sources.yaml", "sources.yaml", SourcesFile).sources
    for path in sorted((policies / SOURCES).glob("*.yaml")):
        file = read_yaml(path, path.name, PlacesFile)
        entry = sources[file.source]
        text = kept / f"{file.source}.txt"
        rows = [row.split() for row in text.read_text(encoding="utf-8").splitlines()] if text.is_file() else []
        if not (entry.number and entry.version and entry.sha256):
            yield f"sources.yaml: {file.source} needs number, version and sha256"
        if ["file", str(entry.sha256)] not in rows:
            yield f"{text.name}: the kept hashes are not of the file whose sha256 sources.yaml gives"
        yield from _unfound(file, rows)
        held = {**file.quotations, **file.paraphrases}
        written = {row[1] for row in rows if row[0] == "line"}
        for version, number in _cited(policies, file.source):
            if number not in held and str(number) in written:
                yield f"{path.name}: line {number}, cited by {version}, has no quotation and no paraphrase"


def _unfound(file: PlacesFile, rows: list[list[str]]) -> Iterator[str]:
    lines = {row[1] for row in rows if row[0] == "line"}
    phrases = {row[1]: row[3:] for row in rows if row[0] == "phrase"}
    for number in file.paraphrases:
        if str(number) not in lines:
            yield f"{file.source}: the source has no text on line {number}"
    for number, quotation in file.quotations.items():
        count, found = phrases.get(str(number), ["0", ""])
        wanted = words(quotation)
        if str(len(wanted)) != count or found != digest(_bare(wanted)):
            yield f"{file.source}: line {number} is not known to say {quotation!r}"


def _cited(policies: Path, source: str) -> Iterator[tuple[str, int]]:
    """Yield every line of a source that a version in force, superseded by no other, cites."""
    for folder in sorted((policies / MEDICAL).iterdir()):
        versions = {path.parent: _read(path) for path in sorted(folder.glob(f"*/{VERSION}"))}
        superseded = {header.get("supersedes") for header in versions.values()}
        for path, header in versions.items():
            if header["source"] == source and header["version"] not in superseded:
                chapters = (chapter for chapter in sorted(path.glob("*.yaml")) if chapter.name != VERSION)
                found = dict.fromkeys(n for chapter in chapters for at in _places(_read(chapter)) for n in lines_in(at))
                yield from ((f"{header['policy']} {header['version']}", number) for number in sorted(found))


def _places(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("at"), str) and "source" not in node:
            yield node["at"]
        for child in node.values():
            yield from _places(child)
    elif isinstance(node, list):
        for child in node:
            yield from _places(child)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def make(policies: Path, folder: Path) -> None:
    """Write the stored part of each source, from the texts in a folder, which are found by their hash."""
    texts = {hashlib.sha256(path.read_bytes()).hexdigest(): path.read_bytes() for path in folder.iterdir()}
    sources = read_yaml(policies / "sources.yaml", "sources.yaml", SourcesFile).sources
    KEPT.mkdir(exist_ok=True)
    for path in sorted((policies / SOURCES).glob("*.yaml")):
        file = read_yaml(path, path.name, PlacesFile)
        content = texts[str(sources[file.source].sha256)]
        (KEPT / f"{file.source}.txt").write_text(kept_text(content, file.quotations), encoding="utf-8")


def main() -> int:
    """Check, or write again, the stored parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, help="the folder that holds the retrieved texts")
    given = parser.parse_args()
    policies = default_policies_dir()
    if given.folder is not None:
        make(policies, given.folder)
    found = list(problems(policies))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
