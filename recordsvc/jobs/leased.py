"""What one process at a time does: whoever has its lease."""

from types import TracebackType
from typing import Self

from recordsvc.storage.leases import FileLease


class Leased:
    """Hold a lease while the block lasts, if no other process does."""

    def __init__(self, lease: FileLease) -> None:
        self.lease = lease

    @property
    def has_lease(self) -> bool:
        """Say whether this one may do the work."""
        return self.lease.is_held

    def __enter__(self) -> Self:
        self.lease.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lease.release()
