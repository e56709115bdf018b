"""Who reaches the embedded cloud: callers with the key of this start, and no web page."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import aiohttp
import boto3
import psutil
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from local.loopback import Answer, request
from local.state import read_json
from tests.support.embedded import execution_role, function, started

pytestmark = [pytest.mark.xdist_group("emulator")]

PAGE = {"Origin": "https://page.example"}
# What a page of any origin could do: read a secret, create a function, run its code.
FETCHES: list[tuple[str, str, dict[str, str], str]] = [
    ("POST", "/", {"X-Amz-Target": "secretsmanager.GetSecretValue"}, '{"SecretId": "secret"}'),
    ("POST", "/2015-03-31/functions", {}, '{"FunctionName": "page", "Runtime": "python3.11", "Handler": "m.handler"}'),
    ("POST", "/2015-03-31/functions/runs/invocations", {}, "{}"),
]
# Answered by the emulator without a signature.
ROUTES = [
    ("POST", "/_ministack/reset"),
    ("POST", "/_ministack/config"),
    ("GET", "/_ministack/health"),
    ("GET", "/_ministack/lambda-code/runs"),
    ("GET", "/_localstack/health"),
    ("GET", "/_acinaces/recorded"),
    ("GET", "/health"),
    ("GET", "/secrets/object"),
    ("POST", "/_aws/execute-api/API/live/one"),
    ("GET", "/restapis/API/live/_user_request_/one"),
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("callers") / "state") as cloud:
        cloud.client("secretsmanager").create_secret(Name="secret", SecretString="clear")
        bucket = {"LocationConstraint": cloud.region}
        cloud.client("s3").create_bucket(Bucket="secrets", CreateBucketConfiguration=bucket)
        cloud.client("s3").put_object(Bucket="secrets", Key="object", Body=b"content")
        cloud.client("lambda").create_function(
            FunctionName="runs",
            Runtime="python3.11",
            Role=execution_role(cloud),
            Handler="m.handler",
            Code={"ZipFile": function("def handler(event, context):\n  return 'ran'\n")},
        )
        yield cloud


@pytest.fixture(scope="module")
def api(cloud: EmbeddedCloud) -> str:
    """A public API with one path, and no configuration of CORS."""
    client = cloud.client("apigateway")
    api: str = client.create_rest_api(name="public")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    one = client.create_resource(restApiId=api, parentId=root, pathPart="one")["id"]
    where: dict[str, Any] = {"restApiId": api, "resourceId": one, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(**where, statusCode="200")
    client.put_integration_response(**where, statusCode="200")
    client.create_deployment(restApiId=api, stageName="live")
    return api


def ask(cloud: EmbeddedCloud, method: str, path: str, headers: dict[str, str], body: str = "") -> Answer:
    return request(f"http://localhost:{cloud.port}{path}", method=method, headers=headers, body=body.encode())


def opened(answer: Answer) -> list[str]:
    """Headers that let a page read the answer."""
    return [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("method", "path", "headers", "body"), FETCHES)
def test_what_a_page_fetches_is_refused(
    cloud: EmbeddedCloud, method: str, path: str, headers: dict[str, str], body: str
) -> None:
    for sent in ({**PAGE, **headers}, {"Origin": "null", **headers}, headers):
        answer = ask(cloud, method, path, {**sent, "Content-Type": "text/plain"}, body)
        # Some of AWS's services say 400 where a signature is missing.
        assert answer.status in ((403,) if "Origin" in sent else (400, 403))
        assert opened(answer) == []
    preflight = ask(cloud, "OPTIONS", path, {**PAGE, "Access-Control-Request-Method": "POST"})

    assert (preflight.status, opened(preflight)) == (403, [])
    assert [found["FunctionName"] for found in cloud.client("lambda").list_functions()["Functions"]] == ["runs"]


def test_a_page_is_refused_although_its_request_is_signed(cloud: EmbeddedCloud) -> None:
    address = cloud.client("s3").generate_presigned_url("get_object", {"Bucket": "secrets", "Key": "object"})
    path = f"{urlsplit(address).path}?{urlsplit(address).query}"
    host = {"Host": urlsplit(address).netloc}

    assert ask(cloud, "GET", path, host).body == b"content"
    assert ask(cloud, "GET", path, {**host, **PAGE}).status == 403


@pytest.mark.parametrize("host", ["page.example", "page.example:80", "localhost.page.example", "127.0.0.1.nip.example"])
def test_a_name_that_leads_to_loopback_is_refused(cloud: EmbeddedCloud, host: str) -> None:
    assert ask(cloud, "GET", "/_ministack/ready", {"Host": host}).status == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_answers_without_a_signature(cloud: EmbeddedCloud, api: str, method: str, path: str) -> None:
    answer = ask(cloud, method, path.replace("API", api), {})

    assert answer.status in (400, 403), answer.body
    assert cloud.client("lambda").list_functions()["Functions"] != []
    # Nor under the name of an API.
    public = request(f"http://{api}.execute-api.localhost:{cloud.port}{path}", method=method, body=b"")
    assert public.status in (403, 404), public.body


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("000000000000", "local", "InvalidSignatureException"),
        ("111111111111", "local", "InvalidSignatureException"),
        ("test", "test", "InvalidSignatureException"),
        ("ASIA0000000000000000", "local", "UnrecognizedClientException"),
        (None, None, "MissingAuthenticationTokenException"),
    ],
)
@pytest.mark.parametrize(("service", "operation"), [("lambda", "list_functions"), ("s3", "list_buckets")])
def test_another_key_is_refused_in_aws_s_words(
    cloud: EmbeddedCloud, key: str | None, secret: str | None, code: str, service: str, operation: str
) -> None:
    client = boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(signature_version=UNSIGNED) if key is None else None,
    )
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    if service == "lambda":
        assert refused.value.response["Error"]["Code"] == code


def test_a_presigned_address_works_until_it_expires_and_for_its_object_only(cloud: EmbeddedCloud) -> None:
    s3 = cloud.client("s3")
    put = s3.generate_presigned_url("put_object", {"Bucket": "secrets", "Key": "new"})
    get = s3.generate_presigned_url("get_object", {"Bucket": "secrets", "Key": "new"}, ExpiresIn=60)
    before = datetime.now(UTC) - timedelta(seconds=61)
    with mock.patch("botocore.auth.get_current_datetime", return_value=before):
        late = s3.generate_presigned_url("get_object", {"Bucket": "secrets", "Key": "new"}, ExpiresIn=60)

    def fetched(address: str, method: str = "GET", body: bytes | None = None) -> Answer:
        return request(address.replace("127.0.0.1", "localhost"), method=method, headers=host_of(address), body=body)

    assert fetched(put, "PUT", b"written").status == 200
    assert fetched(get).body == b"written"
    assert fetched(get.replace("/new", "/object")).status == 403
    assert fetched(late).status == 403


def host_of(address: str) -> dict[str, str]:
    return {"Host": urlsplit(address).netloc}


def test_a_public_api_answers_a_page_as_its_own_configuration_says(cloud: EmbeddedCloud, api: str) -> None:
    address = f"http://{api}.execute-api.localhost:{cloud.port}/live/one"

    answer = request(address, headers=PAGE)
    preflight = request(address, method="OPTIONS", headers={**PAGE, "Access-Control-Request-Method": "GET"})

    assert (answer.status, opened(answer)) == (200, [])
    assert (preflight.status, opened(preflight)) == (403, [])


async def test_a_websocket_is_refused_where_no_api_is_named(cloud: EmbeddedCloud, api: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{cloud.url}/_aws/execute-api/{api}/live")

    assert refused.value.status == 403


def test_the_key_is_in_a_file_of_this_user_and_nowhere_else(cloud: EmbeddedCloud) -> None:
    key = cloud.variables()["AWS_SECRET_ACCESS_KEY"]
    assert len(key) >= 40
    assert stat.S_IMODE(cloud.state.clients.stat().st_mode) == 0o600
    assert stat.S_IMODE(cloud.state.path.stat().st_mode) == 0o700
    records = [value for value in read_json(cloud.state.processes).values() if isinstance(value, dict)]
    running = [psutil.Process(record["pid"]) for record in records if "pid" in record]

    assert not any(key in word for process in running for word in process.cmdline())
    assert not [log for log in cloud.state.logs.iterdir() if key in log.read_text(errors="replace")]


def test_a_function_s_own_credentials_are_not_made_of_names(cloud: EmbeddedCloud) -> None:
    code = "import os\ndef handler(event, context):\n  return os.environ['AWS_SECRET_ACCESS_KEY']\n"
    client, role = cloud.client("lambda"), execution_role(cloud)
    client.create_function(
        FunctionName="tells",
        Runtime="python3.11",
        Role=role,
        Handler="m.handler",
        Code={"ZipFile": function(code)},
    )
    try:
        given = json.loads(client.invoke(FunctionName="tells")["Payload"].read())
    finally:
        client.delete_function(FunctionName="tells")

    arn = f"arn:aws:lambda:{cloud.region}:000000000000:function:tells"
    # What the emulator itself makes of the two names.
    digest = hashlib.sha256(f"{arn}:{role}".encode()).hexdigest()
    assert given != hashlib.sha256(f"secret:{digest}".encode()).hexdigest()
    assert len(given) == 64
