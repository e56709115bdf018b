"""The cloud on a laptop."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="cloud-not-running",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="The command is for the embedded cloud, and it does not run.",
        check="make local-status",
        fix="make local",
    ),
    ErrorCode(
        code="cloud-not-healthy",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The embedded cloud runs, but one of its processes has ended, or the last release did not pass.",
        check="make local-status",
        fix="make local",
    ),
    ErrorCode(
        code="emulator-ended",
        kind=Kind.ENVIRONMENT,
        phase=Phase.DEPLOYMENT,
        recoverable=True,
        symptom="The emulator ended in the middle of a deployment, most often for want of memory.",
        check="The log that the error names; free -m",
        fix="make local",
    ),
    ErrorCode(
        code="process-did-not-start",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="Emulator, Redis or the edge ended at once or did not answer in time.",
        check="The log that the error names",
        fix="make local",
    ),
    ErrorCode(
        code="state-not-kept",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="What the embedded cloud holds could not be written to disk; it goes on, and a crash would lose it.",
        check="The reason in the error; df -h .local",
        fix="make local",
    ),
    ErrorCode(
        code="kept-elsewhere",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="What is kept of the embedded cloud belongs to another port: its resources name that port.",
        check="cat .local/kept/cloud.json",
        fix="The port that the error names, or make local-clean",
    ),
    ErrorCode(
        code="port-taken",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="A port that the embedded cloud needs is in use; the error names by whom.",
        check="ss -ltnp | grep PORT",
        fix="End that program, or .venv/bin/python -m local up --port PORT",
    ),
    ErrorCode(
        code="ports-differ",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="environments/local.toml names different ports for site and API; the embedded cloud serves one.",
        check="grep _url environments/local.toml",
        fix="Edit domain.site_url and domain.api_url in environments/local.toml",
    ),
    ErrorCode(
        code="somebody-at-work",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="Another command is changing the same thing now; the error names it, and since when.",
        check="ps -p PROCESS, the number that the error names",
        fix="Wait for it to end, then run the command again",
    ),
)
