"""Stated values that come beside papers, and what a record has of them.

The same names serve a sidecar on the way in (INTERFACE 7.8) and on the way out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from recordsvc.model import Record
from recordsvc.model.record import Identifier, Party, Statement
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.days import (
    MAX_VALUE_CHARS,
    day_of,
    require_date,
    require_date_kind,
    require_text,
)
from recordsvc.services.described import Described
from recordsvc.services.errors import InvalidRequest
from recordsvc.settings import ACCESS_LEVELS

__all__ = [
    "PLAIN_FIELDS",
    "SEVERAL",
    "SIDECAR_FIELDS",
    "SideValues",
    "check_sidecar",
    "parts_of",
    "sidecar_of",
]

PLAIN_FIELDS = (
    "type",
    "date",
    "jurisdiction",
    "chamber",
    "session",
    "legislature",
    "collection",
)
# Several values of one field are divided by a bar.
SEVERAL = frozenset({"identifier", "author", "addressee", "subject"})
SIDECAR_FIELDS = frozenset(
    {
        *PLAIN_FIELDS,
        *SEVERAL,
        "title",
        "language",
        "description",
        "class",
        "access",
        "created",
        "received",
        "closed",
    }
)
DATE_FIELDS = frozenset({"date", "created", "received"})
ROLES = ("author", "addressee")
_JURISDICTION = re.compile(r"[a-z]{2}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")
_BAR = "|"


def check_sidecar(sidecar: Mapping[str, str]) -> None:
    """Refuse sidecar values that cannot be kept.

    Raises
    ------
    InvalidRequest
        Naming the field and what it may be.
    """
    for name in sidecar:
        _check_name(name)
    for name, value in sidecar.items():
        require_text(name, value, MAX_VALUE_CHARS)
        if not value.strip():
            continue
        if name == "closed":
            day_of(value.strip())
        elif name in DATE_FIELDS or name.startswith("date."):
            require_date(value.strip())
    jurisdiction = sidecar.get("jurisdiction")
    if jurisdiction and not _JURISDICTION.match(jurisdiction.strip()):
        raise InvalidRequest(
            f"unknown jurisdiction {jurisdiction!r}; it is an ISO 3166-1 code of two "
            "small letters, or eu"
        )
    access = sidecar.get("access")
    if access and access not in ACCESS_LEVELS:
        raise InvalidRequest(
            f"unknown access {access!r}; it may be {', '.join(ACCESS_LEVELS)}"
        )


def _check_name(name: str) -> None:
    base, at, language = name.partition("@")
    if name.startswith("date."):
        require_date_kind(name)
    elif base == "title" and at:
        if not _LANGUAGE.match(language):
            raise InvalidRequest(f"{name!r} names no language; write title@fr")
    elif name not in SIDECAR_FIELDS:
        known = ", ".join(sorted(SIDECAR_FIELDS))
        raise InvalidRequest(
            f"unknown metadata field {name!r}; known fields are {known}, "
            "title@LANGUAGE, date.FIELD"
        )


def parts_of(value: str) -> tuple[str, ...]:
    """Return the values that a text divides by ``|``, each once.

    Examples
    --------
    >>> parts_of(" Ana Lo | B. Um|Ana Lo")
    ('Ana Lo', 'B. Um')
    """
    parts = (" ".join(part.split()) for part in value.split(_BAR))
    return tuple(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class SideValues:
    """What a sidecar says of one paper, beside what was found in it.

    Parameters
    ----------
    said
        Field to value; nothing that is empty.
    found
        What the paper says of itself; it counts where the sidecar is silent.
    """

    said: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    found: Described

    def titles(self, language: str | None) -> tuple[tuple[str, str], ...]:
        """Return the titles by language; a stated one stands first."""
        stated: dict[str, str] = {}
        if "title" in self.said:
            stated[language or "und"] = self.said["title"]
        for name, value in self.said.items():
            base, at, tag = name.partition("@")
            if base == "title" and at:
                stated[tag] = value
        return tuple((stated | _without(self.found.titles, stated)).items())

    def dates(self) -> tuple[tuple[str, str], ...]:
        """Return the dates by kind."""
        dates = dict(self.found.dates)
        for name, value in self.said.items():
            if name.startswith("date."):
                dates[name.removeprefix("date.")] = value
        for name in ("created", "received"):
            if name in self.said:
                dates[name] = self.said[name]
        return tuple(sorted(dates.items()))

    def identifiers(self, jurisdiction: str | None) -> tuple[Identifier, ...]:
        """Return the official numbers: those stated, then those found."""
        if "identifier" not in self.said:
            return self.found.identifiers
        stated = [
            identifier_of(part, jurisdiction)
            for part in parts_of(self.said["identifier"])
        ]
        keys = {i.normalised for i in stated}
        return (
            *stated,
            *(i for i in self.found.identifiers if i.normalised not in keys),
        )

    def parties(self) -> tuple[Party, ...]:
        """Return who wrote it and whom it is for, not yet matched with the list."""
        every = {"author": self.found.authors, "addressee": self.found.addressees}
        return tuple(
            Party(role=role, name=name)
            for role in ROLES
            for name in (
                parts_of(self.said[role]) if role in self.said else every[role]
            )
        )

    def subjects(self) -> tuple[str, ...]:
        """Return what it is about."""
        if "subject" in self.said:
            return parts_of(self.said["subject"])
        return self.found.subjects

    def statements(self) -> tuple[Statement, ...]:
        """Return the provenance of each value: as stated, else as found."""
        stated = tuple(self._stated())
        said = {(s.field, s.language) for s in stated}
        fields = {field for field, language in said if language is None}
        return (
            *stated,
            *(
                s
                for s in self.found.statements
                if s.field not in fields and (s.field, s.language) not in said
            ),
        )

    def _stated(self) -> Iterator[Statement]:
        for name, value in sorted(self.said.items()):
            base, at, language = name.partition("@")
            if base in SEVERAL - {"identifier"}:
                for part in parts_of(value):
                    yield Statement(
                        field=base, value=part, how="sidecar", rule="metadata"
                    )
            else:
                yield Statement(
                    field=base,
                    value=value,
                    how="sidecar",
                    rule="metadata",
                    language=language if at else None,
                )


def _without(
    found: tuple[tuple[str, str], ...], stated: Mapping[str, str]
) -> dict[str, str]:
    return {tag: title for tag, title in found if tag not in stated}


def sidecar_of(record: Record) -> dict[str, str]:
    """Return what is said of a record, in the fields of a sidecar.

    Notes
    -----
    Taken in elsewhere with the same file, it makes an equal description. Values that
    hold a bar of their own cannot be told from two; they are left as they are.
    """
    found = {name: getattr(record, name) or "" for name in PLAIN_FIELDS}
    found |= {
        "language": record.language or "",
        "access": record.access,
        "class": record.class_code or "",
        "closed": record.closed_on or "",
        "identifier": _BAR.join(i.value for i in record.identifiers),
        "subject": _BAR.join(record.subjects),
        "description": next(
            (s.value for s in record.statements if s.field == "description"), ""
        ),
    }
    for role in ROLES:
        found[role] = _BAR.join(p.name for p in record.parties if p.role == role)
    for tag, title in record.titles:
        found["title" if tag == (record.language or "und") else f"title@{tag}"] = title
    for kind, day in record.dates:
        is_own = kind in {"created", "received"}
        found[kind if is_own else f"date.{kind}"] = day
    return {name: value for name, value in found.items() if value}
