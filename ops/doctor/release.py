"""What the next release meets: alarms that ring already, empty secrets, certificates, files of the release before."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from environments.sections import EDGE_REGION
from lambda_src.verification.building.monitoring import TEST_ALARM
from ops.doctor.findings import Finding, Undetermined, failed, passed, warned
from ops.doctor.stacks import stacks_of
from ops.doctor.surroundings import Surroundings
from ops.secrets.catalogue import FIELDS, PLACEHOLDER, secret_id

# MISSION M9.
_VALID_FOR = timedelta(days=30)
# Files that CDK publishes are named by the SHA-256 of their content.
_ASSET = re.compile(r"\b[0-9a-f]{64}\.(?:zip|json|jar|txt)\b")
_AT_ONCE = 8


def alarms(around: Surroundings) -> list[Finding]:
    """Alarms in ALARM (F26): CodeDeploy refuses to start, ECS ignores them, and a rollback alarm fires at once."""
    environment = around.environment
    prefix = environment.resource_name("")
    paginator = around.client("cloudwatch").get_paginator("describe_alarms")
    found = [
        alarm
        for page in paginator.paginate(StateValue="ALARM", AlarmNamePrefix=prefix)
        for kind in ("MetricAlarms", "CompositeAlarms")
        for alarm in page.get(kind, [])
        if alarm["AlarmName"] != environment.resource_name(TEST_ALARM)
    ]
    if not found:
        return [passed("alarms", "none is in ALARM")]
    return [
        failed(
            f"alarm {alarm['AlarmName']}",
            f"in ALARM before the deployment: {alarm.get('StateReason', 'no reason given')[:300]}",
            f"mend its cause, then look: aws cloudwatch describe-alarms --alarm-names {alarm['AlarmName']} "
            f"--region {environment.aws.region}",
        )
        for alarm in found
    ]


def secrets(around: Surroundings) -> Finding:
    """Secrets that nobody has filled in (F23): names only. Production stops; elsewhere their features answer 503."""
    environment, client = around.environment, around.client("secretsmanager")
    pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [f"{environment.name}/"]}])
    ours = {secret_id(environment, name) for name in FIELDS}
    names = [secret["Name"] for page in pages for secret in page["SecretList"] if secret["Name"] in ours]
    if not names:
        return warned("secrets", "not there yet: the first deployment creates them empty", around.deploy_command)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        empty = [
            name
            for name, is_empty in zip(names, pool.map(lambda name: _empty(client, name), names), strict=True)
            if is_empty
        ]
    if not empty:
        return passed("secrets", f"all {len(names)} are populated")
    fix = f"acinaces secrets populate --env {environment.name}"
    message = f"not populated: {', '.join(sorted(empty))}"
    return failed("secrets", message, fix) if environment.production_checks else warned("secrets", message, fix)


def certificates(around: Surroundings) -> list[Finding]:
    """The certificates of site and API: issued, and valid for thirty days more."""
    environment = around.environment
    return [
        _certificate(around, environment.domain.site, EDGE_REGION),
        _certificate(around, environment.domain.api, environment.aws.region),
    ]


def old_assets(around: Surroundings) -> Finding:
    """Files of the release that serves (F22): without them CloudFormation could not put it back."""
    environment = around.environment
    home = [stack for stack in stacks_of(around) if stack.region == environment.aws.region]
    if not home:
        return passed("old assets", "nothing is deployed yet")
    client = around.client("cloudformation")
    templates = [client.get_template(StackName=stack.name)["TemplateBody"] for stack in home]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in templates]
    keys = sorted({key for text in texts for key in _ASSET.findall(text)})
    aws = environment.aws
    bucket = f"cdk-{aws.bootstrap_qualifier}-assets-{aws.account}-{aws.region}"
    s3 = around.client("s3")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        gone = [
            key
            for key, is_there in zip(keys, pool.map(lambda key: _exists(s3, bucket, key), keys), strict=True)
            if not is_there
        ]
    if gone:
        listed = ", ".join(key[:12] for key in gone[:5])
        message = f"{len(gone)} of {len(keys)} files of the live release are gone from s3://{bucket}: {listed}"
        fix = (
            f"publish them again: git switch --detach COMMIT (acinaces manifest names it), then {around.deploy_command}"
        )
        return warned("old assets", message, fix)
    return passed("old assets", f"all {len(keys)} files of the live release are in the staging bucket")


def _empty(client: Any, name: str) -> bool:
    try:
        text = client.get_secret_value(SecretId=name).get("SecretString", "")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDeniedException":
            raise
        # Who may not read values (the pipeline's preflight) sees whether there ever was another than the placeholder.
        return len(client.describe_secret(SecretId=name)["VersionIdsToStages"]) < 2
    try:
        value = json.loads(text)
    except ValueError:
        return not text.strip()
    return not isinstance(value, dict) or any(content in (PLACEHOLDER, "") for content in value.values())


def _certificate(around: Surroundings, domain: str, region: str) -> Finding:
    client, name = around.client("acm", region=region), f"certificate {domain}"
    statuses = ["ISSUED", "PENDING_VALIDATION", "EXPIRED", "FAILED", "VALIDATION_TIMED_OUT", "REVOKED", "INACTIVE"]
    pages = client.get_paginator("list_certificates").paginate(CertificateStatuses=statuses)
    arns = [
        item["CertificateArn"]
        for page in pages
        for item in page["CertificateSummaryList"]
        if item["DomainName"] == domain
    ]
    if not arns:
        return warned(name, f"none in {region} yet: the first deployment asks for it", around.deploy_command)
    found = [client.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]
    issued = [certificate for certificate in found if certificate["Status"] == "ISSUED"]
    if not issued:
        return _not_issued(name, found[0], region)
    ends = [certificate["NotAfter"].astimezone(UTC) for certificate in issued if certificate.get("NotAfter")]
    if not ends:
        raise Undetermined("ACM does not say until when it is valid", fix=_describe(issued[0], region))
    left = max(ends) - datetime.now(UTC)
    if left < _VALID_FOR:
        return failed(name, f"valid for {left.days} days more; 30 are needed", _describe(issued[0], region))
    return passed(name, f"issued, valid for {left.days} days")


def _not_issued(name: str, certificate: dict[str, Any], region: str) -> Finding:
    options = certificate.get("DomainValidationOptions", [])
    record = next((option["ResourceRecord"] for option in options if "ResourceRecord" in option), None)
    fix = f"make the record {record['Name']} {record['Type']} {record['Value']}" if record else None
    return failed(name, f"{certificate['Status']} in {region}", fix or _describe(certificate, region))


def _describe(certificate: dict[str, Any], region: str) -> str:
    return f"aws acm describe-certificate --certificate-arn {certificate['CertificateArn']} --region {region}"


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True
