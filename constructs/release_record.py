"""The release's first resource: opens the record of the attempt, and refuses it while a hold is set (FAULTS F33).

What it must never do, and how that is kept, stands in `lambda_src/journal/opening.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_ssm as ssm

from constructs import Construct
from constructs.custom_resource_function import CustomResourceFunction
from constructs.journal_table import JournalTable
from constructs.versioned_function import FunctionPlatform

ENTRY = "lambda_src.journal.opening.on_event"
# A new permission is waited for, at each of its four calls.
_TIMEOUT = Duration.seconds(240)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is about to be released. `hold_parameter`: a name. `force`: as for the gate."""

    environment: str
    release_id: str
    hold_parameter: str
    force: str | None = None


class ReleaseRecord(Construct):
    """Runs when `release_id` changes, after the parameter that says what is released, before all in `precede`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        attempt: Attempt,
        package: Path,
        platform: FunctionPlatform,
        journal: JournalTable,
        contents: Sequence[ssm.StringParameter],
    ) -> None:
        super().__init__(scope, id)
        function = CustomResourceFunction(
            self,
            "Function",
            entry=ENTRY,
            description="Opens the record of a release; refuses it while a hold is set",
            package=package,
            platform=platform,
            timeout=_TIMEOUT,
        )
        stack = Stack.of(self)
        hold = stack.format_arn(
            service="ssm", resource="parameter", resource_name=attempt.hold_parameter.removeprefix("/")
        )
        function.allow_describing_own_stack()
        function.allow(actions=["ssm:GetParameter"], resources=[*(part.parameter_arn for part in contents), hold])
        journal.allow_appending(function.role)
        properties = {
            "Environment": attempt.environment,
            "ReleaseId": attempt.release_id,
            "Journal": journal.table.table_name,
            "HoldParameter": attempt.hold_parameter,
            "ContentsParameter": contents[0].parameter_name,
        }
        self.resource = function.resource(
            self,
            "Resource",
            resource_type="Custom::ReleaseRecord",
            properties={**properties, "Force": attempt.force} if attempt.force else properties,
        )
        self.resource.node.add_dependency(*contents)

    def precede(self, *constructs: Construct) -> None:
        """Has `constructs` changed only after the attempt is written down."""
        for construct in constructs:
            construct.node.add_dependency(self.resource)
