"""Clinical facts that rows name by one word, each relative to the day of service, so that a row states only its own subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from cli.demo.clinical import Facts, documented, failed_trial


def _none(_: date) -> Facts:
    return {}


def _mri_ruled_out(day: date) -> Facts:
    return {**failed_trial(day), "mri.contraindicated": True}


def _ct_myelogram(day: date) -> Facts:
    return {**_mri_ruled_out(day), "radicular.distribution": True, "order.myelogram": True, "plan.surgery": True}


def _discography(day: date) -> Facts:
    return {
        **failed_trial(day),
        "indication": "post-discography",
        "discogram.approved": True,
        "discogram.verified": True,
    }


def _spectroscopy(_: date) -> Facts:
    return {"technique": "mr-spectroscopy"}


def _quantitative(_: date) -> Facts:
    return {"study.body_site": "spine", "quantitative.guideline": False, "trial.approved": False}


def _brain_tumor(_: date) -> Facts:
    return {"imaging.conventional_limited": True, "mrs.neoplasm": True, "study.body_site": "brain"}


def _cord_tumor(_: date) -> Facts:
    return {"imaging.conventional_limited": True, "mrs.neoplasm": True, "study.body_site": "spine"}


def _brain_no_reason(_: date) -> Facts:
    reasons = ("recurrence_or_necrosis", "inborn_error", "neoplasm", "glioma_grading", "brain_infection", "seizures")
    return {
        "imaging.conventional_limited": True,
        "study.body_site": "brain",
        **{f"mrs.{reason}": False for reason in reasons},
    }


def _cauda_equina(day: date) -> Facts:
    """Facts of an emergency: a visit in person, no trial of treatment."""
    return {**documented(day), "indication": "cauda-equina", "redflag.cauda_equina": True}


def _vessels(day: date) -> Facts:
    return {**documented(day), "indication": "deformity-anterior-surgery", "vessels.abnormal": True}


FACTS: Final[Mapping[str, Callable[[date], Facts]]] = {
    "none": _none,
    "trial": failed_trial,
    "mri-ruled-out": _mri_ruled_out,
    "ct-myelogram": _ct_myelogram,
    "discography": _discography,
    "spectroscopy-technique": _spectroscopy,
    "quantitative": _quantitative,
    "brain-tumor": _brain_tumor,
    "cord-tumor": _cord_tumor,
    "brain-no-reason": _brain_no_reason,
    "cauda-equina": _cauda_equina,
    "vessels": _vessels,
}
