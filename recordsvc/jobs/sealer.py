"""The sealer: one writer under a lease gives every event its place in the chain."""

import time
from types import TracebackType

from recordsvc.bootstrap import Service
from recordsvc.jobs.leased import Leased
from recordsvc.services.audit.sealing import BATCH, seal, waiting_order
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.errors import Temporary
from recordsvc.settings import Settings
from recordsvc.storage.audit_file import AuditFile

WAIT_S = 60.0
_PAUSE_S = 0.02


def audit_file(settings: Settings) -> AuditFile:
    """Return the append-only file of an installation."""
    return AuditFile(settings.data_dir / "audit" / "audit.jsonl")


class Sealer(Leased):
    """Hold the end of the chain while the block lasts, if no other process does.

    A command that waits takes the lease itself when it is free; otherwise it
    waits for the process that has it.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(service.lease("sealer"))
        self.service = service
        self.file = audit_file(service.settings)
        self._has_looked = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self._has_looked = False

    def drain(self, *, batches: int | None = None) -> int:
        """Seal what waits, in the order of time; return how many events were.

        Each batch is a transaction: its lines are on the disk before its commit.

        Raises
        ------
        VerificationFailed
            If file and store do not end alike; nothing is sealed then.
        """
        if not self.lease.acquire():
            return 0
        done = 0
        if not self._has_looked:
            # A file that is behind, after a restore, is completed without delay.
            done = self._seal(())
            self._has_looked = True
        waiting = self.service.view(SYSTEM, lambda ctx: waiting_order(ctx.root))
        for number, start in enumerate(range(0, len(waiting), BATCH)):
            if number == batches:
                break
            done += self._seal(waiting[start : start + BATCH])
        return done

    def _seal(self, event_ids: tuple[str, ...]) -> int:
        def work(ctx: Context) -> int:
            return seal(ctx.root, self.file, event_ids)

        return self.service.run(SYSTEM, work)

    def catch_up(self, timeout_s: float = WAIT_S) -> None:
        """Return when everything that waited at the call is sealed.

        Parameters
        ----------
        timeout_s
            How long to wait for another process that holds the lease, in seconds.

        Raises
        ------
        Temporary
            If that process does not get it done.
        VerificationFailed
            If file and store do not end alike.
        """
        deadline = time.monotonic() + timeout_s
        waiting = set(self.service.view(SYSTEM, lambda ctx: waiting_order(ctx.root)))
        while waiting:
            self.drain()
            waiting &= set(
                self.service.view(SYSTEM, lambda ctx: waiting_order(ctx.root))
            )
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise Temporary(
                    f"{len(waiting)} audit events are not sealed yet: another process "
                    "holds the sealer and has not finished; try again later"
                )
            time.sleep(_PAUSE_S)
