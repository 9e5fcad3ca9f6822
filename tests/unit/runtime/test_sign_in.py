"""Which source the console trusts for who a person is, as the settings say it, and when it refuses to start."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.operations.settings_check import check
from console.sign_in.ports import SignIn
from deploy.local.identity.service import identity
from deploy.local.pipeline import Pipeline
from runtime.console.sign_in import sign_in_over
from runtime.errors import StackError
from runtime.processes.lifecycle import Running
from runtime.processes.process_addresses import API, LOCAL_PROVIDER
from runtime.settings import Settings
from runtime.wiring import now

REAL = {"oidc_issuer": "https://id.example", "public_url": "https://console.example/"}


def settings(state: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, state_dir=state, **given)


def composed(state: Path, **given: Any) -> SignIn:
    engine = cast("AsyncEngine", None)  # nothing is asked of it here
    return sign_in_over(settings(state, **given), engine, "http://127.0.0.1:8000", now)


OUTSIDE = [
    {"api_host": "0.0.0.0"},  # noqa: S104 - what is refused here
    {"api_host": "::"},
    {"public_url": "https://console.example"},
    {"public_url": "http://console.example"},
]


@pytest.mark.parametrize("outside", OUTSIDE, ids=str)
def test_the_local_provider_is_not_trusted_outside_loopback(tmp_path: Path, outside: dict[str, str]) -> None:
    with pytest.raises(StackError, match="CLAIMWRIGHT_OIDC_ISSUER"):
        composed(tmp_path, **outside)


@pytest.mark.parametrize(
    ("given", "ok"),
    [
        ({}, True),
        (REAL, True),
        (REAL | {"public_url": "http://c.example"}, False),
        (REAL | {"token_issuer": "https://id.example", "token_keys": "http://id.example/keys"}, False),
        (OUTSIDE[0], False),
    ],
)
def test_the_settings_check_says_of_each_refusal_before_anything_starts(
    tmp_path: Path, given: dict[str, str], *, ok: bool
) -> None:
    _, sign_in = islice(check(settings(tmp_path, **given), API), 2)
    assert "sign in" in sign_in.what
    assert sign_in.ok is ok


@pytest.mark.parametrize("outside", OUTSIDE, ids=str)
async def test_the_local_provider_does_not_start_outside_loopback(tmp_path: Path, outside: dict[str, str]) -> None:
    with pytest.raises(StackError, match="CLAIMWRIGHT_OIDC_ISSUER"):
        await identity(settings(tmp_path, **outside), Running())


async def test_the_local_provider_does_not_start_next_to_a_real_one(tmp_path: Path) -> None:
    given = settings(tmp_path, **REAL)
    with pytest.raises(StackError, match="would admit every user"):
        await identity(given, Running())
    assert LOCAL_PROVIDER not in Pipeline(given).services()
    assert LOCAL_PROVIDER in Pipeline(settings(tmp_path)).services()


@pytest.mark.parametrize("issuer", ["http://id.example", "id.example", "file:///etc/passwd", ""])
def test_a_provider_is_asked_by_https_only(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(StackError, match="https"):
        composed(tmp_path, **{**REAL, "oidc_issuer": issuer})


@pytest.mark.parametrize("public_url", [None, "http://console.example"])
def test_a_provider_sends_people_back_by_https_only(tmp_path: Path, public_url: str | None) -> None:
    with pytest.raises(StackError, match="CLAIMWRIGHT_PUBLIC_URL"):
        composed(tmp_path, **{**REAL, "public_url": public_url})


def test_over_https_cookies_travel_by_https_alone(tmp_path: Path) -> None:
    real = composed(tmp_path, **REAL, session_idle_minutes=5)
    assert real.secure
    assert real.public_url == "https://console.example"
    assert real.timeouts.idle.total_seconds() == 300
    assert not composed(tmp_path).secure


def test_the_secret_comes_from_one_place(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(ValidationError, match="cannot be read"):
        composed(tmp_path, **REAL, oidc_client_secret_file=file)
    file.write_text("from-the-file\n")
    composed(tmp_path, **REAL, oidc_client_secret_file=file)
    with pytest.raises(ValidationError, match="set one of them"):
        composed(tmp_path, **REAL, oidc_client_secret="x", oidc_client_secret_file=file)  # noqa: S106 - not a secret
    assert "hidden" not in repr(settings(tmp_path, oidc_client_secret="hidden"))  # noqa: S106 - not a secret
