"""What the manifest of a release says (M3), in sections of at most some kilobytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.secrets import AI_PROVIDERS, EXCHANGES

if TYPE_CHECKING:
    from stacks.release import ReleaseStack

SCHEMA_VERSION = "1"
# Names of sections: what is released, and what the gate made of it.
CONTENTS = "contents"
JUDGEMENT = "release"


def manifest_sections(release: ReleaseStack) -> dict[str, dict[str, Any]]:
    """What is known before the gate, by section; `ops.manifest.Manifest` is the schema of all of them together."""
    return {
        "platform": _platform(release),
        "functions": _functions(release),
        "secrets": _secrets(release),
        CONTENTS: _contents(release),
    }


def _platform(release: ReleaseStack) -> dict[str, Any]:
    settings, network, data = release.settings, release.inputs.network, release.inputs.data
    bootstrap = f"cdk-{settings.aws.bootstrap_qualifier}-assets-{settings.aws.account}-{settings.aws.region}"
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": settings.name,
        "aws_region": settings.aws.region,
        "account_id": settings.aws.account,
        "vpc_id": network.vpc.vpc_id,
        "private_subnet_ids": [subnet.subnet_id for subnet in network.vpc.private_subnets],
        "public_subnet_ids": [subnet.subnet_id for subnet in network.vpc.public_subnets],
        "api_gateway_endpoint": settings.api_url,
        "api_gateway_stage_invoke_url": release.api.stage.url_for_path("/"),
        "frontend_url": settings.site_url,
        "frontend_assets_bucket_id": release.site.bucket.bucket_name,
        "cloudfront_distribution_id": release.site.distribution.distribution_id,
        "cloudfront_domain_name": release.site.distribution.distribution_domain_name,
        "lambda_deployment_bucket_id": bootstrap,
        "dynamodb_table_names": {name: table.table_name for name, table in data.tables.items()},
        "redis_endpoint": f"{data.redis.host}:{data.redis.port}",
        "timestream_database_name": data.timestream_database_name,
        "step_functions_state_machine_arns": {"strategy-activation": release.workflow.state_machine.state_machine_arn},
        "eventbridge_event_bus_arn": release.bus.event_bus_arn,
    }


def _functions(release: ReleaseStack) -> dict[str, Any]:
    named = {handler.package.source.name: handler for handler in release.handlers}
    return {
        "lambda_function_names": {name: handler.function.function_name for name, handler in named.items()},
        "lambda_function_arns": {name: handler.alias.function_arn for name, handler in named.items()},
    }


def _secrets(release: ReleaseStack) -> dict[str, Any]:
    secrets = release.inputs.secrets
    arns = {name: secret.secret_arn for name, secret in secrets.placeholders.items()}
    return {
        "exchange_secret_arns": {name: arns[name] for name in EXCHANGES},
        "ai_provider_secret_arns": {name: arns[name] for name in AI_PROVIDERS},
        "api_key_secret_arn": secrets.api_key.secret_arn,
    }


def _contents(release: ReleaseStack) -> dict[str, Any]:
    """Apart from the gate's answer: the gate's report says what it is about."""
    artifacts = release.inputs.artifacts
    return {
        "release_id": artifacts.release_id(release.settings),
        "git_commit": artifacts.git_commit,
        "git_author": artifacts.git_author,
        "git_committed": artifacts.git_committed,
        "asset_hashes": artifacts.asset_hashes(),
    }


def judgement(release: ReleaseStack) -> dict[str, Any]:
    """The section that the gate's answer fills in."""
    return {
        "verdict": release.gate.verdict,
        "verification_summary": release.gate.summary,
        "report": f"s3://{release.inputs.data.reports_bucket.bucket_name}/{release.gate.report_key}",
    }
