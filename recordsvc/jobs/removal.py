"""Taking away the bytes that no record refers to any more, group by group."""

import contextlib
import errno
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from recordsvc.bootstrap import Service
from recordsvc.jobs.erasing import page_images
from recordsvc.jobs.faults import reach
from recordsvc.services.context import SYSTEM, Context
from recordsvc.storage.errors import BitstreamMissing

# Two commits a group: few enough to be cheap, small enough to be repeated after a
# conflict with whoever brings one of the bytes in again.
GROUP = 100
REMOVALS = 3


def remove_bytes(service: Service, sha256s: Iterable[str]) -> dict[str, OSError]:
    """Destroy bytes that no record refers to, and what was drawn from them.

    Returns
    -------
    dict
        What the disk has refused, by digest; the next run tries again.

    Notes
    -----
    It may be called again after a death at any point: what is in the trash, or gone,
    goes through the same steps.
    """
    refused: dict[str, OSError] = {}
    waiting = iter(dict.fromkeys(sha256s))
    while group := tuple(islice(waiting, GROUP)):
        left = group
        for _ in range(REMOVALS):
            left = _remove_once(service, left, refused)
            if not left:
                break
        for sha256 in left:
            refused[sha256] = OSError(errno.EBUSY, "they were brought back each time")
        _remove_drawn(page_images(service.settings.data_dir), group, refused)
    return refused


def _remove_once(
    service: Service, sha256s: tuple[str, ...], refused: dict[str, OSError]
) -> tuple[str, ...]:
    """Remove bytes; return the digests of those that lie there again."""
    store = service.bitstreams
    moved, again = [], []
    # Where another record has the same bytes, they are its own.
    for sha256 in service.run(SYSTEM, _Claim(sha256s)):
        try:
            # What is missing was moved, or gone, before an earlier run was killed.
            with contextlib.suppress(BitstreamMissing):
                store.remove(sha256)
            moved.append(sha256)
        except OSError as error:
            refused[sha256] = error
    reach("disposal.in_bytes")
    # Whoever adopts the bytes writes the same entry: one of the two starts again.
    may_go = service.run(SYSTEM, _Forget(tuple(moved)))
    for sha256 in moved:
        try:
            with contextlib.suppress(BitstreamMissing):
                (store.discard if sha256 in may_go else store.restore)(sha256)
        except OSError as error:
            refused[sha256] = error
        # The sweep of another process brings back what it meets in the trash.
        if sha256 in may_go and store.exists(sha256):
            again.append(sha256)
    return tuple(again)


def _remove_drawn(
    folder: Path, sha256s: Iterable[str], refused: dict[str, OSError]
) -> None:
    group = frozenset(sha256s)
    for drawn in folder.glob("*-*"):
        sha256 = drawn.name.partition("-")[0]
        if sha256 not in group:
            continue
        try:
            drawn.unlink(missing_ok=True)
        except OSError as error:
            refused[sha256] = error


@dataclass(frozen=True, slots=True)
class _Claim:
    sha256s: tuple[str, ...]

    def __call__(self, ctx: Context) -> tuple[str, ...]:
        """Return what no record has; see to it that all of them have an entry.

        A record to come writes the entry too, so that it cannot miss the removal.
        """
        return tuple(
            sha256
            for sha256 in self.sha256s
            if not ctx.root.bitstream(sha256, 0).references
        )


@dataclass(frozen=True, slots=True)
class _Forget:
    sha256s: tuple[str, ...]

    def __call__(self, ctx: Context) -> frozenset[str]:
        """Forget the entries without references; return whose bytes may go."""
        may_go = set()
        for sha256 in self.sha256s:
            entry = ctx.root.bitstreams.get(sha256)
            if entry is not None:
                if entry.references:
                    continue
                entry.bytes = 0
                del ctx.root.bitstreams[sha256]
            may_go.add(sha256)
        return frozenset(may_go)
