"""The refusals of the core, one class each, so that callers never match on the text."""

from __future__ import annotations


class AdjudicationError(Exception):
    """Base of the core's refusals; texts hold codes and opaque ids, never member data."""


class UnknownOutcomeError(AdjudicationError):
    """A step produced an outcome that policies/workflow/outcomes.yaml does not list."""


class CombinationError(AdjudicationError):
    """A group, CARC and RARC combination that a remittance may not carry."""


class ClinicalDenialNeedsSignatureError(AdjudicationError):
    """Someone tried to deny on clinical grounds without a licensed reviewer's signature."""


class UnbalancedError(AdjudicationError):
    """Charge minus adjustments does not equal paid."""
