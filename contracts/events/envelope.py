"""CloudEvents 1.0 in JSON, strict: an unknown attribute is refused rather than ignored."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.scalars import EventText, Moment


class Contract(BaseModel):
    """Base of every wire model: frozen, strict, no unknown keys.

    Its validators' messages are shown to the sender of an event: they name fields and what to do, never values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, ser_json_timedelta="iso8601")


class CloudEvent(Contract):
    """The envelope. `type` ends in the version of `data`; a new shape is a new version, never an edit."""

    specversion: Literal["1.0"] = "1.0"
    id: EventText
    source: EventText
    type: str
    time: Moment
    subject: EventText | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: EventText | None = None
    traceparent: EventText | None = None
