"""Operations' part of the journal: the recorder, and the alarms on how releases go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.delivery_alarms import DeliveryAlarms
from constructs.release_recorder import Recorded, ReleaseRecorder
from stacks.manifest_sections import CONTENTS

if TYPE_CHECKING:
    from stacks.operations import OperationsStack


def add_delivery(operations: OperationsStack) -> DeliveryAlarms:
    """Adds both to `operations`."""
    inputs, settings = operations.inputs, operations.settings
    release = inputs.release
    ReleaseRecorder(
        operations,
        "Recorder",
        function_name=settings.resource_name("release-recorder"),
        recorded=Recorded(
            environment=settings.name,
            release_stack=release.stack_name,
            # Its own stack too: the first release ends before there is a recorder.
            stacks=(release.stack_name, operations.stack_name),
            contents_parameters=release.manifest.names(CONTENTS),
        ),
        package=inputs.artifacts.backend.recorder,
        platform=release.function_platform,
        journal=inputs.data.journal,
        reports=inputs.data.reports_bucket,
        undelivered=operations.undelivered,
        scheduled=bool(settings.operations.enabled),
    )
    return DeliveryAlarms(
        operations,
        "DeliveryAlarms",
        physical_name=settings.resource_name,
        environment_name=settings.name,
        alerting=release.alerting,
    )
