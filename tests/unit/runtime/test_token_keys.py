from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet

from console.access.tokens import RefusedTokenError, TokenVerifier
from runtime.console.token_keys import (
    LOCAL_LIFETIME,
    IssuerKeys,
    LocalKeys,
    is_loopback,
    local_key_file,
    local_token,
    trusted,
)
from runtime.errors import StackError
from runtime.settings import Settings

NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)


def settings(folder: Path, **fields: str) -> Settings:
    return Settings.model_validate({"state_dir": folder, **fields})


async def test_a_token_of_the_local_stack_names_whom_it_was_made_for(tmp_path: Path) -> None:
    local = settings(tmp_path)
    verifier = TokenVerifier(*trusted(local), lambda: NOW)
    assert await verifier.subject(local_token(local, "SYN-NURSE", NOW)) == "SYN-NURSE"


async def test_it_ends_and_is_good_for_one_stack_only(tmp_path: Path) -> None:
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    made = local_token(one, "SYN-NURSE", NOW)
    with pytest.raises(RefusedTokenError) as expired:
        await TokenVerifier(*trusted(one), lambda: NOW + LOCAL_LIFETIME + timedelta(minutes=1)).subject(made)
    assert expired.value.code == "expired-token"
    with pytest.raises(RefusedTokenError) as foreign:
        await TokenVerifier(*trusted(other), lambda: NOW).subject(made)
    assert foreign.value.code == "invalid-token"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "review.example"])  # noqa: S104 - refused
def test_local_tokens_are_refused_where_others_could_call(tmp_path: Path, host: str) -> None:
    with pytest.raises(StackError, match="more than loopback"):
        trusted(settings(tmp_path, api_host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_has_several_names(host: str) -> None:
    assert is_loopback(host)


def test_with_an_identity_provider_no_local_token_is_made_nor_taken(tmp_path: Path) -> None:
    named = {"token_issuer": "https://issuer.example", "token_keys": str(tmp_path / "keys.json")}
    provider = settings(tmp_path, **named)
    trust, source = trusted(provider)
    assert trust.issuer == "https://issuer.example"
    assert isinstance(source, IssuerKeys)
    with pytest.raises(StackError, match="identity provider"):
        local_token(provider, "SYN-NURSE", NOW)


@pytest.mark.parametrize("field", ["token_issuer", "token_keys"])
def test_half_an_identity_provider_is_refused(tmp_path: Path, field: str) -> None:
    with pytest.raises(StackError, match="belong together"):
        trusted(settings(tmp_path, **{field: "https://issuer.example"}))


def test_the_issuers_keys_do_not_travel_in_the_clear() -> None:
    with pytest.raises(StackError, match="https only"):
        IssuerKeys("http://issuer.example/keys")


async def test_the_issuers_keys_are_read_once_and_not_again_at_every_unknown_name(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(KeySet([ECKey.generate_key("P-256", auto_kid=True)]).as_dict(private=False)))
    source = IssuerKeys(str(file))
    first = await source.keys(fresh=False)
    file.unlink()
    assert await source.keys(fresh=False) is first
    assert await source.keys(fresh=True) is first


def test_the_local_key_is_its_owners_alone_and_one_for_all_who_make_it_at_once(tmp_path: Path) -> None:
    file = local_key_file(settings(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: LocalKeys(file).private().as_dict(), range(16)))
    assert all(key == keys[0] for key in keys)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
