"""The checks of deploy/ that need no cluster (make test-deploy); they run in the environment of requirements/deploy.txt.

A missing tool fails the check with the package to install; no check is skipped silently.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.chart_checks import chart

ROOT: Final = Path(__file__).resolve().parent.parent
ALERTS: Final = ROOT / "deploy" / "alerts"
_PROMTOOL: Final = "promtool is not installed. Debian: apt-get install --no-install-recommends prometheus"


def alerts() -> Iterator[str]:
    """Check the rules, and run their tests."""
    promtool = shutil.which("promtool")
    if promtool is None:
        yield _PROMTOOL
        return
    for arguments in (
        ("check", "rules", *_files(ALERTS.glob("*.rules.yaml"))),
        ("test", "rules", *_files(ALERTS.glob("tests/*.yaml"))),
    ):
        yield from _failed([promtool, *arguments])


def dashboards() -> Iterator[str]:
    """Compare the dashboards with the code that writes them."""
    yield from _failed([sys.executable, "-m", "deploy.dashboards.build", "--check"])


def image() -> Iterator[str]:
    """Lint the files of the images."""
    hadolint = Path(sys.executable).with_name("hadolint")
    config = ROOT / "deploy" / "image" / "hadolint.yaml"
    for folder in ("image", "compose/servers"):
        yield from _failed([str(hadolint), "--config", str(config), str(ROOT / "deploy" / folder / "Containerfile")])


CHECKS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "alerts": alerts,
    "dashboards": dashboards,
    "chart": chart,
    "image": image,
}


def _files(found: Iterator[Path]) -> list[str]:
    return [str(file) for file in sorted(found)]


def _failed(command: list[str]) -> Iterator[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        yield f"{done.stdout}{done.stderr}".strip()


def main() -> int:
    """Run every check, print each result, and return 1 if one failed."""
    bad = 0
    for name, check in CHECKS.items():
        problems = list(check())
        sys.stdout.write(f"{'FAILED' if problems else 'passed'}  {name}\n")
        sys.stderr.writelines(f"{problem}\n" for problem in problems)
        bad += bool(problems)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
