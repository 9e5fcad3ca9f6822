"""The shipped reference data, under plans that require an authorization for the MRS family.

No shipped plan does (docs/decisions/0008), so the rules of authorization are pinned on plans that do.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from adjudication.model.reference import ReferenceData
from rulebook.library import default_policies_dir, load_reference


@cache
def reference_requiring_authorization() -> ReferenceData:
    """Load the shipped data and add the family and 76390 to the lists of the Hudson and Cascade plans."""
    shipped = load_reference(default_policies_dir())
    listed = shipped.family.codes | {"76390"}
    plans = {
        plan_id: tuple(replace(v, authorization_required=v.authorization_required | listed) for v in versions)
        for plan_id, versions in shipped.plans.items()
        if not plan_id.startswith("BUCKEYE")
    }
    return replace(shipped, plans={**shipped.plans, **plans})
