"""Security: who is let in, how much, what is done with hostile text, and what else can be reached."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from lambda_src.verification.specs.base import OUTSIDE_RELEASES, CheckSpec, Frozen, Stage, UrlPath
from lambda_src.verification.specs.conditional import ConditionalCheck

FieldPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$", max_length=80)]
Port = Annotated[int, Field(ge=1, le=65535)]


class ApiAccessCheck(CheckSpec):
    """Without the API key, or with a wrong one, nothing behind it is reached."""

    kind: Literal["api_access"] = "api_access"
    key: Literal["missing", "wrong"]
    paths: tuple[UrlPath, ...] = Field(min_length=1)
    timeout_s: float = Field(default=30, gt=0, le=120)


class BurstCheck(CheckSpec):
    """More requests at once than the limit allows are answered with 429. Stops as soon as that is seen."""

    kind: Literal["api_burst"] = "api_burst"
    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)
    # A path with a limit of its own, so that nobody else is throttled by it.
    path: UrlPath
    # At most so many requests, so many at the same time.
    requests: int = Field(ge=2, le=500)
    concurrency: int = Field(ge=2, le=64)
    # Answers with 429 after which it is believed.
    throttled: int = Field(default=3, ge=1, le=50)
    timeout_s: float = Field(default=30, gt=0, le=120)

    @property
    def needs_api_key(self) -> bool:
        return True


class ApiLimitsCheck(CheckSpec):
    """The stage's limits, and those of single methods, are the environment's."""

    kind: Literal["api_limits"] = "api_limits"
    api_id: str = Field(min_length=1)
    stage: str = Field(min_length=1)
    # "*/*" or "/path/METHOD" -> requests a second, and burst.
    limits: dict[str, tuple[float, int]] = Field(min_length=1)


class HostileTextCheck(CheckSpec):
    """SQL, scripts and shell in each text field are refused, or stored and given back as mere text."""

    writes: ClassVar[bool] = True

    kind: Literal["hostile_text"] = "hostile_text"
    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)
    path: UrlPath
    id_field: str
    # DynamoDB tables, for removing by key what was created; the first one's partition key is `id_field`.
    table: str = Field(min_length=1)
    # A body that is accepted; `{parent}` becomes the id of the row that `parent` describes.
    body: dict[str, Any]
    # "name", or "parameters.note" for a text inside.
    fields: tuple[FieldPath, ...] = Field(min_length=1)
    parent: HostileTextParent | None = None
    timeout_s: float = Field(default=60, gt=0, le=120)
    call_timeout_s: float = Field(default=10, gt=0, le=60)

    @property
    def needs_api_key(self) -> bool:
        return True

    @model_validator(mode="after")
    def _parent_is_described(self) -> Self:
        if "{parent}" in self.body.values() and self.parent is None:
            raise ValueError(f"check {self.name!r}: the body needs a parent, and none is described")
        return self


class HostileTextParent(Frozen):
    """The row without which the checked one cannot be created."""

    path: UrlPath
    id_field: str
    table: str = Field(min_length=1)
    body: dict[str, Any]


class ApiHeadersCheck(CheckSpec):
    """Answers of the API, problems and refusals too, carry the API's security headers."""

    kind: Literal["api_headers"] = "api_headers"
    # Called with the key; and the first of them without, which must be refused.
    paths: tuple[UrlPath, ...] = Field(min_length=1)
    min_hsts_s: int = Field(default=15_552_000, ge=1)

    @property
    def needs_api_key(self) -> bool:
        return True


class PrivateBucketsCheck(CheckSpec):
    """No bucket can be made public: access is blocked for all of S3's four ways, and no policy is public."""

    kind: Literal["private_buckets"] = "private_buckets"
    buckets: tuple[str, ...] = Field(min_length=1)
    timeout_s: float = Field(default=20, gt=0, le=120)


class OpenPortsCheck(ConditionalCheck):
    """The host listens on no other of a few well-known ports than the allowed ones."""

    kind: Literal["open_ports"] = "open_ports"
    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)
    host: str = Field(min_length=1, max_length=253)
    allowed: tuple[Port, ...] = (80, 443)
    # Seconds for one connection.
    connect_timeout_s: float = Field(default=2, gt=0, le=10)
    timeout_s: float = Field(default=20, gt=0, le=120)


class OpenIngressCheck(CheckSpec):
    """No security group of the network lets the whole internet in, except to the allowed ports."""

    kind: Literal["open_ingress"] = "open_ingress"
    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)
    vpc_id: str = Field(min_length=1)
    allowed: tuple[Port, ...] = (80, 443)
    timeout_s: float = Field(default=20, gt=0, le=120)


AnySecurityCheck = (
    ApiAccessCheck
    | BurstCheck
    | ApiLimitsCheck
    | HostileTextCheck
    | ApiHeadersCheck
    | PrivateBucketsCheck
    | OpenPortsCheck
    | OpenIngressCheck
)
