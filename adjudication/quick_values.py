"""Faster construction of frozen dataclasses, because one adjudication creates hundreds of values.

The constructor of a frozen dataclass sets each field through `object.__setattr__`, which takes three times as long as setting
it. Here the object has a mutable class with the same slots until its fields are set; then its class becomes the frozen one.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

T = TypeVar("T")
_END: Final = "__post_init__"


def quick(cls: type[T]) -> type[T]:
    """Give a frozen dataclass with slots a constructor that takes the same arguments and is quicker.

    Raises TypeError for a class that has no slots, has a base, or makes default values by a function.
    """
    known = fields(cls)  # type: ignore[arg-type]
    names = tuple(field.name for field in known)
    unfit = any(field.default_factory is not MISSING or not field.init or field.kw_only for field in known)
    if unfit or cls.__bases__ != (object,) or cls.__dict__.get("__slots__") != names:
        raise TypeError(
            f"quick() cannot make {cls.__name__}: it takes dataclasses with slots, plain defaults and no base"
        )
    twin = type(f"{cls.__name__}BeingMade", (), {"__slots__": names})
    defaults = {f"default_{field.name}": field.default for field in known if field.default is not MISSING}
    given = (f"{name}=default_{name}" if f"default_{name}" in defaults else name for name in names)
    code = [
        f"def __init__({', '.join(('self', *given))}):",
        "    become(self, '__class__', twin)",
        *(f"    self.{name} = {name}" for name in names),
        "    self.__class__ = cls",
        *([f"    self.{_END}()"] if hasattr(cls, _END) else []),
    ]
    made: dict[str, Any] = {}
    known_names = {"become": object.__setattr__, "twin": twin, "cls": cls, **defaults}
    exec("\n".join(code), known_names, made)  # noqa: S102 - as dataclasses make theirs; the names are those of our fields
    cls.__init__ = made["__init__"]  # type: ignore[method-assign]
    cls.__init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return cls
