"""The reasons for reopenings in a few words, for lists and headings."""

from __future__ import annotations

from typing import Final

from contracts.events.reopenings import Reason

TITLES: Final = {
    Reason.LATE_DOCUMENT: "A document came late",
    Reason.ACQUISITION_TAKEN_BACK: "Its acquisition was taken back",
    Reason.INTEREST_UNSETTLED: "Interest on a late payment is to be settled",
    Reason.LATE_AUTHORIZATION: "An authorization came late",
    Reason.AUTHORIZATION_WITHDRAWN: "Its authorization was withdrawn",
    Reason.COVERAGE_CHANGED: "Coverage changed",
    Reason.PROVIDER_CHANGED: "A provider changed on the roster",
    Reason.DECIDED_EARLY: "A line that was found payable early would be decided otherwise",
    Reason.RATE_CORRECTED: "A contract rate was corrected",
    Reason.POLICY_CORRECTED: "A medical policy was corrected",
    Reason.DATA_CORRECTED: "A table or the data of a plan were corrected",
    Reason.CLERICAL_ERROR: "A person found an error",
    Reason.CLINICAL_ERROR: "A clinician found an error of clinical judgment",
    Reason.BINDING_ORDER: "A court, regulator or independent reviewer ordered it",
}
