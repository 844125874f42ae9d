"""The whole record as one document: what a package carries and an import takes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from recordsvc.model import (
    Archive,
    Event,
    Expression,
    Link,
    Manifestation,
    Question,
    Record,
)
from recordsvc.model.agenda import Evidence
from recordsvc.model.record import RecordState, Standing
from recordsvc.services import agents
from recordsvc.services.access import may
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.linking import link_key, links_of
from recordsvc.services.valuecodec import (
    MalformedValue,
    decode,
    encode,
    fields_of,
)
from recordsvc.settings import ACCESS_LEVELS
from retention.errors import RetentionError
from retention.periods import Period
from retention.schedule import Owner

FORM = 1
# What stands elsewhere in the document, or belongs to one store alone.
APART = frozenset(
    {
        "id",
        "holds",
        "standing",
        "closure",
        "exported_on",
        "review_on",
        "shortening",
        "marks",
        "events",
        "claimed_events",
        "modified_at",
        "imported",
        "tombstone",
        "revision",
    }
)
VALUES = tuple(name for name in fields_of(Record) if name not in APART)
# What is done with a record without changing it; a package tells its life.
HANDLING = frozenset({"export", "view", "fixity-check"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"[0-9a-f]{32}")
_POSITION = re.compile(r"[1-9][0-9]{0,3}(?:\.[1-9][0-9]{0,3}){0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldClaim:
    """A hold on a record; title and mandate only from who might see them."""

    id: str
    title: str = ""
    mandate: str = ""
    placed_by: str = ""
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClaim:
    """A link as a plain value."""

    id: str
    type: str
    source: str
    target: str
    state: str = "accepted"
    certainty: str = "certain"
    score: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionClaim:
    """The life of a question as a plain value."""

    reference: str
    tabled_on: str | None = None
    answered_on: str | None = None
    withdrawn_on: str | None = None
    author: str = ""
    addressee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerClaim:
    """An event that started a clock of the record."""

    id: str
    type: str
    key: str
    date: str
    reversed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassClaim:
    """A class of the file plan that the record stands under."""

    code: str
    title: str
    parent: str | None = None
    schedule: str | None = None
    scope: str = ""
    closure: str | None = None
    owner: str = "house"
    vital_review: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationClaim:
    """The dossier or volume that the record lies in."""

    id: str
    title: str
    class_code: str | None = None
    kind: str = "dossier"
    opened_on: str | None = None
    closed_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDocument:
    """Everything known of a record, as plain values.

    Parameters
    ----------
    values
        Every field of `VALUES`; files without the digest of their text rendition,
        which is derived.
    events
        The record's history, what it claimed before included.
    standing
        The retention decision as the store had last computed it.
    """

    id: str
    version: int
    modified_at: datetime | None
    values: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    holds: tuple[HoldClaim, ...] = ()
    links: tuple[LinkClaim, ...] = ()
    question: QuestionClaim | None = None
    triggers: tuple[TriggerClaim, ...] = ()
    classes: tuple[ClassClaim, ...] = ()
    aggregation: AggregationClaim | None = None
    standing: Standing | None = None

    @property
    def files(self) -> tuple[Manifestation, ...]:
        """Return every file, in order."""
        return tuple(m for e in self.values["expressions"] for m in e.manifestations)


_PARTS = ("events", "holds", "links", "question", "triggers", "classes")
_PARTS_LAST = ("aggregation", "standing")


def document_of(ctx: Context, record: Record) -> RecordDocument:
    """Return the whole record as the actor may hand it on."""
    question = ctx.root.questions.get(record.id)
    aggregation = ctx.root.aggregations.get(record.aggregation or "")
    values = {name: getattr(record, name) for name in VALUES}
    values["expressions"] = without_renditions(record.expressions)
    return RecordDocument(
        id=record.id,
        version=record.revision,
        modified_at=record.modified_at,
        values=values,
        events=tuple(
            e
            for e in (*record.claimed_events, *record.events)
            if e.type not in HANDLING
        ),
        holds=_holds(ctx, record),
        links=tuple(_claim(LinkClaim, link) for link in links_of(ctx, record)),
        question=_question(ctx.root, question),
        triggers=_triggers(ctx.root, record),
        classes=_classes(ctx.root, record),
        aggregation=(
            _claim(AggregationClaim, aggregation) if aggregation is not None else None
        ),
        standing=record.standing,
    )


def without_renditions(expressions: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Return expressions whose files name no text rendition."""
    return tuple(
        replace(
            e,
            manifestations=tuple(replace(m, rendition=None) for m in e.manifestations),
        )
        for e in expressions
    )


def _claim(kind: type, thing: Any) -> Any:
    return kind(**{name: getattr(thing, name) for name in fields_of(kind)})


def _question(root: Archive, question: Question | None) -> QuestionClaim | None:
    if question is None:
        return None
    # A package names who asks and who is asked: ids mean nothing elsewhere.
    said = {name: getattr(question, name) for name in fields_of(QuestionClaim)}
    return QuestionClaim(**{**said, **agents.parties_of(root, question)})


def _holds(ctx: Context, record: Record) -> tuple[HoldClaim, ...]:
    if not may(ctx.actor, "hold.view"):
        return tuple(HoldClaim(id=hold_id) for hold_id in record.holds)
    return tuple(_claim(HoldClaim, ctx.root.holds[hold_id]) for hold_id in record.holds)


