"""Function versions as Lambda publishes them, and aliases that point only to versions that exist.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html. The emulator compares revisions; Lambda
compares code and configuration, so that code which comes back after a rollback is not new. A Lambda that compares
contents upstream ends the patches of `_publish_version` and of CloudFormation's `AWS::Lambda::Version`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, Final

ENFORCES: Final = (
    "PublishVersion of code and configuration that equal those of the last published version returns that version.",
    "AWS::Lambda::Version for an unchanged function fails: A version for this Lambda function exists ( N ). Modify "
    "the function to create a new version.",
    "PublishVersion with another CodeSha256 or RevisionId than $LATEST has is refused: InvalidParameterValueException, "
    "PreconditionFailedException; with CodeSha256 in a template too.",
    "A version that an alias names is not deleted, by the API or by CloudFormation: ResourceConflictException.",
    "$LATEST is not deleted without its function: InvalidParameterValueException.",
    "An alias of a version that does not exist is refused: ResourceNotFoundException.",
    "Weights of an alias are between 0 and 1 and never of or beside $LATEST: InvalidParameterValueException.",
)
NOT_ENFORCED: Final = (
    "A function that is deleted and created again counts its versions from 1 again; Lambda goes on counting.",
)
_VERSION: Final = "AWS::Lambda::Version"
_ALIAS: Final = "AWS::Lambda::Alias"
_LATEST: Final = "$LATEST"
# What differs between $LATEST and a version although nothing was changed.
_OF_THE_VERSION: Final = frozenset(
    {
        "Version",
        "FunctionArn",
        "MasterArn",
        "RevisionId",
        "LastModified",
        "State",
        "StateReason",
        "StateReasonCode",
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "ReservedConcurrentExecutions",
    }
)


def install() -> None:
    """Wrap the service's operations and the handlers of both resource types."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    publish, create_alias, update_alias, delete = (
        lambda_svc._publish_version,
        lambda_svc._create_alias,
        lambda_svc._update_alias,
        lambda_svc._delete_function,
    )

    @functools.wraps(publish)
    def publish_if_changed(name: str, data: dict[str, Any]) -> Any:
        function = lambda_svc._functions.get(name)
        if function is None:
            return publish(name, data)
        refusal = _guard(function["config"], data)
        if refusal is not None:
            return refusal
        recognise(function)
        answer = publish(name, data)
        version = function["versions"].get(json.loads(answer[2]).get("Version"))
        if version is not None:
            version.setdefault("published_from", released(function["config"]))
        return answer

    @functools.wraps(create_alias)
    def create_checked(name: str, data: dict[str, Any]) -> Any:
        return _alias_refusal(name, data) or create_alias(name, data)

    @functools.wraps(update_alias)
    def update_checked(name: str, alias: str, data: dict[str, Any]) -> Any:
        current = (lambda_svc._functions.get(name) or {}).get("aliases", {}).get(alias) or {}
        return _alias_refusal(name, {**current, **data}) or update_alias(name, alias, data)

    @functools.wraps(delete)
    def delete_checked(name: str, query: dict[str, Any], path_qualifier: str | None = None) -> Any:
        if lambda_svc._qualifier_from_path_or_query(path_qualifier, query) == _LATEST:
            return _invalid("$LATEST version cannot be deleted without deleting the function.")
        return delete(name, query, path_qualifier)

    lambda_svc._publish_version = publish_if_changed
    lambda_svc._create_alias = create_checked
    lambda_svc._update_alias = update_checked
    lambda_svc._delete_function = delete_checked
    _wrap_resources(provisioners, lambda_svc)


def recognise(function: Mapping[str, Any]) -> None:
    """Mark the last version as made from $LATEST if code and configuration are the same.

    The emulator then sees that there is nothing to publish, in the service and in CloudFormation's handler alike.
    """
    latest = max(function["versions"], key=int, default=None)
    if latest is not None:
        version = function["versions"][latest]
        same = version.get("published_from") or released(version["config"])
        version["function_revision"] = (
            function["config"].get("RevisionId") if same == released(function["config"]) else None
        )


def released(config: Mapping[str, Any]) -> dict[str, Any]:
    """What Lambda compares: code digest and configuration, without what belongs to one version only."""
    copied: dict[str, Any] = json.loads(
        json.dumps({key: value for key, value in config.items() if key not in _OF_THE_VERSION}, default=str)
    )
    return copied


def _wrap_resources(provisioners: Any, lambda_svc: Any) -> None:
    version, alias = (provisioners._RESOURCE_HANDLERS[kind] for kind in (_VERSION, _ALIAS))
    create_version, create_alias = version["create"], alias["create"]

    def function_of(properties: Mapping[str, Any]) -> tuple[Any, str]:
        function, name, *_ = provisioners._lambda_function_for_cfn_ref(properties.get("FunctionName", ""))
        return function, name

    @functools.wraps(create_version)
    def create_if_changed(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        function, _name = function_of(properties)
        if function is None:
            raise ValueError(f"Function not found: {properties.get('FunctionName')} (ResourceNotFoundException)")
        _raise(_guard(function["config"], properties))
        recognise(function)
        return create_version(logical_id, properties, stack_name)

    def delete_version(physical_id: str, properties: dict[str, Any]) -> None:
        function, name = function_of(properties)
        number = physical_id.rsplit(":", 1)[-1]
        if function is not None and number in function["versions"]:
            _raise(lambda_svc._delete_function(name, {}, number))

    @functools.wraps(create_alias)
    def create_checked(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        function, name = function_of(properties)
        if function is not None:
            routing = provisioners._lambda_alias_routing_config(properties)
            _raise(_alias_refusal(name, {**properties, "RoutingConfig": routing}))
        return create_alias(logical_id, properties, stack_name)

    # CloudFormation's update of a version calls the emulator's own create: it is a replacement.
    provisioners._lambda_version_create = create_if_changed
    version.update(create=create_if_changed, delete=delete_version)
    alias["create"] = create_checked


def _guard(config: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    """The refusal of a publication that expects other code, or another revision, than $LATEST has."""
    from ministack.services import lambda_svc

    expected, current = data.get("CodeSha256"), config.get("CodeSha256")
    if expected is not None and expected != current:
        return _invalid(
            f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    return lambda_svc._check_revision(config, data)


def _alias_refusal(name: str, alias: Mapping[str, Any]) -> Any:
    """Why Lambda refuses an alias with this version and these weights, or None."""
    from ministack.services import lambda_svc

    function = lambda_svc._functions.get(name)
    if function is None:
        return None
    main = str(alias.get("FunctionVersion") or _LATEST)
    weights: Mapping[str, Any] = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if weights and _LATEST in (main, *weights):
        return _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    if len(weights) > 1:
        return _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if any(not 0.0 <= float(weight) <= 1.0 for weight in weights.values()):
        return _invalid(f"Value '{dict(weights)}' at 'routingConfig.additionalVersionWeights' is not between 0 and 1")
    for version in (main, *weights):
        if version != _LATEST and str(version) not in function["versions"]:
            return lambda_svc._function_qualifier_not_found(name, str(version))
    return None


def _invalid(message: str) -> Any:
    from ministack.services import lambda_svc

    return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)


def _raise(refusal: Any) -> None:
    """As an error of CloudFormation's handler, with Lambda's own message."""
    if refusal is not None and refusal[0] >= 400:
        body = json.loads(refusal[2])
        code = str(refusal[1].get("x-amzn-errortype") or body.get("__type") or "").split(":")[0]
        raise ValueError(f"{body.get('message') or body.get('Message')} (Service: Lambda, Error Code: {code})")
