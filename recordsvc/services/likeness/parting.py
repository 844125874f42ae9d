"""A joined record becomes two again, and what a destruction takes of joined ones."""

from dataclasses import replace
from typing import Any

from recordsvc.model import Record
from recordsvc.model.likeness import JoinedPaper
from recordsvc.services import changes
from recordsvc.services.access import authorize, may_read
from recordsvc.services.capture import adopt_bytes, require_bytes
from recordsvc.services.classification.aggregations import lay_into
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound
from recordsvc.services.likeness.joining import (
    UNJOIN,
    like,
    put_link,
    release_bytes,
    remove_link,
)
from recordsvc.services.likeness.merging import without_files
from recordsvc.services.likeness.pairing import pair_id
from recordsvc.services.retention import notices


def unjoin(ctx: Context, record_id: str, reason: str) -> Record:
    """Make two records of one again; return the one that comes back.

    Parameters
    ----------
    record_id
        The id of the record that was joined to another.

    Raises
    ------
    NotFound
        If no such record was joined, or the actor may not read the other.
    Conflict
        If either was handed out or put on a disposal list since, the record is on
        hold, or a part of another one itself.

    Notes
    -----
    What was changed since at the record that stayed is left as it is.
    """
    authorize(ctx, "record.join")
    require_text("the reason", reason)
    if not reason.strip():
        raise InvalidRequest("say why the two are not one paper")
    stub: JoinedPaper | None = ctx.root.likeness.joined.get(record_id)
    keeper = ctx.root.record_at(record_id)
    if stub is None or keeper is None or not may_read(ctx.actor, keeper):
        raise NotFound(f"there is no record {record_id} that was joined to another")
    joined = _require_partable(ctx, stub, keeper)
    _take_back(ctx, keeper, joined, stub)
    _put_back(ctx, joined, stub)
    _links_back(ctx, keeper, joined, stub)
    del ctx.root.likeness.joined[joined.id]
    ctx.root.likeness.joined_into.remove((keeper.id, joined.id))
    # They are not proposed again: a person has said that they are two.
    ctx.root.rejected_links.add(pair_id(keeper.id, joined.id))
    changes.touch(ctx, joined, UNJOIN, other=keeper.id)
    changes.touch(ctx, keeper, UNJOIN, other=joined.id)
    return joined


def _require_partable(ctx: Context, stub: JoinedPaper, keeper: Record) -> Record:
    changes.require_changeable(ctx, keeper)
    if stub.record is None:
        raise Conflict(f"record {stub.id} went with the record it was joined to")
    if stub.into != keeper.id:
        raise Conflict(
            f"record {stub.id} was joined to {stub.into}, which was joined to "
            f"{keeper.id} later; part those first"
        )
    day = keeper.exported_on
    if day is not None and stub.on is not None and day >= stub.on:
        raise Conflict(f"the joined record was handed out on {day}; it stays one")
    for found in ctx.root.disposal_lists.values():
        if keeper.id in found.items:
            raise Conflict(
                f"the joined record was put on disposal list {found.id}; it stays one"
            )
    last = next(iter(sorted(_later(ctx, stub), key=lambda s: s.at, reverse=True)), None)
    if last is not None:
        raise Conflict(f"record {last.id} was joined later; part that one first")
    return stub.record


def _later(ctx: Context, stub: JoinedPaper) -> list[JoinedPaper]:
    others = ctx.root.likeness.joined_to(stub.into)
    return [o for o in others if o.id != stub.id and o.at > stub.at]


def _take_back(ctx: Context, keeper: Record, joined: Record, stub: JoinedPaper) -> None:
    """Take from a record what the joining gave it, unless it was changed since."""
    # Notices hang on the decisions of people, and are filed anew with the change.
    notices.forget_people(ctx.root, keeper)
    for name, before, after in stub.given:
        if name == "expressions":
            _files_back(ctx, keeper, joined, before, after)
            continue
        value = _without(getattr(keeper, name), before, after)
        changes.set_value(ctx, keeper, name, value)


