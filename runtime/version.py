"""The running version: that of the package, and the hash of the policy data that decisions record."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from rulebook.library import content_hash
from runtime.settings import Settings

PACKAGE: Final = "claimwright"


def version_of_package() -> str:
    """Return the version, which pyproject.toml alone holds."""
    return version(PACKAGE)


def described() -> str:
    """Return one line each for the version and for the policy data of the settings."""
    settings = Settings()
    return (
        f"claimwright {version_of_package()}\npolicies {content_hash(settings.policies_dir)} ({settings.policies_dir})"
    )
