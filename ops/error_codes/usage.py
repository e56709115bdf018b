"""How a command was called, and how it ended before its time."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="wrong-usage",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="The command, an option or an argument does not exist, is missing, or has a value that is not allowed. "
        "Nothing was done.",
        check="acinaces --help; acinaces COMMAND --help",
        fix="Type the command that the error suggests",
    ),
    ErrorCode(
        code="environment-file",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="The environment does not exist, or its file has a mistake; the error names file, key and what is "
        "allowed. Nothing was done.",
        check="ls environments/; docs/generated/environments.md lists every key",
        fix="Correct --env, or edit environments/E.toml",
    ),
    ErrorCode(
        code="confirmation-needed",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The command changes something and would ask first, but there is no terminal to ask on (a pipeline, "
        "cron, a pipe). Nothing was changed.",
        check="Run the same command with --dry-run and read what it would change",
        fix="Add --yes to the command",
    ),
    ErrorCode(
        code="not-confirmed",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The question was answered with no, or the environment's name was not typed exactly. "
        "Nothing was changed.",
        check="Read what the command says it would change",
        fix="Run the command again and type the environment's name",
    ),
    ErrorCode(
        code="interrupted",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Ctrl-C, or the terminal went away. What had been finished until then stays; a deployment that "
        "CloudFormation has begun goes on without you.",
        check="acinaces doctor --env E shows whether a stack is still being changed",
        fix="Run the command again",
    ),
    ErrorCode(
        code="unexpected",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="A mistake in acinaces itself: an error that nobody foresaw. The message names only its type and the "
        "line, because an unknown error's text may contain a secret.",
        check="Run again with ACINACES_DEBUG=1 in a terminal that nobody records: it shows the whole traceback",
        fix="Report type and line; do what is urgent with the AWS commands of this runbook",
    ),
)
