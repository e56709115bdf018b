"""The registry of what is accepted although a tool objects: `accepted.toml`, each entry with its reason and owner."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

FILE = Path(__file__).with_name("accepted.toml")
_Text = Annotated[str, StringConstraints(min_length=10, strip_whitespace=True)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: _Text
    owner: Annotated[str, StringConstraints(min_length=3)]


class AcceptedLicence(_Entry):
    """A package whose licence is not on the list; `*` in its name stands for any text."""

    package: str
    licence: str


class AcceptedVulnerability(_Entry):
    """An advisory that does not concern us, until a day on which somebody looks again."""

    id: str
    package: str
    until: dt.date


class Accepted(BaseModel):
    """The whole registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence: tuple[AcceptedLicence, ...] = ()
    vulnerability: tuple[AcceptedVulnerability, ...] = ()


def read_accepted(file: Path = FILE) -> Accepted:
    """The registry; raises pydantic's ValidationError for an entry without a reason or an owner."""
    return Accepted.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
