"""`keys ...`: the keys that encrypt Temporal's payloads, and their rotation (docs/operations/payload-keys.md)."""

from __future__ import annotations

import typer

from runtime.clients.terminal import out
from runtime.payload_keys import KeyFile
from runtime.settings import Settings
from runtime.wiring import payload_keys


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="The keys that encrypt Temporal payloads. Keys are never printed.")
    group.command("list")(list_keys)
    for command in (add, use, remove):
        group.command()(command)
    app.add_typer(group, name="keys")


def list_keys() -> None:
    """List the keys by id: the first encrypts, the others decrypt."""
    for place, name in enumerate(_file().keys()):
        out.print(f"{name}  {'encrypts' if place == 0 else 'decrypts only'}")


def add() -> None:
    """Add a new key that only decrypts, so that every host can read it before any host writes with it."""
    settings = Settings()
    if settings.payload_keys_file is not None and not settings.payload_keys_file.exists():
        (name,) = KeyFile(settings.payload_keys_file).keys()
        out.print(f"{name} created in a new file. Copy the file to every host.")
        return
    name = payload_keys(settings).add()
    out.print(f"{name} added. Copy the file to every host, then run `claimwright keys use {name}`.")


def use(key: str = typer.Argument(..., help="The id of a key from `keys list`.")) -> None:
    """Encrypt with a key from now on; the others stay for reading. Running processes notice the change."""
    _file().use(key)
    out.print(f"{key} encrypts from now on. Copy the file to every host.")


def remove(key: str = typer.Argument(..., help="The id of a key that only decrypts.")) -> None:
    """Remove an old key. Payloads that Temporal still holds under it become unreadable."""
    typer.confirm(f"Remove {key}? Histories that it encrypted become unreadable.", abort=True)
    _file().remove(key)
    out.print(f"{key} removed. Copy the file to every host.")


def _file() -> KeyFile:
    return payload_keys(Settings())
