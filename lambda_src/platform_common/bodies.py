"""From the bytes of a request to a validated model; everything wrong on the way is a 4xx."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from lambda_src.platform_common import json_text
from lambda_src.platform_common.clock import ID_PATTERN
from lambda_src.platform_common.problems import Problem, bad_request, invalid

MAX_BODY_BYTES = 64 * 1024


class Body(BaseModel):
    """Base of every request body: no unknown keys, no conversion of types, camelCase on the wire."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )

    def fields(self) -> dict[str, Any]:
        """The attributes as they are stored; absent optional ones are left out."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _whole(value: Any) -> Any:
    """Whole numbers arrive as `Decimal`, like all numbers."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


AnyBody = TypeVar("AnyBody", bound=Body)
RowId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
WholeNumber = Annotated[int, BeforeValidator(_whole)]
# One line without markup: names end up in tables, mails and shells.
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f<>]+$")
]
Description = Annotated[str, StringConstraints(max_length=2000)]
HttpsUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[A-Za-z0-9.-]+(:\d{1,5})?(/[!-~]*)?$")]
Parameters = Annotated[dict[str, Any], Field(max_length=200)]


def read_json(event: Mapping[str, Any], content_type: str | None) -> Any:
    """The JSON document of an API Gateway proxy event.

    Raises:
        Problem: 413 too large, 415 not JSON by its content type, 400 not JSON, 422 not storable.
    """
    data = _body_bytes(event)
    media_type, _, parameters = (content_type or "").partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"').lower() or "utf-8"
    if media_type.strip().lower() != "application/json" or charset != "utf-8":
        detail = "Send the document as Content-Type: application/json, in UTF-8."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
    try:
        return json_text.loads(data)
    except json_text.MalformedJson as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "malformed-json", f"The body is not JSON: {error}.") from error
    except json_text.UnstorableJson as error:
        raise invalid({"field": error.pointer or "/", "message": str(error)}) from error


def validated(model: type[AnyBody], document: Any) -> AnyBody:
    """`document` as a `model`.

    Raises:
        Problem: 422 with one entry per mistake.
    """
    if not isinstance(document, dict):
        raise invalid({"field": "/", "message": "must be a JSON object"})
    try:
        return model.model_validate(document)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid(
            *({"field": "/" + "/".join(map(str, mistake["loc"])), "message": mistake["msg"]} for mistake in mistakes)
        ) from error


def _body_bytes(event: Mapping[str, Any]) -> bytes:
    body = event.get("body")
    if not isinstance(body, str):
        return b""
    # Base64 is a third longer; what is clearly too long is not even decoded.
    if len(body) > MAX_BODY_BYTES * 2:
        raise _too_large()
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise bad_request("The body is not valid base64.") from error
    else:
        data = body.encode("utf-8", errors="surrogatepass")
    if len(data) > MAX_BODY_BYTES:
        raise _too_large()
    return data


def _too_large() -> Problem:
    detail = f"The body has more than {MAX_BODY_BYTES // 1024} KiB."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
