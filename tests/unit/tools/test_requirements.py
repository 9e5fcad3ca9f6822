"""The lock of what runs: all that the product imports, in the versions of the whole environment, and nothing else."""

from __future__ import annotations

import re
import tomllib

from runtime.settings import REPOSITORY

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def locked(name: str) -> dict[str, str]:
    """Each package of a lock, with its version and hashes."""
    entries = (REPOSITORY / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    return {entry.split("==")[0]: " ".join(entry.split()) for entry in entries if "==" in entry}


def names(dependencies: list[str]) -> set[str]:
    found = (_NAME.match(each) for each in dependencies)
    return {each.group().lower() for each in found if each}


def test_what_runs_has_the_versions_and_hashes_that_were_tested() -> None:
    runtime, tested = locked("runtime"), locked("local")
    assert len(runtime) > 50
    assert {name: entry for name, entry in runtime.items() if tested.get(name) != entry} == {}
    assert all("--hash=sha256:" in entry for entry in runtime.values())


def test_the_lock_of_what_runs_has_every_dependency_and_no_extra() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    runtime = {re.sub(r"[-_.]+", "-", name).lower() for name in locked("runtime")}
    assert names(project["dependencies"]) <= {name.split("[")[0] for name in runtime}
    extras = project["optional-dependencies"]
    assert names(extras["stack"]) & runtime == set()
    assert names(extras["dev"]) & runtime == set()
