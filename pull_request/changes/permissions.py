"""Whether a changed permission lets somebody do more than before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from fnmatch import fnmatchcase

from pull_request.changes.model import Statement

# How the library writes NotAction and the like: what such a statement allows cannot be read from its list.
_NOT = "NOT "


class Reach(StrEnum):
    """What a row of the table of permissions means to those who review it."""

    WIDER = "wider"
    NARROWER = "narrower"
    GONE = "gone"


def gained(statement: Statement, statements: Iterable[Statement]) -> frozenset[str]:
    """Those actions of an added statement that nothing taken away allowed on the same resources.

    CDK merges statements with the same resources, so one new action moves all of them into a statement of its own.
    """
    removed = [one for one in statements if not one.added and one.effect == statement.effect]
    return frozenset(
        action
        for action in statement.actions
        if not any(covers(other, replace(statement, added=False, actions=frozenset({action}))) for other in removed)
    )


def judge(statements: Iterable[Statement]) -> list[tuple[Statement, Reach]]:
    """Each statement with what it means; those that let somebody do more come first.

    A policy whose statement is edited loses one and gains one. What it gains is wider unless something that it loses
    covers it: the same principals, each action and resource matched, no condition taken away. The same with Deny,
    turned around.
    """
    known = list(statements)
    added = [one for one in known if one.added]
    removed = [one for one in known if not one.added]
    judged: list[tuple[Statement, Reach]] = []
    for one in known:
        others = removed if one.added else added
        grants = one.added == (one.effect == "Allow")
        if grants:
            # An Allow that is new, or a Deny that is no longer there.
            covered = any(other.effect == one.effect and covers(other, one) for other in others)
            judged.append((one, Reach.NARROWER if covered else Reach.WIDER))
        else:
            judged.append((one, Reach.GONE if not one.added else Reach.NARROWER))
    return sorted(judged, key=lambda pair: list(Reach).index(pair[1]))


def covers(wide: Statement, narrow: Statement) -> bool:
    """Whether everything that `narrow` speaks of is also in `wide`."""
    if any(value.startswith(_NOT) for one in (wide, narrow) for value in one.actions | one.resources | one.principals):
        return wide == narrow
    return (
        narrow.principals <= wide.principals
        and (not wide.condition or wide.condition == narrow.condition)
        and _each_matched(narrow.actions, wide.actions, ignore_case=True)
        and _each_matched(narrow.resources, wide.resources)
    )


def _each_matched(narrow: frozenset[str], wide: frozenset[str], *, ignore_case: bool = False) -> bool:
    def matched(value: str, pattern: str) -> bool:
        if ignore_case:
            value, pattern = value.lower(), pattern.lower()
        # Brackets are characters of a name here, and stars and question marks are IAM's own.
        return fnmatchcase(value, pattern.replace("[", "[[]"))

    return all(any(matched(value, pattern) for pattern in wide) for value in narrow)
