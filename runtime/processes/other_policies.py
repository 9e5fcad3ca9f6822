"""Policy data other than those in force, for campaigns: drafts from the folder, and earlier policy data from the ledger."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.readjudication.impact import PolicyImpact
from adjudication.model.reference import ReferenceData
from adjudication.readjudication.campaigns import CampaignSelection
from contracts.time_source import TimeSource
from rulebook.archive import packed, unpack
from rulebook.authoring.versions import find_version
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary, content_hash, load_library, load_reference
from runtime.processes.ports import shadow_ports
from storage.readjudication.policy_bundles import PolicyBundles
from storage.readjudication.recorded import RecordedClaims

log = structlog.get_logger(__name__)
_KEPT: Final = 4
"""Earlier policy data in memory, some 50 MB each."""


class OtherPolicies:
    """Loads drafts and earlier policy data; the newest loaded stay in memory."""

    def __init__(self, engine: AsyncEngine, policies: Path, clock: TimeSource) -> None:
        """Take the folder of policies, which is read again when it changed."""
        self._engine, self._policies, self._clock = engine, policies, clock
        self._drafts: tuple[str, PolicyLibrary] | None = None
        self._earlier: OrderedDict[str, ReferenceData | None] = OrderedDict()

    async def drafts(self, selection: CampaignSelection) -> tuple[str, PolicyImpact]:
        """Load the versions that a campaign about a draft compares, with the hash of the policy data they are in."""
        found = await asyncio.to_thread(content_hash, self._policies)
        if self._drafts is None or self._drafts[0] != found:
            self._drafts = found, await asyncio.to_thread(load_library, self._policies, with_drafts=True)
        library = self._drafts[1]
        old, new = (
            find_version(library.medical.catalog, selection.policy, each) for each in (selection.old, selection.new)
        )
        recorded, ports = RecordedClaims(self._engine), shadow_ports(self._engine)
        return found, PolicyImpact(ports, recorded, library.reference, (old, new), self._clock)

    async def earlier(self, bundle: str) -> ReferenceData | None:
        """Return the policy data with a hash; None where they are not kept, or this version cannot read them."""
        if bundle not in self._earlier:
            content = await PolicyBundles(self._engine).read(bundle)
            self._earlier[bundle] = None if content is None else await asyncio.to_thread(_loaded, content, bundle)
        self._earlier.move_to_end(bundle)
        while len(self._earlier) > _KEPT:
            self._earlier.popitem(last=False)
        return self._earlier[bundle]


def _loaded(content: bytes, bundle: str) -> ReferenceData | None:
    with tempfile.TemporaryDirectory(prefix="claimwright-policies-") as folder:
        try:
            unpack(content, Path(folder), bundle)
            return load_reference(Path(folder))
        except (PolicyDataError, zipfile.BadZipFile) as error:
            log.warning("earlier policy data cannot be read; differences stay unattributed", error=type(error).__name__)
            return None


async def keep_policies(engine: AsyncEngine, policies: Path, reference: ReferenceData) -> None:
    """Store the policy data of this worker in the ledger; skip if they are stored already, or the folder has changed."""
    bundles = PolicyBundles(engine)
    if await bundles.read(reference.content_hash) is not None:
        return
    content = await asyncio.to_thread(packed, policies)
    if await asyncio.to_thread(content_hash, policies) != reference.content_hash:
        log.warning("the policy data changed since they were loaded; they are not kept for campaigns")
        return
    await bundles.keep(reference.content_hash, content)
