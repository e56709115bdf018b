"""What to do when an alarm goes off. The first entry whose pattern fits an alarm's name is about it."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class AlarmAdvice:
    """`pattern`: of names without the environment, `*` for anything; `title`: the section's heading.

    `symptom` is what people notice, `check` how to look, `fix` what to do. `E` stands for the environment's name.
    """

    pattern: str
    title: str
    symptom: str
    check: str
    fix: str


_FUNCTION_LOG: Final = "aws logs tail /aws/lambda/E-crypto-trading-FUNCTION --since 30m --filter-pattern ERROR"

ADVICE: Final = (
    AlarmAdvice(
        pattern="rollback",
        title="rollback",
        symptom="The live release is being put back by itself: functions, API and site return to the release before.",
        check="acinaces status --env E; aws stepfunctions list-executions --state-machine-arn ARN, the machine "
        "E-crypto-trading-rollback",
        fix="Nothing while it runs. Afterwards acinaces validate --env E; mend the release that was put back, then "
        "acinaces deploy --env E --clear-hold",
    ),
    AlarmAdvice(
        pattern="rollback-failures",
        title="rollback-failures",
        symptom="The rollback that an alarm started did not get everything back: nothing was eligible, or an alias "
        "could not be moved. What serves may be a mixture.",
        check="The last execution of the state machine E-crypto-trading-rollback; acinaces status --env E",
        fix="acinaces rollback release --env E, which shows what serves and where it can go back to",
    ),
    AlarmAdvice(
        pattern="rollback-timeouts",
        title="rollback-timeouts",
        symptom="A rollback waited for a deployment that is still under way, until its own time was up.",
        check="aws cloudformation describe-stacks --stack-name Acinaces-E-Release --query Stacks[0].StackStatus",
        fix="Let the deployment end, or aws cloudformation cancel-update-stack --stack-name Acinaces-E-Release; "
        "then acinaces rollback release --env E",
    ),
    AlarmAdvice(
        pattern="emergency-stop",
        title="emergency-stop",
        symptom="A person has pulled the emergency stop: orders are refused, and the release is put back.",
        check="aws ssm get-parameter --name /acinaces/E/emergency-stop says why; acinaces status --env E",
        fix="When the reason is gone: acinaces resume --env E",
    ),
    AlarmAdvice(
        pattern="releases-success",
        title="releases-success",
        symptom="Less than 95 % of the releases of the last 30 days stayed: gates stop them, or stacks fail.",
        check="acinaces releases --env E; acinaces releases show RELEASE --env E for each that did not stay",
        fix="Mend what the releases have in common (a flaky check, a slow function, a missing test), not the alarm; it "
        "ends when the rate is above 95 % again",
    ),
    AlarmAdvice(
        pattern="releases-duration",
        title="releases-duration",
        symptom="A release goes on for more than 30 minutes, or one that ended within the last hour did.",
        check="acinaces status --env E says what goes on; acinaces releases show live --env E, its phases",
        fix="While it hangs: aws cloudformation cancel-update-stack --stack-name Acinaces-E-Release. Afterwards, the "
        "phase that took longest: the gate (gate.timeout_s, concurrency) or a resource",
    ),
    AlarmAdvice(
        pattern="releases-rollbacks",
        title="releases-rollbacks",
        symptom="More than three releases were put back within a day, by their gate, an alarm or people.",
        check="acinaces releases --env E; acinaces releases metrics --env E",
        fix="Stop releasing (acinaces hold set --env E --reason REASON) until the cause is known",
    ),
    AlarmAdvice(
        pattern="operations-undelivered",
        title="operations-undelivered",
        symptom="A schedule, or the rollback alarm, could not start what it should have started. Perhaps nothing "
        "watches the platform.",
        check="aws sqs receive-message --queue-url URL, of the queue E-crypto-trading-operations-undelivered: the "
        "message says what failed and why",
        fix="Mend what the message names (most often a permission or a deleted function): make deploy ENV=E; then "
        "purge the queue",
    ),
    AlarmAdvice(
        pattern="rotation-failures",
        title="rotation-failures",
        symptom="A step of a rotation (API key, Redis AUTH) failed. The former value is still in use and works.",
        check="aws logs tail /aws/lambda/E-crypto-trading-rotation --since 24h: secret, step and AWS's reason",
        fix="Mend what the log names, then acinaces secrets rotate api-key --env E (or redis-auth)",
    ),
    AlarmAdvice(
        pattern="credentials-overdue",
        title="credentials-overdue",
        symptom="Credentials are older than the environment allows, or their age could not be looked at. They work.",
        check="acinaces secrets status --env E: which are overdue, and who rotates them",
        fix="Make a new key at the exchange or provider, then acinaces secrets rotate NAME --env E; api-key and "
        "redis-auth need no new value",
    ),
    AlarmAdvice(
        pattern="verification-health",
        title="verification-health",
        symptom="The health checks have failed three times in a row. This raises the rollback alarm.",
        check="acinaces validate --env E --group api --group data --group smoke",
        fix="What each failed check names as its remedy. If the last release did it and the rollback has not started: "
        "acinaces rollback release --env E",
    ),
    AlarmAdvice(
        pattern="verification-silent",
        title="verification-silent",
        symptom="The health schedule has not run for a quarter of an hour: a broken platform would not be noticed.",
        check="aws scheduler list-schedules --group-name E-crypto-trading-verification; aws logs tail "
        "/aws/lambda/E-crypto-trading-scheduled-verification --since 1h",
        fix="Enable the schedule again; if the function does not start, make deploy ENV=E. Until then: "
        "acinaces validate --env E, by hand",
    ),
    AlarmAdvice(
        pattern="verification-*",
        title="verification-SCHEDULE",
        symptom="The scheduled verification of that group did not pass, or could not be run.",
        check="acinaces validate --env E --group GROUP; the last report is below continuous/ in the report bucket",
        fix="What each failed check names as its remedy",
    ),
    AlarmAdvice(
        pattern="api-errors",
        title="api-errors",
        symptom="Callers get 5xx from the API. This raises the rollback alarm.",
        check="acinaces validate --env E --group api; aws logs tail /aws/apigateway/E-crypto-trading-api --since 30m",
        fix="The function whose checks fail (section FUNCTION-errors). Since the last release: "
        "acinaces rollback release --env E",
    ),
    AlarmAdvice(
        pattern="api-latency",
        title="api-latency",
        symptom="Answers of the API have become slow. This raises the rollback alarm.",
        check="acinaces validate --env E --group performance names the slow endpoints",
        fix="Section FUNCTION-latency. Since the last release: acinaces rollback release --env E",
    ),
    AlarmAdvice(
        pattern="workflow-failures",
        title="workflow-failures",
        symptom="A strategy was not activated: an execution of the activation workflow failed.",
        check="aws stepfunctions list-executions --state-machine-arn ARN --status-filter FAILED; the failed state's "
        "cause says which step",
        fix="Mend what the cause names, then activate the strategy again: an activation can be repeated",
    ),
    AlarmAdvice(
        pattern="workflow-timeouts",
        title="workflow-timeouts",
        symptom="An execution of the activation workflow did not end in time.",
        check="aws stepfunctions list-executions --state-machine-arn ARN --status-filter TIMED_OUT",
        fix="Look for a slow table or function (acinaces validate --env E --group performance), then activate the "
        "strategy again",
    ),
    AlarmAdvice(
        pattern="*-errors",
        title="FUNCTION-errors",
        symptom="Calls of that function fail; its part of the API answers 5xx.",
        check=_FUNCTION_LOG,
        fix="Since the last release: acinaces rollback backend --env E. Otherwise what the log names: a secret "
        "(acinaces secrets status --env E), Redis, a table, memory (Troubleshooting)",
    ),
    AlarmAdvice(
        pattern="*-latency",
        title="FUNCTION-latency",
        symptom="Calls of that function have become slow.",
        check="acinaces validate --env E --group performance; X-Ray's traces of the function show where the time goes",
        fix="More memory (functions.memory_mb in environments/E.toml) when its own time grows; otherwise what it "
        "waits for: Redis, a table, an exchange",
    ),
    AlarmAdvice(
        pattern="*-throttles",
        title="FUNCTION-throttles",
        symptom="Lambda turns calls away: too many at once. Callers see 429 or 5xx.",
        check="acinaces doctor --env E, item `lambda concurrency`",
        fix="Ask AWS for a higher limit of concurrent executions (Service Quotas, L-B99A9384), or raise "
        "functions.reserved_concurrency in environments/E.toml where it is set",
    ),
)


def advice_on(name: str) -> AlarmAdvice | None:
    """What is known about the alarm `name` (without its environment)."""
    return next((entry for entry in ADVICE if fnmatch.fnmatchcase(name, entry.pattern)), None)
