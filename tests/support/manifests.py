"""A complete manifest, and an environment that has it."""

from __future__ import annotations

import json
from typing import Any

from environments import Environment

COMPLETE: dict[str, dict[str, Any]] = {
    "platform": {
        "schema_version": "1",
        "environment": "local",
        "aws_region": "eu-central-1",
        "account_id": "000000000000",
        "vpc_id": "vpc-1",
        "private_subnet_ids": ["subnet-1"],
        "public_subnet_ids": ["subnet-2"],
        "api_gateway_endpoint": "https://api.example.com",
        "api_gateway_stage_invoke_url": "https://abc.execute-api.eu-central-1.amazonaws.com/live/",
        "frontend_url": "https://example.com",
        "frontend_assets_bucket_id": "bucket",
        "cloudfront_distribution_id": "E1",
        "cloudfront_domain_name": "d1.cloudfront.net",
        "lambda_deployment_bucket_id": "assets",
        "dynamodb_table_names": {"templates": "local-crypto-trading-templates"},
        "redis_endpoint": "redis:6380",
        "timestream_database_name": None,
        "step_functions_state_machine_arns": {"strategy-activation": "arn"},
        "eventbridge_event_bus_arn": "arn",
    },
    "functions": {"lambda_function_names": {"orders": "n"}, "lambda_function_arns": {"orders": "arn"}},
    "secrets": {
        "exchange_secret_arns": {"kraken": "arn"},
        "ai_provider_secret_arns": {"openai": "arn"},
        "api_key_secret_arn": "arn",
    },
    "release": {
        "release_id": "0123456789abcdef",
        "git_commit": "unknown",
        "asset_hashes": {"site": "a"},
        "verdict": "passed",
        "verification_summary": "12 passed",
        "report": "s3://reports/latest.json",
    },
}


def put_manifest(ssm: Any, environment: Environment) -> None:
    """Writes every section as the release does."""
    for name, section in COMPLETE.items():
        ssm.put_parameter(
            Name=f"/acinaces/{environment.name}/manifest/{name}", Value=json.dumps(section), Type="String"
        )
