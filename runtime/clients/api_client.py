"""The command line's client of the reviewers' API: JSON over HTTP, with error texts for people and an exit code."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from time import monotonic
from typing import IO, Any, Final

from runtime.console.token_keys import local_token
from runtime.processes.process_addresses import API, address_file
from runtime.settings import Settings
from runtime.time_source import now

REFUSED: Final = 1
"""Exit code: the service understood the request and refused it."""
WRONG: Final = 2
"""Exit code: the content sent does not fit the interface."""
NOT_SIGNED_IN: Final = 3
"""Exit code: the token is missing, expired or not trusted."""
UNREACHABLE: Final = 4
"""Exit code: the API did not answer; sending the same again is safe."""

_MAX_WAIT_SECONDS: Final = 40
_PROGRESS_SECONDS: Final = 2.0
_EXITS: Final = {400: WRONG, 401: NOT_SIGNED_IN, 413: WRONG, 415: WRONG, 422: WRONG}


class ApiError(Exception):
    """The API refused or could not be reached; the text is for people."""

    def __init__(self, words: str, exit_code: int, code: str = "") -> None:
        """Take the text for people, the exit code of the command, and the code of the refusal."""
        super().__init__(words)
        self.exit_code, self.code = exit_code, code


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Calls one API as one person."""

    url: str
    token: str

    def get(self, path: str, **query: str | int | None) -> Any:
        """Read; raises ApiError."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", path + ("?" + urllib.parse.urlencode(given) if given else ""), None, {})

    def read(self, path: str) -> bytes:
        """Read bytes, such as a letter; raises ApiError."""
        with self._open("GET", path, None, {"Accept": "*/*"}) as answer:
            content: bytes = answer.read()
        return content

    def download(self, path: str, into: IO[bytes]) -> Iterator[int]:
        """Write a large answer to a file; yields the bytes received so far, every two seconds. Raises ApiError."""
        received, shown = 0, monotonic()
        with self._open("GET", path, None, {"Accept": "*/*"}) as answer:
            while part := answer.read(1 << 16):
                received += into.write(part)
                if monotonic() - shown >= _PROGRESS_SECONDS:
                    shown = monotonic()
                    yield received

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON; raises ApiError."""
        return self._call("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        with self._open(method, path, body, headers) as answer:
            return json.load(answer)

    @contextmanager
    def _open(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Iterator[Any]:
        sent = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **headers}
        request = urllib.request.Request(self.url + path, body, sent, method=method)  # noqa: S310 - as below
        try:
            # The address is a local one or from the settings, and `connect` accepts http(s) only.
            with urllib.request.urlopen(request, timeout=_MAX_WAIT_SECONDS) as answer:  # noqa: S310
                yield answer
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except (OSError, ValueError, HTTPException):
            msg = f"the reviewers' API does not answer at {self.url}; `claimwright status` shows whether it runs"
            raise ApiError(msg, UNREACHABLE) from None


def connect(settings: Settings, person: str | None) -> ApiClient:
    """Return a client: as `person` with a token of the local stack, else with the token of the settings."""
    if person is not None:
        token = local_token(settings, person, now())
    elif (given := settings.secret("api_token")) is not None:
        token = given
    else:
        msg = "say who you are: --as PERSON on the local stack, or your token in CLAIMWRIGHT_API_TOKEN"
        raise ApiError(msg, NOT_SIGNED_IN)
    url = settings.api_url or _local_address(settings)
    if not url.startswith(("http://", "https://")):
        raise ApiError("CLAIMWRIGHT_API_URL is an address such as https://review.example", WRONG)
    return ApiClient(url.rstrip("/"), token)


def _local_address(settings: Settings) -> str:
    try:
        return address_file(settings.state_dir, API).read_text().strip()
    except OSError:
        msg = "the reviewers' API was never started here; run `claimwright up`, or set CLAIMWRIGHT_API_URL"
        raise ApiError(msg, UNREACHABLE) from None


def _refused(error: urllib.error.HTTPError) -> ApiError:
    try:
        problem = json.load(error)
        words, code = str(problem["detail"]), str(problem["code"])
    except (ValueError, KeyError, TypeError):
        words, code = f"the service answered {error.code} without saying why", ""
    fallback = UNREACHABLE if error.code >= 500 else REFUSED
    return ApiError(words, _EXITS.get(error.code, fallback), code)
