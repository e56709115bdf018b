"""`python -m local.emulator`: the emulator with its mends, in this process. Settings come from the environment.

`local.cloud` starts it with everything set; see `EmbeddedCloud` for what each variable is.
"""

from __future__ import annotations

import os
import sys

from local.emulation import (
    access_key,
    alarm_evaluation,
    alarm_events,
    alias_weights,
    attributes,
    bucket_tags,
    certificate_validation,
    composite_alarms,
    concurrency_limits,
    edge_hosts,
    embedded_metrics,
    event_log_target,
    existing_zones,
    failure_logs,
    function_permissions,
    function_versions,
    gateway_signals,
    generated_secrets,
    iam_boundaries,
    iam_execution,
    iam_principals,
    iam_transport,
    idle_workers,
    inspection,
    invocation_signals,
    joined_conditions,
    kept_state,
    log_group_keys,
    method_limits,
    metric_math,
    names_taken,
    nested_stacks,
    policy_status,
    recorded_types,
    secret_rotation,
    service_access,
    service_quotas,
    shared_layers,
    size_limits,
    stack_events,
    stack_outputs,
    state_protection,
    table_policies,
    traces,
    unchanged_events,
    worker_init,
)

# In this order: the table of recorded types copies the emulator's own, with the mends in it.
_MENDS = (
    access_key,
    alarm_evaluation,
    alarm_events,
    alias_weights,
    attributes,
    bucket_tags,
    certificate_validation,
    composite_alarms,
    concurrency_limits,
    embedded_metrics,
    event_log_target,
    existing_zones,
    failure_logs,
    function_permissions,
    function_versions,
    gateway_signals,
    generated_secrets,
    iam_boundaries,
    iam_principals,
    iam_transport,
    idle_workers,
    invocation_signals,
    joined_conditions,
    kept_state,
    log_group_keys,
    method_limits,
    metric_math,
    nested_stacks,
    names_taken,
    policy_status,
    secret_rotation,
    service_access,
    service_quotas,
    shared_layers,
    size_limits,
    stack_events,
    stack_outputs,
    table_policies,
    state_protection,
    unchanged_events,
    worker_init,
    # After those that replace what provisions resources.
    iam_execution,
    recorded_types,
)


def main() -> None:
    """Serve until a signal ends the process."""
    import ministack.app

    # What it writes holds secrets.
    os.umask(0o077)
    for mend in _MENDS:
        mend.install()
    emulator = ministack.app.app
    closed = access_key.with_access_key(
        inspection.with_inspection(traces.with_traces(size_limits.with_size_limits(emulator)))
    )
    ministack.app.app = edge_hosts.with_edge_hosts(emulator, others=closed)
    sys.argv = ["ministack"]
    ministack.app.main()


if __name__ == "__main__":
    main()
