"""What no rollback needs any more: versions of functions, versions of the site's files, assets that no page names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambda_src.operations.references import is_asset, needed
from lambda_src.operations.releases import Chronicle, Release
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.rollback.work import PROBLEMS, at_once
from ops.surroundings import Surroundings

# Pages that were open when an asset left the site may still ask for it.
_ASSETS_STAY: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Pruning:
    """What goes, and the releases that it is kept for. Versions as (function, number), objects as (key, version id)."""

    kept: tuple[Release, ...]
    versions: tuple[tuple[str, int], ...]
    objects: tuple[tuple[str, str], ...]
    assets: tuple[str, ...]


def plan_pruning(around: Surroundings, chronicle: Chronicle, *, keep: int) -> Pruning:
    """What may go when what serves and `keep` releases to go back to stay.

    Raises:
        OperatorError: the journal does not know what serves (exit code 5), or AWS cannot be asked.
    """
    kept = _kept(chronicle, keep)
    if not kept:
        raise OperatorError(
            f"the journal of {around.name} knows of no release that serves; nothing was pruned",
            error="nothing-eligible",
            next_step=f"acinaces deploy --env {around.name}",
            code=ExitCode.PRECONDITION,
        )
    with explained(around.environment, "looking for what no rollback needs"):
        objects, assets = _files(around, kept)
        versions = _versions(around, kept)
    return Pruning(kept=tuple(kept), versions=tuple(versions), objects=tuple(objects), assets=tuple(assets))


def prune(around: Surroundings, pruning: Pruning) -> list[str]:
    """Deletes it all; returns what could not be deleted, a line each."""
    functions, s3 = around.client("lambda"), around.client("s3")
    bucket = around.site().bucket if pruning.objects or pruning.assets else ""

    def version(item: tuple[str, int]) -> str:
        return _tried(lambda: functions.delete_function(FunctionName=item[0], Qualifier=str(item[1])))

    def item(found: tuple[str, str]) -> str:
        return _tried(lambda: s3.delete_object(Bucket=bucket, Key=found[0], VersionId=found[1]))

    # Without a version: the bucket keeps it for as long as every other replaced file.
    def asset(key: str) -> str:
        return _tried(lambda: s3.delete_object(Bucket=bucket, Key=key))

    outcomes: Iterable[tuple[Any, str]] = [
        *at_once(version, pruning.versions),
        *at_once(item, pruning.objects),
        *at_once(asset, pruning.assets),
    ]
    return [f"{name}: {problem}" for name, problem in outcomes if problem]


def _kept(chronicle: Chronicle, keep: int) -> list[Release]:
    """What serves, what may be gone back to, and both ends of a rollback that can still be undone."""
    attempts = [*chronicle.serving.values()]
    attempts += [release.attempt for release in chronicle.candidates()[:keep]]
    for operation in (chronicle.unfinished, chronicle.in_force):
        if operation is not None:
            attempts += [str(operation.intent["target"]), *dict(operation.intent["from"]).values()]
    return [release for release in chronicle.releases if release.attempt in attempts]


def _versions(around: Surroundings, kept: list[Release]) -> list[tuple[str, int]]:
    client = around.client("lambda")

    def unneeded(function: str) -> list[tuple[str, int]]:
        stay = {release.functions[function] for release in kept if function in release.functions}
        for page in client.get_paginator("list_aliases").paginate(FunctionName=function):
            for alias in page["Aliases"]:
                shifting = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
                stay |= {int(name) for name in (alias["FunctionVersion"], *shifting) if name.isdigit()}
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        numbers = [int(item["Version"]) for page in pages for item in page["Versions"] if item["Version"].isdigit()]
        # What is newer than all of them a deployment may have made just now.
        return [(function, number) for number in numbers if number not in stay and number < max(stay, default=0)]

    names = sorted({name for release in kept for name in release.functions})
    return [item for _, found in at_once(unneeded, names) for item in found]


def _files(around: Surroundings, kept: list[Release]) -> tuple[list[tuple[str, str]], list[str]]:
    sites = [release.site for release in kept if release.site]
    if not sites:
        return [], []
    bucket, client = around.site().bucket, around.client("s3")
    stay = {item for site in sites for item in site.items()}
    # A release of very many files tells the journal about its pages only, and its assets are then never touched.
    with_assets = all(any(is_asset(key) for key in site) for site in sites)
    before = datetime.now(UTC) - _ASSETS_STAY
    replaced: list[tuple[str, str]] = []
    old: set[str] = set()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for item in page.get("Versions", []):
            key, asset = item["Key"], is_asset(item["Key"])
            if item["IsLatest"]:
                old |= {key} if asset and with_assets and item["LastModified"] < before else set()
            elif (key, item["VersionId"]) not in stay and (with_assets or not asset):
                replaced.append((key, item["VersionId"]))
    for site in sites:
        old -= needed(client, bucket, site) if old else set()
    return replaced, sorted(old)


def _tried(call: Callable[[], object]) -> str:
    try:
        call()
    except PROBLEMS as error:
        return str(error)
    return ""
