"""The transactional outbox that feeds the search index."""

from collections.abc import Iterator

from BTrees.OOBTree import OOBTree
from persistent import Persistent

SHARDS = 16


class Outbox(Persistent):  # type: ignore[misc]
    """Record ids whose state the index has not seen, each with its revision.

    Sixteen trees by the first hex digit of the random id, so that concurrent
    writers seldom meet; each keeps a sentinel key, because taking the last key
    of a bucket conflicts with an insertion.
    """

    SENTINEL = ""

    def __init__(self) -> None:
        self.shards = tuple(OOBTree({self.SENTINEL: 0}) for _ in range(SHARDS))

    def _shard(self, record_id: str) -> OOBTree:
        return self.shards[int(record_id[0], 16)]

    def put(self, record_id: str, revision: int) -> None:
        """Say that the index must look at a record again."""
        self._shard(record_id)[record_id] = revision

    def entries(self, limit: int | None = None) -> list[tuple[str, int]]:
        """Return up to `limit` waiting entries as (record id, revision)."""
        found: list[tuple[str, int]] = []
        for entry in self:
            if limit is not None and len(found) >= limit:
                break
            found.append(entry)
        return found

    def clear(self, entries: list[tuple[str, int]]) -> None:
        """Take away the entries that have not moved on since they were read."""
        for record_id, revision in entries:
            shard = self._shard(record_id)
            if shard.get(record_id) == revision:
                del shard[record_id]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for shard in self.shards:
            yield from ((k, v) for k, v in shard.items() if k != self.SENTINEL)

    def __len__(self) -> int:
        return sum(1 for _ in self)
