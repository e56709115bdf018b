"""The mends of what is served: functions, names of sites and APIs; with a real emulator."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from local.diagnosis import diagnose
from local.loopback import request
from ops.loopback import distribution_name
from tests.support.embedded import execution_role, function, put, started

pytestmark = [pytest.mark.xdist_group("emulator")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def test_a_function_that_cannot_be_imported_says_so_in_its_log(cloud: EmbeddedCloud) -> None:
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="broken",
        Runtime="python3.11",
        Role=execution_role(cloud),
        Handler="m.handler",
        Code={"ZipFile": function("import nothing_here\n")},
    )

    answer = client.invoke(FunctionName="broken", Payload=b"{}")

    assert answer["FunctionError"] == "Unhandled"
    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/broken")["events"]
    assert any("No module named 'nothing_here'" in event["message"] for event in events)


def distribution(bucket: str) -> dict[str, Any]:
    """A site behind an alias: private bucket that refuses plain HTTP, redirect to HTTPS."""
    arn = {"Fn::GetAtt": ["Bucket", "Arn"]}
    objects = {"Fn::Join": ["", [arn, "/*"]]}
    source = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    statements = [
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": [arn, objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": objects,
            "Condition": {"StringEquals": {"AWS:SourceArn": source}},
        },
    ]
    origin = {
        "Id": "site",
        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Fn::GetAtt": ["Control", "Id"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "site",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    control = {
        "Name": "site",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
        "Control": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {"OriginAccessControlConfig": control},
        },
        "Distribution": {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": {
                "DistributionConfig": {
                    "Enabled": True,
                    "Aliases": ["Site.Test.localhost"],
                    "DefaultRootObject": "index.html",
                    "Origins": [origin],
                    "DefaultCacheBehavior": behavior,
                }
            },
        },
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": statements}},
        },
    }


def test_an_alias_reaches_its_distribution(cloud: EmbeddedCloud) -> None:
    put(cloud, "site", distribution("site-bucket"))
    for key in ("index.html", "health", "logout"):
        cloud.client("s3").put_object(Bucket="site-bucket", Key=key, Body=key.encode())

    for path, body in (("/", b"index.html"), ("/health", b"health"), ("/logout", b"logout")):
        answer = request(f"http://site.test.localhost:{cloud.port}{path}")
        # Not redirected, not the emulator's own page, and not refused by the bucket's policy.
        assert (answer.status, answer.body) == (200, body)
    (listed,) = cloud.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    own_name = distribution_name(listed["DomainName"], port=cloud.port)
    assert request(f"http://{own_name}/health").body == b"health"
    head = request(f"http://site.test.localhost:{cloud.port}/", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    # Another name is not public.
    assert request(f"http://other.test.localhost:{cloud.port}/health").status == 403


def test_a_custom_domain_reaches_its_api(cloud: EmbeddedCloud) -> None:
    api = cloud.client("apigateway")
    api_id = api.create_rest_api(name="api")["id"]
    root = api.get_resources(restApiId=api_id)["items"][0]["id"]
    proxy = api.create_resource(restApiId=api_id, parentId=root, pathPart="{proxy+}")["id"]
    api.put_method(restApiId=api_id, resourceId=proxy, httpMethod="ANY", authorizationType="NONE")
    lambdas = cloud.client("lambda")
    function_arn = lambdas.create_function(
        FunctionName="echo",
        Runtime="python3.11",
        Role=execution_role(cloud),
        Handler="m.handler",
        Code={
            "ZipFile": function(
                "import json\ndef handler(e, c):\n  return {'statusCode': 200, 'body': json.dumps([e['path'], "
                "e['queryStringParameters'], e['body']])}\n"
            )
        },
    )["FunctionArn"]
    lambdas.add_permission(
        FunctionName="echo", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    api.put_integration(
        restApiId=api_id, resourceId=proxy, httpMethod="ANY", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
    )
    api.create_deployment(restApiId=api_id, stageName="live")
    api.create_domain_name(
        domainName="api.test.localhost", regionalCertificateArn="arn:aws:acm:eu-central-1:0:certificate/1"
    )
    api.create_base_path_mapping(domainName="api.test.localhost", restApiId=api_id, stage="live")

    # `/health` and `/v2/...` would be answered by the emulator itself.
    for path in ("/health", "/v2/things", "/a%20b/c"):
        answer = request(f"http://api.test.localhost:{cloud.port}{path}?q=1", method="POST", body=b"sent")
        assert answer.status == 200, answer.body
        assert json.loads(answer.body)[1:] == [{"q": "1"}, "sent"]
    assert json.loads(answer.body)[0] in ("/a b/c", "/a%20b/c")


def test_a_failed_deployment_is_explained_with_the_functions_own_log(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    since = time.time()
    code = (
        "import json, sys, urllib.request\n"
        "def handler(event, context):\n"
        "  print('ERROR it is broken', file=sys.stderr)\n"
        "  answer = {'Status': 'FAILED', 'Reason': 'on purpose', 'PhysicalResourceId': 'x',\n"
        "            **{k: event[k] for k in ('StackId', 'RequestId', 'LogicalResourceId')}}\n"
        "  put = urllib.request.Request(event['ResponseURL'], json.dumps(answer).encode(), method='PUT')\n"
        "  urllib.request.urlopen(put)\n"
    )
    arn = cloud.client("lambda").create_function(
        FunctionName="fails",
        Runtime="python3.11",
        Role=execution_role(cloud),
        Handler="m.handler",
        Code={"ZipFile": function(code)},
    )["FunctionArn"]
    log = tmp_path / "deploy.log"
    log.write_text("Release failed to deploy\n", encoding="utf-8")

    with pytest.raises(AssertionError, match="on purpose"):
        put(cloud, "fails", {"Gate": {"Type": "Custom::VerificationGate", "Properties": {"ServiceToken": arn}}})
    diagnosis = diagnose(cloud, log=log, since=since)

    assert diagnosis.by_gate
    assert "Gate: on purpose" in {resource.reason for resource in diagnosis.failed}
    assert "ERROR it is broken" in diagnosis.function_logs["/aws/lambda/fails"]
    assert diagnosis.tail == ["Release failed to deploy"]
