"""The files pages load, under names that hold their content's hash, so that a browser may cache them permanently."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from console.web.problems import Problem

WEB: Final = Path(__file__).parent
BUILT: Final = ("htmx.js", "sse.js", "uplot.js", "uplot.css")
"""The files that `python -m tools.assets` copies from npm."""

_KINDS: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"

router = APIRouter(prefix="/assets", include_in_schema=False)


class MissingAssetsError(Exception):
    """The build step was not run; the text names the command to run."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Assets:
    """Every asset by its served name, and the served name of each file."""

    files: Mapping[str, Asset]
    names: Mapping[str, str]

    def address(self, name: str) -> str:
        """Return the address of a file: `console.css`, or `worklist/worklist.css` of a screen's folder."""
        return f"/assets/{self.names[name]}"


def load_assets(web: Path = WEB) -> Assets:
    """Read all assets: the built ones, our own, and those of the screens' folders."""
    missing = [name for name in BUILT if not (web / "assets" / name).is_file()]
    if missing:
        raise MissingAssetsError(
            f"the console's assets are not built ({', '.join(missing)} missing in {web / 'assets'}); "
            "run `make setup`, or `python -m tools.assets` in an environment that is set up"
        )
    files, names = {}, {}
    for name, path in _found(web):
        content = path.read_bytes()
        stem, dot, suffix = name.rpartition(".")
        served = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}{dot}{suffix}"
        files[served], names[name] = Asset(content, _KINDS[path.suffix]), served
    return Assets(files, names)


def _found(web: Path) -> Iterator[tuple[str, Path]]:
    for folder in (web / "assets", web / "static"):
        yield from ((path.name, path) for path in sorted(folder.iterdir()) if path.suffix in _KINDS)
    for path in sorted(web.parent.glob("*/*")):
        if path.suffix in _KINDS and path.parent != web:
            yield f"{path.parent.name}/{path.name}", path


@router.get("/{name:path}")
async def read_asset(request: Request, name: str) -> Response:
    """Serve a file; its name changes with its content."""
    assets: Assets = request.app.state.assets
    asset = assets.files.get(name)
    if asset is None:
        raise Problem(404, "not-found", "there is no such file; the console was renewed, load the page again")
    return Response(asset.content, media_type=asset.kind, headers={"Cache-Control": _FOR_GOOD})
