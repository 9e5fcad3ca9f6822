"""`export ...`: files for auditors over the API, checked against the hash in their manifest."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import typer
from rich.markup import escape

from cli.review.acting import AS
from cli.typed import day
from contracts.records.exports import TITLES, ExportKind
from runtime.clients.api_client import REFUSED, ApiError, connect
from runtime.clients.terminal import out, progress
from runtime.settings import Settings

_MANIFEST = "manifest.json"
_KINDS = "; ".join(f"{kind.value}: {title}" for kind, title in TITLES.items())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    kind: ExportKind = typer.Argument(..., help=_KINDS),
    first: date = typer.Option(
        ..., "--from", parser=day, help="The first day of the decisions, in the time zone of each plan."
    ),
    last: date = typer.Option(..., "--to", parser=day, help="The last day of the decisions."),
    plan: list[str] = typer.Option([], help="Only this plan; may be repeated."),
    folder: Path = typer.Option(
        Path(), "--output", "-o", file_okay=False, help="The folder for the CSV file and its manifest."
    ),
    person: str | None = AS,
) -> int:
    """Write a file of decisions for an auditor, with a manifest. The export is recorded in the audit trail."""
    asked = [("first", first.isoformat()), ("last", last.isoformat()), *(("plan", each) for each in plan)]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as received:
        for size in connect(Settings(), person).download(f"/api/exports/{kind.value}?{urlencode(asked)}", received):
            progress.print(f"{size // 1024} KB received")
        try:
            manifest = unpack(received, folder)
        except (zipfile.BadZipFile, KeyError, ValueError) as broken:
            words = f"the file arrived incomplete ({broken}); nothing was kept. Ask for it again"
            raise ApiError(words, REFUSED) from None
    out.print(f"{manifest['rows']} rows in {escape(str(folder / manifest['file']))}")
    out.print(f"sha256 {manifest['sha256']}, as in the audit trail; {escape(str(folder / manifest_name(manifest)))}")
    return 0


def unpack(received: Any, folder: Path) -> dict[str, Any]:
    """Keep the file of an archive and its manifest; raises ValueError where its bytes are not those of the manifest."""
    with zipfile.ZipFile(received) as packed:
        manifest: dict[str, Any] = json.loads(packed.read(_MANIFEST))
        name = Path(manifest["file"]).name
        digest, written = sha256(), folder / f"{name}.part"
        with packed.open(name) as member, written.open("wb") as kept:
            while part := member.read(1 << 20):
                digest.update(part)
                kept.write(part)
    if digest.hexdigest() != manifest["sha256"]:
        written.unlink()
        msg = "the hash differs from the manifest"
        raise ValueError(msg)
    written.replace(folder / name)
    (folder / manifest_name(manifest)).write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def manifest_name(manifest: dict[str, Any]) -> str:
    """Name the manifest of a file next to it."""
    return f"{Path(manifest['file']).stem}.{_MANIFEST}"
