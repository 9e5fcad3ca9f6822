"""CloudEvents 1.0 in JSON, strict: an unknown attribute is refused rather than ignored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s\x00]([^\n\x00]*[^\s\x00])?$")]
"""Short text on one line without leading or trailing blanks, and without the NUL that no database text holds."""


class Contract(BaseModel):
    """Base of every wire model: frozen, strict, no unknown keys.

    What a validator of such a model raises is shown to whoever sent the event: it names fields and what to do, no value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_timedelta="iso8601")


class CloudEvent(Contract):
    """The envelope. `type` ends in the version of `data`; a new shape is a new version, never an edit."""

    specversion: Literal["1.0"] = "1.0"
    id: Text
    source: Text
    type: str
    time: AwareDatetime
    subject: Text | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Text | None = None
    traceparent: Text | None = None
