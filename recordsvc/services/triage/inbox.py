"""The inbox as it is read: who waits, why, and who comes next."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from recordsvc.model.triage import InboxEntry
from recordsvc.services.access import authorize, may, may_read
from recordsvc.services.context import Context
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.triage import filing
from recordsvc.services.triage.doubts import Reason

PAGE = 100
FACETS = ("reason", "intake", "legislature")
# So many are counted one by one for who may not read every record.
MOST_COUNTED = 5_000
_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?:([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Which part of the inbox is looked at; empty members let everything through."""

    reason: str = ""
    intake: str = ""
    legislature: str = ""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the facets that are asked for."""
        every = {
            "intake": self.intake,
            "reason": self.reason,
            "legislature": self.legislature,
        }
        return tuple((facet, value) for facet, value in every.items() if value)

    def check(self) -> None:
        """Refuse a reason that is none.

        Raises
        ------
        InvalidRequest
            Naming those that there are.
        """
        if self.reason and self.reason not in set(Reason):
            raise InvalidRequest(
                f"unknown reason {self.reason!r}; it may be {', '.join(Reason)}"
            )


EVERYTHING = Sieve()


def inbox(
    ctx: Context, sieve: Sieve = EVERYTHING, *, limit: int = PAGE, cursor: str = ""
) -> dict[str, Any]:
    """Return a page of the records that wait, those captured first before others.

    Parameters
    ----------
    cursor
        Where the page before ended.

    Returns
    -------
    dict
        ``items``, ``facets`` (what waits by reason, intake and legislature, as far
        as the actor may know of it), ``confidence``, ``stale`` where another setting
        has filed what was there before, and ``cursor`` where more follow.

    Raises
    ------
    InvalidRequest
        If the reason or the cursor is none of ours.
    """
    authorize(ctx, "record.edit")
    sieve.check()
    answer: dict[str, Any] = {
        "confidence": ctx.settings.triage_confidence,
        "stale": filing.is_stale(ctx),
        "facets": facets(ctx),
        "items": [],
    }
    last: tuple[str, str] | None = None
    for key in waiting(ctx, sieve, _start_of(cursor)):
        if len(answer["items"]) >= limit and last is not None:
            return answer | {"cursor": ":".join(last)}
        answer["items"].append(_item(ctx, key[1]))
        last = key
    return answer


def _start_of(cursor: str) -> tuple[str, str]:
    if not cursor:
        return "", ""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidRequest(f"{cursor!r} is no cursor of this list")
    return found[1] or "", found[2]


def waiting(
    ctx: Context, sieve: Sieve, after: tuple[str, str] = ("", "")
) -> Iterator[tuple[str, str]]:
    """Yield (day, record id) of what waits and the actor may know of.

    The rarest of the facets asked for is walked, and the others compared.
    """
    tree = ctx.root.inbox
    pairs = sorted(sieve.pairs, key=lambda pair: tree.count(*pair)) or [("", "")]
    first, *others = pairs
    for day, record_id in tree.under(*first, after):
        entry: InboxEntry = tree.entries[record_id]
        if all(entry.is_under(*pair) for pair in others) and may_read(
            ctx.actor, ctx.root.records[record_id]
        ):
            yield day, record_id


def next_of(ctx: Context, record_id: str, sieve: Sieve) -> str | None:
    """Return the record that waits behind another, the first one behind the last.

    It may be asked of one that waits no more: its day is that of its capture.
    """
    captured = ctx.root.records[record_id].captured_at
    day = captured.date().isoformat() if captured is not None else ""
    for after in ((day, record_id), ("", "")):
        for _, found in waiting(ctx, sieve, after):
            if found != record_id:
                return found
    return None


def facets(ctx: Context) -> dict[str, list[dict[str, Any]]]:
    """Return what waits by reason, intake and legislature, with how many."""
    counts = _counted(ctx)
    return {
        facet: [
            {"value": value, "count": count}
            for value, count in sorted(found.items(), key=lambda c: (-c[1], c[0]))
        ]
        for facet, found in counts.items()
    }


def _counted(ctx: Context) -> dict[str, Counter[str]]:
    tree = ctx.root.inbox
    if may(ctx.actor, "record.view_closed"):
        return {
            facet: Counter({v: tree.count(facet, v) for v in tree.values_of(facet)})
            for facet in FACETS
        }
    # A count must not tell of what the actor may not know of: each record is asked.
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for _, record_id in islice(waiting(ctx, EVERYTHING), MOST_COUNTED):
        for facet, value in tree.entries[record_id].facets:
            if facet:
                counts[facet][value] += 1
    return counts


def _item(ctx: Context, record_id: str) -> dict[str, Any]:
    record = ctx.root.records[record_id]
    entry: InboxEntry = ctx.root.inbox.entries[record_id]
    return {
        "id": record_id,
        "title": title_of(record),
        "type": record.type,
        "date": record.date,
        "class": record.class_code,
        "since": entry.since or None,
        "reasons": list(entry.reasons),
        "intake": entry.intake or None,
        "legislature": entry.legislature or None,
        "revision": record.revision,
    }