def _without(now: Any, before: Any, after: Any) -> Any:
    """Return a value as it would be without what was given.

    Examples
    --------
    >>> _without(("a", "b", "c"), ("a",), ("a", "b"))
    ('a', 'c')
    >>> _without("entered since", None, "given")
    'entered since'
    """
    if now == after:
        return before
    if not isinstance(now, tuple):
        return now
    kept = [one for one in now if one in before or one not in after]
    return (*kept, *(one for one in before if one not in after and one not in kept))


def _files_back(
    ctx: Context, keeper: Record, joined: Record, before: Any, after: Any
) -> None:
    own = {(f.sha256, f.position) for e in before for f in e.manifestations}
    whole = [f for e in after for f in e.manifestations]
    given = [f for f in whole if (f.sha256, f.position) not in own]
    # Of a file that both had, the second one was given.
    seen: set[tuple[str, str]] = set()
    for file in whole:
        key = (file.sha256, file.position)
        if key in seen and key in own:
            given.append(file)
        seen.add(key)
    keeper.expressions, taken = without_files(keeper.expressions, given)
    now = {sha256: file for (sha256, _), file in taken.items()}
    texts = {f.rendition for f in keeper.files} | {f.sha256 for f in keeper.files}
    for file in taken.values():
        gone = (d for d in (file.sha256, file.rendition) if d not in texts)
        release_bytes(ctx, keeper, *gone)
    joined.expressions = _as_read(joined, now)


def _as_read(joined: Record, now: dict[str, Any]) -> Any:
    """Return the files of a record with the texts that were read of them since."""
    names = ("rendition", "text", "recognition", "confidence", "warnings", "pages")
    return tuple(
        replace(
            expression,
            manifestations=tuple(
                replace(f, **{n: getattr(now[f.sha256], n) for n in names})
                if f.sha256 in now
                else f
                for f in expression.manifestations
            ),
        )
        for expression in joined.expressions
    )


def _put_back(ctx: Context, joined: Record, stub: JoinedPaper) -> None:
    root = ctx.root
    for file in joined.files:
        require_bytes(ctx, file)
        size = root.bitstream(file.rendition, 0).bytes if file.rendition else 0
        adopt_bytes(ctx, joined, file, size)
    root.add(joined)
    changes.set_identifiers(ctx, joined, joined.identifiers)
    if joined.class_code:
        root.by_class.add((joined.class_code, joined.id))
    if joined.aggregation:
        lay_into(ctx, joined, joined.aggregation)
    if stub.question is not None:
        root.questions[joined.id] = stub.question
    root.tightened.discard(joined.id)


def _links_back(
    ctx: Context, keeper: Record, joined: Record, stub: JoinedPaper
) -> None:
    """Give a record the links again that are still there under the other's id."""
    for old_id, new_id, is_made in stub.links:
        link = ctx.root.links.get(new_id)
        if link is None:
            continue
        ends = [joined.id if e == keeper.id else e for e in (link.source, link.target)]
        put_link(ctx, like(link, old_id, ends))
        if is_made:
            remove_link(ctx, link)


def forget(ctx: Context, record: Record) -> None:
    """Write over what is kept of the likeness of a record that is being destroyed.

    Notes
    -----
    What was joined to it goes with it; only the address stays, which answers with the
    tombstone from now on.
    """
    book = ctx.root.likeness
    book.forget(record.id)
    for stub in tuple(book.joined_to(record.id)):
        if stub.record is not None:
            forget(ctx, stub.record)
            _blank(stub.record)
        if stub.question is not None:
            _blank(stub.question)
        stub.record = stub.question = None
        stub.given, stub.links, stub.reason = (), (), ""


def _blank(thing: Any) -> None:
    """Give an object an empty state: its old one is written over in its place."""
    for name in [n for n in vars(thing) if n != "id"]:
        delattr(thing, name)
    thing._p_changed = True  # noqa: SLF001 - persistent's published name