def _triggers(root: Archive, record: Record) -> tuple[TriggerClaim, ...]:
    keys = sorted({i.normalised for i in record.identifiers})
    return tuple(
        _claim(TriggerClaim, root.trigger_events[event_id])
        for key in keys
        for _, event_id in root.by_event_key.keys(min=(key, ""), max=(key, "g"))
    )


def _classes(root: Archive, record: Record) -> tuple[ClassClaim, ...]:
    waiting = [record.class_code, *(o.class_code for o in record.extra_obligations)]
    found: dict[str, ClassClaim] = {}
    while waiting:
        code = waiting.pop(0)
        node = root.classes.get(code) if code and code not in found else None
        if node is not None:
            found[node.code] = _claim(ClassClaim, node)
            waiting.append(node.parent)
    return tuple(found[code] for code in sorted(found))


def dump(document: RecordDocument) -> bytes:
    """Return the document as canonical JSON: the same record, the same bytes.

    Notes
    -----
    UTF-8, keys in order. A lone surrogate (a byte of a name that is no UTF-8)
    stands as its JSON escape.
    """
    whole = {
        "form": FORM,
        "id": document.id,
        "version": document.version,
        "modified": encode(document.modified_at),
        "record": {name: encode(document.values[name]) for name in VALUES},
        **{n: encode(getattr(document, n)) for n in (*_PARTS, *_PARTS_LAST)},
    }
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def load(content: bytes) -> RecordDocument:
    """Read a document of a package that somebody else may have made.

    Raises
    ------
    InvalidRequest
        If it is no document of a record, or of a form not known here.
    """
    try:
        whole = json.loads(content)
        if not isinstance(whole, dict) or whole.get("form") != FORM:
            raise MalformedValue("it is of a form that this release does not know")
        _require_texts(whole)
        document = _decoded(whole)
        _check(document)
    except (ValueError, RecursionError, KeyError) as error:
        raise InvalidRequest(f"record.json cannot be read: {error}") from None
    return document


def _require_texts(value: Any, name: str = "") -> None:
    """Refuse half characters, which only the name of a file may hold (PEP 383)."""
    if isinstance(value, dict):
        for key, item in value.items():
            _require_texts(item, key)
    elif isinstance(value, list):
        for item in value:
            _require_texts(item, name)
    elif isinstance(value, str) and name != "name" and _SURROGATE.search(value):
        raise MalformedValue(f"{name} holds half a character")


def _decoded(whole: dict[str, Any]) -> RecordDocument:
    hints = fields_of(Record)
    said = whole["record"]
    if not isinstance(said, dict) or not set(said) <= set(VALUES):
        raise MalformedValue("record holds what is no field of a record")
    # A field that an older package does not know has its first value.
    values = {
        name: decode(hints[name], said[name], name)
        if name in said
        else getattr(Record, name)
        for name in VALUES
    }
    parts = fields_of(RecordDocument)
    return RecordDocument(
        id=decode(str, whole["id"], "id"),
        version=decode(int, whole["version"], "version"),
        modified_at=decode(parts["modified_at"], whole["modified"], "modified"),
        values=values,
        **{n: decode(parts[n], whole[n], n) for n in (*_PARTS, *_PARTS_LAST)},
    )


def _check(document: RecordDocument) -> None:
    """Refuse what would break the archive's trees and rules."""
    values = document.values
    ids = [document.id, *(h.id for h in document.holds)]
    ids += [t.id for t in document.triggers]
    if not all(_ID.fullmatch(i) for i in ids):
        raise MalformedValue("an id is not 32 hexadecimal digits")
    if document.version < 1:
        raise MalformedValue("version must be at least 1")
    if values["access"] not in ACCESS_LEVELS:
        raise MalformedValue(f"access is {values['access']!r}")
    if values["state"] not in (RecordState.ACTIVE, RecordState.QUARANTINED):
        raise MalformedValue(f"state is {values['state']!r}")
    for link in document.links:
        if document.id not in (link.source, link.target):
            raise MalformedValue(f"link {link.id} does not touch the record")
        if link.id != link_key(link.type, link.source, link.target):
            raise MalformedValue(f"link {link.id} has a false id")
    numbers = {i.normalised for i in values["identifiers"]}
    for trigger in document.triggers:
        if trigger.key not in numbers:
            # It would start the clocks of other records.
            raise MalformedValue(f"event {trigger.id} is of another record")
    if not all(_is_file(m) for m in document.files):
        raise MalformedValue("a file has no proper digest or size")
    positions = {m.position for m in document.files}
    if not all(_hangs(m, positions) for m in document.files):
        raise MalformedValue("an attachment hangs on no file of the record")
    for claim in document.classes:
        _check_class(claim)


def _check_class(claim: ClassClaim) -> None:
    if claim.owner not in set(Owner):
        raise MalformedValue(f"class {claim.code} is owned by {claim.owner!r}")
    if claim.vital_review is not None:
        try:
            Period.parse(claim.vital_review, "vital_review")
        except RetentionError as error:
            raise MalformedValue(str(error)) from None


def _is_file(file: Manifestation) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", file.sha256) is not None and file.bytes >= 0


def _hangs(file: Manifestation, positions: set[str]) -> bool:
    if not file.is_attachment:
        return not file.position
    is_position = _POSITION.fullmatch(file.position) is not None
    return is_position and file.carrier in positions


def link_from(claim: LinkClaim) -> Link:
    """Return a link of the model."""
    link = Link(claim.id, claim.type, claim.source, claim.target)
    for name in ("state", "certainty", "score", "evidence", "decided_by", "decided_at"):
        setattr(link, name, getattr(claim, name))
    return link
