"""The delivery pipeline, in AWS and on a laptop."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="no-pipeline",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="The command is about the delivery pipeline, and the environment has no place in it.",
        check="Look for [pipeline] in environments/E.toml",
        fix="Add the section (docs/pipeline.md), or name another environment",
    ),
    ErrorCode(
        code="delivery-file",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="delivery/delivery.toml, or how environments fit together in the pipeline, has a mistake.",
        check="The error names the file and the key",
        fix="Mend the key that the error names",
    ),
    ErrorCode(
        code="assembly-missing",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="--assembly names a folder that holds no synthesised templates of the environment.",
        check="ls FOLDER/manifest.json",
        fix="cdk synth -c pipeline=main, then name cdk.out/E",
    ),
    ErrorCode(
        code="new-permissions",
        kind=Kind.SECURITY,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="The deployment would allow something that the environment does not allow yet, and nobody agreed.",
        check="The list that the step printed, each with the resource that gets it",
        fix="acinaces accept-permissions --env E --digest DIGEST, then retry the stage; or take it back",
    ),
    ErrorCode(
        code="not-promoted",
        kind=Kind.VALIDATION,
        phase=Phase.PREPARATION,
        recoverable=False,
        symptom="What is to be released is not what the environment before runs, or it did not pass there.",
        check="acinaces manifest --env E of the environment before: asset_hashes and verdict",
        fix="Let one execution of the pipeline release to both, one after the other",
    ),
    ErrorCode(
        code="step-failed",
        kind=Kind.TEST_FAILURE,
        phase=Phase.TESTING,
        recoverable=False,
        symptom="A blocking step of the pipeline failed on the laptop; nothing after it ran.",
        check="The log that the error names",
        fix="Mend what it shows, then make pipeline-local: steps that passed for the same sources are not repeated",
    ),
)
