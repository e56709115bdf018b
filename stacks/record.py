"""The release's first resource, and what waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.release_record import Attempt, ReleaseRecord
from stacks.manifest_sections import CONTENTS

if TYPE_CHECKING:
    from stacks.release import ReleaseStack


def add_record(release: ReleaseStack) -> ReleaseRecord:
    """Adds the record to the release, before everything that serves."""
    settings = release.settings
    record = ReleaseRecord(
        release,
        "Record",
        attempt=Attempt(
            environment=settings.name,
            release_id=release.release_id,
            hold_parameter=f"/acinaces/{settings.name}/hold",
            force=release.inputs.force_gate,
        ),
        package=release.inputs.artifacts.backend.opening,
        platform=release.function_platform,
        journal=release.inputs.data.journal,
        contents=release.manifest.parameters[CONTENTS],
    )
    # Aliases, API and the later groups of the site refer to these, and so come later by themselves.
    record.precede(
        *(handler.function for handler in release.handlers),
        release.workflow.state_machine,
        release.site.distribution,
        release.site.deployments[0],
    )
    return record
