"""Create, read, list, update, delete: one resource described as data, five routes made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lambda_src.platform_common import changes, json_text, pages, problems, services
from lambda_src.platform_common.api import Api, Reply, empty, reply
from lambda_src.platform_common.bodies import Body
from lambda_src.platform_common.changes import Change
from lambda_src.platform_common.clock import expiry, is_id, is_throw_away, iso, new_id
from lambda_src.platform_common.store import Add, ConditionFailed, Delete, Edit, Key, Put, Row, TableName, When, Write

# Two callers who change one row in the same moment, none of whom said which version he saw.
UPDATE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The row without which a row cannot be: it counts its children, and stays while it has any."""

    entity: str
    table: TableName
    attribute: str
    counter: str

    def count(self, row: Row, amount: int) -> Add:
        key = {self.attribute: row[self.attribute]}
        return Add(table=self.table, key=key, attribute=self.counter, amount=amount, when=When(exists=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of row with its routes.

    body: what callers send; has the optional attribute `id_name`.
    initial: attributes that the platform itself sets at creation.
    children: the attribute in which this resource counts rows that need it.
    """

    entity: str
    table: TableName
    route: str
    id_name: str
    body: type[Body]
    parent: Parent | None = None
    children: str | None = None
    initial: Mapping[str, Any] = field(default_factory=dict)

    def key(self, row_id: str) -> Key:
        return {self.id_name: row_id}

    def find(self, row_id: str) -> Row:
        """The row; raises a 404 problem."""
        row = services.current().store.get(self.table, self.key(row_id)) if is_id(row_id) else None
        if row is None:
            raise problems.not_found(f"There is no {self.entity} with this id.")
        return row


def add_routes(api: Api, resource: Resource) -> None:
    """Registers the five routes of `resource`."""
    one = f"{resource.route}/<row_id>"
    api.route("GET", resource.route)(lambda: list_rows(api, resource))
    api.route("POST", resource.route)(lambda: create(api, resource))
    api.route("GET", one)(lambda row_id: shown(200, resource.find(row_id)))
    api.route("PUT", one)(lambda row_id: update(api, resource, row_id))
    api.route("DELETE", one)(lambda row_id: delete(api, resource, row_id))


def shown(status: int, row: Row, *, location: str | None = None) -> Reply:
    """A row as answer, with its version as ETag."""
    headers = {"etag": f'"{version_of(row)}"'} | ({"location": location} if location else {})
    return reply(status, row, headers=headers)


def version_of(row: Row) -> int:
    """The row's version; 0 for a row without one."""
    return int(row.get("version") or 0)


def list_rows(api: Api, resource: Resource, *, having: str | None = None) -> Reply:
    """A page of rows; `having` leaves out rows without that attribute."""
    limit = pages.limit_of(api.call.query.get("limit"))
    start = pages.decode(api.call.query.get("next"), scope=resource.table, names=(resource.id_name,))
    page = services.current().store.scan(resource.table, limit=limit, start=start, having=having)
    return reply(200, pages.listing(page.items, pages.encode(resource.table, page.last_key)))


def create(api: Api, resource: Resource) -> Reply:
    """A new row, or the existing one when the same caller-chosen id brings the same content."""
    own = services.current()
    fields = api.body(resource.body).fields()
    row_id = fields.pop(resource.id_name, None) or new_id(resource.entity)
    now = own.clock.now()
    row: Row = {resource.id_name: row_id, **fields, **resource.initial, "version": 1}
    row |= {"createdAt": iso(now), "updatedAt": iso(now)}
    if _throw_away(resource, row):
        row["expiresAt"] = expiry(now)
    writes: list[Write] = [Put(table=resource.table, row=row, when=When(exists=False))]
    if resource.parent:
        writes.append(resource.parent.count(row, +1))
    try:
        changes.make(own, api.call, _change(resource, row, "created"), writes)
    except ConditionFailed as error:
        existing = own.store.get(resource.table, resource.key(row_id))
        if 0 in error.failed and existing is not None:
            return _already_there(resource, existing, fields)
        if resource.parent and 1 in error.failed:
            message = f"there is no {resource.parent.entity} with this id"
            raise problems.invalid({"field": f"/{resource.parent.attribute}", "message": message}) from error
        raise problems.conflict("changed-meanwhile", "The row was deleted meanwhile. Try again.") from error
    return shown(201, row, location=f"{resource.route}/{row_id}")


def update(api: Api, resource: Resource, row_id: str) -> Reply:
    """Replaces what callers may set; what the platform, or a newer release, keeps in the row stays."""
    own = services.current()
    seen = api.if_match()
    fields = api.body(resource.body).fields()
    if fields.pop(resource.id_name, row_id) != row_id:
        raise problems.invalid({"field": f"/{resource.id_name}", "message": "differs from the id in the path"})
    settable = _settable(resource)
    for _ in range(UPDATE_ATTEMPTS):
        row = resource.find(row_id)
        version = version_of(row)
        if seen is not None and seen != version:
            raise problems.version_mismatch(version)
        if resource.parent and row.get(resource.parent.attribute) != fields[resource.parent.attribute]:
            raise problems.invalid({"field": f"/{resource.parent.attribute}", "message": "cannot be changed"})
        values = {**fields, "version": version + 1, "updatedAt": iso(own.clock.now())}
        dropped = sorted(settable & row.keys() - fields.keys())
        # An edit, not a put: a count that grows meanwhile is not part of this version, and must not be lost.
        edit = Edit(
            table=resource.table, key=resource.key(row_id), values=values, remove=dropped, when=_unchanged(version)
        )
        changed = {name: value for name, value in row.items() if name not in dropped} | values
        try:
            changes.make(own, api.call, _change(resource, changed, "updated"), [edit])
        except ConditionFailed:
            continue
        return shown(200, changed)
    raise problems.conflict("changed-meanwhile", "Others are changing the row. Read it again and repeat the change.")


def delete(api: Api, resource: Resource, row_id: str) -> Reply:
    """Removes the row, unless others need it."""
    own = services.current()
    seen = api.if_match()
    for _ in range(UPDATE_ATTEMPTS):
        row = resource.find(row_id)
        version = version_of(row)
        if seen is not None and seen != version:
            raise problems.version_mismatch(version)
        if resource.children and row.get(resource.children):
            detail = (
                f"The {resource.entity} is in use ({resource.children}: {row[resource.children]}). Delete those first."
            )
            raise problems.conflict("in-use", detail)
        when = When(exists=True, version=version or None, zero=resource.children)
        writes: list[Write] = [Delete(table=resource.table, key=resource.key(row_id), when=when)]
        if resource.parent and own.store.get(resource.parent.table, resource.parent.count(row, -1).key):
            # A parent that is gone already (a verification run's, by its TTL) must not come back as a counter.
            writes.append(resource.parent.count(row, -1))
        try:
            changes.make(own, api.call, _change(resource, row, "deleted"), writes)
        except ConditionFailed:
            continue
        return empty(204)
    raise problems.conflict("changed-meanwhile", "Others are changing the row. Read it again and repeat the deletion.")


def _settable(resource: Resource) -> set[str]:
    names = {field.alias or name for name, field in resource.body.model_fields.items()}
    return names - {resource.id_name}


def _already_there(resource: Resource, existing: Row, fields: Row) -> Reply:
    names = _settable(resource)
    same = json_text.canonical({n: existing[n] for n in names if n in existing}) == json_text.canonical(fields)
    if not same:
        detail = f"There is a {resource.entity} with this id and other content."
        raise problems.conflict("id-taken", detail)
    return shown(200, existing)


def _throw_away(resource: Resource, row: Row) -> bool:
    """Whether the row expires; a child goes with its parent, and never leaves a count in one that stays."""
    own_will = is_throw_away(row[resource.id_name])
    if resource.parent is None:
        return own_will
    with_parent = is_throw_away(row[resource.parent.attribute])
    if own_will and not with_parent:
        message = f"a throw-away {resource.entity} needs a throw-away {resource.parent.entity}"
        raise problems.invalid({"field": f"/{resource.parent.attribute}", "message": message})
    return with_parent


def _unchanged(version: int) -> When:
    return When(exists=True, version=version or None)


def _change(resource: Resource, row: Row, action: changes.Action) -> Change:
    return Change(
        entity=resource.entity,
        row_id=row[resource.id_name],
        action=action,
        version=version_of(row),
        throw_away="expiresAt" in row,
    )
