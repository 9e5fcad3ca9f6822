"""The meaning of modifiers: the kinds of service they apply to, and the biller's statements about payment."""

from __future__ import annotations

from enum import StrEnum


class Service(StrEnum):
    """The kind of service of a code, as far as modifiers need it."""

    IMAGING = "imaging"
    SURGERY = "surgery"
    EVALUATION = "evaluation"
    LABORATORY = "laboratory"
    DRUG = "drug"  # no loaded code has this kind
    PAIRED = "paired-structure"  # a paired structure, such as a knee; no loaded code has this kind


class BillerStatement(StrEnum):
    """A modifier's statement about payment: excluded by law, not expected to be necessary, or a notice given before."""

    EXCLUDED = "excluded"
    NOT_NECESSARY = "not-necessary"
    NOTICE = "notice"
