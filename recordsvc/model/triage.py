"""The inbox: which records wait for a person, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from recordsvc.model.values import stored


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """What is known of a record that waits, by codes alone.

    Parameters
    ----------
    since
        The day of its capture, ``YYYY-MM-DD``; empty where that is not known.
    reasons
        Codes, in the order in which they are told.
    intake
        Id of the intake that brought it, if it was noted.
    legislature
        Its jurisdiction.
    """

    since: str
    reasons: tuple[str, ...]
    intake: str = ""
    legislature: str = ""

    @property
    def facets(self) -> tuple[tuple[str, str], ...]:
        """Return the pairs of facet and value under which it is found."""
        pairs = [("", ""), *(("reason", reason) for reason in self.reasons)]
        if self.intake:
            pairs.append(("intake", self.intake))
        if self.legislature:
            pairs.append(("legislature", self.legislature))
        return tuple(pairs)

    def is_under(self, facet: str, value: str) -> bool:
        """Say whether it is found under a value of a facet."""
        return (facet, value) in self.facets


class Inbox(Persistent):  # type: ignore[misc]
    """Entries by record id, and by facet, value, day and record id.

    The day comes before the id, which is random: what is filed at the same time by
    several writers lands in different buckets.
    """

    # Below which confidence a value was filed as unsure; None: not yet at all.
    confidence: float | None = None

    def __init__(self) -> None:
        self.entries = OOBTree()
        self.by_facet = OOTreeSet()

    def put(self, record_id: str, entry: InboxEntry | None) -> bool:
        """Give a record its entry, or take it out; say whether anything was written."""
        before: InboxEntry | None = self.entries.get(record_id)
        if before == entry:
            return False
        old = _keys(record_id, before)
        new = _keys(record_id, entry)
        for key in old - new:
            self.by_facet.discard(key)
        for key in new - old:
            self.by_facet.add(key)
        if entry is None:
            del self.entries[record_id]
        else:
            self.entries[record_id] = entry
        return True

    def under(
        self, facet: str = "", value: str = "", after: tuple[str, str] = ("", "")
    ) -> Iterator[tuple[str, str]]:
        """Yield (day, record id) of what is found under a value, the oldest first.

        Parameters
        ----------
        after
            Day and id behind which to begin.
        """
        # No day is later than "g", and ids are lower-case hex.
        begin, end = (facet, value, *after), (facet, value, "g", "")
        for _, _, day, record_id in self.by_facet.keys(
            min=begin, max=end, excludemin=True
        ):
            yield day, record_id

    def count(self, facet: str = "", value: str = "") -> int:
        """Return how many records are found under a value."""
        return len(
            self.by_facet.keys(min=(facet, value, "", ""), max=(facet, value, "g", ""))
        )

    def values_of(self, facet: str) -> Iterator[str]:
        """Yield the values of a facet under which anything is found, in order."""
        last: tuple[str, ...] = (facet, "")
        while True:
            found = next(
                iter(self.by_facet.keys(min=last, max=(facet, "\uffff"))), None
            )
            if found is None:
                return
            yield found[1]
            last = (facet, found[1], "h")


def _keys(record_id: str, entry: InboxEntry | None) -> set[tuple[str, str, str, str]]:
    if entry is None:
        return set()
    return {(*facet, entry.since, record_id) for facet in entry.facets}
