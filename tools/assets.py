"""Copies the npm packages of the console's pages into console/web/assets, as package-lock.json pins them (make setup)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.local.node import find_npm
from deploy.local.processes import Report
from runtime.errors import StackError
from runtime.settings import REPOSITORY

WEB: Final = REPOSITORY / "console" / "web"
COPIED: Final[Mapping[str, str]] = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
"""Name in the assets folder to file in node_modules."""


def build(report: Report, web: Path = WEB) -> None:
    """Install the pinned packages and copy the files that pages load; do nothing if the assets are those of this lock file."""
    pinned = hashlib.sha256(
        (web / "package-lock.json").read_bytes() + repr(sorted(COPIED.items())).encode()
    ).hexdigest()
    assets = web / "assets"
    stamp = assets / ".lock"
    if stamp.exists() and stamp.read_text() == pinned:
        return
    report("assets", "installing the console's packages from npm, as package-lock.json pins them")
    _install([*find_npm(report), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], web)
    shutil.rmtree(assets, ignore_errors=True)
    assets.mkdir()
    for name, source in COPIED.items():
        shutil.copyfile(web / "node_modules" / source, assets / name)
    stamp.write_text(pinned)
    report("assets", f"{len(COPIED)} files in {assets.relative_to(web.parents[1])}")


def _install(command: list[str], web: Path) -> None:
    try:
        done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        raise StackError("npm did not finish in five minutes; see that its registry answers, then try again") from None
    if done.returncode != 0:
        raise StackError(
            f"npm could not install what {web / 'package-lock.json'} pins:\n{done.stderr.strip()[-800:]}\n"
            "See that its registry answers (npm ping), then run `make setup` again."
        )


def main() -> int:
    """Build the assets; for `make setup`."""
    try:
        build(lambda what, happens: print(f"  {what:<10} {happens}", flush=True))
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
