"""Structured logs on stderr, and metrics in CloudWatch's embedded format on stdout."""

from __future__ import annotations

import os
import sys

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric


class _CurrentStderr:
    """Whatever `sys.stderr` is at the moment of writing.

    Not stdout: there, hosts of the Lambda runtime that answer over stdout would have to skip our lines.
    """

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


logger = Logger(stream=_CurrentStderr(), serialize_stacktrace=False)  # type: ignore[arg-type]


def count(name: str, *, environment: str, value: int = 1) -> None:
    """Emits one metric line (EMF): `name` counted `value` times in this environment."""
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Acinaces")
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=namespace) as metric:
        metric.add_dimension(name="environment", value=environment)
