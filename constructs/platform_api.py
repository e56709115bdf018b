"""The REST API: one resource with everything below it per handler, an API key, throttling, access logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs import Construct
from constructs.acknowledge import PLATFORM, SECURITY, acknowledge, managed_policy
from constructs.handler_function import HandlerFunction

STAGE = "live"
_CORS_HEADERS = ["content-type", "x-api-key", "if-match", "idempotency-key"]
_CORS_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, kw_only=True)
class ApiLimits:
    """Requests a second that the stage and its usage plan let through."""

    rate: int
    burst: int


# A method's limit counts all callers together: on a path that people need, one caller could lock the others out. This
# method serves only to show that throttling works, with a burst too small to reach any other limit. Repeated attempts
# to sign in are the web ACL's affair, which counts each address by itself.
LIMITED_PATH = "/api/throttle"
LIMITED_RATE = ApiLimits(rate=2, burst=5)


class PlatformApi(Construct):
    """Routes each handler's path to its `live` alias; asks for `x-api-key` unless the handler is public."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api_name: str,
        domain_name: str,
        certificate: acm.ICertificate,
        allowed_origin: str,
        api_key: secretsmanager.ISecret,
        limits: ApiLimits,
        log_retention: logs.RetentionDays,
        log_key: kms.IKey,
        removal_policy: RemovalPolicy,
        handlers: Sequence[HandlerFunction],
    ) -> None:
        super().__init__(scope, id)
        self._origin = allowed_origin
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{api_name}",
            retention=log_retention,
            encryption_key=log_key,
            removal_policy=removal_policy,
        )
        self.rest_api = self._build_rest_api(api_name, limits)
        self.stage = self.rest_api.deployment_stage
        # API Gateway would make it with the first error, and keep what is in it for ever.
        self.execution_log = logs.LogGroup(
            self,
            "ExecutionLog",
            log_group_name=f"API-Gateway-Execution-Logs_{self.rest_api.rest_api_id}/{STAGE}",
            retention=log_retention,
            encryption_key=log_key,
            removal_policy=removal_policy,
        )
        self.stage.node.add_dependency(self.execution_log)
        self._add_gateway_responses()
        for handler in handlers:
            self._add_route(handler)
        self._add_limited_method()
        self.usage_plan = self._add_key(api_name, api_key, limits)
        self._acknowledge()
        self.domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=domain_name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
            mapping=self.rest_api,
        )

    def _acknowledge(self) -> None:
        acknowledge(
            self.rest_api,
            "Handlers validate every body themselves and say which field is wrong; API Gateway's model would not",
            PLATFORM,
            "AwsSolutions-APIG2",
        )
        acknowledge(
            self.rest_api,
            "API key, throttling and web ACL; people's identities are not part of the platform, /health is open",
            SECURITY,
            "AwsSolutions-APIG4",
            "AwsSolutions-COG4",
        )
        acknowledge(
            self.rest_api,
            "API Gateway accepts no other policy for the account's logging role",
            SECURITY,
            managed_policy("AmazonAPIGatewayPushToCloudWatchLogs"),
        )
        acknowledge(
            self.stage,
            "Orders, prices and risk must never be answered from a cache; functions are called by AWS, not by HTTP",
            PLATFORM,
            *("CKV_AWS_120", "NIST.800.53.R5-APIGWCacheEnabledAndEncrypted", "NIST.800.53.R5-APIGWSSLEnabled"),
        )

    def _build_rest_api(self, api_name: str, limits: ApiLimits) -> apigateway.RestApi:
        return apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=api_name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            # Without RETAIN the account's logging role would go with the first stack that is deleted.
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=False,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=False,
                ),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                # Bodies and headers (the API key!) stay out of the execution log.
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=limits.rate,
                throttling_burst_limit=limits.burst,
                method_options={
                    f"{LIMITED_PATH}/GET": apigateway.MethodDeploymentOptions(
                        throttling_rate_limit=LIMITED_RATE.rate, throttling_burst_limit=LIMITED_RATE.burst
                    )
                },
            ),
        )

    def _add_route(self, handler: HandlerFunction) -> None:
        spec = handler.package.source.spec
        resource = self.rest_api.root.resource_for_path(spec.route)
        integration = self._integration(handler.alias)
        for target in (resource, resource.add_resource("{proxy+}")):
            target.add_method("ANY", integration, api_key_required=not spec.public)
            target.add_cors_preflight(
                allow_origins=[self._origin],
                allow_methods=_CORS_METHODS,
                allow_headers=_CORS_HEADERS,
                allow_credentials=True,
            )
        if spec.public:
            acknowledge(
                resource,
                "Public on purpose, throttled, behind the web ACL, and says nothing that needs a key",
                SECURITY,
                "CKV_AWS_59",
            )
        # One permission per handler; CDK's LambdaIntegration would add two per method.
        lambda_.CfnPermission(
            handler,
            "Invocation",
            action="lambda:InvokeFunction",
            function_name=handler.alias.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=self.rest_api.arn_for_execute_api("*", f"{spec.route}*", "*"),
        )

    def _add_limited_method(self) -> None:
        """`GET LIMITED_PATH`: 200 from API Gateway itself, until its limit is met."""
        answer = apigateway.MockIntegration(
            request_templates={"application/json": '{"statusCode": 200}'},
            integration_responses=[apigateway.IntegrationResponse(status_code="200")],
        )
        self.rest_api.root.resource_for_path(LIMITED_PATH).add_method(
            "GET",
            answer,
            api_key_required=True,
            method_responses=[apigateway.MethodResponse(status_code="200")],
        )

    @staticmethod
    def _integration(alias: lambda_.Alias) -> apigateway.Integration:
        return apigateway.AwsIntegration(
            service="lambda", proxy=True, path=f"2015-03-31/functions/{alias.function_arn}/invocations"
        )

    def _add_key(self, api_name: str, api_key: secretsmanager.ISecret, limits: ApiLimits) -> apigateway.UsagePlan:
        # A dynamic reference: CloudFormation reads the value, the template never holds it.
        key = apigateway.ApiKey(
            self,
            "Key",
            api_key_name=api_name,
            value=api_key.secret_value.unsafe_unwrap(),
            description="Platform clients",
        )
        plan = self.rest_api.add_usage_plan(
            "UsagePlan",
            name=api_name,
            throttle=apigateway.ThrottleSettings(rate_limit=limits.rate, burst_limit=limits.burst),
            api_stages=[apigateway.UsagePlanPerApiStage(api=self.rest_api, stage=self.stage)],
        )
        plan.add_api_key(key)
        return plan

    def _add_gateway_responses(self) -> None:
        """API Gateway's own errors (no key, throttled) as problem documents that a browser may read."""
        for name, kind in (
            ("ClientError", apigateway.ResponseType.DEFAULT_4_XX),
            ("ServerError", apigateway.ResponseType.DEFAULT_5_XX),
        ):
            self.rest_api.add_gateway_response(
                name,
                type=kind,
                response_headers={
                    "Access-Control-Allow-Origin": f"'{self._origin}'",
                    "Content-Type": "'application/problem+json'",
                    "Cache-Control": "'no-store'",
                    "X-Content-Type-Options": "'nosniff'",
                    "Strict-Transport-Security": "'max-age=31536000; includeSubDomains'",
                },
                templates={
                    "application/json": '{"type": "about:blank", "title": "$context.error.responseType", '
                    '"detail": $context.error.messageString, "instance": "$context.requestId"}'
                },
            )
