"""Every pend code: the reason why a claim or a line waits for a person, a document or a data feed.

policies/workflow/pends.yaml says who owns each code, what releases it and who may resolve it. A test holds that the two
lists agree, so a new reason is one entry there and one constant here.
"""

from __future__ import annotations

from typing import Final

from adjudication.model.vocabulary import PendCode

# Data that a feed or another claim may still bring
ELIGIBILITY_PEND: Final = PendCode("P-ELIG")
PERSON_PEND: Final = PendCode("P-PERSON")
COORDINATION_PEND: Final = PendCode("P-COB")
PROVIDER_PEND: Final = PendCode("P-PROV")
INVESTIGATION_PEND: Final = PendCode("P-SIU")
AUTHORIZATION_PEND: Final = PendCode("P-AUTH")
DOCUMENT_PEND: Final = PendCode("P-DOC")
FAMILY_PEND: Final = PendCode("P-FAM")
CORRECTION_PEND: Final = PendCode("P-CHAIN")

# Decisions that a person makes
EDIT_PEND: Final = PendCode("P-EDIT-OVR")
NURSE_PEND: Final = PendCode("P-CLIN-N")
PHYSICIAN_PEND: Final = PendCode("P-CLIN-MD")
FILING_PEND: Final = PendCode("P-FILING")
PRICE_PEND: Final = PendCode("P-PRICE")

# Checks before release
AMOUNT_PEND: Final = PendCode("P-HIGH$")
QUALITY_PEND: Final = PendCode("P-QA")
SENT_BACK_PEND: Final = PendCode("P-BACK")

# Faults of the payer's own data and systems
POLICY_PEND: Final = PendCode("P-POLICY")
SYSTEM_PEND: Final = PendCode("P-SYS")

ALL_PENDS: Final = frozenset(value for name, value in globals().items() if name.endswith("_PEND"))
