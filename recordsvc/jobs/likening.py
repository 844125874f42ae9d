"""Looking for papers that are alike: one process at a time, batch by batch."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from recordsvc.bootstrap import Service
from recordsvc.jobs.leased import Leased
from recordsvc.services.context import SYSTEM
from recordsvc.services.errors import Temporary
from recordsvc.services.likeness import following
from recordsvc.services.likeness.considering import Considered

WAIT_S = 600.0
POLL_S = 0.1


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of it in all."""

    looked_at: int = 0
    suggested: int = 0
    linked: int = 0
    joined: int = 0
    left: int = 0

    def add(self, one: Considered, left: int) -> None:
        """Count what came of a batch."""
        self.looked_at += one.looked_at
        self.suggested += one.suggested
        self.linked += one.linked
        self.joined += one.joined
        self.left = left


Report = Callable[[Tally], None]


class Likener(Leased):
    """Hold the lease on likeness while the block lasts, if no other process does.

    Notes
    -----
    Idempotent, and resumable at any point: traits, pairs and the place in the audit
    trail are written in one transaction a batch.
    """

    def __init__(self, service: Service, report: Report = lambda _: None) -> None:
        super().__init__(service.lease("likeness"))
        self.service = service
        self.report = report
        self.tally = Tally()

    def turn(self, *, only_quiet: bool = False) -> bool:
        """Look at the next few records; say whether there were any.

        Parameters
        ----------
        only_quiet
            Nothing is done while an intake or the index has work.
        """
        if not self.lease.acquire():
            return False
        if only_quiet and not self.service.view(SYSTEM, following.is_quiet):
            return False
        found = self.service.view(SYSTEM, following.following)
        if found is None:
            return False
        result = self.service.run(SYSTEM, lambda ctx: following.follow(ctx, found))
        self.tally.add(result, found.left)
        self.report(self.tally)
        return True

    def catch_up(self, timeout_s: float = WAIT_S) -> Tally:
        """Look at everything that has changed until now.

        Raises
        ------
        Temporary
            If another process is at it and does not get it done.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            while self.turn():
                pass
            if self.service.view(SYSTEM, following.following) is None:
                return self.tally
            if time.monotonic() > deadline:
                raise Temporary(
                    "papers wait to be compared and another process has the work; "
                    "try again later"
                )
            time.sleep(POLL_S)

    def look_at_all(self) -> Tally:
        """Look at every record there is, whether it has changed or not.

        Raises
        ------
        Temporary
            If another process is at it.
        """
        if not self.has_lease:
            raise Temporary("another process is comparing papers; try again later")
        last = ""
        total = self.service.view(SYSTEM, lambda ctx: int(ctx.root.record_count()))
        while ids := self._ids_after(last):
            result = self._look_at(ids)
            last = ids[-1]
            self.tally.add(result, max(0, total - self.tally.looked_at))
            self.report(self.tally)
        return self.tally

    def _ids_after(self, last: str) -> tuple[str, ...]:
        return self.service.view(SYSTEM, lambda ctx: following.ids_after(ctx, last))

    def _look_at(self, ids: tuple[str, ...]) -> Considered:
        return self.service.run(SYSTEM, lambda ctx: following.look_at(ctx, ids))
