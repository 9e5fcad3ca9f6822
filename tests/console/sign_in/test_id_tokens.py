"""ID tokens: what is taken as proof of who a person is, and what is not."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from console.sign_in.id_tokens import Claims, Expected, identity_of
from console.sign_in.ports import Identity, RefusedSignInError

NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", private=True, auto_kid=True)
STRANGER = ECKey.generate_key("P-256", private=True, auto_kid=True)
SAME_NAME = ECKey.import_key({**STRANGER.as_dict(private=True), "kid": str(KEY.kid)})
EXPECTED = Expected("https://id.example", "the-console", "the-nonce", "an-access-token")
HALF = base64.urlsafe_b64encode(sha256(b"an-access-token").digest()[:16]).decode().rstrip("=")


class Published:
    """The provider's public key."""

    async def keys(self, *, fresh: bool) -> KeySet:
        return KeySet([ECKey.import_key(KEY.as_dict(private=False))])


def claims(**changed: Any) -> dict[str, Any]:
    """What a good ID token says; None leaves a claim out."""
    now = int(NOW.timestamp())
    usual: dict[str, Any] = {
        "iss": "https://id.example",
        "aud": "the-console",
        "sub": "NURSE",
        "nonce": "the-nonce",
        "iat": now,
        "exp": now + 300,
        "roles": ["nurse"],
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def signed(key: ECKey = KEY, **changed: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": str(key.kid)}, claims(**changed), key, algorithms=["ES256"])


async def identity_from(token: str, asked: Claims = Claims(), expected: Expected = EXPECTED) -> Identity:
    return await identity_of(token, Published(), expected, asked, lambda: NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": ["the-console"]},
        {"aud": ["the-console", "another"], "azp": "the-console"},
        {"at_hash": HALF},
        {"exp": int(NOW.timestamp()) - 20},
    ],
)
async def test_a_good_token_names_a_person_and_their_roles(changed: dict[str, Any]) -> None:
    assert await identity_from(signed(**changed)) == Identity("NURSE", frozenset({"nurse"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"aud": ["the-console", "another"]},
        {"aud": ["the-console", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"sub": None},
        {"exp": int(NOW.timestamp()) - 60},
        {"exp": None},
        {"iat": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"nbf": int(NOW.timestamp()) + 3600},
        {"at_hash": "of-another-token"},
        {"at_hash": 7},
    ],
    ids=str,
)
async def test_a_token_made_for_anything_else_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(RefusedSignInError) as refused:
        await identity_from(signed(**changed))
    assert refused.value.code == "id-token"


def packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def by_hand(algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY.kid}
    return ".".join(packed(json.dumps(part).encode()) for part in (header, claims()))


def with_the_public_key() -> str:
    text = by_hand("HS256")
    return f"{text}.{packed(hmac.digest(KEY.as_pem(private=False), text.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    "token",
    [
        signed(STRANGER),
        signed(SAME_NAME),
        by_hand("none") + ".",
        with_the_public_key(),
        signed()[:-4] + "AAAA",
        "nonsense",
        "",
        "a" * 9000,
    ],
    ids=["a stranger's key", "a key of the same name", "unsigned", "HS256", "altered", "nonsense", "empty", "too long"],
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(token: str) -> None:
    with pytest.raises(RefusedSignInError) as refused:
        await identity_from(token)
    assert refused.value.code == "id-token"


async def test_a_hash_of_an_access_token_that_did_not_come_is_refused() -> None:
    with pytest.raises(RefusedSignInError):
        await identity_from(
            signed(at_hash=HALF), expected=Expected("https://id.example", "the-console", "the-nonce", None)
        )


@pytest.mark.parametrize(
    ("changed", "asked", "found"),
    [
        ({"roles": "nurse"}, Claims(), {"nurse"}),
        ({"roles": []}, Claims(), set()),
        ({"realm_access": {"roles": ["coder"]}}, Claims(roles="realm_access.roles"), {"coder"}),
        ({"https://claims.example/roles": ["coder"]}, Claims(roles="https://claims.example/roles"), {"coder"}),
        ({"roles": None}, Claims(roles_required=False), None),
    ],
)
async def test_roles_are_read_where_the_settings_say(
    changed: dict[str, Any], asked: Claims, found: set[str] | None
) -> None:
    assert (await identity_from(signed(**changed), asked)).claimed_roles == (
        None if found is None else frozenset(found)
    )


@pytest.mark.parametrize("roles", [None, 7, {"nurse": True}, ["nurse", 7]])
async def test_who_comes_without_readable_roles_is_refused(roles: Any) -> None:
    with pytest.raises(RefusedSignInError) as refused:
        await identity_from(signed(roles=roles))
    assert refused.value.code == "no-roles-claim"


async def test_the_person_is_read_where_the_settings_say() -> None:
    assert (await identity_from(signed(staff_id="CODER"), Claims(person="staff_id"))).person_id == "CODER"
    for missing in (None, 7, ""):
        with pytest.raises(RefusedSignInError) as refused:
            await identity_from(signed(staff_id=missing), Claims(person="staff_id"))
        assert refused.value.code == "no-person-claim"
